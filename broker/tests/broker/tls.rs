//! TLS over TCP and WebSocket, and certificates that change.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use releve_broker::{Config, Tls};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::metrics::figure;
use super::support::program::Program;
use super::support::{Connect, DEADLINE, Fixture, eventually, reusable_addr};

/// A certificate authority, and the broker's files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

type Client = StreamOwned<ClientConnection, TcpStream>;

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        // With the same name as the certificates that it issues, it would look like one of them.
        params
            .distinguished_name
            .push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = Self {
            issuer: CertifiedIssuer::self_signed(params, key).unwrap(),
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(authority.path("ca.pem"), authority.issuer.pem()).unwrap();
        authority.issue();
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives the broker a new certificate, and returns it.
    fn issue(&self) -> CertificateDer<'static> {
        let (certificate, key) = self.certificate();
        fs::write(self.path("certificate.pem"), &certificate).unwrap();
        fs::write(self.path("key.pem"), key).unwrap();
        CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()
    }

    fn certificate(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn configure(&self, config: &mut Config) {
        let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
        config.tls = Some(Tls {
            certificate: self.path("certificate.pem"),
            key: self.path("key.pem"),
            tcp: Some(free),
            websocket: Some(free),
        });
        config.limits.files_looked_at_every = Duration::from_millis(20);
    }

    fn client_config(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        let pem = self.issuer.pem();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config)
    }

    /// A connected MQTT client with an id of its own.
    fn connect(&self, addr: SocketAddr) -> Client {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(self.client_config(), name).unwrap();
        let mut client = StreamOwned::new(connection, stream);
        client.write_all(&Connect::v311("").packet()).unwrap();
        let mut connack = [0; 4];
        client.read_exact(&mut connack).unwrap();
        assert_eq!(connack, [0x20, 2, 0, 0]);
        client
    }

    /// The certificate that a new connection is shown.
    fn shown(&self, addr: SocketAddr) -> CertificateDer<'static> {
        let client = self.connect(addr);
        let shown = client.conn.peer_certificates().unwrap();
        shown[0].clone().into_owned()
    }
}

