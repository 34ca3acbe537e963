//! Every query of every dashboard, asked, and held against what is expected.

use std::collections::{BTreeMap, BTreeSet};

use crate::dashboard::{self, Query};
use crate::expectations::{self, Expectation, Point, Who};
use crate::feed::{self, END, NODES, SILENT_AT, START};
use crate::prometheus::{self, Prometheus, Series};

/// What Grafana makes of `All`.
const ALL_NODES: &str = ".+";
/// For how long Prometheus takes a sample for the present one, a step of a minute, and a window.
const LINGERS: u64 = 300 + 60 + 60;

#[tokio::test]
async fn every_query_shows_what_is_known_and_nothing_else() {
    let (prometheus, _store) = prometheus::over(&feed::feed().text).await;
    let expectations = expectations::all();
    let mut by_place: BTreeMap<[String; 3], &Expectation> = expectations
        .iter()
        .map(|expectation| (expectation.place.map(str::to_owned), expectation))
        .collect();
    assert_eq!(by_place.len(), expectations.len(), "a line is there twice");
    let mut complaints = Vec::new();
    for query in dashboard::queries() {
        let dashboard = query.dashboard.trim_start_matches("releve-").to_owned();
        let place = [dashboard, query.title.clone(), query.letter.clone()];
        let Some(expectation) = by_place.remove(&place) else {
            complaints.push(format!(
                "{}: say in expectations.rs what it shows",
                query.place()
            ));
            continue;
        };
        let series = answers(&prometheus, &query).await;
        let shown = check(&query, expectation, &series);
        let chosen = check_choice(&prometheus, &query).await;
        for complaint in [shown, chosen].into_iter().filter_map(Result::err) {
            complaints.push(format!(
                "{}: {complaint}\n    {}",
                query.place(),
                query.expression
            ));
        }
    }
    complaints.extend(
        by_place.keys().map(|place| {
            format!("{place:?}: expectations.rs tells of it, and no dashboard has it")
        }),
    );
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// A site that is chosen is the only one that is shown.
async fn check_choice(prometheus: &Prometheus, query: &Query) -> Result<(), String> {
    for node in NODES {
        for series in ask(prometheus, query, node).await {
            let shown = series.labels.get("node");
            if shown.is_some_and(|shown| shown != node) {
                return Err(format!("shows {shown:?}, and {node} is chosen"));
            }
        }
    }
    Ok(())
}

/// Of all sites; where a dashboard shows one at a time, of one after the other.
async fn answers(prometheus: &Prometheus, query: &Query) -> Vec<Series> {
    if !query.expression.contains("node=\"$node\"") {
        return ask(prometheus, query, ALL_NODES).await;
    }
    let mut all = Vec::new();
    for node in NODES {
        all.extend(ask(prometheus, query, node).await);
    }
    all
}

async fn ask(prometheus: &Prometheus, query: &Query, node: &str) -> Vec<Series> {
    let step = query.step;
    let expression = query
        .expression
        // What Grafana makes of it: four steps, at the least.
        .replace("$__rate_interval", &format!("{}s", 4 * step))
        .replace("$__interval", &format!("{step}s"))
        .replace("$node", node);
    match (query.instant, query.days) {
        (true, _) => prometheus.at_end(&expression).await,
        (false, None) => prometheus.range(&expression, START, step).await,
        (false, Some(days)) => {
            let start = END - days * 86_400;
            prometheus.range(&expression, start, step).await
        }
    }
}

fn check(query: &Query, expectation: &Expectation, series: &[Series]) -> Result<(), String> {
    check_sites(query, expectation.who, series)?;
    for one in series {
        check_labels(expectation, one)?;
        check_figure(expectation, one)?;
        if matches!(expectation.who, Who::Readings) && one.labels["node"] == "silent" {
            check_silence(one)?;
        }
    }
    Ok(())
}

fn check_sites(query: &Query, who: Who, series: &[Series]) -> Result<(), String> {
    let shown: BTreeSet<&str> = series
        .iter()
        .filter_map(|one| one.labels.get("node").map(String::as_str))
        .collect();
    let expected: BTreeSet<&str> = match who {
        // At the end nothing is known of what is silent.
        Who::Readings if query.instant => {
            NODES.into_iter().filter(|node| *node != "silent").collect()
        }
        Who::Readings | Who::Always => NODES.into_iter().collect(),
        Who::Only(nodes) => nodes.iter().copied().collect(),
        Who::Nobody => BTreeSet::new(),
    };
    if shown != expected {
        return Err(format!("shows the sites {shown:?} instead of {expected:?}"));
    }
    if matches!(who, Who::Nobody) && series.is_empty() {
        return Err("shows nothing".to_owned());
    }
    Ok(())
}

/// What differs between scraping and remote-write must be gone: with it, each site would have two lines
/// after a change from one to the other.
fn check_labels(expectation: &Expectation, series: &Series) -> Result<(), String> {
    let mut expected: BTreeSet<&str> = expectation.labels.iter().copied().collect();
    if !matches!(expectation.who, Who::Nobody) {
        expected.insert("node");
    }
    let labels: BTreeSet<&str> = series.labels.keys().map(String::as_str).collect();
    if labels != expected {
        return Err(format!("has the labels {labels:?} instead of {expected:?}"));
    }
    Ok(())
}

fn check_figure(expectation: &Expectation, series: &Series) -> Result<(), String> {
    let mut values = series.points.iter().map(|(_, value)| *value);
    let shown = match expectation.point {
        Point::Last => values.next_back(),
        Point::Greatest => values.reduce(f64::max),
        Point::Least => values.reduce(f64::min),
    };
    let expected = (expectation.figure)(&series.labels);
    let shown = shown.ok_or("shows a series without a point")?;
    if (shown - expected).abs() > expectation.tolerance * expected.abs().max(1e-9) {
        return Err(format!(
            "shows {shown} instead of {expected} at {:?}",
            series.labels
        ));
    }
    Ok(())
}

/// Silence is a gap: neither the last value for ever, nor zero.
fn check_silence(series: &Series) -> Result<(), String> {
    let last = series.points.last().map_or(0, |(at, _)| *at);
    if last > SILENT_AT + LINGERS {
        return Err(format!(
            "still shows the silent site {} s after its last reading",
            last - SILENT_AT
        ));
    }
    Ok(())
}
