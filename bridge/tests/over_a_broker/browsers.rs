//! Browsers that log in at the broker through the bridge.

use futures_util::{SinkExt, StreamExt};
use releve_bridge::Bridge;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::guarded::{Guarded, PASSWORD, connected};

const SUCCESS: u8 = 0;
const BAD_USER_NAME_OR_PASSWORD: u8 = 0x86;
const CONNECTION_RATE_EXCEEDED: u8 = 0x9f;

/// What a browser was told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// The code of the broker's CONNACK.
    Connack(u8),
    /// The code with which the bridge closed the WebSocket before, and why.
    Closed(u16, String),
}

/// An MQTT 5 CONNECT.
fn connect(user: &str, password: &str) -> Vec<u8> {
    let text = |text: &str| {
        let length = u16::try_from(text.len()).expect("short");
        [&length.to_be_bytes(), text.as_bytes()].concat()
    };
    let body = [
        &text("MQTT")[..],
        // Version 5; user, password, clean start; keep-alive 60 s; no properties.
        &[5, 0b1100_0010, 0, 60, 0],
        &text("browser"),
        &text(user),
        &text(password),
    ]
    .concat();
    let length = u8::try_from(body.len()).expect("a length of one byte");
    assert!(length < 128);
    [&[0x10, length][..], &body].concat()
}

/// A browser at that address, as a proxy in front would say, logs in.
async fn log_in(bridge: &Bridge, address: &'static str, user: &str, password: &str) -> Told {
    let url = format!("ws://{}/mqtt", bridge.http_addr());
    let mut request = url.into_client_request().expect("a request");
    for (name, value) in [
        ("sec-websocket-protocol", "mqtt"),
        ("x-forwarded-for", address),
    ] {
        let headers = request.headers_mut();
        headers.insert(name, HeaderValue::from_static(value));
    }
    let (mut socket, _) = connect_async(request).await.expect("a WebSocket");
    let connect = Message::Binary(connect(user, password).into());
    // Refused: the socket may be closed already, which the answer tells.
    let _ = socket.send(connect).await;
    match socket.next().await {
        Some(Ok(Message::Binary(answer))) => {
            assert_eq!(answer[0], 0x20, "{answer:?}");
            // Of less than 128 bytes: its code stands after the length and the flags.
            Told::Connack(answer[3])
        }
        Some(Ok(Message::Close(Some(frame)))) => {
            Told::Closed(frame.code.into(), frame.reason.to_string())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_login_and_its_refusal_pass_through_the_bridge() {
    let guarded = Guarded::start().await;
    for access in [guarded.access(PASSWORD), guarded.access_over_tls("ca.pem")] {
        let bridge = guarded.bridge(access).await;
        connected(&bridge).await;
        let here = "192.0.2.1";
        let told = log_in(&bridge, here, "anna", PASSWORD).await;
        assert_eq!(told, Told::Connack(SUCCESS));
        let told = log_in(&bridge, here, "anna", "guessed").await;
        assert_eq!(told, Told::Connack(BAD_USER_NAME_OR_PASSWORD));
        bridge.stop().await;
    }
}

#[tokio::test]
async fn guesses_through_the_bridge_keep_neither_neighbours_nor_the_bridge_out() {
    let guarded = Guarded::start().await;
    let bridge = guarded.bridge(guarded.access(PASSWORD)).await;
    connected(&bridge).await;
    // More than the broker lets fail from one address elsewhere, and nobody twice too often.
    for number in 0..31 {
        let told = log_in(&bridge, "192.0.2.1", &format!("guess-{number}"), "x").await;
        assert_eq!(told, Told::Connack(BAD_USER_NAME_OR_PASSWORD));
    }
    let told = log_in(&bridge, "192.0.2.1", "anna", PASSWORD).await;
    assert_eq!(told, Told::Connack(SUCCESS));
    bridge.stop().await;
    let bridge = guarded.bridge(guarded.access(PASSWORD)).await;
    connected(&bridge).await;
}

#[tokio::test]
async fn who_guesses_the_bridges_password_through_the_bridge_does_not_keep_it_out() {
    let guarded = Guarded::start().await;
    let bridge = guarded.bridge(guarded.access(PASSWORD)).await;
    connected(&bridge).await;
    for _ in 0..3 {
        let told = log_in(&bridge, "192.0.2.1", "main", "guessed").await;
        assert_eq!(told, Told::Connack(BAD_USER_NAME_OR_PASSWORD));
    }
    let told = log_in(&bridge, "192.0.2.1", "main", PASSWORD).await;
    assert_eq!(told, Told::Connack(CONNECTION_RATE_EXCEEDED));
    assert!(guarded.is_let_in("main").await);
}

#[tokio::test]
async fn behind_a_proxy_only_the_guessers_own_address_has_to_wait() {
    let guarded = Guarded::start().await;
    let bridge = guarded
        .bridge_with(guarded.access(PASSWORD), |config| {
            config.behind_proxy = true;
            config.public_hosts = vec!["releve.example".to_owned()];
        })
        .await;
    let mut failed = 0;
    let told = loop {
        let told = log_in(&bridge, "192.0.2.1", &format!("guess-{failed}"), "x").await;
        if told != Told::Connack(BAD_USER_NAME_OR_PASSWORD) {
            break told;
        }
        failed += 1;
    };
    assert_eq!(failed, 10);
    let Told::Closed(1013, reason) = told else {
        panic!("{told:?}");
    };
    assert!(reason.contains("too many logins failed"), "{reason}");
    let told = log_in(&bridge, "192.0.2.2", "anna", PASSWORD).await;
    assert_eq!(told, Told::Connack(SUCCESS));
}
