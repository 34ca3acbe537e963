//! A real Prometheus (Debian's) that scrapes the bridge every second.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use serde_json::Value;

use super::process::{Running, folder, free_address};

/// A running Prometheus.
pub struct Prometheus {
    address: SocketAddr,
    _running: Running,
}

impl Prometheus {
    /// Starts one that scrapes `target`.
    pub async fn start(target: SocketAddr) -> Self {
        let address = free_address();
        let folder = folder();
        let config = folder.path().join("prometheus.yml");
        fs::write(
            &config,
            format!(
                "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: releve\n    static_configs:\n      - targets: ['{target}']\n"
            ),
        )
        .expect("a configuration file");
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address={address}"));
        let mut running = Running::start("prometheus", "prometheus", folder, &mut command);
        running.listening(address).await;
        Self {
            address,
            _running: running,
        }
    }

    /// The value of an instant query that has one series, if it has one now.
    pub async fn query(&self, expression: &str) -> Option<f64> {
        let url = format!("http://{}/api/v1/query", self.address);
        let client = reqwest::Client::new();
        let request = client.get(url).query(&[("query", expression)]);
        let answer: Value = request.send().await.ok()?.json().await.ok()?;
        answer["data"]["result"][0]["value"][1]
            .as_str()?
            .parse()
            .ok()
    }
}
