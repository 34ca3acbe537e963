//! `/mqtt`: a browser's WebSocket, carried unchanged to the broker's MQTT port.
//!
//! The broker speaks with the browser itself: protocol version, users and rights are its affair. Only who comes
//! from an address from where many logins failed has to wait: the broker does not see that address. And a browser
//! that says nothing takes no place there: the bridge goes to the broker with its first message.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, Stream, StreamExt};
use releve_access::Access;
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
/// The longest wait for the first message of a browser.
const FIRST_MESSAGE: Duration = Duration::from_secs(10);
/// The first byte of a CONNECT.
const CONNECT_PACKET: u8 = 0x10;
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
/// The longest reason that a close frame carries, in bytes.
const REASON: usize = 123;

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
    upgrade.on_upgrade(move |browser| carry(browser, served.broker, source, served.stop, permit))
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

/// Carries both directions until either side ends, the browser falls silent, or the bridge stops. Scripts in a
/// browser see why a WebSocket was closed, but not why none was opened: so whatever goes wrong is told here.
async fn carry(
    browser: WebSocket,
    broker: Access,
    source: Source,
    stop: CancellationToken,
    _permit: OwnedSemaphorePermit,
) {
    let (mut to_browser, from_browser) = browser.split();
    let (code, reason) = tokio::select! {
        end = talk(&mut to_browser, from_browser, &broker, &source) => end,
        () = stop.cancelled() => (close_code::AWAY, "the bridge stops".into()),
    };
    debug!(%reason, "a browser's connection ends");
    let reason = reason[..reason.floor_char_boundary(REASON)].into();
    let close = Message::Close(Some(CloseFrame { code, reason }));
    if timeout(SEND, to_browser.send(close)).await.is_err() {
        debug!("the browser did not take the close frame");
    }
}

/// The code and the reason with which a WebSocket is closed.
type End = (u16, Cow<'static, str>);

async fn talk(
    to_browser: &mut SplitSink<WebSocket, Message>,
    mut from_browser: SplitStream<WebSocket>,
    broker: &Access,
    source: &Source,
) -> End {
    if let Some(wait) = source.wait() {
        return too_soon(wait);
    }
    let first = match first_message(&mut from_browser).await {
        Ok(first) => first,
        Err(end) => return end,
    };
    // Others at that address may have failed meanwhile.
    if let Some(wait) = source.wait() {
        return too_soon(wait);
    }
    let broker = match timeout(CONNECT, connect(broker)).await {
        Ok(Ok(broker)) => broker,
        Ok(Err(reason)) => return no_broker(&reason),
        Err(_) => return no_broker("it does not answer"),
    };
    let (from_broker, mut to_broker) = split(broker);
    if let Err(end) = pass_on(&first, &mut to_broker).await {
        return end;
    }
    tokio::select! {
        end = upwards(from_browser, to_broker) => end,
        end = downwards(from_broker, to_browser, source) => end,
    }
}

fn too_soon(wait: Duration) -> End {
    let seconds = wait.as_secs().max(1);
    let reason = format!("too many logins failed: wait {seconds} s");
    (close_code::AGAIN, reason.into())
}

fn no_broker(reason: &str) -> End {
    let reason = format!("the broker cannot be reached: {reason}");
    (close_code::AGAIN, reason.into())
}

/// Waits for the browser's CONNECT, whole: a beginning of it would hold a place at the broker.
async fn first_message<S, E>(browser: &mut S) -> Result<Bytes, End>
where
    S: Stream<Item = Result<Message, E>> + Unpin,
{
    let coming = async {
        let mut so_far = BytesMut::new();
        loop {
            if let Some(bytes) = for_the_broker(browser.next().await)? {
                so_far.extend_from_slice(&bytes);
            }
            if holds_connect(&so_far)? {
                return Ok(so_far.freeze());
            }
        }
    };
    timeout(FIRST_MESSAGE, coming)
        .await
        .unwrap_or(Err((close_code::AWAY, "the browser said nothing".into())))
}

/// Whether the bytes begin with a whole CONNECT.
fn holds_connect(bytes: &[u8]) -> Result<bool, End> {
    let no_connect = || Err((close_code::PROTOCOL, "MQTT begins with CONNECT".into()));
    let Some((first, rest)) = bytes.split_first() else {
        return Ok(false);
    };
    if *first != CONNECT_PACKET {
        return no_connect();
    }
    // MQTT 5, 1.5.5: seven bits in each byte, at most four bytes.
    let mut length = 0_usize;
    for (place, byte) in rest.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if *byte < 0x80 {
            return match length {
                ..=MAX_MESSAGE => Ok(rest.len() > place + length),
                _ => no_connect(),
            };
        }
    }
    if rest.len() >= 4 {
        no_connect()
    } else {
        Ok(false)
    }
}

