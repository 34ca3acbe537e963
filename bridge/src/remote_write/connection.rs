//! The connection to the server that takes the readings.

use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use bytes::Bytes;
use tokio::time::timeout;

use super::answer::{Answer, answer};
use super::backoff::retry_after;
use crate::metrics_server::{self, Purpose, ServerConfig, ServerConfigError};
use crate::moment::Moment;

/// The longest wait for an answer, connecting included.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most bytes of an answer that are read.
const MAX_ANSWER: usize = 64 << 10;
/// What the protocol asks for; in its first version, which every server knows.
const HEADERS: [(&str, &str); 3] = [
    ("content-encoding", "snappy"),
    ("content-type", "application/x-protobuf"),
    ("x-prometheus-remote-write-version", "0.1.0"),
];

/// Whoever takes requests.
pub trait Server: Send {
    /// Sends a request and waits for its answer, but not for ever.
    fn post(&mut self, body: Vec<u8>) -> impl Future<Output = Answer> + Send;
}

/// A server at the other end of a connection.
pub struct Connection {
    server: metrics_server::Connection,
    patience: Duration,
}

impl Connection {
    /// To that server, not connected yet.
    ///
    /// # Errors
    /// Says what is wrong with its address.
    pub fn new(config: ServerConfig) -> Result<Self, ServerConfigError> {
        let server = metrics_server::Connection::new(config, Purpose::RemoteWrite, MAX_ANSWER)?;
        Ok(Self {
            server,
            patience: PATIENCE,
        })
    }

    async fn exchange(&mut self, body: Bytes) -> Result<Answer, String> {
        let path = self.server.target().path.clone();
        let reply = self.server.post(&path, &HEADERS, body).await?;
        let after = reply.headers.get(RETRY_AFTER);
        let after = after.and_then(|after| after.to_str().ok());
        let after = after.and_then(|after| retry_after(after, Moment::now().wall));
        let said = reply.body.unwrap_or_default();
        Ok(answer(reply.status, after, &said))
    }
}

impl Server for Connection {
    async fn post(&mut self, body: Vec<u8>) -> Answer {
        let patience = self.patience;
        match timeout(patience, self.exchange(Bytes::from(body))).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(problem)) => Answer::none(problem),
            Err(_) => Answer::none(format!("no answer within {} s", patience.as_secs())),
        }
    }
}

#[cfg(test)]
mod tests;
