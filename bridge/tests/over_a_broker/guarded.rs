//! A broker with users, in the clear and over TLS, and a bridge that logs in there.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use releve_access::{Access, Tls, User};
use releve_bridge::{Bridge, Config};
use releve_broker::Broker;
use releve_broker::users::{NewUser, UserFile};
use releve_protocol::Topic;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, MqttOptions};
use tempfile::TempDir;

use crate::harness::{config, get, node, reading, until};

/// Everybody's password.
pub const PASSWORD: &str = "a long one with spaces";

/// Its users: the bridge `main`, the viewer `anna`, the operator `otto`, and the node that the tests play.
pub struct Guarded {
    pub broker: Broker,
    folder: TempDir,
}

impl Guarded {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        issue(folder.path());
        let users = folder.path().join("users.toml");
        let mut file = UserFile::open(&users).expect("a new file");
        for (name, role) in [
            ("main", "bridge"),
            ("anna", "viewer"),
            ("otto", "operator"),
            ("col-de-porte", "node"),
        ] {
            let user = NewUser {
                name,
                role: Some(role),
                id: None,
                password: PASSWORD,
                for_mosquitto: false,
            };
            file.set(&user).expect("a possible user");
        }
        file.save().expect("saved");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut config = releve_broker::Config {
            users: Some(users),
            tls: Some(releve_broker::Tls {
                certificate: folder.path().join("broker.pem"),
                key: folder.path().join("broker.key"),
                tcp: Some(any),
                websocket: None,
            }),
            ..releve_broker::Config::new(any)
        };
        config.limits.files_looked_at_every = Duration::from_millis(20);
        let broker = releve_broker::start(config).await.expect("a broker");
        Self { broker, folder }
    }

    /// A file in its folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// How the bridge gets in, in the clear, with that password.
    pub fn access(&self, password: &str) -> Access {
        let password_file = self.file("main.password");
        fs::write(&password_file, format!("{password}\n")).expect("written");
        Access {
            user: Some(User {
                name: "main".to_owned(),
                password_file: Some(password_file),
            }),
            ..Access::from(self.broker.tcp_addr())
        }
    }

    /// How it gets in over TLS.
    pub fn access_over_tls(&self, ca: &str) -> Access {
        Access {
            address: self.broker.tls_addr().expect("it speaks TLS").into(),
            tls: Some(Tls {
                ca: Some(self.file(ca)),
                client: None,
            }),
            ..self.access(PASSWORD)
        }
    }

    /// A bridge called `main` that gets in that way, and need not be connected yet.
    pub async fn bridge(&self, access: Access) -> Bridge {
        self.bridge_with(access, |_| {}).await
    }

    /// The same, changed as the test needs.
    pub async fn bridge_with(&self, access: Access, change: impl FnOnce(&mut Config)) -> Bridge {
        let mut config = config(self.broker.tcp_addr());
        config.id = "main".parse().expect("an id");
        config.broker = access;
        change(&mut config);
        releve_bridge::start(config).await.expect("a bridge")
    }

    /// Whether the broker lets that user in.
    pub async fn is_let_in(&self, user: &str) -> bool {
        let address = self.broker.tcp_addr();
        let mut options = MqttOptions::new("asker", address.ip().to_string(), address.port());
        options.set_credentials(user, PASSWORD);
        let (_client, mut event_loop) = AsyncClient::new(options, 1);
        event_loop.poll().await.is_ok()
    }

    /// The node says that it is there, and its first reading.
    pub async fn node_publishes(&self) {
        let address = self.broker.tcp_addr();
        let mut options = MqttOptions::new("node", address.ip().to_string(), address.port());
        options.set_credentials("col-de-porte", PASSWORD);
        let (client, mut event_loop) = AsyncClient::new(options, 10);
        let reading = serde_json::to_string(&reading(1)).expect("JSON");
        for (topic, payload) in [
            (Topic::Availability(node()), "online".to_owned()),
            (Topic::Reading(node()), reading),
        ] {
            let retain = topic.is_retained();
            let sent = client.publish(topic.to_string(), QoS::AtLeastOnce, retain, payload);
            sent.await.expect("a client");
        }
        tokio::spawn(async move {
            // The client ends with the test.
            let _client = client;
            while event_loop.poll().await.is_ok() {}
        });
    }
}

/// Waits until the bridge is connected and subscribed.
pub async fn connected(bridge: &Bridge) {
    until("a connected bridge", async || {
        (get(bridge, "/healthz").await.0 == 200).then_some(())
    })
    .await;
}

/// Writes `ca.pem`, `broker.pem` and `broker.key` of one authority, and `another-ca.pem` of another.
fn issue(folder: &Path) {
    let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("written");
    let authority = authority("Releve test authority");
    write("ca.pem", authority.pem());
    write("another-ca.pem", self::authority("Another authority").pem());
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, &authority).expect("a certificate");
    write("broker.pem", certificate.pem());
    write("broker.key", key.serialize_pem());
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(params, key).expect("a certificate")
}
