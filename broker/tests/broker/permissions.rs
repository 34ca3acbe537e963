//! The table of permissions on both brokers: each role, publishing and reading each topic of the contract.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use rcgen::generate_simple_self_signed;
use releve_broker::users::write_mosquitto_files;
use releve_protocol::NodeId;
use releve_protocol::topic::{HOME_ASSISTANT_STATUS, Topic};

use super::support::mosquitto::Mosquitto;
use super::support::users::{USERS, UsersFixture, password};
use super::support::{Client, Connect, Fixture, eventually};

/// Each topic, the users who may read it, and those who may publish there.
const TOPICS: [(&str, &str, &str); 30] = [
    (
        "releve/cabin/availability",
        "cabin main anna otto ha",
        "cabin",
    ),
    ("releve/cabin/info", "cabin main anna otto ha", "cabin"),
    ("releve/cabin/state", "cabin main anna otto ha", "cabin"),
    ("releve/cabin/reading", "cabin main anna otto ha", "cabin"),
    ("releve/cabin/event", "cabin main anna otto ha", "cabin"),
    ("releve/cabin/result", "cabin main anna otto ha", "cabin"),
    ("releve/cabin/backlog", "cabin main", "cabin"),
    ("releve/cabin/set/mode", "cabin", "cabin otto ha"),
    ("releve/cabin/set/relay/mains", "cabin", "cabin otto ha"),
    ("releve/cabin/set/resend", "cabin", "cabin main otto ha"),
    ("releve/cabin/set/resend/more", "cabin", "cabin otto ha"),
    ("releve/cabin/reply/shell", "cabin otto", "cabin"),
    ("releve/cabin", "cabin", "cabin"),
    ("releve/cabin/state/more", "cabin", "cabin"),
    ("releve/other/state", "other main anna otto ha", "other"),
    ("releve/other/set/mode", "other", "other otto ha"),
    ("releve/other/backlog", "other main", "other"),
    (
        "homeassistant/device/releve_cabin/config",
        "cabin ha",
        "cabin ha",
    ),
    (
        "homeassistant/device/releve_other/config",
        "other ha",
        "other ha",
    ),
    ("homeassistant/status", "cabin other ha", "ha"),
    ("homeassistant/sensor/thing/config", "ha", ""),
    (
        "releve-bridge/main/availability",
        "main anna otto ha",
        "main",
    ),
    ("releve-bridge/second/availability", "main anna otto ha", ""),
    ("releve-bridge/main/state", "anna otto ha", "main"),
    ("releve-bridge/main/result", "anna otto ha", "main"),
    ("releve-bridge/main/set/silence/cabin", "main", "otto ha"),
    ("releve-bridge/second/state", "anna otto ha", ""),
    ("releve-bridge/second/set/silence/cabin", "", "otto ha"),
    ("releve", "", ""),
    ("elsewhere", "", ""),
];

fn may(list: &str, user: &str) -> bool {
    list.split(' ').any(|other| other == user)
}

/// A connected client of that user.
fn client(broker: SocketAddr, version: u8, user: &str, purpose: &str) -> Client {
    let id = format!("{user}-{purpose}");
    let mut connect = Connect::v5(&id);
    connect.level = version;
    let mut client = Client::new(broker);
    client.v5 = version == 5;
    client.send(&connect.login(user, &password(user)).packet());
    let connack = client.packet();
    assert_eq!(connack.body[1], 0, "{user}: {connack:?}");
    client
}

/// Everybody publishes everywhere, and everybody subscribes to everything.
fn walk_the_table(broker: SocketAddr) {
    let mut readers: BTreeMap<&str, Client> = BTreeMap::new();
    for (user, _) in USERS {
        let mut reader = client(broker, 4, user, "reader");
        assert_eq!(reader.subscribe("#", 1), 1, "{user}");
        readers.insert(user, reader);
    }
    for (user, _) in USERS {
        let mut publisher = client(broker, 5, user, "publisher");
        for (topic, _, publishers) in TOPICS {
            let code = publisher.publish(topic, user, 1, false);
            // Mosquitto says 0x10 where nobody subscribes.
            let taken = code < 0x80;
            assert_eq!(
                taken,
                may(publishers, user),
                "{user} publishes on {topic}: {code:#x}"
            );
            assert!(
                taken || code == 0x87,
                "{user} publishes on {topic}: {code:#x}"
            );
        }
    }
    for node in ["cabin", "other"] {
        let topic = format!("releve/{node}/state");
        client(broker, 5, node, "publisher").publish(&topic, "end", 1, false);
    }
    for (user, mut reader) in readers {
        let last = if user == "other" { "other" } else { "cabin" };
        let end = format!("releve/{last}/state end");
        let mut seen = Vec::new();
        loop {
            let text = reader.message().text();
            if text == end {
                break;
            }
            seen.push(text);
        }
        let mut expected = Vec::new();
        for (publisher, _) in USERS {
            for (topic, readers, publishers) in TOPICS {
                if may(readers, user) && may(publishers, publisher) {
                    expected.push(format!("{topic} {publisher}"));
                }
            }
        }
        seen.sort_unstable();
        expected.sort_unstable();
        assert_eq!(seen, expected, "what {user} reads");
    }
}

