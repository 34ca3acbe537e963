//! Starting, stopping, and the program.

use std::net::{SocketAddr, TcpListener};
use std::process::Command;

use releve_broker::{Broker, Config, StartError, start};

use super::support::program::Program;
use super::support::{Connect, Fixture, eventually, reusable_addr};

async fn start_on(addr: SocketAddr) -> Result<Broker, StartError> {
    start(Config::new(addr)).await
}

#[test]
fn a_stop_tells_the_clients_and_frees_the_ports_at_once() {
    let addr = reusable_addr();
    let mut broker = Fixture::with(|config| config.tcp = addr);
    for _ in 0..3 {
        let mut old = broker.v311("old");
        let mut new = broker.v5("new");
        let mut half = broker.socket();
        broker.stop();
        assert!(old.until_closed().is_empty());
        assert_eq!(new.until_disconnected(), 0x8b);
        assert!(half.until_closed().is_empty());
        broker = restarted_on(addr);
    }
}

/// A broker on an address that was freed just now. Retried, because other tests start programs:
/// between fork and exec those hold a copy of every socket.
fn restarted_on(addr: SocketAddr) -> Fixture {
    let mut broker = None;
    eventually("a broker on the freed port", || {
        broker = Fixture::try_with(|config| config.tcp = addr).ok();
        broker.is_some()
    });
    broker.unwrap()
}

#[test]
fn a_broker_ends_with_its_runtime() {
    let addr = reusable_addr();
    let broker = Fixture::with(|config| config.tcp = addr);
    let mut client = broker.v5("client");
    // Its runtime goes with it.
    drop(broker);
    client.until_closed();
    restarted_on(addr).assert_alive();
}

#[test]
fn a_dropped_broker_ends_while_its_runtime_goes_on() {
    let addr = reusable_addr();
    let mut broker = Fixture::with(|config| config.tcp = addr);
    let mut client = broker.v5("client");
    broker.drop_broker();
    assert_eq!(client.until_disconnected(), 0x8b);
    eventually("a free port", || TcpListener::bind(addr).is_ok());
}

#[test]
fn a_port_in_use_is_named() {
    let broker = Fixture::start();
    let error = broker
        .runtime
        .block_on(start_on(broker.addr()))
        .unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains(&broker.addr().to_string()) && said.contains("in use"),
        "{said}"
    );
    assert!(matches!(error, StartError::AddressInUse { .. }));
}

#[test]
fn other_machines_cannot_be_served() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for addr in ["0.0.0.0:0", "[::]:0", "192.0.2.1:1883"] {
        let error = runtime
            .block_on(start_on(addr.parse().unwrap()))
            .unwrap_err();
        assert!(matches!(error, StartError::NotLoopback { .. }), "{error}");
        assert!(error.to_string().contains("mosquitto"), "{error}");
    }
    let mut config = Config::new("127.0.0.1:0".parse().unwrap());
    config.websocket = Some("0.0.0.0:0".parse().unwrap());
    assert!(matches!(
        runtime.block_on(start(config)),
        Err(StartError::NotLoopback { .. })
    ));
}

#[test]
fn a_hundred_clients_come_and_go() {
    let broker = Fixture::start();
    for round in 0..3 {
        let mut clients: Vec<_> = (0..100)
            .map(|number| broker.v5(&format!("client-{number}")))
            .collect();
        for client in &mut clients {
            client.subscribe("all", 1);
        }
        broker
            .v311("publisher")
            .publish("all", round.to_string(), 1, false);
        for client in &mut clients {
            assert_eq!(client.message().text(), format!("all {round}"));
        }
    }
}

#[test]
fn the_program_serves_until_it_is_told_to_end() {
    let (tcp, websocket) = (reusable_addr(), reusable_addr());
    let mut program = Program::start(&[
        "--mqtt",
        &tcp.to_string(),
        "--websocket",
        &websocket.to_string(),
    ]);
    program.until_it_says("the broker listens");
    let mut client = super::support::Client::new(tcp);
    client.send(&Connect::v5("client").packet());
    client.packet();
    program.terminate();
    assert_eq!(client.until_disconnected(), 0x8b);
    assert!(program.until_it_ends().1.success());
}

#[test]
fn the_program_says_why_it_does_not_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    for (addr, expected) in [
        (addr.as_str(), "in use"),
        ("0.0.0.0:18830", "not a loopback address"),
    ] {
        let (said, status) = Program::start(&["--mqtt", addr]).until_it_ends();
        assert!(said.contains(expected) && said.contains(addr), "{said}");
        assert!(!status.success());
    }
}

#[test]
fn a_configuration_is_checked_with_line_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("releve-broker.toml");
    let checked = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_releve-broker"));
        command.env_remove("RUST_LOG");
        command.args(["--check-config", "--config"]).arg(&file);
        command.output().unwrap()
    };
    let sound = checked(include_str!("../../releve-broker.toml"));
    assert!(sound.status.success(), "{sound:?}");
    let said = String::from_utf8_lossy(&sound.stdout).into_owned();
    for part in ["MQTT: 127.0.0.1:1883", "users: none", "in memory", "sound"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let emptied = folder.path().join("users.toml");
    std::fs::write(&emptied, "\n").unwrap();
    let with_emptied = format!("users = {emptied:?}\n");
    for (text, place, reason) in [
        (
            with_emptied.as_str(),
            "users.toml is empty",
            "bring it back",
        ),
        (
            "[listen]\nmqqt = 1\n",
            "releve-broker.toml, line 2: ",
            "mqqt",
        ),
        (
            "[listen]\nmqtt = \"0.0.0.0:1883\"\n",
            "0.0.0.0:1883",
            "loopback",
        ),
        (
            "[listen]\nwebsocket = \"127.0.0.1:1883\"\n",
            "127.0.0.1:1883",
            "another port",
        ),
        (
            "retained_store = \"/nowhere/at/all.db\"\n",
            "/nowhere/at/all.db",
            "there is no folder /nowhere/at",
        ),
        (
            "users = \"/nowhere/users.toml\"\n",
            "/nowhere/users.toml",
            "releve-broker passwd NAME",
        ),
    ] {
        let refused = checked(text);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{said}");
        assert!(said.contains(place) && said.contains(reason), "{said}");
        assert!(
            said.starts_with("releve-broker: "),
            "one sentence: {said:?}"
        );
        assert_eq!(said.matches(reason).count(), 1, "{said}");
    }
}

#[test]
fn the_program_takes_its_configuration_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("releve-broker.toml");
    let tcp = reusable_addr();
    std::fs::write(&file, format!("[listen]\nmqtt = \"{tcp}\"\n")).unwrap();
    let mut program = Program::start(&["--config", file.to_str().unwrap()]);
    program.until_it_says("the broker listens");
    let mut client = super::support::Client::new(tcp);
    client.send(&Connect::v5("client").packet());
    assert_eq!(client.packet().first_byte, 0x20);
}
