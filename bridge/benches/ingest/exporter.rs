//! mqtt2prometheus, as Debian packages it: its configuration, and readings as it takes them.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use releve_protocol::Reading;
use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::Contact;
use serde_json::{Map, Value};

use super::rivals::Outcome;

/// The beginning of the series that count what it has taken.
pub const COUNTER: &str = "received_messages{";

/// How it is started.
pub fn command(broker: SocketAddr, http: SocketAddr, folder: &Path) -> Outcome<Command> {
    let reading = super::readings::reading(1)?;
    let metrics: Vec<Value> = numbers(&reading)
        .map(|(name, _)| {
            serde_json::json!({ "prom_name": name, "mqtt_name": name, "help": name, "type": "gauge" })
        })
        .collect();
    // JSON is YAML.
    let config = serde_json::json!({
        "mqtt": { "server": format!("tcp://{broker}"), "topic_path": "sites/+", "qos": 1 },
        "cache": { "timeout": "60m" },
        "metrics": metrics,
    });
    let file = folder.join("exporter.yaml");
    fs::write(&file, config.to_string())?;
    let mut command = Command::new("prometheus-mqtt-exporter");
    command.arg("-config").arg(file);
    command.args(["-log-level", "warn", "-listen-address", "127.0.0.1"]);
    command.arg("-listen-port").arg(http.port().to_string());
    Ok(command)
}

/// Where the readings of a node go.
pub fn topic(node: u64) -> String {
    format!("sites/n{node}")
}

/// A reading as it takes it.
pub fn payload(reading: &Reading) -> Outcome<Vec<u8>> {
    let numbers = numbers(reading).map(|(name, value)| (name, value.into()));
    Ok(serde_json::to_vec(&numbers.collect::<Map<_, _>>())?)
}

/// The thirteen numbers that it takes: each quantity's mean, and four relays.
fn numbers(reading: &Reading) -> impl Iterator<Item = (String, f64)> {
    let means = QUANTITIES.iter().map(|quantity| {
        let name = quantity.key.replace('.', "_");
        (name, (quantity.of)(reading).mean.unwrap_or_default())
    });
    let relays = reading.relays.iter().map(|(relay, contact)| {
        let name = format!("relay_{}", relay.name());
        (name, f64::from(u8::from(*contact == Contact::Closed)))
    });
    means.chain(relays)
}
