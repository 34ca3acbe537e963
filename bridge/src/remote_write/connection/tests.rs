//! Over real sockets, to a server that the test plays.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::metrics_server::ServerLogin;

/// What a server does with a request.
#[derive(Clone, Copy)]
enum Does {
    /// It answers so, and keeps the connection.
    Answers(&'static str),
    /// It answers so, and closes the connection without a word.
    Closes(&'static str),
    /// It closes the connection.
    Breaks,
    /// It says nothing.
    Hangs,
}

const TAKEN: &str = "HTTP/1.1 204 No Content\r\n\r\n";

struct Heard {
    /// Which connection it was, from 1.
    connection: usize,
    head: String,
    body: Vec<u8>,
}

/// Plays a server; gives its address, and all that it heard once it has done everything.
async fn play(script: Vec<Does>) -> (SocketAddr, tokio::task::JoinHandle<Vec<Heard>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let playing = tokio::spawn(async move {
        let mut script = script.into_iter().peekable();
        let mut heard = Vec::new();
        for connection in 1.. {
            if script.peek().is_none() {
                break;
            }
            let (mut stream, _) = listener.accept().await.expect("a connection");
            while script.peek().is_some() {
                let Some((head, body)) = hear(&mut stream).await else {
                    break;
                };
                let does = script.next().expect("looked at");
                heard.push(Heard {
                    connection,
                    head,
                    body,
                });
                match does {
                    Does::Answers(answer) => {
                        stream.write_all(answer.as_bytes()).await.expect("sent")
                    }
                    Does::Closes(answer) => {
                        stream.write_all(answer.as_bytes()).await.expect("sent");
                        break;
                    }
                    Does::Breaks => break,
                    // Until the other side has lost its patience.
                    Does::Hangs => {
                        let _ = stream.read_u8().await;
                        break;
                    }
                }
            }
        }
        heard
    });
    (address, playing)
}

/// The next request, unless the other side is gone.
async fn hear(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
            let head = head.to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1)?;
            let length: usize = length.lines().next()?.parse().ok()?;
            let mut body = bytes.split_off(end + 4);
            while body.len() < length {
                stream
                    .read_buf(&mut body)
                    .await
                    .ok()
                    .filter(|read| *read > 0)?;
            }
            return Some((head, body));
        }
        stream
            .read_buf(&mut bytes)
            .await
            .ok()
            .filter(|read| *read > 0)?;
    }
}

fn config(address: SocketAddr) -> ServerConfig {
    ServerConfig {
        url: format!("http://{address}/api/v1/write?a=b"),
        login: None,
        ca: None,
    }
}

fn connection(config: ServerConfig) -> Connection {
    Connection::new(config).expect("a possible server")
}

