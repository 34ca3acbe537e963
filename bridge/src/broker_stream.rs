//! A connection to the broker as a stream of bytes, for whoever speaks MQTT himself.

use std::io;

use releve_access::Access;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;
use tracing::debug;

/// Bytes in both directions, encrypted or not.
pub trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Bytes for S {}

/// Connects, with the certificates as they are now.
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
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
