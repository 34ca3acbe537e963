//! The addresses that are listened on.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use crate::config::Config;
use crate::start_error::StartError;

/// Connections that the system keeps for us to accept.
const BACKLOG: u32 = 1024;

/// What is spoken at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    WebSocket,
    Tls,
    WebSocketTls,
    /// Not MQTT: the page of metrics, over HTTP.
    Metrics,
}

/// An address that is listened on.
pub(crate) struct Listener {
    pub transport: Transport,
    pub address: SocketAddr,
    pub socket: TcpListener,
}

impl Transport {
    /// In words.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Tcp => "MQTT",
            Self::WebSocket => "MQTT over WebSocket",
            Self::Tls => "MQTT over TLS",
            Self::WebSocketTls => "MQTT over WebSocket over TLS",
            Self::Metrics => "metrics",
        }
    }

    /// Whether what is said can be read on the way.
    pub const fn is_readable(self) -> bool {
        matches!(self, Self::Tcp | Self::WebSocket)
    }
}

/// The addresses that the configuration names.
pub(crate) fn addresses(config: &Config) -> impl Iterator<Item = (Transport, SocketAddr)> {
    let tls = config.tls.as_ref();
    [
        (Transport::Tcp, Some(config.tcp)),
        (Transport::WebSocket, config.websocket),
        (Transport::Tls, tls.and_then(|tls| tls.tcp)),
        (Transport::WebSocketTls, tls.and_then(|tls| tls.websocket)),
        (Transport::Metrics, config.metrics),
    ]
    .into_iter()
    .filter_map(|(transport, address)| Some((transport, address?)))
}

/// Whether the addresses may be listened on: where there are no users, nothing may be reached from other machines.
pub(crate) fn check_reach(config: &Config) -> Result<(), StartError> {
    let beyond = addresses(config).find(|(_, address)| !address.ip().is_loopback());
    match beyond {
        Some((transport, address)) if config.users.is_none() => Err(StartError::NotLoopback {
            address,
            purpose: transport.purpose(),
        }),
        _ => Ok(()),
    }
}

/// Whether all of the addresses can be listened on at the same time, as far as the configuration tells.
pub(crate) fn check_different(config: &Config) -> Result<(), StartError> {
    let all: Vec<_> = addresses(config).collect();
    for (index, (second, address)) in all.iter().enumerate() {
        let mut before = all[..index].iter();
        if let Some((first, _)) = before.find(|(_, other)| collide(*other, *address)) {
            return Err(StartError::SameAddress {
                address: *address,
                first: first.purpose(),
                second: second.purpose(),
            });
        }
    }
    Ok(())
}

/// Whether only one of them can be listened on. Port 0 picks a free one each time.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let covers = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port()
        && one.port() != 0
        && one.is_ipv4() == other.is_ipv4()
        && (covers || one.ip() == other.ip())
}

/// Listens on all of them.
pub(crate) fn listen(config: &Config) -> Result<Vec<Listener>, StartError> {
    addresses(config)
        .map(|(transport, address)| bind(transport, address))
        .collect()
}

fn bind(transport: Transport, asked: SocketAddr) -> Result<Listener, StartError> {
    let listening = || {
        let socket = if asked.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        // So that a broker can be started again at once on the port that it had.
        socket.set_reuseaddr(true)?;
        socket.bind(asked)?;
        let socket = socket.listen(BACKLOG)?;
        Ok(Listener {
            transport,
            // With the port that was picked for port 0.
            address: socket.local_addr()?,
            socket,
        })
    };
    let purpose = transport.purpose();
    listening().map_err(|why: io::Error| match why.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse {
            address: asked,
            purpose,
        },
        _ => StartError::Bind {
            address: asked,
            purpose,
            why,
        },
    })
}
