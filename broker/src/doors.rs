//! Where connections come in: each gets a task of its own, in which it has to say who it is within a time limit.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, split};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::front::{Arrival, Front};
use crate::listeners::{Listener, Transport};
use crate::log_throttle::LogThrottle;
use crate::metrics::NotServed;
use crate::origin::OriginRules;
use crate::source::SourceShares;
use crate::websocket;

/// Pause after a failed accept, mostly for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Failed accepts are logged so often in so much time.
const FAILURES_LOGGED: u32 = 3;
const FAILURES_LOGGED_EVERY: Duration = Duration::from_secs(60);

/// What all listeners hand connections to.
pub(crate) struct Doors {
    pub front: Front,
    pub rules: Arc<OriginRules>,
    /// For the transports that speak TLS.
    pub tls: Option<TlsAcceptor>,
    pub handshakes: Arc<Semaphore>,
    /// What one source may have of them.
    pub shares: SourceShares,
    pub refusals: Mutex<LogThrottle>,
    pub tasks: TaskTracker,
}

impl Doors {
    /// Takes connections until the broker stops.
    pub async fn listen(self: Arc<Self>, listener: Listener) {
        let mut failures = LogThrottle::new(FAILURES_LOGGED, FAILURES_LOGGED_EVERY);
        loop {
            let accepted = tokio::select! {
                accepted = listener.socket.accept() => accepted,
                () = self.front.shutdown.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => self.enter(stream, peer, listener.transport),
                Err(error) => {
                    if let Some(held_back) = failures.occurred(Instant::now()) {
                        warn!("a connection could not be accepted: {error}{held_back}");
                    }
                    sleep(ACCEPT_RETRY).await;
                }
            }
        }
    }

    /// Gives a connection a task of its own, so that a slow handshake holds up nobody.
    fn enter(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr, transport: Transport) {
        let Ok(handshake) = Arc::clone(&self.handshakes).try_acquire_owned() else {
            self.refuse(
                peer,
                NotServed::Handshakes,
                "too many connections have not finished their handshake",
            );
            return;
        };
        let Some(share) = self.shares.take(peer.ip()) else {
            self.refuse(
                peer,
                NotServed::SourceHandshakes,
                "too many connections from there have not finished their handshake",
            );
            return;
        };
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%peer, "small packets may be delayed: {error}");
        }
        let arrival = Arrival {
            peer,
            deadline: Instant::now() + self.front.services.limits.handshake_time,
            handshake: (handshake, share),
        };
        let doors = Arc::clone(self);
        self.tasks.spawn(async move {
            match transport {
                Transport::Tcp => {
                    let (reader, writer) = stream.into_split();
                    doors.front.serve(reader, writer, arrival).await;
                }
                Transport::WebSocket => doors.serve_websocket(stream, arrival).await,
                Transport::Tls => {
                    if let Some(stream) = doors.encrypted(stream, &arrival).await {
                        let (reader, writer) = split(stream);
                        doors.front.serve(reader, writer, arrival).await;
                    }
                }
                // Has a server of its own.
                Transport::Metrics => {}
                Transport::WebSocketTls => {
                    if let Some(stream) = doors.encrypted(stream, &arrival).await {
                        doors.serve_websocket(stream, arrival).await;
                    }
                }
            }
        });
    }

    fn refuse(&self, peer: SocketAddr, why: NotServed, words: &str) {
        self.front.services.metrics.not_served(why);
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held_back) = refusals.occurred(Instant::now()) {
            warn!(%peer, "{words}: one more is closed{held_back}");
        }
    }

    /// The handshake of TLS; `None` where it comes to nothing, which is counted.
    async fn encrypted(
        &self,
        stream: TcpStream,
        arrival: &Arrival,
    ) -> Option<TlsStream<TcpStream>> {
        let peer = arrival.peer;
        let accepting = timeout_at(arrival.deadline, self.tls.as_ref()?.accept(stream));
        let accepted = tokio::select! {
            accepted = accepting => accepted,
            () = self.front.shutdown.cancelled() => return None,
        };
        match accepted {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => debug!(%peer, "no TLS: {error}"),
            Err(_) => debug!(%peer, "no TLS handshake within the time limit"),
        }
        self.front.services.metrics.not_served(NotServed::Tls);
        None
    }

    async fn serve_websocket<S>(&self, stream: S, arrival: Arrival)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let peer = arrival.peer;
        let limits = &self.front.services.limits;
        let accepting = websocket::accept(stream, peer, &self.rules, limits.packet_bytes);
        let accepted = tokio::select! {
            accepted = timeout_at(arrival.deadline, accepting) => accepted,
            () = self.front.shutdown.cancelled() => return,
        };
        match accepted {
            Ok(Ok((reader, writer))) => return self.front.serve(reader, writer, arrival).await,
            Ok(Err(error)) => debug!(%peer, "no WebSocket: {error}"),
            Err(_) => debug!(%peer, "no WebSocket request within the time limit"),
        }
        self.front.services.metrics.not_served(NotServed::WebSocket);
    }
}
