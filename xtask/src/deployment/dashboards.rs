//! Grafana's dashboards: that each has what provisioning and a reader need, asks as it should, and
//! asks what Prometheus can read. What they show of real data: `demo/tests/dashboards`.

use super::prometheus::{self, Query};
use crate::workspace;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every dashboard: others link to them, and so do bookmarks.
const UIDS: [&str; 4] = [
    "releve-battery",
    "releve-bridge",
    "releve-fleet",
    "releve-site",
];

/// Units of Grafana that are used; an unknown one shows as text behind the figure.
const UNITS: [&str; 12] = [
    "amp",
    "amph",
    "bytes",
    "celsius",
    "cpm",
    "cps",
    "none",
    "percentunit",
    "s",
    "volt",
    "watt",
    "watth",
];

/// What Grafana puts in the place of its variables, for a query to be read; the longer names first.
const VARIABLES: [(&str, &str); 3] = [
    ("$__rate_interval", "4m"),
    ("$__interval", "1m"),
    ("$node", "cabin"),
];

const DATA_SOURCE: &str = "${datasource}";

/// Checks every dashboard of a folder.
///
/// # Errors
/// If one lacks something; the message says which, where and what.
pub fn check(folder: &Path) -> Result<()> {
    let mut uids = BTreeSet::new();
    let mut queries = Vec::new();
    for entry in fs::read_dir(folder)
        .with_context(|| format!("could not list {}", workspace::shown(folder)))?
    {
        let path = entry?.path();
        let text = fs::read_to_string(&path)
            .with_context(|| format!("could not read {}", workspace::shown(&path)))?;
        let checked = check_dashboard(&text).with_context(|| workspace::shown(&path))?;
        ensure!(
            path.file_stem().and_then(|stem| stem.to_str()) == Some(&checked.uid),
            "{}: its `uid` is `{}`; it has to be the file's name, so that no two are the same",
            workspace::shown(&path),
            checked.uid
        );
        uids.insert(checked.uid);
        queries.extend(checked.queries);
    }
    ensure!(
        uids.iter().map(String::as_str).eq(UIDS),
        "{} holds the dashboards {uids:?} instead of {UIDS:?}",
        workspace::shown(folder)
    );
    prometheus::check_queries(&queries).context("a dashboard's query (uid, panel, letter)")
}

/// What was found in a dashboard.
#[derive(Debug)]
struct Checked {
    uid: String,
    queries: Vec<Query>,
}

fn check_dashboard(text: &str) -> Result<Checked> {
    let dashboard: Value = serde_json::from_str(text).context("is not JSON")?;
    let uid = text_of(&dashboard, "uid").context("links lead to it by its uid")?;
    for field in ["title", "description", "refresh"] {
        text_of(&dashboard, field)?;
    }
    check_variables(&dashboard["templating"]["list"])?;
    check_links(&dashboard)?;
    let panels = list(&dashboard["panels"]).context("has no panels")?;
    let mut queries = Vec::new();
    let mut titles = BTreeSet::new();
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        ensure!(
            titles.insert(panel["title"].as_str()),
            "two panels have the title {}",
            panel["title"]
        );
        let found = check_panel(panel, uid)
            .with_context(|| format!("panel {} ({})", panel["id"], panel["title"]))?;
        queries.extend(found);
    }
    ensure!(!queries.is_empty(), "asks for no data");
    check_places(panels)?;
    for (number, annotation) in (1..).zip(list(&dashboard["annotations"]["list"])?) {
        let name = text_of(annotation, "name")?;
        let found = check_query(annotation, name_of(uid, "annotation", number, ""))
            .with_context(|| format!("annotation {name}"))?;
        queries.push(found);
    }
    Ok(Checked {
        uid: uid.to_owned(),
        queries,
    })
}

/// The data source is chosen at the top of the page, and so is the site, among all that were ever
/// heard of: a silent one, too.
fn check_variables(variables: &Value) -> Result<()> {
    let variables = list(variables).context("has no variables")?;
    let variable = |name: &str| {
        variables
            .iter()
            .find(|variable| variable["name"] == name)
            .with_context(|| format!("has no variable `{name}`"))
    };
    ensure!(
        variable("datasource")?["type"] == "datasource",
        "variable `datasource` is none of type datasource"
    );
    let node = variable("node")?;
    ensure!(
        node["query"]["query"] == "label_values(releve_node_info, node)",
        "variable `node` does not ask for label_values(releve_node_info, node)"
    );
    ensure!(
        node["datasource"]["uid"] == DATA_SOURCE,
        "variable `node` does not ask {DATA_SOURCE}"
    );
    Ok(())
}

