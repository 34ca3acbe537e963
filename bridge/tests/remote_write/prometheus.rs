//! A real Prometheus (Debian's) that takes remote-write, and can be stopped and started again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::until;

/// The samples of each series, by the labels that a test asks for: milliseconds since 1970, and the value.
pub type Series = BTreeMap<String, Vec<(i64, f64)>>;

/// A Prometheus with a folder and an address of its own.
pub struct Prometheus {
    address: SocketAddr,
    folder: TempDir,
    running: Option<Child>,
}

impl Prometheus {
    /// A running one.
    pub async fn start() -> Self {
        releve_access::encrypt_with_ring();
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mut prometheus = Self {
            address: free.local_addr().expect("an address"),
            folder: TempDir::with_prefix("releve-prometheus-").expect("a folder"),
            running: None,
        };
        drop(free);
        let config = "storage:\n  tsdb:\n    out_of_order_time_window: 35d\n";
        fs::write(prometheus.file("prometheus.yml"), config).expect("a configuration");
        prometheus.run().await;
        prometheus
    }

    /// Starts it, with what it has stored.
    pub async fn run(&mut self) {
        let file = |name| self.file(name).display().to_string();
        let output = File::create(self.file("output.log")).expect("a log");
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", file("prometheus.yml")))
            .arg(format!("--storage.tsdb.path={}", file("data")))
            .arg(format!("--web.listen-address={}", self.address))
            .arg("--web.enable-remote-write-receiver")
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output)
            .spawn()
            .expect("prometheus: install the Debian package prometheus, or run cargo xtask test, which does");
        self.running = Some(child);
        let ready = format!("http://{}/-/ready", self.address);
        until("a Prometheus that is ready", async || {
            let answer = reqwest::get(&ready).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Kills it.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            // Already ended is fine: that is what is wanted.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it takes remote-write.
    pub fn write_url(&self) -> String {
        format!("http://{}/api/v1/write", self.address)
    }

    /// Every sample of the metric in the last 40 days, by its label `label`.
    pub async fn samples(&self, metric: &str, label: &str) -> Option<Series> {
        let url = format!("http://{}/api/v1/query", self.address);
        let question = format!("{metric}[40d]");
        let request = reqwest::Client::new().get(url);
        let request = request.query(&[("query", question)]);
        let answer: Value = request.send().await.ok()?.json().await.ok()?;
        let mut all = Series::new();
        for series in answer["data"]["result"].as_array()? {
            let name = series["metric"][label].as_str()?.to_owned();
            let samples = series["values"].as_array()?.iter().map(|sample| {
                let millis = (sample[0].as_f64()? * 1000.0).round() as i64;
                Some((millis, sample[1].as_str()?.parse().ok()?))
            });
            let samples = samples.collect::<Option<_>>()?;
            let before = all.insert(name.clone(), samples);
            assert_eq!(before, None, "two series of {name}");
        }
        Some(all)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.file("output.log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.len().saturating_sub(20);
            eprintln!("---- prometheus said ----\n{}", lines[last..].join("\n"));
        }
    }
}
