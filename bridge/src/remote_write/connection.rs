//! The connection to the server: kept open between requests, for a handshake costs more than a request.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER, USER_AGENT,
};
use axum::http::{HeaderMap, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use releve_access::Tls;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

use super::answer::{Answer, answer};
use super::backoff::retry_after;
use super::config::{RemoteWriteConfig, RemoteWriteConfigError, RemoteWriteLogin, Target};
use crate::moment::Moment;

/// The longest wait for a connection.
const CONNECTING: Duration = Duration::from_secs(10);
/// The longest wait for an answer, connecting included.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most bytes of an answer that are read.
const MAX_ANSWER: usize = 64 << 10;
/// The first version of the protocol, which every server knows.
const VERSION: &str = "0.1.0";
const AGENT: &str = concat!("releve-bridge/", env!("CARGO_PKG_VERSION"));

/// Whoever takes requests.
pub trait Server: Send {
    /// Sends a request and waits for its answer, but not for ever.
    fn post(&mut self, body: Vec<u8>) -> impl Future<Output = Answer> + Send;
}

/// What goes wrong on the way, in words.
type Problem = String;

/// A server at the other end of a connection.
pub struct Connection {
    target: Target,
    login: Option<RemoteWriteLogin>,
    tls: Option<Tls>,
    open: Option<Open>,
    patience: Duration,
}

/// An open connection that waits for a request.
struct Open {
    sender: SendRequest<Full<Bytes>>,
    /// Moves the bytes.
    _work: AbortOnDropHandle<()>,
}

impl Connection {
    /// To that server, not connected yet.
    ///
    /// # Errors
    /// Says what is wrong with its address.
    pub fn new(config: RemoteWriteConfig) -> Result<Self, RemoteWriteConfigError> {
        config.check()?;
        let target = config.target()?;
        let tls = Tls {
            ca: config.ca,
            client: None,
        };
        Ok(Self {
            tls: target.encrypted.then_some(tls),
            target,
            login: config.login,
            open: None,
            patience: PATIENCE,
        })
    }

    async fn exchange(&mut self, body: Bytes) -> Result<Answer, Problem> {
        let request = self.request(body).await?;
        if let Some(open) = self.open.take()
            && let Ok(answer) = self.send(open, request.clone()).await
        {
            return Ok(answer);
        }
        // Servers close connections that were idle: only a new one tells whether they are there.
        let open = match timeout(CONNECTING, self.connect()).await {
            Ok(open) => open?,
            Err(_) => return Err("no connection comes about".to_owned()),
        };
        self.send(open, request).await
    }

    async fn send(
        &mut self,
        mut open: Open,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Problem> {
        let problem = |error: hyper::Error| format!("the connection breaks: {}", whole(&error));
        open.sender.ready().await.map_err(problem)?;
        let response = open.sender.send_request(request).await.map_err(problem)?;
        let (head, body) = response.into_parts();
        let after = head.headers.get(RETRY_AFTER);
        let after = after.and_then(|after| after.to_str().ok());
        let after = after.and_then(|after| retry_after(after, Moment::now().wall));
        let said = read(body).await;
        // Of an answer that was not read to its end the rest is on the connection.
        if said.is_some() {
            self.open = Some(open);
        }
        Ok(answer(head.status, after, &said.unwrap_or_default()))
    }

    async fn connect(&self) -> Result<Open, Problem> {
        let target = &self.target;
        let stream = TcpStream::connect((&*target.host, target.port)).await;
        let stream = stream.map_err(|error| format!("cannot connect: {error}"))?;
        (stream.set_nodelay(true)).map_err(|error| error.to_string())?;
        let Some(tls) = self.tls.clone() else {
            return open(stream).await;
        };
        // Certificates may lie on a disk that does not answer.
        let config = spawn_blocking(move || tls.client_config()).await;
        let config = config.map_err(|stopped| stopped.to_string())?;
        let config = config.map_err(|error| error.to_string())?;
        let name = ServerName::try_from(target.host.clone())
            .map_err(|_| "no certificate can have that name".to_owned())?;
        let encrypted = TlsConnector::from(Arc::new(config)).connect(name, stream);
        let encrypted = encrypted.await.map_err(|error| {
            format!(
                "the encrypted connection fails: {error}; check --remote-write-ca and the name in the server's certificate"
            )
        })?;
        open(encrypted).await
    }

    async fn request(&self, body: Bytes) -> Result<Request<Full<Bytes>>, Problem> {
        let target = &self.target;
        let mut request = Request::post(&target.path)
            .header(HOST, &target.authority)
            .body(Full::new(body))
            .map_err(|error| format!("no request can be made: {error}"))?;
        let headers: &mut HeaderMap = request.headers_mut();
        for (name, value) in [
            (CONTENT_ENCODING, "snappy"),
            (CONTENT_TYPE, "application/x-protobuf"),
            (USER_AGENT, AGENT),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let version = HeaderValue::from_static(VERSION);
        headers.insert("x-prometheus-remote-write-version", version);
        if let Some(login) = &self.login {
            headers.insert(AUTHORIZATION, authorization(login).await?);
        }
        Ok(request)
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

async fn open<S>(stream: S) -> Result<Open, Problem>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(|error| whole(&error))?;
    let work = tokio::spawn(async move {
        // Whoever waits for the answer is told.
        let _ = connection.await;
    });
    Ok(Open {
        sender,
        _work: AbortOnDropHandle::new(work),
    })
}

/// The body of an answer; `None` if it breaks off, or is too long.
async fn read(body: Incoming) -> Option<Bytes> {
    let body = Limited::new(body, MAX_ANSWER);
    Some(body.collect().await.ok()?.to_bytes())
}

/// What goes wrong, with what is behind it.
fn whole(error: &hyper::Error) -> String {
    let cause = std::error::Error::source(error);
    match cause.and_then(|cause| cause.downcast_ref::<io::Error>()) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Who the bridge is, as the files say it now.
async fn authorization(login: &RemoteWriteLogin) -> Result<HeaderValue, Problem> {
    let (RemoteWriteLogin::Password { file, .. } | RemoteWriteLogin::Token { file }) = login;
    let text = tokio::fs::read_to_string(file).await;
    let text = text.map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let secret = text.lines().next().unwrap_or_default();
    if secret.is_empty() {
        return Err(format!("the first line of {} is empty", file.display()));
    }
    let value = match login {
        RemoteWriteLogin::Password { user, .. } => {
            format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
        }
        RemoteWriteLogin::Token { .. } => format!("Bearer {secret}"),
    };
    let value = HeaderValue::try_from(value);
    let mut value = value.map_err(|_| format!("{} holds no token", file.display()))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;