/// Every link within Grafana leads to a dashboard of ours.
fn check_links(value: &Value) -> Result<()> {
    match value {
        Value::String(text) => {
            for target in text.split("/d/").skip(1) {
                let uid = target.split(['?', '/']).next().unwrap_or_default();
                ensure!(
                    UIDS.contains(&uid),
                    "a link leads to `{uid}`, which is not there"
                );
            }
            Ok(())
        }
        Value::Array(values) => values.iter().try_for_each(check_links),
        Value::Object(fields) => fields.values().try_for_each(check_links),
        _ => Ok(()),
    }
}

fn check_panel(panel: &Value, uid: &str) -> Result<Vec<Query>> {
    for field in ["title", "description"] {
        text_of(panel, field)?;
    }
    let defaults = &panel["fieldConfig"]["defaults"];
    let unit = text_of(defaults, "unit")?;
    ensure!(
        UNITS.contains(&unit),
        "`{unit}` is none of the units that are used ({})",
        UNITS.join(", ")
    );
    // A line across a gap would show what nobody knows.
    ensure!(
        defaults["custom"]["spanNulls"] != true,
        "draws its line across what is not known"
    );
    ensure!(
        panel["datasource"]["uid"] == DATA_SOURCE,
        "does not ask {DATA_SOURCE}"
    );
    let number = panel["id"].as_i64().context("has no `id`")?;
    let targets = list(&panel["targets"]).context("asks for nothing")?;
    ensure!(!targets.is_empty(), "asks for nothing");
    targets
        .iter()
        .map(|target| {
            let letter = text_of(target, "refId")?;
            check_query(target, name_of(uid, "panel", number, letter))
        })
        .collect()
}

/// A query as Prometheus would get it.
fn check_query(asker: &Value, name: String) -> Result<Query> {
    let query = text_of(asker, "expr")?;
    ensure!(
        asker["datasource"]["uid"] == DATA_SOURCE,
        "does not ask {DATA_SOURCE}"
    );
    ensure!(
        !query.contains("job") && !query.contains("instance"),
        "the query leans on `job` or `instance`, which differ between scraping and remote-write: {query}"
    );
    ensure!(
        !query.contains("vector("),
        "the query makes up a figure where none is known: {query}"
    );
    let expression = VARIABLES
        .iter()
        .fold(query.to_owned(), |text, (variable, value)| {
            text.replace(variable, value)
        });
    ensure!(
        !expression.contains('$'),
        "the query has a variable that is not known here: {expression}"
    );
    Ok(Query { name, expression })
}

fn name_of(uid: &str, part: &str, number: i64, letter: &str) -> String {
    format!("{}:{part}_{number}:{letter}", uid.replace('-', "_"))
}

/// No two panels lie over one another, and none hangs over the edge.
fn check_places(panels: &[Value]) -> Result<()> {
    let places = panels
        .iter()
        .map(place)
        .collect::<Option<Vec<_>>>()
        .context("a panel has no place (`gridPos`)")?;
    for (index, place) in places.iter().enumerate() {
        let title = &panels[index]["title"];
        ensure!(place.x + place.w <= 24, "panel {title} hangs over the edge");
        if let Some(other) = places[..index].iter().position(|other| other.meets(place)) {
            bail!(
                "panels {} and {title} lie over one another",
                panels[other]["title"]
            );
        }
    }
    Ok(())
}

struct Place {
    x: u64,
    y: u64,
    w: u64,
    h: u64,
}

fn place(panel: &Value) -> Option<Place> {
    let of = |name: &str| panel["gridPos"][name].as_u64();
    Some(Place {
        x: of("x")?,
        y: of("y")?,
        w: of("w")?,
        h: of("h")?,
    })
}

impl Place {
    const fn meets(&self, other: &Self) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }
}

fn text_of<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value[field]
        .as_str()
        .filter(|text| !text.trim().is_empty())
        .with_context(|| format!("has no `{field}`"))
}

fn list(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().context("is no list")
}

#[cfg(test)]
mod tests {
    use super::check_dashboard;
    use serde_json::{Value, json};

