//! The dashboards of `deploy/grafana`, as far as they ask for data.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// A query of a dashboard.
#[derive(Debug)]
pub struct Query {
    /// Uid of its dashboard.
    pub dashboard: String,
    /// Title of its panel, or name of its annotation.
    pub title: String,
    /// Its letter in the panel; `@` for an annotation.
    pub letter: String,
    /// What it asks, with variables.
    pub expression: String,
    /// Asked of one moment instead of a range.
    pub instant: bool,
    /// Length of the range, where the panel has one of its own.
    pub days: Option<u64>,
    /// The step below which Grafana does not go, in seconds.
    pub step: u64,
}

impl Query {
    /// Where it is, for messages.
    pub fn place(&self) -> String {
        format!("{} / {} / {}", self.dashboard, self.title, self.letter)
    }
}

/// A file of the repository.
pub fn file(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

/// Every query of every dashboard.
pub fn queries() -> Vec<Query> {
    let folder = file("deploy/grafana/dashboards");
    let files = fs::read_dir(&folder).expect("the folder of the dashboards");
    let mut queries = Vec::new();
    for file in files {
        let text = fs::read_to_string(file.expect("a file").path()).expect("a readable file");
        let dashboard: Value = serde_json::from_str(&text).expect("JSON");
        let uid = text_of(&dashboard["uid"]);
        for panel in list(&dashboard["panels"]) {
            for target in panel["targets"].as_array().into_iter().flatten() {
                queries.push(of_panel(&uid, panel, target));
            }
        }
        for annotation in list(&dashboard["annotations"]["list"]) {
            queries.push(Query {
                dashboard: uid.clone(),
                title: text_of(&annotation["name"]),
                letter: "@".to_owned(),
                expression: text_of(&annotation["expr"]),
                instant: false,
                days: None,
                step: seconds(&annotation["step"]),
            });
        }
    }
    queries
}

fn of_panel(uid: &str, panel: &Value, target: &Value) -> Query {
    let instant = target["instant"] == true;
    let days = panel["timeFrom"].as_str().map(|range| {
        let days = range.strip_suffix('d').expect("a range in days");
        days.parse().expect("a number of days")
    });
    Query {
        dashboard: uid.to_owned(),
        title: text_of(&panel["title"]),
        letter: text_of(&target["refId"]),
        expression: text_of(&target["expr"]),
        instant,
        days,
        step: if instant {
            60
        } else {
            seconds(&target["interval"])
        },
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn seconds(duration: &Value) -> u64 {
    match duration.as_str() {
        Some("60s" | "1m") => 60,
        Some("1h") => 3600,
        Some("1d") => 86_400,
        other => panic!("a step of {other:?}: teach it here"),
    }
}
