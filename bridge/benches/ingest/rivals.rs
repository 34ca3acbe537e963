//! The programs that take the readings: how each is started, fed, and asked how many it has.

use std::error::Error;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use releve_protocol::Reading;
use releve_protocol::catalog::QUANTITIES;
use serde_json::{Map, Value};

/// What a bench may run into.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Which program, and what it is told to do besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rival {
    /// The bridge, scraped.
    Scraped,
    /// The bridge with everything on disk.
    Storing,
    /// mqtt2prometheus, as Debian packages it.
    Mqtt2Prometheus,
}

impl Rival {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Scraped, Self::Storing, Self::Mqtt2Prometheus];

    /// Its name in the figures.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scraped => "bridge, scraped",
            Self::Storing => "bridge, with history on disk",
            Self::Mqtt2Prometheus => "mqtt2prometheus",
        }
    }

    /// Starts it.
    pub fn start(self, broker: SocketAddr, folder: &Path) -> Outcome<Running> {
        let http = free_address()?;
        let mut command = match self {
            Self::Mqtt2Prometheus => exporter(broker, http, folder)?,
            Self::Scraped => bridge(broker, http),
            Self::Storing => {
                let mut command = bridge(broker, http);
                command.arg("--state").arg(folder.join("state"));
                command
            }
        };
        let log = fs::File::create(folder.join("output.log"))?;
        command.stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().map_err(|error| {
            format!("{} cannot be started: {error}; the Debian package prometheus-mqtt-exporter has mqtt2prometheus", self.name())
        })?;
        Ok(Running {
            child,
            http,
            rival: self,
        })
    }

    /// Where the readings of a node go.
    pub fn topic(self, node: u64) -> String {
        match self {
            Self::Mqtt2Prometheus => format!("sites/n{node}"),
            Self::Scraped | Self::Storing => format!("releve/n{node}/reading"),
        }
    }

    /// A reading in its own form.
    pub fn payload(self, reading: &Reading) -> Outcome<Vec<u8>> {
        if self != Self::Mqtt2Prometheus {
            return Ok(serde_json::to_vec(reading)?);
        }
        let numbers = numbers(reading).map(|(name, value)| (name, value.into()));
        Ok(serde_json::to_vec(&numbers.collect::<Map<_, _>>())?)
    }
}

/// The thirteen numbers that the exporter takes: each quantity's mean, and four relays.
fn numbers(reading: &Reading) -> impl Iterator<Item = (String, f64)> {
    let means = QUANTITIES.iter().map(|quantity| {
        let name = quantity.key.replace('.', "_");
        (name, (quantity.of)(reading).mean.unwrap_or_default())
    });
    let relays = reading.relays.iter().map(|(relay, contact)| {
        let closed = *contact == releve_protocol::control::Contact::Closed;
        (
            format!("relay_{}", relay.name()),
            f64::from(u8::from(closed)),
        )
    });
    means.chain(relays)
}

fn bridge(broker: SocketAddr, http: SocketAddr) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_releve-bridge"));
    command.arg("--broker").arg(broker.to_string());
    command.arg("--http").arg(http.to_string());
    command
}

fn exporter(broker: SocketAddr, http: SocketAddr, folder: &Path) -> Outcome<Command> {
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

fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// A running rival, killed when dropped.
pub struct Running {
    child: Child,
    http: SocketAddr,
    rival: Rival,
}

impl Running {
    /// What Prometheus would get.
    pub async fn scrape(&self) -> Outcome<String> {
        let answer = reqwest::get(format!("http://{}/metrics", self.http)).await?;
        Ok(answer.text().await?)
    }

    /// Whether it has its subscription.
    pub fn is_ready(&self, page: &str) -> bool {
        match self.rival {
            Rival::Mqtt2Prometheus => true,
            Rival::Scraped | Rival::Storing => page.contains("releve_bridge_connected 1\n"),
        }
    }

    /// Readings that it has taken, by its own page.
    pub fn taken(&self, page: &str) -> u64 {
        let counter = match self.rival {
            Rival::Mqtt2Prometheus => "received_messages{",
            Rival::Scraped | Rival::Storing => "releve_bridge_readings_total{",
        };
        let counts = page.lines().filter(|line| line.starts_with(counter));
        let values = counts.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        values.sum::<f64>() as u64
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