#[test]
fn a_certificate_that_clients_refuse_is_warned_of() {
    let authority = Authority::new();
    let mut config = Config::default();
    authority.configure(&mut config);
    fs::set_permissions(authority.path("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    let warnings = || releve_broker::check(&config).unwrap().warnings;
    assert_eq!(warnings(), Vec::<String>::new());
    // As `openssl req -x509` makes it.
    let self_made = |change: fn(&mut CertificateParams)| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.self_signed(&key).unwrap();
        fs::write(authority.path("certificate.pem"), certificate.pem()).unwrap();
        fs::write(authority.path("key.pem"), key.serialize_pem()).unwrap();
        warnings().join("\n")
    };
    let of_an_authority =
        self_made(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert!(of_an_authority.contains("CA:TRUE"), "{of_an_authority}");
    let expired = self_made(|params| params.not_after = date_time_ymd(2020, 1, 1));
    assert!(expired.contains("has expired"), "{expired}");
    fs::set_permissions(authority.path("key.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    let readable = self_made(|_| {});
    assert!(readable.contains("chmod o-r"), "{readable}");
}

fn ping(client: &mut Client) {
    client.write_all(&[0xc0, 0]).unwrap();
    let mut answer = [0; 2];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [0xd0, 0]);
}

fn tls_addr(broker: &Fixture) -> SocketAddr {
    broker.broker().tls_addr().unwrap()
}

#[test]
fn mqtt_is_served_over_tls_beside_plain_tcp() {
    let authority = Authority::new();
    let broker = Fixture::with(|config| authority.configure(config));
    let mut client = authority.connect(tls_addr(&broker));
    ping(&mut client);
    broker.assert_alive();
}

#[test]
fn mqtt_is_served_over_websocket_over_tls() {
    let authority = Authority::new();
    let broker = Fixture::with(|config| authority.configure(config));
    let addr = broker.broker().websocket_tls_addr().unwrap();
    broker.runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(addr).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(authority.client_config());
        let stream = connector.connect(name, stream).await.unwrap();
        let url = format!("wss://localhost:{}/mqtt", addr.port());
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", "mqtt".parse().unwrap());
        let origin = format!("https://localhost:{}", addr.port());
        headers.insert("Origin", origin.parse().unwrap());
        let (mut socket, _) = client_async(request, stream).await.unwrap();
        let connect = Connect::v5("browser").packet();
        socket.send(Message::Binary(connect.into())).await.unwrap();
        let answer = tokio::time::timeout(DEADLINE, socket.next()).await;
        let answer = answer.unwrap().unwrap().unwrap().into_data();
        assert_eq!((answer[0], answer[3]), (0x20, 0));
    });
}

#[test]
fn a_new_certificate_is_used_without_dropping_anybody() {
    let authority = Authority::new();
    let broker = Fixture::with(|config| authority.configure(config));
    let addr = tls_addr(&broker);
    let mut early = authority.connect(addr);
    for _ in 0..3 {
        let new = authority.issue();
        eventually("the new certificate", || authority.shown(addr) == new);
    }
    ping(&mut early);
}

#[test]
fn a_certificate_that_cannot_be_used_leaves_the_old_one() {
    let authority = Authority::new();
    let (tcp, tls) = (reusable_addr(), reusable_addr());
    let file = authority.path("releve-broker.toml");
    let text = format!(
        "[listen]\nmqtt = \"{tcp}\"\nmqtt_tls = \"{tls}\"\n[tls]\ncertificate = {:?}\nkey = {:?}\n",
        authority.path("certificate.pem"),
        authority.path("key.pem"),
    );
    fs::write(&file, text).unwrap();
    let mut program = Program::start(&["--config", file.to_str().unwrap()]);
    program.until_it_says("MQTT over TLS");
    let old = authority.shown(tls);
    fs::write(authority.path("certificate.pem"), "nothing").unwrap();
    program.until_it_says("certificate.pem: holds no certificate");
    assert_eq!(authority.shown(tls), old);
    let (other, _) = authority.certificate();
    fs::write(authority.path("certificate.pem"), other).unwrap();
    let said = program.until_it_says("is not the key of");
    assert!(said.contains("stays in use"), "{said}");
    assert_eq!(authority.shown(tls), old);
    let new = authority.issue();
    program.until_it_says("a new certificate is used");
    assert_eq!(authority.shown(tls), new);
    // The certificate changes while the key is away for longer than a replacement takes.
    fs::remove_file(authority.path("key.pem")).unwrap();
    let (certificate, key) = authority.certificate();
    fs::write(authority.path("certificate.pem"), &certificate).unwrap();
    program.until_it_says("key.pem: cannot be read");
    assert_eq!(authority.shown(tls), new);
    fs::write(authority.path("key.pem"), key).unwrap();
    program.until_it_says("a new certificate is used");
    let last = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    assert_eq!(authority.shown(tls), last);
}

#[test]
fn what_cannot_be_used_at_the_start_is_named() {
    let authority = Authority::new();
    fs::write(authority.path("key.pem"), "nothing").unwrap();
    let failed = Fixture::try_with(|config| authority.configure(config));
    let said = failed.err().unwrap().to_string();
    assert!(said.contains("key.pem: holds no private key"), "{said}");
    fs::remove_file(authority.path("certificate.pem")).unwrap();
    let failed = Fixture::try_with(|config| authority.configure(config));
    let said = failed.err().unwrap().to_string();
    assert!(said.contains("certificate.pem cannot be read"), "{said}");
}

#[test]
fn who_does_not_finish_a_handshake_holds_up_nobody_and_is_closed() {
    let authority = Authority::new();
    let broker = Fixture::with(|config| {
        authority.configure(config);
        config.limits.handshake_time = Duration::from_secs(1);
    });
    let addr = tls_addr(&broker);
    let mut idle: Vec<_> = (0..20).map(|_| TcpStream::connect(addr).unwrap()).collect();
    // Half a hello, and something else altogether.
    idle[0].write_all(&[0x16, 3, 1, 0, 200, 1]).unwrap();
    idle[1].write_all(&Connect::v311("plain").packet()).unwrap();
    ping(&mut authority.connect(addr));
    for mut stream in idle {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut rest = Vec::new();
        // Closed or reset, and not before its time-out here.
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
        }
    }
    ping(&mut authority.connect(addr));
}

#[test]
fn mosquittos_tools_get_in() {
    let authority = Authority::new();
    let broker = Fixture::with(|config| authority.configure(config));
    let port = tls_addr(&broker).port().to_string();
    let published = Command::new("mosquitto_pub")
        .args([
            "-h",
            "localhost",
            "-p",
            &port,
            "-q",
            "1",
            "-t",
            "a",
            "-m",
            "b",
        ])
        .arg("--cafile")
        .arg(authority.path("ca.pem"))
        .output()
        .unwrap_or_else(|error| {
            panic!("mosquitto_pub cannot be run ({error}): install the package mosquitto-clients")
        });
    assert!(published.status.success(), "{published:?}");
}

#[test]
fn handshakes_that_come_to_nothing_are_counted() {
    let authority = Authority::new();
    let broker = Fixture::with(|config| {
        authority.configure(config);
        config.metrics = Some("127.0.0.1:0".parse().unwrap());
    });
    let metrics = broker.broker().metrics_addr().unwrap();
    let counted = |reason: &str, count: u64| {
        let series = format!("releve_broker_connections_refused_total{{reason=\"{reason}\"}}");
        eventually(&series, || figure(metrics, &series) == Some(count));
    };
    let say = |addr: SocketAddr, text: &str| {
        let mut stream = TcpStream::connect(addr).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
    };
    let strange = "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    say(broker.broker().tls_addr().unwrap(), strange);
    counted("tls", 1);
    say(broker.websocket_addr(), strange);
    counted("websocket", 1);
    say(broker.websocket_addr(), "");
    counted("websocket", 2);
    counted("protocol", 0);
}
