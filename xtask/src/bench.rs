//! `cargo xtask bench`: the figures that the documents state, measured on this machine.
//!
//! Figures are printed, never asserted: a slow machine is no fault.

use crate::progress::Step;
use crate::ui_build::{self, Variant};
use crate::{cargo, machine, system_packages};
use anyhow::Result;
use std::process::Command;

/// A bench of criterion, or a program of its own: what it measures, how long that takes, package and name.
struct Bench(&'static str, &'static str, &'static str, &'static str);

const BUILDS: &str = "some minutes to build the first time";

#[rustfmt::skip] // A table reads as a table.
const BENCHES: [Bench; 7] = [
    Bench("a step of the controller", "about two minutes to build the first time", "releve-control", "step"),
    Bench("a simulated year of each site", "about a minute", "releve-plant", "simulated_year"),
    Bench("a day of the journal", BUILDS, "releve-node", "journal_day"),
    Bench("a year of the bridge's store", BUILDS, "releve-bridge", "history"),
    Bench("memory, processor and wake-ups of the node", "seven minutes", "releve-node", "footprint"),
    Bench("the embedded broker and Mosquitto", BUILDS, "releve-broker", "paired"),
    Bench("the bridge and mqtt2prometheus", BUILDS, "releve-bridge", "ingest"),
];

/// Measures and prints.
///
/// # Errors
/// If something does not build or run.
pub fn run() -> Result<()> {
    let peers = [system_packages::MOSQUITTO, system_packages::MQTT2PROMETHEUS];
    system_packages::ensure_installed(&peers, "the benches need")?;
    for Bench(what, how_long, package, name) in BENCHES {
        let step = Step::begin(what, how_long);
        cargo::run(&mut cargo_bench(package, name))?;
        step.done();
    }

    // It needs more of the host than the rest: without it the rest can be measured all the same.
    if let Err(error) = machine::bench() {
        eprintln!("!!! NOT MEASURED: from trip to relay: {error:#}");
    }

    let step = Step::begin("the web app's size", "some minutes the first time");
    ui_build::build(Variant::Release)?;
    step.done();

    let step = Step::begin("warm start to the first value in a browser", BUILDS);
    let mut test = cargo::command();
    test.args(["test", "-p", "releve-demo", "--test", "e2e"]);
    cargo::run(test.args(["--", "--nocapture", "warm_start"]))?;
    step.done();
    Ok(())
}

fn cargo_bench(package: &str, bench: &str) -> Command {
    let mut command = cargo::command();
    command.args(["bench", "--quiet", "--package", package, "--bench", bench]);
    command
}
