//! Clients that others wrote for other languages: Python's paho-mqtt, which most scripts use, and mqtt.js, which most
//! pages use. Their scripts beside this file say what they do.

use std::path::Path;
use std::process::Command;

use super::support::Fixture;

/// Debian's, which finds Debian's packages; another may come first in the path.
const PYTHON: &str = "/usr/bin/python3";

/// Where Debian has packages for Node.js; one from elsewhere does not look there by itself.
const NODE_PATH: &str = "/usr/share/nodejs";

fn play(program: &str, script: &str, ports: &[u16], package: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broker");
    let mut command = Command::new(program);
    command
        .env("NODE_PATH", NODE_PATH)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(folder.join(script))
        .args(ports.iter().map(u16::to_string));
    let played = command.output().unwrap_or_else(|error| {
        panic!("{program} cannot be run ({error}): install the Debian package {package}")
    });
    let said = String::from_utf8_lossy(&played.stderr);
    assert!(
        played.status.success(),
        "if its library is missing, install the Debian package {package}:\n{said}"
    );
    assert_eq!(played.stdout, b"all played\n");
}

#[test]
fn paho_plays_both_versions_over_tcp_and_websocket() {
    let broker = Fixture::start();
    let ports = [broker.addr().port(), broker.websocket_addr().port()];
    play(PYTHON, "paho_client.py", &ports, "python3-paho-mqtt");
    broker.assert_alive();
}

#[test]
fn mqtt_js_plays_both_versions_over_websocket() {
    let broker = Fixture::start();
    let ports = [broker.websocket_addr().port()];
    play("node", "mqtt_js_client.js", &ports, "node-mqtt");
    broker.assert_alive();
}
