//! Starting and stopping: binds the addresses, runs the listeners, ends everything in order.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::access::{Gate, Users, follow};
use crate::changed_file::ChangedFile;
use crate::config::Config;
use crate::doors::Doors;
use crate::front::Front;
use crate::inlet::Inlet;
use crate::listeners::{self, Listener, Transport};
use crate::log_throttle::{LogThrottle, SharedThrottle};
use crate::metrics::{self, Metrics, Page};
use crate::origin::OriginRules;
use crate::registry::Registry;
use crate::retained::{Durability, Keeper};
use crate::router::{RouterGone, RouterHandle};
use crate::session::Services;
use crate::source::SourceShares;
use crate::start_error::StartError;
use crate::tls::Certificates;
use crate::watchdog::{Watchdog, WatchdogFault};

/// Time in which all connections end after a stop.
const STOP_TIME: Duration = Duration::from_secs(5);

/// Connections that were closed at once are logged so often in so much time.
const REFUSALS_LOGGED: u32 = 3;
const REFUSALS_LOGGED_EVERY: Duration = Duration::from_secs(10);

/// What connected clients were refused is logged so often in so much time, all of them together.
const CLIENTS_REFUSALS_LOGGED: u32 = 10;
const CLIENTS_REFUSALS_LOGGED_EVERY: Duration = Duration::from_secs(10);

/// What it means to have no users.
const ANYBODY: &str = "everybody on this machine may do everything";

/// A running broker. Stops when dropped; [`stop`](Self::stop) also waits for it.
#[derive(Debug)]
pub struct Broker {
    addresses: Vec<(Transport, SocketAddr)>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    watchdog: Watchdog,
    keeper: Option<Keeper>,
    _stop_when_dropped: DropGuard,
}

/// What a configuration comes to, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// What is served and used, a line each.
    pub found: Vec<String>,
    /// What can be, but should not.
    pub warnings: Vec<String>,
}

/// Whether a broker can be started so, as far as that can be told without binding its addresses and opening its
/// database.
///
/// # Errors
///
/// When the users or the certificate cannot be had from their files, when the folder of the retained messages is
/// missing, when two addresses are the same, or when there are no users and an address is not a loopback address.
pub fn check(config: &Config) -> Result<Checked, StartError> {
    let mut checked = Checked::default();
    for (transport, address) in listeners::addresses(config) {
        let purpose = transport.purpose();
        checked.found.push(format!("{purpose}: {address}"));
    }
    let read = Read::of(config)?;
    checked.found.push(match (&config.users, &read.users) {
        (Some(file), Some((_, users))) => format!("users: {}, in {}", users.len(), file.display()),
        _ => format!("users: none. {ANYBODY}"),
    });
    checked.found.push(match &config.retained_store {
        Some(file) => format!("retained messages: in {}", file.display()),
        None => "retained messages: in memory alone".to_owned(),
    });
    checked.warnings = read.warnings;
    Ok(checked)
}

/// What the files of a configuration hold.
struct Read {
    users: Option<(ChangedFile, Users)>,
    certificates: Option<Certificates>,
    warnings: Vec<String>,
}

impl Read {
    /// Reads them, and looks at whether they and the addresses can be.
    fn of(config: &Config) -> Result<Self, StartError> {
        listeners::check_reach(config)?;
        listeners::check_different(config)?;
        let users = config.users.as_deref().map(open_users).transpose()?;
        let certificates = config.tls.as_ref().map(Certificates::open).transpose()?;
        if let Some(file) = &config.retained_store {
            check_folder(file)?;
        }
        let mut warnings = Vec::new();
        if let Some((file, users)) = &users {
            warnings.extend(readable_by_all(file.path(), "the password hashes in"));
            warnings.extend(users.doubts());
            let beyond = listeners::addresses(config).filter(|(transport, address)| {
                transport.is_readable() && !address.ip().is_loopback()
            });
            warnings.extend(
                beyond.map(|(_, at)| format!("{at}: passwords cross the network readable there")),
            );
        }
        if let Some(tls) = &config.tls {
            warnings.extend(readable_by_all(&tls.key, "the private key"));
        }
        if let Some(certificates) = &certificates {
            warnings.extend(certificates.doubt());
        }
        Ok(Self {
            users,
            certificates,
            warnings,
        })
    }
}

