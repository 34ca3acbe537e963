//! `/mqtt`: a browser's WebSocket, carried unchanged to the broker's MQTT port.
//!
//! The broker speaks with the browser itself: protocol version, users and rights are its affair. Only who comes
//! from an address from where many logins failed has to wait: the broker does not see that address.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, interval_at, timeout};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::Served;
use super::connack::refuses_login;
use super::failures::{Failures, Visitor};
use super::origin::check_origin;
use crate::broker_stream::{self, connect};

/// WebSockets open at the same time.
pub const MAX_CONNECTIONS: usize = 500;
/// The largest message taken from a browser, in bytes.
const MAX_MESSAGE: usize = 256 * 1024;
/// The longest wait for the broker to take a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How often the bridge asks whether the browser is still there.
const PING: Duration = Duration::from_secs(30);
/// A browser that sends nothing for so long, not even an answer to a ping, is gone.
const IDLE: Duration = Duration::from_secs(90);
/// The longest time that either side may take to accept what is sent to it.
const SEND: Duration = Duration::from_secs(30);
/// Bytes read from the broker at once.
const CHUNK: usize = 16 * 1024;

/// `GET /mqtt` with an upgrade to WebSocket.
pub async fn serve(
    State(served): State<Served>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // The Host was checked before; an Origin that is no text is no origin of ours.
    let origin = headers
        .get(ORIGIN)
        .map(|value| value.to_str().unwrap_or("unreadable"));
    if let Err(sentence) =
        check_origin(origin, text(HOST).unwrap_or_default(), &served.public_hosts)
    {
        return (StatusCode::FORBIDDEN, format!("{sentence}\n")).into_response();
    }
    let upgrade = upgrade.protocols(["mqtt"]).max_message_size(MAX_MESSAGE);
    if upgrade.selected_protocol().is_none() {
        let sentence = "This WebSocket speaks MQTT: ask for the sub-protocol mqtt.\n";
        return (StatusCode::BAD_REQUEST, sentence).into_response();
    }
    let Ok(permit) = served.websockets.clone().try_acquire_owned() else {
        let sentence = "Too many browsers are connected; try again later.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, sentence).into_response();
    };
    let source = Source::new(&served, &headers);
    if let Some(wait) = source.wait() {
        return upgrade.on_upgrade(move |browser| turn_away(browser, wait, permit));
    }
    let broker = match timeout(CONNECT, connect(&served.broker)).await {
        Ok(Ok(broker)) => broker,
        Ok(Err(reason)) => return no_broker(&reason),
        Err(_) => return no_broker("it does not answer"),
    };
    upgrade.on_upgrade(move |browser| carry(browser, broker, source, served.stop.clone(), permit))
}

fn no_broker(reason: &str) -> Response {
    let sentence = format!("The broker cannot be reached: {reason}\n");
    (StatusCode::BAD_GATEWAY, sentence).into_response()
}

/// From where a browser comes, as far as the proxy in front says.
struct Source {
    visitor: Option<Visitor>,
    failures: Arc<Failures>,
}

impl Source {
    fn new(served: &Served, headers: &HeaderMap) -> Self {
        let is_known = served.behind_proxy;
        Self {
            visitor: is_known.then(|| Visitor::behind_proxy(headers)).flatten(),
            failures: Arc::clone(&served.failures),
        }
    }

    fn wait(&self) -> Option<Duration> {
        self.failures
            .wait(self.visitor.as_ref()?, Instant::now().into())
    }

    fn failed(&self) {
        if let Some(visitor) = self.visitor.clone() {
            self.failures.failed(visitor, Instant::now().into());
        }
    }
}

/// Tells the browser to come later. Scripts in it see why a WebSocket was closed, but not why none was opened.
async fn turn_away(mut browser: WebSocket, wait: Duration, _permit: OwnedSemaphorePermit) {
    let seconds = wait.as_secs().max(1);
    let close = CloseFrame {
        code: close_code::AGAIN,
        reason: format!("too many logins failed: wait {seconds} s").into(),
    };
    if timeout(SEND, browser.send(Message::Close(Some(close))))
        .await
        .is_err()
    {
        debug!("the browser did not take the close frame");
    }
}

/// Carries both directions until either side ends, the browser falls silent, or the bridge stops.
async fn carry(
    browser: WebSocket,
    broker: Box<dyn broker_stream::Bytes>,
    source: Source,
    stop: CancellationToken,
    _permit: OwnedSemaphorePermit,
) {
    let (mut to_browser, from_browser) = browser.split();
    let (from_broker, to_broker) = split(broker);
    let (code, reason) = tokio::select! {
        end = upwards(from_browser, to_broker) => end,
        end = downwards(from_broker, &mut to_browser, &source) => end,
        () = stop.cancelled() => (close_code::AWAY, "the bridge stops"),
    };
    debug!(reason, "a browser's connection ends");
    let reason = reason.into();
    let close = Message::Close(Some(CloseFrame { code, reason }));
    if timeout(SEND, to_browser.send(close)).await.is_err() {
        debug!("the browser did not take the close frame");
    }
}

type End = (u16, &'static str);
type BrokerReader = ReadHalf<Box<dyn broker_stream::Bytes>>;
type BrokerWriter = WriteHalf<Box<dyn broker_stream::Bytes>>;

async fn upwards(mut browser: SplitStream<WebSocket>, mut broker: BrokerWriter) -> End {
    loop {
        let message = match timeout(IDLE, browser.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(_))) => return (close_code::PROTOCOL, "the message cannot be read"),
            Ok(None) => return (close_code::NORMAL, "the browser left"),
            Err(_) => return (close_code::AWAY, "the browser fell silent"),
        };
        match message {
            Message::Binary(bytes) => match timeout(SEND, write(&mut broker, &bytes)).await {
                Ok(Ok(())) => {}
                _ => return (close_code::AGAIN, "the broker takes nothing"),
            },
            Message::Text(_) => return (close_code::UNSUPPORTED, "MQTT comes in binary messages"),
            Message::Close(_) => return (close_code::NORMAL, "the browser left"),
            // The library answers pings; pongs only show that the browser is there.
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}

/// Writes all; over TLS a part may wait for the flush.
async fn write(broker: &mut BrokerWriter, bytes: &[u8]) -> io::Result<()> {
    broker.write_all(bytes).await?;
    broker.flush().await
}

async fn downwards(
    mut broker: BrokerReader,
    browser: &mut SplitSink<WebSocket, Message>,
    source: &Source,
) -> End {
    let mut is_first = true;
    let mut buffer = vec![0; CHUNK];
    let mut ping = interval_at(Instant::now() + PING, PING);
    loop {
        let message = tokio::select! {
            read = broker.read(&mut buffer) => match read {
                Ok(length @ 1..) => {
                    if std::mem::take(&mut is_first) && refuses_login(&buffer[..length]) {
                        source.failed();
                    }
                    Message::Binary(Bytes::copy_from_slice(&buffer[..length]))
                }
                _ => return (close_code::AGAIN, "the broker ended the connection"),
            },
            _ = ping.tick() => Message::Ping(Bytes::new()),
        };
        match timeout(SEND, browser.send(message)).await {
            Ok(Ok(())) => {}
            _ => return (close_code::AWAY, "the browser takes nothing"),
        }
    }
}
