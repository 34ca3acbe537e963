//! What a broker is started with, and the bounds it keeps.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::time::Duration;

/// Where MQTT is served when nobody says where.
pub(crate) const DEFAULT_MQTT: SocketAddr =
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 1883));

/// How to start a [`Broker`](crate::Broker).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file of the users. Without one anybody may do everything, and all addresses must be loopback ones.
    pub users: Option<PathBuf>,
    /// The file of the retained messages. Without one they end with the program.
    pub retained_store: Option<PathBuf>,
    /// Where MQTT 3.1.1 and 5 are served over TCP. Port 0 picks a free port. This and all other addresses must be
    /// loopback ones unless there are users.
    pub tcp: SocketAddr,
    /// Where both are served over WebSocket, if at all. Port 0 picks a free port.
    pub websocket: Option<SocketAddr>,
    /// Where both are served over TLS, if at all.
    pub tls: Option<Tls>,
    /// Where metrics are served to Prometheus, if at all. Port 0 picks a free port.
    pub metrics: Option<SocketAddr>,
    /// Browser origins (`https://site.example`, with the port unless it is the scheme's own) whose
    /// pages may connect besides those that come from the very host they connect to.
    pub allowed_origins: Vec<String>,
    /// Host names, without port, under which browsers may reach the WebSocket besides loopback
    /// names and addresses. Others are refused: a name of a stranger's that resolves to this
    /// machine (DNS rebinding) must not open it.
    pub allowed_hosts: Vec<String>,
    /// The bounds.
    pub limits: Limits,
}

/// TLS: the certificate, and where it is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate, and what leads from it to its authority, in PEM form.
    pub certificate: PathBuf,
    /// Its private key, in PEM form.
    pub key: PathBuf,
    /// Where MQTT is served over TLS, if it is. Port 0 picks a free port.
    pub tcp: Option<SocketAddr>,
    /// Where MQTT is served over WebSocket over TLS, if it is. Port 0 picks a free port.
    pub websocket: Option<SocketAddr>,
}

impl Config {
    /// A broker on `tcp` alone, with the default bounds.
    pub fn new(tcp: SocketAddr) -> Self {
        Self {
            users: None,
            retained_store: None,
            tcp,
            websocket: None,
            tls: None,
            metrics: None,
            allowed_origins: Vec::new(),
            allowed_hosts: Vec::new(),
            limits: Limits::default(),
        }
    }
}

impl Default for Config {
    /// A broker on 127.0.0.1:1883 alone.
    fn default() -> Self {
        Self::new(DEFAULT_MQTT)
    }
}

/// Upper bounds, so that no client can take more than its share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Clients connected at the same time. One more is refused in its CONNACK.
    pub connections: usize,
    /// Those of one user among them, where there are users. One more is refused in its CONNACK.
    pub connections_of_a_user: usize,
    /// Sockets that have not finished their handshake. One more is closed at once; a source beyond this machine
    /// may have a quarter of them, and all of this machine the rest.
    pub handshakes: usize,
    /// Time to send a complete CONNECT (and, before it, the WebSocket request).
    pub handshake_time: Duration,
    /// Largest packet, fixed header included, in bytes. Announced to MQTT 5 clients.
    pub packet_bytes: usize,
    /// Messages of QoS 1 sent to one client and not acknowledged, unless it asks for fewer.
    pub in_flight: u16,
    /// Unacknowledged publishes that a client may send: announced to MQTT 5 clients, and the bound
    /// of half-finished QoS 2 exchanges of an MQTT 3.1.1 client.
    pub receive_maximum: u16,
    /// Subscriptions of one client.
    pub subscriptions: usize,
    /// Different topic filters with a log of their own. The router never frees a log, so further
    /// filters share one log of all messages: slower, never refused.
    pub filter_logs: usize,
    /// Those among them that one user may have begun, where there are users.
    pub filter_logs_of_a_user: usize,
    /// Bytes of messages kept in one log for clients that read slowly or are away. A client that
    /// falls behind further loses the oldest ones.
    pub log_bytes: usize,
    /// Retained messages.
    pub retained_messages: usize,
    /// Bytes of all retained messages: topics, payloads and properties.
    pub retained_bytes: usize,
    /// Bytes that they may take on disk, where they do.
    pub retained_disk_bytes: usize,
    /// Sessions kept for clients that are away.
    pub parked_sessions: usize,
    /// Those of one user among them, where there are users.
    pub parked_sessions_of_a_user: usize,
    /// Longest time that a session is kept for a client that is away.
    pub session_expiry: Duration,
    /// How often files that may change are looked at.
    pub files_looked_at_every: Duration,
    /// How often the broker sends itself a message.
    pub self_test_every: Duration,
    /// How long that message may take before the router counts as dead.
    pub self_test_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2_000,
            connections_of_a_user: 500,
            handshakes: 256,
            handshake_time: Duration::from_secs(10),
            packet_bytes: 1 << 20,
            in_flight: 100,
            receive_maximum: 100,
            subscriptions: 500,
            filter_logs: 1_000,
            filter_logs_of_a_user: 250,
            log_bytes: 16 << 20,
            retained_messages: 50_000,
            retained_bytes: 64 << 20,
            retained_disk_bytes: 256 << 20,
            parked_sessions: 500,
            parked_sessions_of_a_user: 125,
            session_expiry: Duration::from_hours(24),
            files_looked_at_every: Duration::from_secs(3),
            self_test_every: Duration::from_secs(5),
            self_test_time: Duration::from_secs(10),
        }
    }
}
