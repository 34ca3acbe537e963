//! MQTT over WebSocket: the request's checks, and the frames as a stream of bytes.

use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::header::{HOST, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::io::{CopyToBytes, SinkWriter, StreamReader};
use tracing::warn;

use crate::log_throttle::SharedThrottle;
use crate::origin::OriginRules;

/// Sub-protocols, the preferred one first. `mqttv3.1` is what old libraries call MQTT 3.1.1.
const SUBPROTOCOLS: [&str; 2] = ["mqtt", "mqttv3.1"];

/// Answers a WebSocket request, and gives the byte streams of MQTT inside it.
#[expect(clippy::result_large_err, reason = "the type is tungstenite's")]
pub(crate) async fn accept<S>(
    stream: S,
    peer: SocketAddr,
    rules: &Arc<OriginRules>,
    packet_bytes: usize,
) -> Result<
    (
        impl AsyncRead + Unpin + use<S>,
        impl AsyncWrite + Unpin + use<S>,
    ),
    Error,
>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // One frame may carry several packets, or a part of one.
    let config = WebSocketConfig::default()
        .max_message_size(Some(packet_bytes.saturating_mul(2)))
        .max_frame_size(Some(packet_bytes.saturating_mul(2)));
    let answer = |request: &Request, response: Response| answer(request, response, rules, peer);
    let socket = accept_hdr_async_with_config(stream, answer, Some(config)).await?;
    let (sink, stream) = socket.split();
    let reader = StreamReader::new(stream.filter_map(|message| ready(chunk(message))));
    let frames = sink.with(|bytes: Bytes| ready(Ok::<_, Error>(Message::Binary(bytes))));
    let writer = SinkWriter::new(CopyToBytes::new(frames.sink_map_err(io::Error::other)));
    Ok((reader, writer))
}

#[expect(clippy::result_large_err, reason = "the type is tungstenite's")]
fn answer(
    request: &Request,
    mut response: Response,
    rules: &OriginRules,
    peer: SocketAddr,
) -> Result<Response, ErrorResponse> {
    if let Err(fault) = rules.check(header(request, HOST), header(request, ORIGIN)) {
        report(peer, &fault.to_string());
        return Err(refusal(StatusCode::FORBIDDEN, fault.to_string()));
    }
    let offered = header(request, SEC_WEBSOCKET_PROTOCOL).unwrap_or_default();
    let Some(chosen) = choose_subprotocol(offered) else {
        let why = format!("offer the WebSocket sub-protocol mqtt (offered: {offered:?})");
        report(peer, &why);
        return Err(refusal(StatusCode::BAD_REQUEST, why));
    };
    response
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(chosen));
    Ok(response)
}

/// The most of a stranger's words that the log takes, in characters.
const LOGGED_CHARS: usize = 200;

static REPORTS: SharedThrottle = SharedThrottle::new(10, Duration::from_secs(10));

fn report(peer: SocketAddr, why: &str) {
    if let Some(held_back) = REPORTS.occurred() {
        let why: String = why.chars().take(LOGGED_CHARS).collect();
        warn!(%peer, "a WebSocket request was refused: {why}{held_back}");
    }
}

fn header(request: &Request, name: HeaderName) -> Option<&str> {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
}

fn choose_subprotocol(offered: &str) -> Option<&'static str> {
    let is_offered = |name: &&str| offered.split(',').any(|other| other.trim() == *name);
    SUBPROTOCOLS.into_iter().find(|name| is_offered(name))
}

fn refusal(status: StatusCode, why: String) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some(why));
    *response.status_mut() = status;
    response
}

/// The MQTT bytes in a message; `None` for messages of the WebSocket protocol itself.
fn chunk(message: Result<Message, Error>) -> Option<io::Result<Bytes>> {
    match message {
        Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
        Ok(Message::Text(_)) => {
            let why = "MQTT comes in binary frames";
            Some(Err(io::Error::new(io::ErrorKind::InvalidData, why)))
        }
        Ok(_) => None,
        Err(error) => Some(Err(io::Error::other(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mqtt_is_preferred_and_the_old_name_understood() {
        assert_eq!(choose_subprotocol("mqtt"), Some("mqtt"));
        assert_eq!(choose_subprotocol("mqttv3.1, mqtt"), Some("mqtt"));
        assert_eq!(choose_subprotocol("mqttv3.1"), Some("mqttv3.1"));
        assert_eq!(choose_subprotocol("chat, mqttx"), None);
        assert_eq!(choose_subprotocol(""), None);
    }
}
