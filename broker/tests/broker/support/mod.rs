//! A broker to test against, and a client that sends and reads packets byte by byte.

#![allow(
    dead_code,
    unused_imports,
    reason = "each of the test targets uses a part of it"
)]

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use releve_broker::{Broker, Config, StartError, start};
use tokio::runtime::Runtime;

pub use self::client::Client;
pub use self::packets::{Connect, Message, Packet, packet, read_variable, string};

mod client;
pub mod mosquitto;
mod packets;
pub mod program;
pub mod users;

/// Time after which something that must happen counts as missing.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// A broker on free ports, stopped when dropped.
pub struct Fixture {
    pub runtime: Runtime,
    broker: Option<Broker>,
}

impl Fixture {
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    /// A broker with a changed configuration.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::try_with(change).unwrap()
    }

    /// A broker with a changed configuration, if it starts.
    pub fn try_with(change: impl FnOnce(&mut Config)) -> Result<Self, StartError> {
        let runtime = Runtime::new().unwrap();
        let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let mut config = Config::new(free);
        config.websocket = Some(free);
        change(&mut config);
        let broker = Some(runtime.block_on(start(config))?);
        Ok(Self { runtime, broker })
    }

    pub fn broker(&self) -> &Broker {
        self.broker.as_ref().unwrap()
    }

    pub fn addr(&self) -> SocketAddr {
        self.broker().tcp_addr()
    }

    pub fn websocket_addr(&self) -> SocketAddr {
        self.broker().websocket_addr().unwrap()
    }

    pub fn stop(&mut self) {
        self.runtime.block_on(self.broker.take().unwrap().stop());
    }

    /// Drops the broker; its runtime stays.
    pub fn drop_broker(&mut self) {
        self.broker = None;
    }

    /// A client without connection yet.
    pub fn socket(&self) -> Client {
        Client::new(self.addr())
    }

    /// A connected MQTT 3.1.1 client with a clean session.
    pub fn v311(&self, id: &str) -> Client {
        let mut client = self.socket();
        client.send(&Connect::v311(id).packet());
        assert_eq!(client.packet(), Packet::new(0x20, &[0, 0]));
        client
    }

    /// A connected MQTT 5 client with a clean start.
    pub fn v5(&self, id: &str) -> Client {
        let mut client = self.socket();
        client.v5 = true;
        client.send(&Connect::v5(id).packet());
        let connack = client.packet();
        assert_eq!(
            (connack.first_byte, &connack.body[..2]),
            (0x20, &[0, 0][..])
        );
        client
    }

    /// A connected client as `connect` says, with a new session.
    pub fn client(&self, connect: &Connect) -> Client {
        let mut client = self.socket();
        client.v5 = connect.level == 5;
        client.send(&connect.packet());
        let connack = client.packet();
        assert_eq!(
            (connack.first_byte, &connack.body[..2]),
            (0x20, &[0, 0][..]),
            "{connack:?}"
        );
        client
    }

    /// The code of the CONNACK that answers `connect`.
    pub fn connack(&self, connect: &Connect) -> u8 {
        let mut client = self.socket();
        client.send(&connect.packet());
        let connack = client.packet();
        assert_eq!(connack.first_byte, 0x20, "{connack:?}");
        connack.body[1]
    }

    /// Proves that the broker still serves: a message goes from one new client to another.
    pub fn assert_alive(&self) {
        let mut subscriber = self.v311("alive-subscriber");
        subscriber.subscribe("alive", 1);
        let mut publisher = self.v5("alive-publisher");
        publisher.publish("alive", "yes", 1, false);
        assert_eq!(subscriber.message().text(), "alive yes");
    }
}

/// A free address below the range from which the system takes the ports of clients, so that it can
/// be bound again and nobody else has taken it meanwhile.
pub fn reusable_addr() -> SocketAddr {
    static LAST: AtomicU16 = AtomicU16::new(0);
    loop {
        let count = LAST.fetch_add(1, Ordering::Relaxed);
        let offset = (std::process::id() as u16)
            .wrapping_mul(16)
            .wrapping_add(count)
            % 10_000;
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, 20_000 + offset));
        if TcpListener::bind(addr).is_ok() {
            return addr;
        }
    }
}

/// Waits until `condition` holds.
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "{what} did not happen within {DEADLINE:?}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
