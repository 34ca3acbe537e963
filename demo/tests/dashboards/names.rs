//! Names: that dashboards and rules ask for metrics and alarms that exist, by the names that they have.

use std::collections::BTreeSet;
use std::fs;

use releve_protocol::control::{AlarmName, Severity};

use crate::dashboard;
use crate::feed;

/// What no dashboard shows: least and greatest of what is looked at by its mean, or the other way round.
const NOT_SHOWN: [&str; 5] = [
    "releve_charger_current_min_amperes",
    "releve_charger_power_max_watts",
    "releve_charger_power_min_watts",
    "releve_load_current_min_amperes",
    "releve_load_power_min_watts",
];

fn rules() -> String {
    let path = dashboard::file("deploy/prometheus/releve.rules.yml");
    fs::read_to_string(path).expect("the rules")
}

/// Words that look like a metric's name, or like a recorded one's.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && !"_:".contains(character))
        .filter(|word| word.starts_with("releve_") || word.starts_with("node:"))
        .collect()
}

fn recorded(rules: &str) -> BTreeSet<&str> {
    rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- record: "))
        .collect()
}

/// What stands behind `expr:` of each rule.
fn expressions(rules: &str) -> String {
    let mut inside = false;
    let mut text = String::new();
    for line in rules.lines() {
        let entry = line.trim_start();
        if entry.starts_with("expr:") {
            inside = true;
        } else if ["for:", "labels:", "- ", "#"]
            .iter()
            .any(|next| entry.starts_with(next))
        {
            inside = false;
        }
        if inside {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[test]
fn dashboards_and_rules_ask_for_metrics_that_exist() {
    let fed = feed::feed().metrics;
    let rules = rules();
    let recorded = recorded(&rules);
    let asked = expressions(&rules);
    let mut texts: Vec<_> = dashboard::queries()
        .into_iter()
        .map(|query| (query.place(), query.expression))
        .collect();
    texts.push(("releve.rules.yml".to_owned(), asked));
    for (place, text) in &texts {
        for metric in metrics_in(text) {
            assert!(
                fed.contains(metric) || recorded.contains(metric),
                "{place} asks for {metric}, which there is not"
            );
        }
    }
}

#[test]
fn every_metric_that_is_fed_is_documented() {
    let page = fs::read_to_string(dashboard::file("docs/http.md")).expect("the page");
    for metric in feed::feed().metrics {
        // The page gives the rule for least and greatest values.
        let name = metric.replace("_min_", "_").replace("_max_", "_");
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/http.md does not list {name}: was it renamed?"
        );
    }
}

#[test]
fn every_metric_of_the_page_is_fed() {
    let page = fs::read_to_string(dashboard::file("docs/http.md")).expect("the page");
    let fed = feed::feed().metrics;
    let table = page
        .split_once("| metric | labels | meaning |")
        .and_then(|(_, rest)| rest.split_once("\n\n"))
        .map(|(table, _)| table)
        .expect("the table of metrics");
    let first_cells = table.lines().filter_map(|line| line.split('|').nth(1));
    for metric in first_cells.flat_map(metrics_in) {
        assert!(
            fed.contains(metric),
            "{metric} is in docs/http.md: feed it in feed.rs, and show it on a dashboard"
        );
    }
}

#[test]
fn every_metric_is_shown_somewhere() {
    let queries: Vec<_> = dashboard::queries();
    let shown: BTreeSet<&str> = queries
        .iter()
        .flat_map(|query| metrics_in(&query.expression))
        .collect();
    for metric in feed::feed().metrics {
        assert!(
            shown.contains(metric.as_str()) || NOT_SHOWN.contains(&metric.as_str()),
            "no dashboard shows {metric}"
        );
    }
}

#[test]
fn what_is_recorded_is_shown() {
    let queries: Vec<_> = dashboard::queries();
    let rules = rules();
    let asked = expressions(&rules);
    let shown: BTreeSet<&str> = queries
        .iter()
        .flat_map(|query| metrics_in(&query.expression))
        .chain(metrics_in(&asked))
        .collect();
    for metric in recorded(&rules) {
        assert!(shown.contains(metric), "{metric} is recorded for nobody");
    }
}

#[test]
fn the_page_about_dashboards_lists_every_alert() {
    let page = fs::read_to_string(dashboard::file("docs/dashboards.md")).expect("the page");
    let rules = rules();
    let alerts = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    for alert in alerts {
        assert!(page.contains(&format!("`{alert}`")), "{alert}");
    }
}

/// The alternatives of `alarm=~"…"`, which holds one kind of alarms, or of `alarm!~"…"`, whose lists are whole, too.
fn alternatives<'a>(text: &'a str, operator: &str) -> Vec<BTreeSet<&'a str>> {
    text.split(&format!("alarm{operator}\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|list| list.split('|').collect())
        .collect()
}

fn of_severity(severities: &[Severity]) -> BTreeSet<&'static str> {
    AlarmName::ALL
        .iter()
        .filter(|alarm| severities.contains(&alarm.severity()))
        .map(|alarm| alarm.name())
        .collect()
}

#[test]
fn rules_know_every_alarm_and_how_much_it_weighs() {
    let rules = rules();
    let lists = alternatives(&rules, "=~");
    assert_eq!(
        lists,
        [
            of_severity(&[Severity::Critical]),
            of_severity(&[Severity::Warning])
        ]
    );
}

#[test]
fn dashboards_know_every_alarm_and_how_much_it_weighs() {
    for query in dashboard::queries() {
        for list in alternatives(&query.expression, "=~") {
            assert_eq!(
                list,
                of_severity(&[Severity::Critical]),
                "{}",
                query.place()
            );
        }
        for list in alternatives(&query.expression, "!~") {
            let others = of_severity(&[Severity::Critical, Severity::Info]);
            assert_eq!(list, others, "{}", query.place());
        }
    }
}
