//! MQTT over WebSocket.

use std::io::{Read, Write};
use std::net::TcpStream;

use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::HandshakeError;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Response};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

use super::support::{Connect, DEADLINE, Fixture};

struct Request<'a> {
    protocols: Option<&'a str>,
    origin: Option<&'a str>,
    host: Option<&'a str>,
}

const PLAIN: Request = Request {
    protocols: Some("mqtt"),
    origin: None,
    host: None,
};

fn open(broker: &Fixture, wanted: &Request) -> Result<(WebSocket<TcpStream>, String), u16> {
    let addr = broker.websocket_addr();
    let mut request = format!("ws://{addr}/").into_client_request().unwrap();
    let mut set = |name, value: Option<&str>| {
        if let Some(value) = value {
            request
                .headers_mut()
                .insert(name, HeaderValue::from_str(value).unwrap());
        }
    };
    set("sec-websocket-protocol", wanted.protocols);
    set("origin", wanted.origin);
    set("host", wanted.host);
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    match client(request, stream) {
        Ok((socket, response)) => Ok((socket, chosen_protocol(&response))),
        Err(HandshakeError::Failure(Error::Http(response))) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

fn chosen_protocol(response: &Response<Option<Vec<u8>>>) -> String {
    let header = response.headers().get("sec-websocket-protocol");
    header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn receive(socket: &mut WebSocket<TcpStream>) -> Vec<u8> {
    loop {
        match socket.read().unwrap() {
            Message::Binary(bytes) => return bytes.to_vec(),
            Message::Pong(_) => {}
            other => panic!("a binary frame was expected: {other:?}"),
        }
    }
}

fn send(socket: &mut WebSocket<TcpStream>, bytes: Vec<u8>) {
    socket.send(Message::Binary(bytes.into())).unwrap();
}

#[test]
fn both_versions_are_served_and_reach_those_on_tcp() {
    let broker = Fixture::start();
    for connect in [Connect::v311("page"), Connect::v5("page")] {
        let (mut socket, _) = open(&broker, &PLAIN).unwrap();
        let version_5 = connect.level == 5;
        send(&mut socket, connect.packet());
        assert_eq!(receive(&mut socket)[0], 0x20);
        let mut subscriber = broker.v311("subscriber");
        subscriber.subscribe("from/page", 0);
        // A packet in two frames, and two packets in one.
        let mut helper = broker.v311("helper");
        helper.v5 = version_5;
        let mut bytes = helper.publish_packet(b"from/page", b"hello", 0, false, 0, &[]);
        let rest = bytes.split_off(4);
        send(&mut socket, bytes);
        send(&mut socket, [rest, vec![0xc0, 0]].concat());
        assert_eq!(subscriber.message().text(), "from/page hello");
        assert_eq!(receive(&mut socket), [0xd0, 0]);
        socket.send(Message::Ping("still there?".into())).unwrap();
        assert!(matches!(socket.read().unwrap(), Message::Pong(_)));
    }
}

#[test]
fn the_sub_protocol_is_negotiated() {
    let broker = Fixture::start();
    let answer =
        |protocols| open(&broker, &Request { protocols, ..PLAIN }).map(|(_, chosen)| chosen);
    assert_eq!(answer(Some("mqtt")), Ok("mqtt".into()));
    assert_eq!(answer(Some("mqttv3.1, mqtt")), Ok("mqtt".into()));
    assert_eq!(answer(Some("mqttv3.1")), Ok("mqttv3.1".into()));
    assert_eq!(answer(Some("chat")), Err(400));
    assert_eq!(answer(None), Err(400));
}

#[test]
fn foreign_pages_and_hosts_are_refused() {
    let broker = Fixture::with(|config| {
        config.allowed_origins = vec!["https://site.example".into()];
        config.allowed_hosts = vec!["site.example".into()];
    });
    let addr = broker.websocket_addr();
    let own = format!("http://{addr}");
    let localhost = format!("localhost:{}", addr.port());
    let answer = |origin, host| {
        open(
            &broker,
            &Request {
                origin,
                host,
                ..PLAIN
            },
        )
        .map(|_| ())
    };
    assert_eq!(answer(None, None), Ok(()));
    assert_eq!(answer(Some(&own), None), Ok(()));
    assert_eq!(answer(Some("https://site.example"), None), Ok(()));
    assert_eq!(answer(None, Some(&localhost)), Ok(()));
    assert_eq!(answer(None, Some("site.example")), Ok(()));
    assert_eq!(answer(Some("http://evil.example"), None), Err(403));
    assert_eq!(answer(Some("http://127.0.0.1:1"), None), Err(403));
    assert_eq!(answer(Some("null"), None), Err(403));
    // DNS rebinding: a stranger's name that leads here, and the page that it served.
    assert_eq!(
        answer(Some("http://evil.example"), Some("evil.example")),
        Err(403)
    );
    assert_eq!(answer(None, Some("evil.example")), Err(403));
}

#[test]
fn text_frames_end_the_connection() {
    let broker = Fixture::start();
    let (mut socket, _) = open(&broker, &PLAIN).unwrap();
    socket.send(Message::Text("hello".into())).unwrap();
    assert!(socket.read().is_err() || !socket.can_read());
    broker.assert_alive();
}

/// Stock: one connection that says nothing keeps all others from their handshake.
#[test]
fn idle_sockets_hold_up_nobody() {
    let broker = Fixture::start();
    let _idle: Vec<_> = (0..20)
        .flat_map(|_| {
            [
                TcpStream::connect(broker.websocket_addr()),
                TcpStream::connect(broker.addr()),
            ]
        })
        .collect();
    let (mut socket, _) = open(&broker, &PLAIN).unwrap();
    send(&mut socket, Connect::v5("page").packet());
    assert_eq!(receive(&mut socket)[0], 0x20);
    broker.assert_alive();
}

#[test]
fn what_is_not_a_websocket_request_is_closed() {
    let broker = Fixture::start();
    for bytes in [
        &b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
        b"\x10\x0c\0\x04MQTT\x04\x02\0\0\0\0",
    ] {
        let mut stream = TcpStream::connect(broker.websocket_addr()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(!answer.starts_with(b"HTTP/1.1 101"), "{answer:?}");
    }
    broker.assert_alive();
}
