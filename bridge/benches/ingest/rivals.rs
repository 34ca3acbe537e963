//! The programs that take the readings: how each is started, fed, and asked how much it has.

use std::error::Error;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use releve_protocol::Reading;

use super::exporter;
use super::sinks::Sinks;

/// What a bench may run into.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Which program, and what it is told to do besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rival {
    /// The bridge, scraped.
    Scraped,
    /// The bridge with everything on disk.
    Storing,
    /// The bridge with everything on disk, remote-write and alerts by mail.
    Everything,
    /// mqtt2prometheus, as Debian packages it.
    Mqtt2Prometheus,
}

impl Rival {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Scraped,
        Self::Storing,
        Self::Everything,
        Self::Mqtt2Prometheus,
    ];

    /// Its name in the figures.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scraped => "bridge, scraped",
            Self::Storing => "bridge, with history on disk",
            Self::Everything => "bridge, with history, remote-write and alerts by mail",
            Self::Mqtt2Prometheus => "mqtt2prometheus",
        }
    }

    /// Whether it is the bridge.
    pub fn is_the_bridge(self) -> bool {
        self != Self::Mqtt2Prometheus
    }

    /// Starts it.
    pub fn start(self, broker: SocketAddr, folder: &Path, sinks: &Sinks) -> Outcome<Running> {
        let http = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let mut command = match self {
            Self::Mqtt2Prometheus => exporter::command(broker, http, folder)?,
            Self::Scraped => bridge(broker, http),
            Self::Storing => storing(broker, http, folder),
            Self::Everything => {
                let mut command = storing(broker, http, folder);
                command.args(["--remote-write", &sinks.remote_write_url()]);
                command.args(["--smtp", &sinks.smtp_url()]);
                command.args(["--mail-from", "releve@example.org"]);
                command.args(["--mail-to", "anna@example.org=fr"]);
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
        match self.is_the_bridge() {
            true => format!("releve/n{node}/reading"),
            false => exporter::topic(node),
        }
    }

    /// A reading in its own form.
    pub fn payload(self, reading: &Reading) -> Outcome<Vec<u8>> {
        match self.is_the_bridge() {
            true => Ok(serde_json::to_vec(reading)?),
            false => exporter::payload(reading),
        }
    }
}

fn bridge(broker: SocketAddr, http: SocketAddr) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_releve-bridge"));
    command.arg("--broker").arg(broker.to_string());
    command.arg("--http").arg(http.to_string());
    command
}

fn storing(broker: SocketAddr, http: SocketAddr, folder: &Path) -> Command {
    let mut command = bridge(broker, http);
    command.arg("--state").arg(folder.join("state"));
    command
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
        !self.rival.is_the_bridge() || sum(page, "releve_bridge_connected ") == 1.0
    }

    /// Readings that it has taken, by its own page.
    pub fn taken(&self, page: &str) -> u64 {
        let counter = match self.rival.is_the_bridge() {
            true => "releve_bridge_readings_total{",
            false => exporter::COUNTER,
        };
        sum(page, counter) as u64
    }

    /// Whether nothing of it waits to be sent on, and it has sent so many mails.
    pub fn has_sent(&self, page: &str, mails: u64) -> bool {
        self.rival != Rival::Everything
            || (sum(page, "releve_bridge_remote_write_samples_total ") > 0.0
                && sum(page, "releve_bridge_remote_write_pending_readings ") == 0.0
                && sum(page, "releve_bridge_mails_sent_total ") >= mails as f64
                && sum(page, "releve_bridge_mails_waiting ") == 0.0)
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

/// The sum of the series whose lines begin so.
fn sum(page: &str, series: &str) -> f64 {
    let lines = page.lines().filter(|line| line.starts_with(series));
    let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    values.sum()
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
