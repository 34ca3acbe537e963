//! The connection to a server: kept open between requests, for a handshake costs more than a request.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, HOST, HeaderValue, USER_AGENT};
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
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

use super::config::{Purpose, ServerConfig, ServerConfigError, ServerLogin, Target};

/// The longest wait for a connection.
const CONNECTING: Duration = Duration::from_secs(10);
const AGENT: &str = concat!("releve-bridge/", env!("CARGO_PKG_VERSION"));

/// What goes wrong on the way, in words.
type Problem = String;

/// A server at the other end of a connection.
#[derive(Debug)]
pub struct Connection {
    purpose: Purpose,
    target: Target,
    login: Option<ServerLogin>,
    tls: Option<Tls>,
    most_bytes: usize,
    open: Option<Open>,
}

/// An open connection that waits for a request.
#[derive(Debug)]
struct Open {
    sender: SendRequest<Full<Bytes>>,
    /// Moves the bytes.
    _work: AbortOnDropHandle<()>,
}

/// A server's answer.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its head.
    pub headers: HeaderMap,
    /// What it says.
    pub body: Result<Bytes, Unread>,
}

/// Why an answer was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is too long.
    TooLong,
    /// The connection broke.
    BrokenOff,
}

impl Connection {
    /// To that server, not connected yet.
    ///
    /// # Errors
    /// Says what is wrong with its address.
    pub fn new(
        config: ServerConfig,
        purpose: Purpose,
        most_bytes: usize,
    ) -> Result<Self, ServerConfigError> {
        config.check(purpose)?;
        let target = config.target(purpose)?;
        let tls = Tls {
            ca: config.ca,
            client: None,
        };
        Ok(Self {
            purpose,
            tls: target.encrypted.then_some(tls),
            target,
            login: config.login,
            most_bytes,
            open: None,
        })
    }

    /// Where it leads to.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// Sends a request with these headers and waits for its answer, for ever if need be. A connection that had been
    /// idle may have been closed: then the request is made a second time.
    ///
    /// # Errors
    /// Says what goes wrong on the way.
    pub async fn post(
        &mut self,
        path: &str,
        headers: &[(&'static str, &'static str)],
        body: Bytes,
    ) -> Result<Reply, Problem> {
        let request = self.request(path, headers, body).await?;
        if let Some(open) = self.open.take()
            && let Ok(reply) = self.send(open, request.clone()).await
        {
            return Ok(reply);
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
    ) -> Result<Reply, Problem> {
        let problem = |error: hyper::Error| format!("the connection breaks: {}", whole(&error));
        open.sender.ready().await.map_err(problem)?;
        let response = open.sender.send_request(request).await.map_err(problem)?;
        let (head, body) = response.into_parts();
        let body = read(body, self.most_bytes).await;
        // Of an answer that was not read to its end the rest is on the connection.
        if body.is_ok() {
            self.open = Some(open);
        }
        Ok(Reply {
            status: head.status,
            headers: head.headers,
            body,
        })
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
            let option = self.purpose.option();
            format!(
                "the encrypted connection fails: {error}; check {option}-ca and the name in the server's certificate"
            )
        })?;
        open(encrypted).await
    }

    async fn request(
        &self,
        path: &str,
        headers: &[(&'static str, &'static str)],
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, Problem> {
        let mut request = Request::post(path)
            .header(HOST, &self.target.authority)
            .header(USER_AGENT, AGENT)
            .body(Full::new(body))
            .map_err(|error| format!("no request can be made: {error}"))?;
        for (name, value) in headers {
            let value = HeaderValue::from_static(value);
            request.headers_mut().insert(*name, value);
        }
        if let Some(login) = &self.login {
            let authorization = authorization(login).await?;
            request.headers_mut().insert(AUTHORIZATION, authorization);
        }
        Ok(request)
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

/// The body of an answer.
async fn read(body: Incoming, most_bytes: usize) -> Result<Bytes, Unread> {
    match Limited::new(body, most_bytes).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Unread::TooLong),
        Err(_) => Err(Unread::BrokenOff),
    }
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
async fn authorization(login: &ServerLogin) -> Result<HeaderValue, Problem> {
    let (ServerLogin::Password { file, .. } | ServerLogin::Token { file }) = login;
    let text = tokio::fs::read_to_string(file).await;
    let text = text.map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let secret = text.lines().next().unwrap_or_default();
    if secret.is_empty() {
        return Err(format!("the first line of {} is empty", file.display()));
    }
    let value = match login {
        ServerLogin::Password { user, .. } => {
            format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
        }
        ServerLogin::Token { .. } => format!("Bearer {secret}"),
    };
    let value = HeaderValue::try_from(value);
    let mut value = value.map_err(|_| format!("{} holds no token", file.display()))?;
    value.set_sensitive(true);
    Ok(value)
}
