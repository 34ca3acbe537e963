//! `cargo xtask bench`: the figures that the documents state, measured on this machine.
//!
//! Figures are printed, never asserted: a slow machine is no fault.

use crate::progress::Step;
use crate::ui_build::{self, Variant};
use crate::{cargo, machine, system_packages};
use anyhow::Result;
use std::process::Command;

/// Measures and prints.
///
/// # Errors
/// If something does not build or run.
pub fn run() -> Result<()> {
    let step = Step::begin(
        "a step of the controller",
        "about two minutes to build the first time",
    );
    cargo::run(&mut cargo_bench("releve-control", "step"))?;
    step.done();

    let step = Step::begin("a simulated year of each site", "about a minute");
    cargo::run(&mut cargo_bench("releve-plant", "simulated_year"))?;
    step.done();

    let step = Step::begin(
        "a day of the journal",
        "some minutes to build the first time",
    );
    cargo::run(&mut cargo_bench("releve-node", "journal_day"))?;
    step.done();

    let step = Step::begin(
        "a year of the bridge's store",
        "some minutes to build the first time",
    );
    cargo::run(&mut cargo_bench("releve-bridge", "history"))?;
    step.done();

    let step = Step::begin(
        "memory, processor and wake-ups of the node",
        "seven minutes",
    );
    cargo::run(&mut cargo_bench("releve-node", "footprint"))?;
    step.done();

    system_packages::ensure_installed(&[system_packages::MOSQUITTO], "the benches need")?;
    let step = Step::begin(
        "the embedded broker and Mosquitto",
        "some minutes to build the first time",
    );
    cargo::run(&mut cargo_bench("releve-broker", "paired"))?;
    step.done();

    // It needs more of the host than the rest: without it the rest can be measured all the same.
    if let Err(error) = machine::bench() {
        eprintln!("!!! NOT MEASURED: from trip to relay: {error:#}");
    }

    let step = Step::begin("the web app's size", "some minutes the first time");
    ui_build::build(Variant::Release)?;
    step.done();

    let step = Step::begin(
        "warm start to the first value in a browser",
        "some minutes to build the first time",
    );
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
