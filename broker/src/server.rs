//! Starting and stopping: binds the addresses, runs the listeners, ends everything in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use crate::config::Config;
use crate::front::Front;
use crate::inlet::Inlet;
use crate::origin::OriginRules;
use crate::registry::Registry;
use crate::router::{RouterGone, RouterHandle};
use crate::session::Services;
use crate::watchdog::{Watchdog, WatchdogFault};
use crate::websocket;

/// Connections that the system keeps for us to accept.
const BACKLOG: u32 = 1024;

/// Pause after a failed accept, mostly for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Time in which all connections end after a stop.
const STOP_TIME: Duration = Duration::from_secs(5);

/// Why a broker could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is already taken by another program.
    #[error(
        "{address} ({purpose}) is in use: stop the other program, or choose another address or port"
    )]
    AddressInUse {
        /// The address asked for.
        address: SocketAddr,
        /// What it was to serve.
        purpose: &'static str,
    },
    /// The address cannot be bound for another reason.
    #[error("{address} ({purpose}) cannot be listened on: {source}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What it was to serve.
        purpose: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// The address can be reached from other machines.
    #[error(
        "{address} ({purpose}) is not a loopback address: this broker has no users, so it only listens on \
         127.0.0.1 or [::1]; for access from other machines run Mosquitto with the configuration in mosquitto/"
    )]
    NotLoopback {
        /// The address asked for.
        address: SocketAddr,
        /// What it was to serve.
        purpose: &'static str,
    },
    /// The router thread or the self-test did not start.
    #[error("the broker's router did not start: {0}")]
    Router(String),
}

/// A running broker. Stops when dropped; [`stop`](Self::stop) also waits for it.
#[derive(Debug)]
pub struct Broker {
    tcp: SocketAddr,
    websocket: Option<SocketAddr>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    watchdog: Watchdog,
    _stop_when_dropped: DropGuard,
}

/// Whether a broker can be started so, as far as that can be told without binding its addresses.
///
/// # Errors
///
/// When an address is not a loopback address.
pub fn check(config: &Config) -> Result<(), StartError> {
    check_reach(config.tcp, "MQTT")?;
    match config.websocket {
        Some(address) => check_reach(address, "MQTT over WebSocket"),
        None => Ok(()),
    }
}

/// Starts a broker: binds its addresses, then serves in tasks of the present tokio runtime.
///
/// # Errors
///
/// When an address is not a loopback address, is in use or cannot be bound, or when the router does
/// not start. Nothing is left running then.
pub async fn start(config: Config) -> Result<Broker, StartError> {
    check(&config)?;
    let tcp = bind(config.tcp, "MQTT")?;
    let websocket = match config.websocket {
        Some(address) => Some(bind(address, "MQTT over WebSocket")?),
        None => None,
    };
    let tcp_addr = local_addr(&tcp, config.tcp)?;
    let websocket_addr = match (&websocket, config.websocket) {
        (Some(listener), Some(address)) => Some(local_addr(listener, address)?),
        _ => None,
    };
    let (services, watchdog) = start_router(&config).await?;

    let shutdown = CancellationToken::new();
    let tasks = TaskTracker::new();
    let registry = Registry::new(Arc::clone(&services), tasks.clone(), shutdown.clone());
    let doors = Arc::new(Doors {
        handshakes: Arc::new(Semaphore::new(config.limits.handshakes)),
        front: Front::new(services, registry, shutdown.clone()),
        rules: Arc::new(OriginRules {
            allowed_origins: config.allowed_origins,
            allowed_hosts: config.allowed_hosts,
        }),
        tasks: tasks.clone(),
    });
    tasks.spawn(Arc::clone(&doors).listen(tcp, Transport::Tcp));
    if let Some(listener) = websocket {
        tasks.spawn(doors.listen(listener, Transport::WebSocket));
    }
    info!(tcp = %tcp_addr, websocket = ?websocket_addr, "the broker listens, on loopback only");
    Ok(Broker {
        tcp: tcp_addr,
        websocket: websocket_addr,
        _stop_when_dropped: shutdown.clone().drop_guard(),
        shutdown,
        tasks,
        watchdog,
    })
}