fn mosquitto(users: &UsersFixture) -> Mosquitto {
    let folder = tempfile::tempdir().unwrap();
    write_mosquitto_files(&users.path(), folder.path()).unwrap();
    let made = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.path().join("certificate.pem"), made.cert.pem()).unwrap();
    fs::write(
        folder.path().join("key.pem"),
        made.signing_key.serialize_pem(),
    )
    .unwrap();
    Mosquitto::start(folder)
}

#[test]
fn the_embedded_broker_follows_the_table() {
    let users = UsersFixture::new();
    let broker = Fixture::with(|config| users.configure(config));
    walk_the_table(broker.addr());
}

#[test]
fn mosquitto_follows_the_table() {
    let users = UsersFixture::new();
    walk_the_table(mosquitto(&users).plain);
}

/// So that a new topic of the contract cannot be forgotten here.
#[test]
fn every_topic_of_the_contract_is_in_the_table() {
    let node: NodeId = "cabin".parse().unwrap();
    let bridge: NodeId = "main".parse().unwrap();
    let known = |topic: &str| TOPICS.iter().any(|(known, _, _)| *known == topic);
    let first = Topic::Availability(node.clone());
    let next = |topic: &Topic| match topic {
        Topic::Availability(_) => Some(Topic::Info(node.clone())),
        Topic::Info(_) => Some(Topic::State(node.clone())),
        Topic::State(_) => Some(Topic::Reading(node.clone())),
        Topic::Reading(_) => Some(Topic::Event(node.clone())),
        Topic::Event(_) => Some(Topic::Backlog(node.clone())),
        Topic::Backlog(_) => Some(Topic::Set(node.clone(), "mode".to_owned())),
        Topic::Set(..) => Some(Topic::Result(node.clone())),
        Topic::Result(_) => Some(Topic::HomeAssistantConfig(node.clone())),
        Topic::HomeAssistantConfig(_) => Some(Topic::BridgeAvailability(bridge.clone())),
        Topic::BridgeAvailability(_) => Some(Topic::BridgeState(bridge.clone())),
        Topic::BridgeState(_) => Some(Topic::BridgeSet(bridge.clone(), "silence/cabin".to_owned())),
        Topic::BridgeSet(..) => Some(Topic::BridgeResult(bridge.clone())),
        Topic::BridgeResult(_) => None,
    };
    for topic in std::iter::successors(Some(first), next) {
        assert!(known(&topic.to_string()), "{topic}");
    }
    assert!(known(HOME_ASSISTANT_STATUS));
}

#[test]
fn mosquitto_takes_the_users_over_tls_and_their_changes() {
    let users = UsersFixture::new();
    let mosquitto = mosquitto(&users);
    let publish = |user: &str, password: &str| {
        Command::new("mosquitto_pub")
            .args(["-h", "localhost", "-p", &mosquitto.tls.port().to_string()])
            .args(["-V", "5", "-q", "1", "-t", "releve/cabin/state", "-m", "x"])
            .args(["-u", user, "-P", password, "--cafile"])
            .arg(mosquitto.folder().join("certificate.pem"))
            .status()
            .expect("mosquitto_pub, of the Debian package mosquitto-clients")
            .success()
    };
    assert!(publish("cabin", &password("cabin")));
    assert!(!publish("cabin", "wrong-password"));
    let mut live = client(mosquitto.plain, 5, "cabin", "live");
    users.set("cabin", "node", "another-password");
    write_mosquitto_files(&users.path(), mosquitto.folder()).unwrap();
    mosquitto.reload();
    eventually("the new password", || publish("cabin", "another-password"));
    assert!(!publish("cabin", &password("cabin")));
    live.until_answered();
}
