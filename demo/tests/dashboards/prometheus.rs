//! A real Prometheus (Debian's) over a store that was filled beforehand.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::dashboard;
use crate::feed::{END, START};
use crate::harness::process::{self, Running, free_address};
use crate::harness::until::until;

/// Labels of a series.
pub type Labels = BTreeMap<String, String>;

/// A series: its labels, and its points as (seconds, value).
#[derive(Debug)]
pub struct Series {
    /// Without the metric's name, where the query keeps none.
    pub labels: Labels,
    /// In the order of time.
    pub points: Vec<(u64, f64)>,
}

/// A running Prometheus, and the store that it reads.
pub struct Prometheus {
    address: SocketAddr,
    client: reqwest::Client,
    _running: Running,
}

/// Fills a store with `text`, reckons what the rules record from it, and gives a Prometheus over both.
pub async fn over(text: &str) -> (Prometheus, tempfile::TempDir) {
    let store = process::folder();
    let input = store.path().join("input.txt");
    fs::write(&input, text).expect("a file of samples");
    let data = store.path().join("data");
    promtool(&[
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        shown(&input),
        shown(&data),
    ])
    .await;
    // Days are reckoned from the hours that the rules recorded, so twice.
    for _ in 0..2 {
        let prometheus = Prometheus::start(&data).await;
        prometheus.record(&data).await;
    }
    (Prometheus::start(&data).await, store)
}

async fn promtool(arguments: &[&str]) {
    process::output("prometheus", "promtool", arguments).await;
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

impl Prometheus {
    async fn start(data: &Path) -> Self {
        releve_access::encrypt_with_ring();
        let address = free_address();
        let folder = process::folder();
        let config = folder.path().join("prometheus.yml");
        fs::write(&config, "global: {}\n").expect("a configuration file");
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            // What is told lies in the past, and stays.
            .arg("--storage.tsdb.retention.time=100y")
            .arg(format!("--web.listen-address={address}"));
        let mut running = Running::start("prometheus", "prometheus", folder, &mut command);
        running.listening(address).await;
        let prometheus = Self {
            address,
            client: reqwest::Client::new(),
            _running: running,
        };
        until("Prometheus to be ready", async || {
            let answer = prometheus
                .client
                .get(format!("http://{address}/-/ready"))
                .send();
            answer.await.ok()?.error_for_status().ok().map(drop)
        })
        .await;
        prometheus
    }

    /// Adds to the store what the recording rules say of it.
    async fn record(&self, data: &Path) {
        promtool(&[
            "tsdb",
            "create-blocks-from",
            "rules",
            &format!("--url=http://{}", self.address),
            &format!("--start={START}"),
            &format!("--end={END}"),
            &format!("--output-dir={}", data.display()),
            shown(&dashboard::file("deploy/prometheus/releve.rules.yml")),
        ])
        .await;
    }

    /// What a query says at the end of what is known.
    pub async fn at_end(&self, expression: &str) -> Vec<Series> {
        let parameters = [("query", expression.to_owned()), ("time", END.to_string())];
        self.ask("query", &parameters).await
    }

    /// What a query says over a range that begins before the end, in steps.
    pub async fn range(&self, expression: &str, start: u64, step: u64) -> Vec<Series> {
        let parameters = [
            ("query", expression.to_owned()),
            ("start", (start / step * step).to_string()),
            ("end", END.to_string()),
            ("step", step.to_string()),
        ];
        self.ask("query_range", &parameters).await
    }

    async fn ask(&self, kind: &str, parameters: &[(&str, String)]) -> Vec<Series> {
        let url = format!("http://{}/api/v1/{kind}", self.address);
        let request = self.client.get(url).query(parameters);
        let answer: Value = request
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        assert_eq!(answer["status"], "success", "{parameters:?}: {answer}");
        let result = answer["data"]["result"].as_array().expect("a result");
        result.iter().map(series).collect()
    }
}

fn series(value: &Value) -> Series {
    let labels = value["metric"].as_object().expect("labels");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let points = match value["values"].as_array() {
        Some(points) => points.iter().map(point).collect(),
        None => vec![point(&value["value"])],
    };
    Series {
        labels: labels
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        points,
    }
}

fn point(value: &Value) -> (u64, f64) {
    let at = value[0].as_f64().expect("a moment");
    let figure = value[1].as_str().expect("a figure");
    (at as u64, figure.parse().expect("a number"))
}
