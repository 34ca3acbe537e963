//! What the bridge serves, and to whom.

use crate::harness::{config, get, start_bridge, start_broker};
use futures_util::{SinkExt, StreamExt};
use releve_bridge::{Bridge, StartError};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type WebSocket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// MQTT 5: CONNECT with the client id "browser".
const CONNECT: &[u8] = b"\x10\x14\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x07browser";
/// The type of a CONNACK in its first byte.
const CONNACK: u8 = 0x20;

async fn open(
    bridge: &Bridge,
    headers: &[(&'static str, &'static str)],
) -> Result<WebSocket, Error> {
    let mut request = format!("ws://{}/mqtt", bridge.http_addr()).into_client_request()?;
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(*name, HeaderValue::from_static(value));
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

/// Status and body of the refusal.
async fn refusal(bridge: &Bridge, headers: &[(&'static str, &'static str)]) -> (u16, String) {
    match open(bridge, headers).await {
        Err(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            (
                response.status().as_u16(),
                String::from_utf8_lossy(&body).into_owned(),
            )
        }
        other => panic!("{other:?}"),
    }
}

const MQTT: (&str, &str) = ("sec-websocket-protocol", "mqtt");

#[tokio::test]
async fn a_browser_speaks_mqtt_5_with_the_broker_through_the_bridge() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    let mut socket = open(&bridge, &[MQTT]).await.expect("a WebSocket");
    let connect = Message::Binary(CONNECT.into());
    socket.send(connect).await.expect("an open socket");
    let answer = socket.next().await.expect("an answer").expect("a message");
    assert_eq!(answer.into_data()[0], CONNACK);
    // The broker ends the connection: so does the WebSocket.
    broker.stop().await;
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Close(frame) = message {
            let reason = frame.expect("a reason").reason;
            assert!(reason.contains("broker"), "{reason}");
            return;
        }
    }
    panic!("the socket ended without a close frame");
}

#[tokio::test]
async fn text_is_no_mqtt() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    let mut socket = open(&bridge, &[MQTT]).await.expect("a WebSocket");
    socket
        .send(Message::Text("hello".into()))
        .await
        .expect("an open socket");
    match socket.next().await {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 1003),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn strangers_do_not_get_a_websocket() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    let (status, sentence) = refusal(&bridge, &[MQTT, ("origin", "http://evil.example")]).await;
    assert_eq!(status, 403);
    assert!(sentence.contains("http://evil.example"), "{sentence}");
    let (status, sentence) = refusal(&bridge, &[MQTT, ("host", "rebinding.example")]).await;
    assert_eq!(status, 403);
    assert!(sentence.contains("rebinding.example"), "{sentence}");
    let (status, sentence) = refusal(&bridge, &[]).await;
    assert_eq!(status, 400);
    assert!(sentence.contains("sub-protocol"), "{sentence}");
}

#[tokio::test]
async fn a_broker_that_is_away_is_said_to_be() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    broker.stop().await;
    let mut socket = open(&bridge, &[MQTT]).await.expect("a WebSocket");
    let connect = Message::Binary(CONNECT.into());
    socket.send(connect).await.expect("an open socket");
    match socket.next().await {
        Some(Ok(Message::Close(Some(frame)))) => {
            assert_eq!(u16::from(frame.code), 1013);
            let reason = frame.reason;
            assert!(
                reason.starts_with("the broker cannot be reached: "),
                "{reason}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn browsers_that_say_nothing_take_no_place_at_the_broker() {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let mut few = releve_broker::Config::new(address);
    few.limits.handshakes = 4;
    let broker = releve_broker::start(few).await.expect("a broker");
    let bridge = start_bridge(&broker).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(open(&bridge, &[MQTT]).await.expect("a WebSocket"));
    }
    for mut socket in idle {
        let connect = Message::Binary(CONNECT.into());
        socket.send(connect).await.expect("an open socket");
        let answer = socket.next().await.expect("an answer").expect("a message");
        assert_eq!(answer.into_data()[0], CONNACK);
    }
}

#[tokio::test]
async fn a_stop_closes_the_websockets() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    let mut socket = open(&bridge, &[MQTT]).await.expect("a WebSocket");
    bridge.stop().await;
    match socket.next().await {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 1001),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    for path in ["/", "/app.unknown", "/api/v1/about", "/healthz", "/metrics"] {
        let url = format!("http://{}{path}", bridge.http_addr());
        let response = reqwest::get(url).await.expect("an answer");
        let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
        let policy = header("content-security-policy");
        assert!(policy.contains("connect-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
    }
}

#[tokio::test]
async fn the_api_answers_in_json_whatever_is_asked() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    let (status, about) = get(&bridge, "/api/v1/about").await;
    let about: Value = serde_json::from_str(&about).expect("JSON");
    assert_eq!(status, 200);
    assert_eq!(about["mail"], json!("not_configured"));
    assert_eq!(about["bridge"], json!("test"));
    for (path, expected) in [
        ("/api/v1/nodes/a%20b/recent", 400),
        ("/api/v2/about", 404),
        ("/api/", 404),
    ] {
        let (status, body) = get(&bridge, path).await;
        let body: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{path}: {body}"));
        assert_eq!(status, expected, "{path}");
        assert!(body["error"].is_string(), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_node_of_which_nothing_has_come_yet_is_no_error() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    let (status, body) = get(&bridge, "/api/v1/nodes/about-to-come/recent").await;
    assert_eq!((status, body.as_str()), (204, ""));
}

#[tokio::test]
async fn a_foreign_name_is_refused_but_not_to_monitoring() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    let client = reqwest::Client::new();
    for (path, expected) in [
        ("/", 403),
        ("/api/v1/about", 403),
        ("/healthz", 200),
        ("/metrics", 200),
    ] {
        let url = format!("http://{}{path}", bridge.http_addr());
        let request = client.get(url).header("host", "bridge:8080");
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    let mut second = config(broker.tcp_addr());
    second.http = bridge.http_addr();
    let error = releve_bridge::start(second).await.expect_err("in use");
    assert!(matches!(error, StartError::AddressInUse { .. }));
    let text = error.to_string();
    assert!(
        text.contains(&bridge.http_addr().to_string()) && text.contains("--http"),
        "{text}"
    );
}