    fn panel(id: u64, title: &str, y: u64) -> Value {
        let datasource = json!({"type": "prometheus", "uid": "${datasource}"});
        let target = json!({"refId": "A", "datasource": datasource, "expr": "releve_node_up{node=~\"$node\"}"});
        json!({"id": id, "type": "stat", "title": title, "description": "Look.", "datasource": datasource,
            "gridPos": {"x": 0, "y": y, "w": 24, "h": 4}, "targets": [target],
            "fieldConfig": {"defaults": {"unit": "none"}, "overrides": []}})
    }

    fn dashboard() -> Value {
        let datasource = json!({"type": "prometheus", "uid": "${datasource}"});
        let node = json!({"name": "node", "datasource": datasource,
            "query": {"query": "label_values(releve_node_info, node)"}});
        json!({"uid": "releve-fleet", "title": "Fleet", "description": "All.", "refresh": "30s",
            "templating": {"list": [{"name": "datasource", "type": "datasource"}, node]},
            "annotations": {"list": [{"name": "Up", "datasource": datasource, "expr": "releve_node_up == 1"}]},
            "links": [{"url": "/d/releve-site?var-node=x"}], "panels": [panel(1, "Up", 0), panel(2, "Again", 4)]})
    }

    /// Puts `value` at the pointer, and gives what the check then says.
    fn complaint(pointer: &str, value: Value) -> String {
        let mut dashboard = dashboard();
        *dashboard
            .pointer_mut(pointer)
            .expect("a place in the dashboard") = value;
        let error = check_dashboard(&dashboard.to_string()).expect_err("a complaint");
        format!("{error:#}")
    }

    #[test]
    fn a_dashboard_gives_its_queries_as_prometheus_gets_them() -> anyhow::Result<()> {
        let checked = check_dashboard(&dashboard().to_string())?;
        assert_eq!(checked.uid, "releve-fleet");
        let queries: Vec<_> = checked
            .queries
            .iter()
            .map(|query| (query.name.as_str(), query.expression.as_str()))
            .collect();
        assert_eq!(
            queries,
            [
                ("releve_fleet:panel_1:A", "releve_node_up{node=~\"cabin\"}"),
                ("releve_fleet:panel_2:A", "releve_node_up{node=~\"cabin\"}"),
                ("releve_fleet:annotation_1:", "releve_node_up == 1"),
            ]
        );
        Ok(())
    }

    #[test]
    fn what_a_dashboard_lacks_is_named() {
        for (pointer, value, named) in [
            ("/uid", Value::Null, "`uid`"),
            ("/description", json!(" "), "`description`"),
            ("/panels", json!([]), "asks for no data"),
            ("/panels/0/title", Value::Null, "`title`"),
            ("/panels/1/description", json!(""), "`description`"),
            ("/panels/1/title", json!("Up"), "two panels"),
            ("/panels/0/targets", json!([]), "asks for nothing"),
            ("/panels/0/fieldConfig/defaults/unit", Value::Null, "`unit`"),
            (
                "/panels/0/fieldConfig/defaults/unit",
                json!("volts"),
                "volts",
            ),
            (
                "/panels/0/datasource/uid",
                json!("prometheus"),
                "${datasource}",
            ),
            (
                "/panels/0/targets/0/datasource/uid",
                json!("p"),
                "${datasource}",
            ),
            ("/panels/1/gridPos/y", json!(3), "lie over one another"),
            ("/panels/1/gridPos/x", json!(1), "hangs over the edge"),
            ("/templating/list/0/name", json!("source"), "`datasource`"),
            (
                "/templating/list/1/query/query",
                json!("label_values(up, node)"),
                "`node`",
            ),
            ("/annotations/list/0/expr", Value::Null, "annotation Up"),
            ("/links/0/url", json!("/d/releve-cellar?x"), "releve-cellar"),
        ] {
            let said = complaint(pointer, value);
            assert!(said.contains(named), "{pointer}: {said}");
        }
        assert!(check_dashboard("{\"uid\": \"releve-fleet\"").is_err());
    }

    #[test]
    fn a_query_leans_on_nothing_that_differs_and_makes_up_no_figure() {
        for (query, named) in [
            ("releve_node_up{job=\"bridge\"}", "job"),
            ("sum by (instance) (releve_node_up)", "instance"),
            ("releve_node_up or vector(0)", "makes up"),
            ("releve_node_up{node=\"$site\"}", "variable"),
        ] {
            let said = complaint("/panels/0/targets/0/expr", json!(query));
            assert!(said.contains(named), "{query}: {said}");
        }
    }
}
