//! `cargo xtask test`: every test of the project.

use crate::progress::Step;
use crate::ui_build::{self, Variant};
use crate::wasm_target::{self, WASM_TARGET};
use crate::{cargo, deployment, machine, package, programs, system_packages};
use anyhow::Result;

/// The crates that must stay free of I/O and clocks; that they build for the browser shows it.
const PURE_CRATES: [&str; 3] = ["releve-control", "releve-protocol", "releve-plant"];

/// What is tested, in runs of their own: together with the product's crates, xtask's heavy
/// dependencies would get other features and be compiled a second time, for minutes.
const PACKAGES: [&[&str]; 2] = [
    &["--workspace", "--exclude", "xtask"],
    &["--package", "xtask"],
];

/// Runs the tests whose names contain one of `filters`; without filters all of them, and the
/// checks that are no Rust tests, the emulated machine and the package last.
///
/// # Errors
/// If a test or check fails, or something that they need cannot be had; a machine, or tools of the
/// package, that cannot be had are told and no error.
pub fn run(filters: &[String]) -> Result<()> {
    run_here(filters)?;
    if filters.is_empty() {
        machine::run_where_possible()?;
        package::check_where_possible()?;
    }
    Ok(())
}

/// As [`run`], without the emulated machine and the package.
///
/// # Errors
/// If a test or check fails, or something that they need cannot be had.
pub fn run_here(filters: &[String]) -> Result<()> {
    system_packages::ensure_installed(&system_packages::TEST_TOOLS, "the tests need")?;
    if filters.is_empty() {
        deployment::check()?;
        check_pure_crates()?;
    }
    ui_build::build(Variant::Release)?;
    build_tests()?;
    run_tests(filters)
}

fn check_pure_crates() -> Result<()> {
    let step = Step::begin(
        "Checking that the pure crates build for WebAssembly",
        "under a minute",
    );
    wasm_target::ensure_installed()?;
    let mut command = cargo::command();
    command.args(["check", "--target", WASM_TARGET]);
    for name in PURE_CRATES {
        command.args(["--package", name]);
    }
    cargo::run(&mut command)?;
    step.done();
    Ok(())
}

fn build_tests() -> Result<()> {
    let step = Step::begin(
        "Compiling the tests",
        "about 8 minutes the first time on 2 cores",
    );
    for packages in PACKAGES {
        let mut command = cargo::command();
        cargo::run(command.arg("test").args(packages).arg("--no-run"))?;
    }
    step.done();
    Ok(())
}

/// Cargo's own output is left as it is: people and machines read its closing lines.
fn run_tests(filters: &[String]) -> Result<()> {
    let step = Step::begin("Running the tests", "a few minutes");
    let run = |packages: &&[&str]| {
        let mut command = cargo::command();
        command.arg("test").args(*packages).arg("--no-fail-fast");
        if !filters.is_empty() {
            command.arg("--").args(filters);
        }
        programs::run(&mut command)
    };
    // All of them, whatever fails: one run tells everything.
    let outcomes: Vec<Result<()>> = PACKAGES.iter().map(run).collect();
    outcomes.into_iter().collect::<Result<()>>()?;
    step.done();
    Ok(())
}