impl Broker {
    /// Where MQTT is served over TCP, with the port that was picked for port 0.
    pub fn tcp_addr(&self) -> SocketAddr {
        self.tcp
    }

    /// Where MQTT is served over WebSocket, if it is.
    pub fn websocket_addr(&self) -> Option<SocketAddr> {
        self.websocket
    }

    /// Waits until the broker's self-test finds its router dead, and says how that showed. The
    /// program has to end then and be started anew: nothing is delivered any more.
    pub async fn failed(&self) -> String {
        self.watchdog.failed().await
    }

    /// Stops: tells MQTT 5 clients, closes all connections and frees the ports. They can be bound
    /// again as soon as this returns.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.tasks.close();
        if timeout(STOP_TIME, self.tasks.wait()).await.is_err() {
            warn!(
                "{} connections did not end within {STOP_TIME:?}",
                self.tasks.len()
            );
        }
        info!("the broker has stopped");
    }
}

async fn start_router(config: &Config) -> Result<(Arc<Services>, Watchdog), StartError> {
    let limits = config.limits.clone();
    let starting = tokio::task::spawn_blocking(move || -> Result<_, WatchdogFault> {
        let router = RouterHandle::spawn(&limits);
        let watchdog =
            Watchdog::start_blocking(&router, limits.self_test_every, limits.self_test_time)?;
        let inlet = Inlet::open_blocking(&router, &limits)?;
        Ok((
            Arc::new(Services {
                router,
                inlet,
                limits,
            }),
            watchdog,
        ))
    });
    match starting.await {
        Ok(Ok(started)) => Ok(started),
        Ok(Err(fault)) => Err(StartError::Router(fault.to_string())),
        Err(_) => Err(StartError::Router(RouterGone.to_string())),
    }
}

fn check_reach(address: SocketAddr, purpose: &'static str) -> Result<(), StartError> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(StartError::NotLoopback { address, purpose })
}

fn bind(address: SocketAddr, purpose: &'static str) -> Result<TcpListener, StartError> {
    let listening = || {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        // So that a broker can be started again at once on the port that it had.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listening().map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse { address, purpose },
        _ => StartError::Bind {
            address,
            purpose,
            source,
        },
    })
}

fn local_addr(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Bind {
        address: asked,
        purpose: "MQTT",
        source,
    })
}

#[derive(Debug, Clone, Copy)]
enum Transport {
    Tcp,
    WebSocket,
}

/// The listeners and what they hand connections to.
struct Doors {
    front: Front,
    rules: Arc<OriginRules>,
    handshakes: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Doors {
    async fn listen(self: Arc<Self>, listener: TcpListener, transport: Transport) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.front.shutdown.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => self.enter(stream, peer, transport),
                Err(error) => {
                    warn!("a connection could not be accepted: {error}");
                    sleep(ACCEPT_RETRY).await;
                }
            }
        }
    }

    /// Gives a connection a task of its own, so that a slow handshake holds up nobody.
    fn enter(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr, transport: Transport) {
        let Ok(permit) = Arc::clone(&self.handshakes).try_acquire_owned() else {
            warn!(%peer, "too many connections have not finished their handshake: one more is closed");
            return;
        };
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%peer, "small packets may be delayed: {error}");
        }
        let doors = Arc::clone(self);
        self.tasks.spawn(async move {
            let peer = peer.to_string();
            match transport {
                Transport::Tcp => {
                    let (reader, writer) = stream.into_split();
                    doors.front.serve(reader, writer, &peer, permit).await;
                }
                Transport::WebSocket => doors.serve_websocket(stream, &peer, permit).await,
            }
        });
    }

    async fn serve_websocket(&self, stream: TcpStream, peer: &str, permit: OwnedSemaphorePermit) {
        let limits = &self.front.services.limits;
        let accepting = websocket::accept(stream, peer, &self.rules, limits.packet_bytes);
        let accepted = tokio::select! {
            accepted = timeout(limits.handshake_time, accepting) => accepted,
            () = self.front.shutdown.cancelled() => return,
        };
        match accepted {
            Ok(Ok((reader, writer))) => self.front.serve(reader, writer, peer, permit).await,
            Ok(Err(error)) => debug!(peer, "no WebSocket: {error}"),
            Err(_) => debug!(peer, "no WebSocket request within the time limit"),
        }
    }
}