/// What a browser's message has for the broker, if anything; or how it ends the connection.
fn for_the_broker<E>(message: Option<Result<Message, E>>) -> Result<Option<Bytes>, End> {
    match message {
        Some(Ok(Message::Binary(bytes))) if !bytes.is_empty() => Ok(Some(bytes)),
        // The library answers pings; pongs, and what is empty, only show that the browser is there.
        Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Text(_))) => Err((
            close_code::UNSUPPORTED,
            "MQTT comes in binary messages".into(),
        )),
        Some(Err(_)) => Err((close_code::PROTOCOL, "the message cannot be read".into())),
        None | Some(Ok(Message::Close(_))) => Err((close_code::NORMAL, "the browser left".into())),
    }
}

type BrokerReader = ReadHalf<Box<dyn broker_stream::Bytes>>;
type BrokerWriter = WriteHalf<Box<dyn broker_stream::Bytes>>;

async fn upwards(mut browser: SplitStream<WebSocket>, mut broker: BrokerWriter) -> End {
    loop {
        let Ok(message) = timeout(IDLE, browser.next()).await else {
            return (close_code::AWAY, "the browser fell silent".into());
        };
        let passed_on = match for_the_broker(message) {
            Ok(Some(bytes)) => pass_on(&bytes, &mut broker).await,
            Ok(None) => Ok(()),
            Err(end) => Err(end),
        };
        if let Err(end) = passed_on {
            return end;
        }
    }
}

async fn pass_on(bytes: &[u8], broker: &mut BrokerWriter) -> Result<(), End> {
    match timeout(SEND, write(broker, bytes)).await {
        Ok(Ok(())) => Ok(()),
        _ => Err((close_code::AGAIN, "the broker takes nothing".into())),
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
                _ => return (close_code::AGAIN, "the broker ended the connection".into()),
            },
            _ = ping.tick() => Message::Ping(Bytes::new()),
        };
        match timeout(SEND, browser.send(message)).await {
            Ok(Ok(())) => {}
            _ => return (close_code::AWAY, "the browser takes nothing".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    fn said(messages: Vec<Message>) -> impl Stream<Item = Result<Message, Infallible>> + Unpin {
        stream::iter(messages.into_iter().map(Ok)).chain(stream::pending())
    }

    #[test]
    fn only_a_whole_connect_goes_to_the_broker() {
        let held = |bytes: &[u8]| holds_connect(bytes).map_err(|(code, _)| code);
        for part in [&[][..], &[0x10], &[0x10, 0x81], &[0x10, 2, 0]] {
            assert_eq!(held(part), Ok(false), "{part:?}");
        }
        assert_eq!(held(&[0x10, 2, 0, 0]), Ok(true));
        assert_eq!(held(&[0x10, 0, 0xc0]), Ok(true));
        for wrong in [
            &[0x30][..],
            &[0x10, 0xff, 0xff, 0xff, 0x7f],
            &[0x10, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert_eq!(held(wrong), Err(close_code::PROTOCOL), "{wrong:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_message_is_waited_for_so_long_whatever_else_comes() {
        let mut browser = said(vec![
            Message::Ping(Bytes::new()),
            Message::Binary(Bytes::new()),
            Message::Binary(vec![0x10].into()),
            Message::Binary(vec![0x03, b'a'].into()),
            Message::Binary(vec![b'b', b'c', 0xc0].into()),
            Message::Binary("second".into()),
        ]);
        let first = first_message(&mut browser).await.unwrap();
        assert_eq!(first[..], [0x10, 3, b'a', b'b', b'c', 0xc0]);
        let began = Instant::now();
        let mut idle = said(vec![Message::Pong(Bytes::new())]);
        let (code, reason) = first_message(&mut idle).await.unwrap_err();
        assert_eq!((code, began.elapsed()), (close_code::AWAY, FIRST_MESSAGE));
        assert!(reason.contains("said nothing"), "{reason}");
    }
}
