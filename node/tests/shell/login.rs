//! `releve-node simulate` at a broker with users, as a person starts it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use releve_broker::users::{NewUser, UserFile};
use releve_broker::{Broker, Config};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::harness::{DEADLINE, LOOPBACK};

const PASSWORD: &str = "a long one with spaces";

async fn broker(folder: &Path) -> Broker {
    let users = folder.join("users.toml");
    let mut file = UserFile::open(&users).expect("a new file");
    for (name, role) in [("cabin", "node"), ("anna", "viewer")] {
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
    let config = Config {
        users: Some(users),
        ..Config::new(LOOPBACK)
    };
    releve_broker::start(config).await.expect("it starts")
}

fn simulate(node: &str, broker: SocketAddr, folder: &Path) -> Child {
    let password_file = folder.join("password");
    fs::write(&password_file, format!("{PASSWORD}\n")).expect("written");
    Command::new(env!("CARGO_BIN_EXE_releve-node"))
        .args(["simulate", "--node", node])
        .args(["--broker", &broker.to_string(), "--broker-user", "cabin"])
        .env("RELEVE_BROKER_PASSWORD_FILE", password_file)
        .env_remove("RELEVE_LOG")
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the program starts")
}

async fn is_online(event_loop: &mut EventLoop) {
    loop {
        let event = event_loop.poll().await.expect("a connection");
        if let Event::Incoming(Packet::Publish(publish)) = event
            && publish.payload == "online"
        {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simulated_node_logs_in_as_the_user_of_its_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = broker(folder.path()).await;
    let _node = simulate("cabin", broker.tcp_addr(), folder.path());
    let mut options = MqttOptions::new("viewer", "127.0.0.1", broker.tcp_addr().port());
    options.set_credentials("anna", PASSWORD);
    let (client, mut event_loop) = AsyncClient::new(options, 10);
    let topic = "releve/cabin/availability";
    let subscribed = client.subscribe(topic, QoS::AtLeastOnce).await;
    subscribed.expect("room");
    let online = timeout(DEADLINE, is_online(&mut event_loop)).await;
    online.expect("in time");

    let mut other = simulate("other", broker.tcp_addr(), folder.path());
    let said = BufReader::new(other.stderr.take().expect("a pipe"));
    let refused = async {
        let mut lines = said.lines();
        while let Some(line) = lines.next_line().await.expect("text") {
            if line.contains("whose id is this node's own") {
                return;
            }
        }
        panic!("it ended");
    };
    timeout(DEADLINE, refused).await.expect("in time");
    broker.stop().await;
}
