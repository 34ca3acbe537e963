//! Checks the files that start and watch a deployment: `compose.yaml`, Prometheus' configuration,
//! Grafana's dashboards, the units of systemd.

use crate::progress::Step;
use crate::{programs, workspace};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Checks every deployment file with the program that reads it.
///
/// # Errors
/// If a file is refused by its program, or a program is not installed.
pub fn check() -> Result<()> {
    let step = Step::begin("Checking the deployment files", "seconds");
    check_compose()?;
    check_prometheus()?;
    check_dashboards(&workspace::root().join("deploy/grafana/dashboards"))?;
    check_units()?;
    step.done();
    Ok(())
}

/// The units with a program that is there in the place of the node, which need not be installed.
fn check_units() -> Result<()> {
    let installed = "/usr/bin/releve-node";
    let folder = workspace::root().join("target/units");
    fs::create_dir_all(&folder)
        .with_context(|| format!("could not make {}", workspace::shown(&folder)))?;
    let mut command = tool("systemd-analyze")?;
    command.args(["verify", "--man=no"]);
    for unit in ["releve-node.service", "releve-relays-safe.service"] {
        let text = fs::read_to_string(workspace::root().join("deploy/systemd").join(unit))
            .with_context(|| format!("could not read deploy/systemd/{unit}"))?;
        ensure!(
            text.contains(installed),
            "deploy/systemd/{unit} does not start {installed}"
        );
        let copy = folder.join(unit);
        fs::write(&copy, text.replace(installed, "/bin/true"))
            .with_context(|| format!("could not write {}", workspace::shown(&copy)))?;
        command.arg(copy);
    }
    let verified = command
        .output()
        .context("could not start systemd-analyze")?;
    // An entry that systemd does not know is only warned of.
    let said = String::from_utf8_lossy(&verified.stderr);
    ensure!(
        verified.status.success() && said.trim().is_empty(),
        "a unit of deploy/systemd is not valid:\n{said}"
    );
    Ok(())
}

fn check_compose() -> Result<()> {
    let mut command = tool("docker-compose")?;
    command.args([
        "--file",
        "compose.yaml",
        "--profile",
        "simulated",
        "config",
        "--quiet",
    ]);
    programs::run(&mut command).context("compose.yaml is not valid")
}

fn check_prometheus() -> Result<()> {
    let mut command = tool("promtool")?;
    command
        .args(["check", "config", "deploy/prometheus/prometheus.yml"])
        .stdout(Stdio::null());
    programs::run(&mut command).context("deploy/prometheus/prometheus.yml is not valid")
}

fn tool(program: &str) -> Result<Command> {
    let path = programs::find(program).with_context(|| format!("{program} is not installed"))?;
    let mut command = Command::new(path);
    command.current_dir(workspace::root());
    Ok(command)
}

/// Checks that each dashboard is JSON with what provisioning needs, and asks for data as it should.
fn check_dashboards(folder: &Path) -> Result<()> {
    let mut count = 0;
    for entry in fs::read_dir(folder)
        .with_context(|| format!("could not list {}", workspace::shown(folder)))?
    {
        let path = entry?.path();
        let text = fs::read_to_string(&path)
            .with_context(|| format!("could not read {}", workspace::shown(&path)))?;
        check_dashboard(&text).with_context(|| workspace::shown(&path))?;
        count += 1;
    }
    ensure!(count > 0, "{} holds no dashboard", workspace::shown(folder));
    Ok(())
}

fn check_dashboard(text: &str) -> Result<()> {
    let dashboard: Value = serde_json::from_str(text).context("is not JSON")?;
    for field in ["uid", "title"] {
        ensure!(
            dashboard[field].is_string(),
            "has no `{field}`, which keeps its links stable"
        );
    }
    let panels = dashboard["panels"].as_array().context("has no panels")?;
    let mut queries = 0;
    for panel in panels {
        let title = panel["title"].as_str().unwrap_or("without a title");
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"]
                .as_str()
                .with_context(|| format!("panel {title}: no query"))?;
            ensure!(
                !query.contains("job") && !query.contains("instance"),
                "panel {title}: the query leans on `job` or `instance`, which differ between \
                 scraping and remote-write"
            );
            queries += 1;
        }
    }
    ensure!(queries > 0, "asks for no data");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_dashboard;
    use serde_json::json;

    fn dashboard(query: &str) -> String {
        let panel = json!({"title": "Up", "targets": [{"expr": query}]});
        json!({"uid": "fleet", "title": "Fleet", "panels": [panel]}).to_string()
    }

    #[test]
    fn a_dashboard_is_checked_down_to_its_queries() -> anyhow::Result<()> {
        check_dashboard(&dashboard("releve_node_up"))?;
        assert!(check_dashboard(&dashboard("releve_node_up{job=\"bridge\"}")).is_err());
        assert!(check_dashboard("{\"uid\": \"fleet\"").is_err());
        assert!(
            check_dashboard("{\"uid\": \"fleet\", \"title\": \"Fleet\", \"panels\": []}").is_err()
        );
        Ok(())
    }
}
