//! A connection to the broker as a stream of bytes, for whoever speaks MQTT himself.
//!
//! The broker slows down each user at each address from where it comes, so that who guesses a password keeps only
//! himself out. What comes through the bridge must then not come from the bridge's own address, or who guesses the
//! password of the bridge's user would keep the bridge out.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use releve_access::Access;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;
use tracing::debug;

/// From where strangers come to a broker on this machine: a loopback address that no program has for itself.
const OF_STRANGERS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Bytes in both directions, encrypted or not.
pub trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Bytes for S {}

/// Connects for a stranger, with the certificates as they are now.
///
/// # Errors
/// Says what is wrong, in words that strangers may read: files and their paths are the log's affair.
pub async fn connect(broker: &Access) -> Result<Box<dyn Bytes>, String> {
    let (host, port) = (broker.address.host.as_str(), broker.address.port);
    // Neither the resolver nor certificates know the brackets of an IPv6 address.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stream = plain(bare, port).await.map_err(|error| error.to_string())?;
    let access = broker.clone();
    // Certificates may lie on a disk that does not answer.
    let config = spawn_blocking(move || access.client_config()).await;
    let config = config
        .map_err(|stopped| stopped.to_string())?
        .map_err(|error| {
            debug!(%error, "no certificates for a connection to the broker");
            "its certificate cannot be checked; the bridge's log says why".to_owned()
        })?;
    let Some(config) = config else {
        return Ok(Box::new(stream));
    };
    let name = ServerName::try_from(bare.to_owned())
        .map_err(|_| "no certificate can have the broker's name".to_owned())?;
    let encrypted = TlsConnector::from(config).connect(name, stream).await;
    let encrypted =
        encrypted.map_err(|error| format!("the encrypted connection fails: {error}"))?;
    Ok(Box::new(encrypted))
}

async fn plain(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut addresses: Vec<_> = lookup_host((host, port)).await?.collect();
    // `localhost` is mostly ::1 too, where there is no second address.
    addresses.sort_by_key(|address| !is_ipv4_loopback(*address));
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "its name has no address");
    for address in addresses {
        match connect_to(address).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

async fn connect_to(address: SocketAddr) -> io::Result<TcpStream> {
    if is_ipv4_loopback(address) {
        let socket = TcpSocket::new_v4()?;
        match socket.bind((OF_STRANGERS, 0).into()) {
            Ok(()) => return socket.connect(address).await,
            // Not every system has all of 127.0.0.0/8.
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {}
            Err(error) => return Err(error),
        }
    }
    TcpStream::connect(address).await
}

fn is_ipv4_loopback(address: SocketAddr) -> bool {
    matches!(address.ip(), IpAddr::V4(ip) if ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn seen_from(listener: &str, host: &str) -> IpAddr {
        let listener = TcpListener::bind(listener).await.expect("an address");
        let port = listener.local_addr().expect("an address").port();
        let (connected, accepted) = tokio::join!(plain(host, port), listener.accept());
        connected.expect("connected");
        accepted.expect("accepted").1.ip()
    }

    #[tokio::test]
    async fn strangers_come_from_an_address_of_their_own() {
        for host in ["127.0.0.1", "localhost"] {
            assert_eq!(seen_from("127.0.0.1:0", host).await, OF_STRANGERS, "{host}");
        }
    }
}
