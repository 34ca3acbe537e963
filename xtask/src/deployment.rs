//! Checks the files that start and watch a deployment: `compose.yaml`, Prometheus' configuration and
//! rules, Grafana's dashboards, the units of systemd.

mod dashboards;
mod prometheus;

use crate::progress::Step;
use crate::{programs, workspace};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::Command;

/// Checks every deployment file with the program that reads it.
///
/// # Errors
/// If a file is refused by its program, or a program is not installed.
pub fn check() -> Result<()> {
    let step = Step::begin("Checking the deployment files", "half a minute");
    check_compose()?;
    prometheus::check()?;
    dashboards::check(&workspace::root().join("deploy/grafana/dashboards"))?;
    check_units()?;
    step.done();
    Ok(())
}

/// The units, with the program that each starts.
const UNITS: [(&str, &str); 4] = [
    ("releve-node.service", "/usr/bin/releve-node"),
    ("releve-relays-safe.service", "/usr/bin/releve-node"),
    ("releve-broker.service", "/usr/local/bin/releve-broker"),
    ("releve-bridge.service", "/usr/local/bin/releve-bridge"),
];

/// The units with a program that is there in the place of theirs, which need not be installed.
fn check_units() -> Result<()> {
    let folder = workspace::root().join("target/units");
    fs::create_dir_all(&folder)
        .with_context(|| format!("could not make {}", workspace::shown(&folder)))?;
    let mut command = tool("systemd-analyze")?;
    command.args(["verify", "--man=no"]);
    for (unit, installed) in UNITS {
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

/// A program of others, at the workspace's root.
fn tool(program: &str) -> Result<Command> {
    let path = programs::find(program).with_context(|| format!("{program} is not installed"))?;
    let mut command = Command::new(path);
    command.current_dir(workspace::root());
    Ok(command)
}
