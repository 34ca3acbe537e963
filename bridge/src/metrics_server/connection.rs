//! The connection to a server: kept open between requests, for a handshake costs more than a request.

use std::error::Error;
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use releve_access::Tls;
use reqwest::redirect::Policy;
use reqwest::{Client, Request, Response, Url};
use tokio::task::spawn_blocking;

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
    /// Holds the connection open. One with which something went wrong is not used again, so that certificates are
    /// read anew.
    client: Option<Client>,
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
            client: None,
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
        if let Some(client) = self.client.take()
            && let Some(again) = request.try_clone()
            && let Ok(reply) = self.send(client, again).await
        {
            return Ok(reply);
        }
        // Servers close connections that were idle: only a new one tells whether they are there.
        let client = self.client().await?;
        self.send(client, request).await
    }

    async fn send(&mut self, client: Client, request: Request) -> Result<Reply, Problem> {
        let answer = client.execute(request).await;
        let answer = answer.map_err(|error| self.problem(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = read(answer, self.most_bytes).await;
        // Of an answer that was not read to its end the rest is on the connection.
        if body.is_ok() {
            self.client = Some(client);
        }
        Ok(Reply {
            status,
            headers,
            body,
        })
    }

    /// A client without a connection yet.
    async fn client(&self) -> Result<Client, Problem> {
        releve_access::encrypt_with_ring();
        let builder = Client::builder()
            .http1_only()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .user_agent(AGENT)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(1)
            .connect_timeout(CONNECTING);
        let builder = match self.tls.clone() {
            Some(tls) => {
                // Certificates may lie on a disk that does not answer.
                let config = spawn_blocking(move || tls.client_config()).await;
                let config = config.map_err(|stopped| stopped.to_string())?;
                builder.tls_backend_preconfigured(config.map_err(|error| error.to_string())?)
            }
            None => builder,
        };
        builder.build().map_err(|error| self.problem(&error))
    }

    /// What went wrong, with what is behind it.
    fn problem(&self, error: &reqwest::Error) -> Problem {
        if error.is_connect() && error.is_timeout() {
            return "no connection comes about".to_owned();
        }
        let cause = innermost(error);
        if cause.is::<rustls::Error>() {
            let option = self.purpose.option();
            return format!(
                "the encrypted connection fails: {cause}; check {option}-ca and the name in the server's certificate"
            );
        }
        if error.is_connect() {
            format!("cannot connect: {cause}")
        } else {
            format!("the connection breaks: {cause}")
        }
    }

    async fn request(
        &self,
        path: &str,
        headers: &[(&'static str, &'static str)],
        body: Bytes,
    ) -> Result<Request, Problem> {
        let scheme = if self.target.encrypted {
            "https"
        } else {
            "http"
        };
        let url = format!("{scheme}://{}{path}", self.target.authority);
        let url: Url = (url.parse()).map_err(|error| format!("no request can be made: {error}"))?;
        let mut request = Request::new(reqwest::Method::POST, url);
        *request.body_mut() = Some(body.into());
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

/// The body of an answer.
async fn read(mut answer: Response, most_bytes: usize) -> Result<Bytes, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Unread::BrokenOff)? {
        if body.len() + chunk.len() > most_bytes {
            return Err(Unread::TooLong);
        }
        body.extend(chunk);
    }
    Ok(body.into())
}

/// The first cause of an error; those of TLS lie within one of the system's.
fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut cause = error;
    loop {
        let within = cause.downcast_ref::<std::io::Error>();
        let within = within.and_then(|error| error.get_ref());
        let next = match within {
            Some(within) => Some(within as &(dyn Error + 'static)),
            None => cause.source(),
        };
        match next {
            Some(next) => cause = next,
            None => return cause,
        }
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
