//! Real databases (Debian's) that take remote-write, and can be stopped and started again.

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

/// Which program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Prometheus.
    Prometheus,
    /// VictoriaMetrics, which keeps what is sent again until it is told to drop it, as clusters of databases do.
    VictoriaMetrics,
}

/// A database with a folder and an address of its own.
pub struct Database {
    kind: Kind,
    address: SocketAddr,
    folder: TempDir,
    running: Option<Child>,
}

impl Database {
    /// A running one.
    pub async fn start(kind: Kind) -> Self {
        releve_access::encrypt_with_ring();
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mut database = Self {
            kind,
            address: free.local_addr().expect("an address"),
            folder: TempDir::with_prefix("releve-database-").expect("a folder"),
            running: None,
        };
        drop(free);
        let config = "storage:\n  tsdb:\n    out_of_order_time_window: 35d\n";
        fs::write(database.file("prometheus.yml"), config).expect("a configuration");
        database.run().await;
        database
    }

    /// Starts it, with what it has stored.
    pub async fn run(&mut self) {
        let output = File::create(self.file("output.log")).expect("a log");
        let package = match self.kind {
            Kind::Prometheus => "prometheus",
            Kind::VictoriaMetrics => "victoria-metrics",
        };
        let child = self
            .command()
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{package} cannot be started ({error}): install the Debian package {package}, or run cargo xtask test, which does")
            });
        self.running = Some(child);
        let ready = match self.kind {
            Kind::Prometheus => "-/ready",
            Kind::VictoriaMetrics => "health",
        };
        let ready = format!("http://{}/{ready}", self.address);
        until("a database that is ready", async || {
            let answer = reqwest::get(&ready).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    fn command(&self) -> Command {
        let file = |name| self.file(name).display().to_string();
        let address = self.address;
        match self.kind {
            Kind::Prometheus => {
                let mut command = Command::new("prometheus");
                command
                    .arg(format!("--config.file={}", file("prometheus.yml")))
                    .arg(format!("--storage.tsdb.path={}", file("data")))
                    .arg(format!("--web.listen-address={address}"))
                    .arg("--web.enable-remote-write-receiver");
                command
            }
            Kind::VictoriaMetrics => {
                let mut command = Command::new("victoria-metrics");
                command
                    .arg(format!("-storageDataPath={}", file("data")))
                    .arg(format!("-httpListenAddr={address}"))
                    .args(["-retentionPeriod=2", "-dedup.minScrapeInterval=1ms"]);
                command
            }
        }
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

    /// Takes it away as roughly as it stands: VictoriaMetrics keeps the last seconds in memory alone, as it says, and
    /// must be ended in order.
    pub fn goes(&mut self) {
        if let (Kind::VictoriaMetrics, Some(child)) = (self.kind, &mut self.running) {
            let number = child.id().to_string();
            let asked = Command::new("kill").args(["-TERM", &number]).status();
            assert!(asked.is_ok_and(|status| status.success()), "kill");
            child.wait().expect("it ends");
        }
        self.kill();
    }

    /// A value as it keeps it: VictoriaMetrics some 15 digits of it.
    pub fn kept(&self, value: f64) -> f64 {
        match self.kind {
            Kind::Prometheus => value,
            Kind::VictoriaMetrics => format!("{value:.14e}").parse().unwrap_or(value),
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
        let mut all = Series::new();
        let held = match self.kind {
            Kind::Prometheus => self.queried(metric).await?,
            Kind::VictoriaMetrics => self.exported(metric).await?,
        };
        for (labels, samples) in held {
            let name = labels[label].as_str()?.to_owned();
            let before = all.insert(name.clone(), samples);
            assert_eq!(before, None, "two series of {name}");
        }
        Some(all)
    }

    /// Labels and samples of each series, by Prometheus' API.
    async fn queried(&self, metric: &str) -> Option<Vec<(Value, Vec<(i64, f64)>)>> {
        let question = [("query", format!("{metric}[40d]"))];
        let answer = self.ask("query", &question).await?;
        let answer: Value = serde_json::from_str(&answer).ok()?;
        let series = answer["data"]["result"].as_array()?.iter();
        let sample = |sample: &Value| {
            let millis = (sample[0].as_f64()? * 1000.0).round() as i64;
            Some((millis, sample[1].as_str()?.parse().ok()?))
        };
        let series = series.map(|series| {
            let samples = series["values"].as_array()?.iter().map(sample);
            Some((series["metric"].clone(), samples.collect::<Option<_>>()?))
        });
        series.collect()
    }

    /// The same by VictoriaMetrics' export: one line of JSON a series.
    async fn exported(&self, metric: &str) -> Option<Vec<(Value, Vec<(i64, f64)>)>> {
        // What came in the last second does not show otherwise.
        let flush = format!("http://{}/internal/force_flush", self.address);
        reqwest::get(flush).await.ok()?;
        let question = [("match[]", metric.to_owned()), ("start", "-40d".to_owned())];
        let answer = self.ask("export", &question).await?;
        let series = answer.lines().map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            let moments = line["timestamps"].as_array()?.iter();
            let samples = moments.zip(line["values"].as_array()?);
            let samples = samples.map(|(at, value)| Some((at.as_i64()?, value.as_f64()?)));
            Some((line["metric"].clone(), samples.collect::<Option<_>>()?))
        });
        series.collect()
    }

    async fn ask(&self, what: &str, question: &[(&str, String)]) -> Option<String> {
        let url = format!("http://{}/api/v1/{what}", self.address);
        let request = reqwest::Client::new().get(url).query(question);
        request.send().await.ok()?.text().await.ok()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.file("output.log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.len().saturating_sub(20);
            eprintln!("---- the database said ----\n{}", lines[last..].join("\n"));
        }
    }
}
