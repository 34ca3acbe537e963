//! Prometheus' configuration and its rules, with Prometheus' own tool.

use super::tool;
use crate::{programs, workspace};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

const CONFIGURATION: &str = "deploy/prometheus/prometheus.yml";
const RULES: &str = "deploy/prometheus/releve.rules.yml";
const TESTS_OF_THE_RULES: &str = "deploy/prometheus/releve.rules.test.yml";

/// Checks the configuration and the rules, and plays the rules through time.
///
/// # Errors
/// If one of them is wrong, or promtool is not installed.
pub fn check() -> Result<()> {
    run_promtool(&["check", "config", CONFIGURATION])
        .with_context(|| format!("{CONFIGURATION} is not valid"))?;
    run_promtool(&["check", "rules", RULES]).with_context(|| format!("{RULES} is not valid"))?;
    run_promtool(&["test", "rules", TESTS_OF_THE_RULES])
        .with_context(|| format!("the rules of {RULES} do not do what {TESTS_OF_THE_RULES} says"))
}

/// A query, and a name of it that Prometheus takes for a metric's.
#[derive(Debug)]
pub struct Query {
    /// Letters, digits, underlines and colons.
    pub name: String,
    /// Without variables.
    pub expression: String,
}

/// Checks that Prometheus can read each query.
///
/// # Errors
/// If it cannot: the message has the query's name, and what is wrong with it.
pub fn check_queries(queries: &[Query]) -> Result<()> {
    // promtool reads expressions as those of rules alone. JSON is YAML, too.
    let rules: Vec<Value> = queries
        .iter()
        .map(|query| json!({"record": query.name, "expr": query.expression}))
        .collect();
    let text = json!({"groups": [{"name": "queries", "rules": rules}]}).to_string();
    let folder = workspace::root().join("target/queries");
    fs::create_dir_all(&folder)
        .with_context(|| format!("could not make {}", workspace::shown(&folder)))?;
    let path = folder.join("queries.yml");
    fs::write(&path, text)
        .with_context(|| format!("could not write {}", workspace::shown(&path)))?;
    run_promtool(&["check", "rules", &path.to_string_lossy()])
        .context("Prometheus cannot read a query")
}

/// Its words come with the error alone: that all is well is said by the step.
fn run_promtool(arguments: &[&str]) -> Result<()> {
    let mut command: Command = tool("promtool")?;
    command.args(arguments);
    let output = command.output().context("could not start promtool")?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "`{}` failed:\n{}{}",
        programs::command_line(&command),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