/// Starts a broker: binds its addresses, then serves in tasks of the present tokio runtime.
///
/// # Errors
///
/// As [`check`]; and when an address is in use or cannot be bound, or when the router does not start. Nothing is
/// left running then.
pub async fn start(config: Config) -> Result<Broker, StartError> {
    let Read {
        users,
        certificates,
        warnings,
    } = Read::of(&config)?;
    for warning in warnings {
        warn!("{warning}");
    }
    let tls = certificates.as_ref().map(Certificates::acceptor);
    let tls = tls.transpose()?;
    let listeners = listeners::listen(&config)?;
    let Engine {
        services,
        watchdog,
        keeper,
    } = start_engine(&config).await?;

    let shutdown = CancellationToken::new();
    let tasks = TaskTracker::new();
    let registry = Registry::new(Arc::clone(&services), tasks.clone(), shutdown.clone());
    log_start(&listeners, users.as_ref().map(|(_, users)| users));
    let gate = match users {
        None => Arc::new(Gate::open()),
        Some((file, users)) => {
            let (sender, receiver) = watch::channel(Arc::new(users));
            let gate = Arc::new(Gate::guarded(receiver));
            let every = config.limits.files_looked_at_every;
            let following = follow(file, every, sender, Arc::clone(&gate));
            tasks.spawn(shutdown.clone().run_until_cancelled_owned(following));
            gate
        }
    };
    if let Some(certificates) = certificates {
        let following = certificates.follow(config.limits.files_looked_at_every);
        tasks.spawn(shutdown.clone().run_until_cancelled_owned(following));
    }
    let front = Front::new(services, registry, gate, shutdown.clone());
    let page = Arc::new(Page::of(&front));
    let doors = Arc::new(Doors {
        tls,
        handshakes: Arc::new(Semaphore::new(config.limits.handshakes)),
        shares: SourceShares::of(config.limits.handshakes),
        refusals: Mutex::new(LogThrottle::new(REFUSALS_LOGGED, REFUSALS_LOGGED_EVERY)),
        front,
        rules: Arc::new(OriginRules {
            allowed_origins: config.allowed_origins,
            allowed_hosts: config.allowed_hosts,
        }),
        tasks: tasks.clone(),
    });
    let addresses = listeners
        .iter()
        .map(|listener| (listener.transport, listener.address))
        .collect();
    for listener in listeners {
        if listener.transport == Transport::Metrics {
            let serving = metrics::serve(listener.socket, Arc::clone(&page));
            tasks.spawn(shutdown.clone().run_until_cancelled_owned(serving));
        } else {
            tasks.spawn(Arc::clone(&doors).listen(listener));
        }
    }
    Ok(Broker {
        addresses,
        _stop_when_dropped: shutdown.clone().drop_guard(),
        shutdown,
        tasks,
        watchdog,
        keeper,
    })
}

impl Broker {
    /// Where MQTT is served over TCP, with the port that was picked for port 0.
    pub fn tcp_addr(&self) -> SocketAddr {
        let unspecified = SocketAddr::from(([0, 0, 0, 0], 0));
        // There always is one.
        self.address(Transport::Tcp).unwrap_or(unspecified)
    }

    /// Where MQTT is served over WebSocket, if it is.
    pub fn websocket_addr(&self) -> Option<SocketAddr> {
        self.address(Transport::WebSocket)
    }

