//! A node at a broker that does not let everybody in: Mosquitto over TLS, which asks for a certificate and a
//! password, and the embedded broker over TLS with its users.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use releve_broker::users::{NewUser, UserFile};
use releve_node::mqtt::access::{Access, ClientCertificate, Tls, User};
use releve_node::simulated::{SimulatedConfig, SimulatedNode, start_simulated};
use releve_plant::PlantConfig;
use releve_protocol::NodeId;
use tokio_util::sync::CancellationToken;

use crate::harness::mqtt::Listener;
use crate::harness::process::{Running, folder, free_address};

pub const PASSWORD: &str = "a long one with spaces";

/// An authority, and a certificate of it for `127.0.0.1` or for a client.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    /// Writes `name.pem` and `name.key`.
    fn issue(&self, folder: &Path, name: &str, of: &str) {
        let mut params = CertificateParams::new([of.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        write(folder, &format!("{name}.pem"), &certificate.pem());
        write(folder, &format!("{name}.key"), &key.serialize_pem());
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("written");
}

/// Mosquitto with a guarded listener for nodes and an open one for the test.
async fn mosquitto(guarded: SocketAddr, open: SocketAddr) -> Running {
    let folder = folder();
    let path = folder.path().to_owned();
    let authority = Authority::new("Releve test authority");
    write(&path, "ca.pem", &authority.0.pem());
    authority.issue(&path, "broker", "127.0.0.1");
    authority.issue(&path, "node", "site-1");
    let another = Authority::new("Another authority");
    write(&path, "another-ca.pem", &another.0.pem());
    let users = path.join("users");
    let made = Command::new("mosquitto_passwd")
        .args(["-b", "-c"])
        .arg(&users)
        .args(["site-1", PASSWORD])
        .status();
    assert!(made.expect("mosquitto's own program").success());
    let dir = path.display();
    let config = format!(
        "per_listener_settings true\nuser root\nlog_dest stderr\n\
         listener {} 127.0.0.1\nallow_anonymous false\npassword_file {dir}/users\n\
         cafile {dir}/ca.pem\ncertfile {dir}/broker.pem\nkeyfile {dir}/broker.key\n\
         require_certificate true\n\
         listener {} 127.0.0.1\nallow_anonymous true\n",
        guarded.port(),
        open.port()
    );
    write(&path, "mosquitto.conf", &config);
    let mut command = Command::new("mosquitto");
    command.arg("-c").arg(path.join("mosquitto.conf"));
    let mut running = Running::start("mosquitto", "mosquitto", folder, &mut command);
    running.listening(open).await;
    running
}

/// How the node gets in that does everything right.
pub fn access(guarded: SocketAddr, folder: &Path) -> Access {
    let password_file = folder.join("site-1.password");
    fs::write(&password_file, format!("{PASSWORD}\n")).expect("written");
    Access {
        user: Some(User {
            name: "site-1".to_owned(),
            password_file: Some(password_file),
        }),
        tls: Some(Tls {
            ca: Some(folder.join("ca.pem")),
            client: Some(ClientCertificate {
                certificate: folder.join("node.pem"),
                key: folder.join("node.key"),
            }),
        }),
        address: guarded.into(),
    }
}

pub fn start(id: &str, broker: Access, shutdown: &CancellationToken) -> SimulatedNode {
    let node: NodeId = id.parse().expect("an id");
    let name = id.parse().expect("a name");
    let address = broker.address.clone();
    let config = SimulatedConfig {
        speed: 200.0,
        broker,
        ..SimulatedConfig::new(node, name, address, PlantConfig::healthy_site())
    };
    start_simulated(&config, shutdown.clone()).expect("a possible site")
}

#[tokio::test]
async fn only_who_has_certificate_and_password_gets_in() {
    let (guarded, open) = (free_address(), free_address());
    let mosquitto = mosquitto(guarded, open).await;
    let folder = mosquitto.folder();
    let right = access(guarded, folder);
    let listener = Listener::connect(open, "listener", &["releve/#"]).await;
    let shutdown = CancellationToken::new();

    let wrong_password = folder.join("wrong.password");
    fs::write(&wrong_password, "guessed").expect("written");
    let mut of_wrong_password = right.clone();
    of_wrong_password.user = Some(User {
        name: "site-1".to_owned(),
        password_file: Some(wrong_password.clone()),
    });
    let mut of_wrong_authority = right.clone();
    let mut without_certificate = right.clone();
    if let (Some(wrong), Some(without)) =
        (&mut of_wrong_authority.tls, &mut without_certificate.tls)
    {
        wrong.ca = Some(folder.join("another-ca.pem"));
        without.client = None;
    }
    let in_the_clear = Access::from(right.address.clone());
    let kept_out = [
        ("wrong-password", of_wrong_password),
        ("wrong-authority", of_wrong_authority),
        ("no-certificate", without_certificate),
        ("in-the-clear", in_the_clear),
    ];
    let _out = kept_out
        .clone()
        .map(|(id, access)| start(id, access, &shutdown));
    let _in = start("welcome", right, &shutdown);

    // Many windows, while the others have tried again and again.
    let seq = |heard: &crate::harness::mqtt::Heard| heard.json()["seq"].as_u64();
    listener
        .wait_after(0, "releve/welcome/reading", |heard| seq(heard) >= Some(20))
        .await;
    for heard in listener.since(0) {
        assert!(
            heard.topic.starts_with("releve/welcome/"),
            "{}",
            heard.topic
        );
    }

    // A password that is put right is used with the next attempt.
    fs::write(&wrong_password, PASSWORD).expect("written");
    listener
        .wait_after(0, "releve/wrong-password/reading", |_| true)
        .await;
    shutdown.cancel();
}

/// The embedded broker over TLS, with users; the plain address is for the test's own.
pub async fn embedded(folder: &Path) -> releve_broker::Broker {
    let authority = Authority::new("Releve test authority");
    write(folder, "ca.pem", &authority.0.pem());
    authority.issue(folder, "broker", "127.0.0.1");
    let users = folder.join("users.toml");
    let mut file = UserFile::open(&users).expect("a new file");
    for (name, role, id) in [
        ("site-1", "node", Some("welcome")),
        ("anna", "viewer", None),
        ("otto", "operator", None),
        ("ha", "home_assistant", None),
        ("watch", "bridge", Some("main")),
    ] {
        let user = NewUser {
            name,
            role: Some(role),
            id,
            password: PASSWORD,
            for_mosquitto: false,
        };
        file.set(&user).expect("a possible user");
    }
    file.save().expect("saved");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = releve_broker::Config {
        users: Some(users),
        tls: Some(releve_broker::Tls {
            certificate: folder.join("broker.pem"),
            key: folder.join("broker.key"),
            tcp: Some(any),
            websocket: None,
        }),
        ..releve_broker::Config::new(any)
    };
    releve_broker::start(config).await.expect("it starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_is_who_its_user_is_at_the_embedded_broker() {
    let folder = folder();
    let broker = embedded(folder.path()).await;
    let guarded = broker.tls_addr().expect("it speaks TLS");
    let mut right = access(guarded, folder.path());
    if let Some(tls) = &mut right.tls {
        tls.client = None;
    }
    let listen = async |user: &str, filters: &[&str]| {
        let login = Some((user, PASSWORD));
        Listener::connect_as(login, broker.tcp_addr(), user, filters).await
    };
    // They subscribe to more than they may see, as people do.
    let viewer = listen("anna", &["releve/#"]).await;
    let home_assistant = listen("ha", &["homeassistant/#"]).await;
    let shutdown = CancellationToken::new();
    // The same user and password, and another site's id.
    let _out = start("stranger", right.clone(), &shutdown);
    let _in = start("welcome", right, &shutdown);
    let seq = |heard: &crate::harness::mqtt::Heard| heard.json()["seq"].as_u64();
    viewer
        .wait_after(0, "releve/welcome/reading", |heard| seq(heard) >= Some(20))
        .await;
    for heard in viewer.since(0) {
        assert!(
            heard.topic.starts_with("releve/welcome/"),
            "{}",
            heard.topic
        );
    }
    let config = "homeassistant/device/releve_welcome/config";
    home_assistant.wait_after(0, config, |_| true).await;
    // A viewer's command goes nowhere; an operator's is obeyed.
    let command = "releve/welcome/set/mode";
    viewer.publish(command, false, "consumption_cycle").await;
    let operator = listen("otto", &["releve/#"]).await;
    let mode = "overcharge_protection".into();
    operator.command("welcome", "mode", mode, "accepted").await;
    let first = viewer
        .wait_after(0, "releve/welcome/result", |_| true)
        .await;
    assert_eq!(first.json()["value"], "overcharge_protection");
    shutdown.cancel();
    viewer
        .wait_after(0, "releve/welcome/availability", |heard| {
            heard.payload == b"offline"
        })
        .await;
    broker.stop().await;
}
