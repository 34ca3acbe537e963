//! `cargo xtask ci`: everything that must hold before a change is taken; quick checks first.

use crate::deny::{Deny, Outcome};
use crate::progress::{Step, duration_text};
use crate::wasm_target::{self, WASM_TARGET};
use crate::{cargo, machine, package, test};
use anyhow::Result;
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs every check and prints a closing summary; stops at the first that fails.
///
/// # Errors
/// If a check fails.
pub fn run() -> Result<()> {
    let mut summary = Summary::default();
    let outcome = run_checks(&mut summary);
    summary.print();
    outcome
}

fn run_checks(summary: &mut Summary) -> Result<()> {
    summary.check("formatting", "seconds", check_formatting)?;
    let mut deny = Deny::find_or_begin_installation()?;
    summary.check(
        "clippy",
        "about 3 minutes the first time on 2 cores",
        check_clippy,
    )?;
    summary.check(
        "clippy for the browser",
        "about 2 minutes the first time",
        check_clippy_of_ui,
    )?;
    summary.check("documentation", "about a minute", check_documentation)?;
    summary.check(
        "tests",
        "about 15 minutes the first time on 2 cores",
        || test::run_here(&[]),
    )?;
    summary.check(
        "the emulated machine",
        "about 6 minutes the first time on 2 cores",
        machine::run,
    )?;
    summary.check(
        "the package for aarch64",
        "about 4 minutes the first time on 2 cores",
        package::check,
    )?;
    let licences = || deny.check_licences_bans_sources();
    summary.check(
        "licences, bans, sources",
        "seconds, once cargo-deny is compiled",
        licences,
    )?;
    summary.check("advisories", "under 2 minutes", || deny.check_advisories())
}

fn check_formatting() -> Result<()> {
    cargo::run(&mut cargo_with("fmt --all --check"))
}

fn check_clippy() -> Result<()> {
    cargo::run(&mut cargo_with(
        "clippy --locked --workspace --all-targets -- -D warnings",
    ))
}

fn check_clippy_of_ui() -> Result<()> {
    wasm_target::ensure_installed()?;
    let arguments =
        format!("clippy --locked --package releve-ui --target {WASM_TARGET} -- -D warnings");
    cargo::run(&mut cargo_with(&arguments))
}

fn check_documentation() -> Result<()> {
    let mut command = cargo_with("doc --locked --workspace --no-deps");
    cargo::run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Cargo with arguments that hold no spaces themselves.
fn cargo_with(arguments: &str) -> Command {
    let mut command = cargo::command();
    command.args(arguments.split_whitespace());
    command
}

impl From<()> for Outcome {
    fn from((): ()) -> Self {
        Self::Passed
    }
}

/// What was checked, for the closing lines.
#[derive(Default)]
struct Summary {
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    result: String,
    duration: Duration,
}

impl Summary {
    fn check<T: Into<Outcome>>(
        &mut self,
        name: &'static str,
        usual_duration: &str,
        check: impl FnOnce() -> Result<T>,
    ) -> Result<()> {
        let step = Step::begin(name, usual_duration);
        let begun = Instant::now();
        let outcome = check().map(Into::into);
        let result = match &outcome {
            Ok(Outcome::Passed) => {
                step.done();
                "passed".to_owned()
            }
            Ok(Outcome::NotChecked(reason)) => {
                eprintln!("!!! NOT CHECKED: {name}: {reason}");
                format!("NOT CHECKED: {reason}")
            }
            Err(_) => "FAILED".to_owned(),
        };
        self.rows.push(Row {
            name,
            result,
            duration: begun.elapsed(),
        });
        outcome.map(drop)
    }

    fn print(&self) {
        eprintln!("\nSummary");
        for row in &self.rows {
            eprintln!(
                "  {:<24} {:>12}  {}",
                row.name,
                duration_text(row.duration),
                row.result
            );
        }
    }
}