    /// Where MQTT is served over TLS, if it is.
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.address(Transport::Tls)
    }

    /// Where metrics are served, if they are.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.address(Transport::Metrics)
    }

    /// Where MQTT is served over WebSocket over TLS, if it is.
    pub fn websocket_tls_addr(&self) -> Option<SocketAddr> {
        self.address(Transport::WebSocketTls)
    }

    fn address(&self, wanted: Transport) -> Option<SocketAddr> {
        let listened_on = self.addresses.iter();
        let mut found = listened_on.filter(|(transport, _)| *transport == wanted);
        found.next().map(|(_, address)| *address)
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
        if let Some(keeper) = self.keeper {
            let stopping = tokio::task::spawn_blocking(|| keeper.stop_blocking());
            if timeout(STOP_TIME, stopping).await.is_err() {
                warn!("the disk did not take the last retained messages within {STOP_TIME:?}");
            }
        }
        info!("the broker has stopped");
    }
}

/// What runs on threads of its own.
struct Engine {
    services: Arc<Services>,
    watchdog: Watchdog,
    keeper: Option<Keeper>,
}

async fn start_engine(config: &Config) -> Result<Engine, StartError> {
    let limits = config.limits.clone();
    let path = config.retained_store.clone();
    let router_fault = |fault: WatchdogFault| StartError::Router(fault.to_string());
    let starting = tokio::task::spawn_blocking(move || -> Result<_, StartError> {
        let router = RouterHandle::spawn(&limits);
        let watchdog =
            Watchdog::start_blocking(&router, limits.self_test_every, limits.self_test_time)
                .map_err(router_fault)?;
        let inlet = Inlet::open_blocking(&router, &limits);
        let inlet = inlet.map_err(|gone| StartError::Router(gone.to_string()))?;
        let (keeper, durability) = match path {
            None => (None, Durability::in_memory()),
            Some(path) => {
                let most = limits.retained_disk_bytes;
                let started = Keeper::start_blocking(&path, most, inlet.store());
                let (keeper, durability) = started.map_err(|fault| StartError::RetainedStore {
                    path,
                    problem: fault.to_string(),
                })?;
                (Some(keeper), durability)
            }
        };
        let metrics = Metrics::new();
        let metrics = metrics.map_err(|error| StartError::Metrics(error.to_string()))?;
        Ok(Engine {
            services: Arc::new(Services {
                router,
                inlet,
                durability,
                metrics,
                limits,
                refusals: SharedThrottle::new(
                    CLIENTS_REFUSALS_LOGGED,
                    CLIENTS_REFUSALS_LOGGED_EVERY,
                ),
            }),
            watchdog,
            keeper,
        })
    });
    let gone = |_| StartError::Router(RouterGone.to_string());
    starting.await.map_err(gone)?
}

/// The users as they are now, and their file to be looked at again.
fn open_users(path: &Path) -> Result<(ChangedFile, Users), StartError> {
    let file = ChangedFile::open(path).map_err(|why| {
        let path = path.to_owned();
        match why.kind() {
            io::ErrorKind::NotFound => StartError::NoUsersFile { path },
            _ => StartError::Unreadable { path, why },
        }
    })?;
    let text = String::from_utf8_lossy(file.content());
    if text.trim().is_empty() {
        let path = path.to_owned();
        return Err(StartError::EmptyUsersFile { path });
    }
    let users = Users::parse(path, &text)?;
    Ok((file, users))
}

/// Says so where others can read a secret. Hashes are one: who has them can guess at leisure.
fn readable_by_all(file: &Path, secret: &str) -> Option<String> {
    let mode = std::fs::metadata(file).map_or(0, |metadata| metadata.mode());
    let file = file.display();
    let words = || format!("everybody on this machine can read {secret} {file}: chmod o-r {file}");
    (mode & 0o004 != 0).then(words)
}

/// The database makes its file, and no folder for it.
fn check_folder(file: &Path) -> Result<(), StartError> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if folder.is_dir() {
        return Ok(());
    }
    Err(StartError::RetainedStore {
        path: file.to_owned(),
        problem: format!("there is no folder {}: make it", folder.display()),
    })
}

fn log_start(listeners: &[Listener], users: Option<&Users>) {
    for Listener {
        transport, address, ..
    } in listeners
    {
        info!(%address, "the broker listens: {}", transport.purpose());
    }
    match users {
        None => info!("there is no users file: {ANYBODY}"),
        Some(users) => info!(users = users.len(), "only users may connect"),
    }
}