fn later(answer: &Answer) -> &str {
    match answer {
        Answer::Later { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_is_what_the_protocol_asks_for() {
    let (address, playing) = play(vec![Does::Answers(TAKEN)]).await;
    let answer = connection(config(address)).post(vec![1, 2, 3]).await;
    assert_eq!(answer, Answer::Taken);
    let [heard] = &playing.await.expect("no panic")[..] else {
        panic!("one request");
    };
    assert!(
        heard.head.starts_with("post /api/v1/write?a=b http/1.1"),
        "{}",
        heard.head
    );
    for line in [
        "content-encoding: snappy",
        "content-type: application/x-protobuf",
        "x-prometheus-remote-write-version: 0.1.0",
        concat!("user-agent: releve-bridge/", env!("CARGO_PKG_VERSION")),
        &format!("host: {address}"),
    ] {
        assert!(
            heard.head.lines().any(|found| found == line),
            "{line} in {}",
            heard.head
        );
    }
    assert!(!heard.head.contains("authorization"));
    assert_eq!(heard.body, [1, 2, 3]);
}

#[tokio::test]
async fn a_connection_is_kept_and_made_anew_when_the_server_has_closed_it() {
    let (address, playing) = play(vec![
        Does::Answers(TAKEN),
        Does::Closes("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
        Does::Answers(TAKEN),
    ])
    .await;
    let mut server = connection(config(address));
    for _ in 0..3 {
        assert_eq!(server.post(vec![0]).await, Answer::Taken);
    }
    let heard = playing.await.expect("no panic");
    let connections: Vec<usize> = heard.iter().map(|heard| heard.connection).collect();
    assert_eq!(connections, [1, 1, 2]);
}

#[tokio::test]
async fn each_answer_has_its_meaning() {
    let (address, playing) = play(vec![
        Does::Answers(
            "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n",
        ),
        Does::Answers("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops"),
        Does::Answers("HTTP/1.1 400 Bad Request\r\ncontent-length: 14\r\n\r\nout of bounds\n"),
        Does::Answers("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"),
    ])
    .await;
    let mut server = connection(config(address));
    let busy = server.post(vec![0]).await;
    assert!(
        matches!(busy, Answer::Later { after: Some(after), .. } if after == Duration::from_secs(7)),
        "{busy:?}"
    );
    assert!(later(&server.post(vec![0]).await).contains("oops"));
    let refused = "it answers 400 Bad Request: out of bounds".to_owned();
    assert_eq!(server.post(vec![0]).await, Answer::Refused(refused));
    assert!(later(&server.post(vec![0]).await).contains("not followed"));
    assert_eq!(playing.await.expect("no panic").len(), 4);
}

#[tokio::test]
async fn a_server_that_breaks_or_hangs_gets_it_later() {
    let (address, playing) = play(vec![Does::Breaks, Does::Hangs, Does::Answers(TAKEN)]).await;
    let mut server = connection(config(address));
    assert!(later(&server.post(vec![0]).await).contains("breaks"));
    server.patience = Duration::from_millis(100);
    assert!(later(&server.post(vec![0]).await).contains("no answer"));
    server.patience = PATIENCE;
    assert_eq!(server.post(vec![0]).await, Answer::Taken);
    assert_eq!(playing.await.expect("no panic").len(), 3);
    // Nobody listens there any more.
    let answer = connection(config(address)).post(vec![0]).await;
    assert!(later(&answer).contains("cannot connect"), "{answer:?}");
}

#[tokio::test]
async fn who_the_bridge_is_stands_in_files_as_they_are_now() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("secret");
    let (address, playing) = play(vec![Does::Answers(TAKEN); 3]).await;
    let token = ServerLogin::Token { file: file.clone() };
    let mut server = connection(ServerConfig {
        login: Some(token),
        ..config(address)
    });
    assert!(later(&server.post(vec![0]).await).contains("cannot be read"));
    std::fs::write(&file, "\n").expect("written");
    assert!(later(&server.post(vec![0]).await).contains("empty"));
    for token in ["first\n", "second\r\nx"] {
        std::fs::write(&file, token).expect("written");
        assert_eq!(server.post(vec![0]).await, Answer::Taken);
    }
    std::fs::write(&file, "sesame\n").expect("written");
    let password = ServerLogin::Password {
        user: "ali".to_owned(),
        file,
    };
    // The played server takes one connection after the other.
    drop(server);
    let mut server = connection(ServerConfig {
        login: Some(password),
        ..config(address)
    });
    assert_eq!(server.post(vec![0]).await, Answer::Taken);
    let heard = playing.await.expect("no panic");
    let said = heard.iter().map(|heard| {
        let line = heard.head.split("authorization: ").nth(1);
        line.and_then(|line| line.lines().next())
            .unwrap_or_default()
    });
    let basic = STANDARD.encode("ali:sesame").to_ascii_lowercase();
    let basic = format!("basic {basic}");
    let said: Vec<&str> = said.collect();
    assert_eq!(said, ["bearer first", "bearer second", &basic]);
}

/// A server with a certificate for `localhost`; gives its address, and the file of who signed it.
async fn play_encrypted(folder: &TempDir) -> (SocketAddr, std::path::PathBuf) {
    let key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let own = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let own = own.signed_by(&key, &authority).expect("a certificate");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).expect("written");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(own.der().to_vec())], key)
        .expect("a certificate");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        while let Ok((stream, _)) = listener.accept().await {
            // One that does not trust the certificate goes away.
            if let Ok(mut stream) = acceptor.accept(stream).await
                && hear(&mut stream).await.is_some()
            {
                stream.write_all(TAKEN.as_bytes()).await.expect("sent");
            }
        }
    });
    (address, ca)
}

#[tokio::test]
async fn an_encrypted_connection_asks_who_signed_the_certificate() {
    let folder = TempDir::new().expect("a folder");
    let (address, ca) = play_encrypted(&folder).await;
    let url = |host: &str| format!("https://{host}:{}/api/v1/write", address.port());
    let to = |host, ca: &std::path::Path| ServerConfig {
        url: url(host),
        login: None,
        ca: Some(ca.to_owned()),
    };
    let answer = connection(to("localhost", &ca)).post(vec![0]).await;
    assert_eq!(answer, Answer::Taken);
    let answer = connection(to("127.0.0.1", &ca)).post(vec![0]).await;
    assert!(later(&answer).contains("--remote-write-ca"), "{answer:?}");
    let stranger = folder.path().join("missing.pem");
    let answer = connection(to("localhost", &stranger)).post(vec![0]).await;
    assert!(later(&answer).contains("cannot be read"), "{answer:?}");
}
