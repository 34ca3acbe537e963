//! `cargo xtask mutants`: does a test fail for every mistake that could be made in the controller?
//!
//! cargo-mutants changes the controller in one place at a time (`.cargo/mutants.toml`) and runs its
//! tests, the exhaustive walk on its reduced grid. What came of each mutant is kept in
//! `control/mutants.txt`, so that shards run at different times add up; `control/mutants.md` is
//! written from it.

mod ledger;
mod report;
mod tool;

use crate::progress::Step;
use crate::{cargo, workspace};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use ledger::{Ledger, Mutant, Outcome};
use serde_json::Value;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: &str = "releve-control";

/// Which mutants are tested.
#[derive(Args)]
pub struct MutantsArguments {
    /// Test one part of all mutants: `0/8` is the first of eight.
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Test again what no test has caught so far, and what was never tested.
    #[arg(long, conflicts_with = "shard")]
    uncaught: bool,
    /// Test nothing: write the report anew, after a reason was given or a mutant disappeared.
    #[arg(long, conflicts_with_all = ["shard", "uncaught", "extra"])]
    report: bool,
    /// More arguments for cargo-mutants, such as `--file control/src/averaging.rs`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    extra: Vec<String>,
}

/// Tests the chosen mutants and takes what came of them into the committed result.
///
/// # Errors
/// If cargo-mutants cannot be had, or the tests fail without any mutant.
pub fn run(arguments: &MutantsArguments) -> Result<()> {
    let program = tool::mutants()?;
    let mutants = every_mutant(&program)?;
    let mut run = Vec::new();
    if !arguments.report {
        let chosen = chosen(arguments, &mutants, &Ledger::read(&outcomes_file())?);
        if arguments.uncaught && chosen.is_empty() {
            eprintln!("Every mutant is caught or does not compile: nothing to test again.");
        } else {
            run = test(&program, chosen, &arguments.extra)?;
        }
    }
    // Read only now: another shard may have ended meanwhile.
    let mut ledger = Ledger::read(&outcomes_file())?;
    ledger.keep_only(&mutants);
    ledger.take_in(&mutants, &run);
    let report_file = workspace::root().join("control/mutants.md");
    let reasons = report::reasons(&fs::read_to_string(&report_file).unwrap_or_default());
    write(&outcomes_file(), &ledger.text())?;
    write(&report_file, &report::text(&ledger, &mutants, &reasons))?;
    println!("{}", report::summary(&ledger, &mutants));
    Ok(())
}

/// cargo-mutants' arguments that choose what is tested.
fn chosen(arguments: &MutantsArguments, mutants: &[Mutant], ledger: &Ledger) -> Vec<String> {
    let mut chosen = Vec::new();
    if let Some(shard) = &arguments.shard {
        chosen.extend(["--shard".to_owned(), shard.clone()]);
    }
    if arguments.uncaught {
        let uncaught = mutants.iter().filter(|mutant| {
            let outcome = ledger.outcome(&mutant.key);
            !matches!(outcome, Some(Outcome::Caught | Outcome::Unviable))
        });
        chosen.extend(uncaught.flat_map(|mutant| only(&mutant.name)));
    }
    chosen
}

/// cargo-mutants' arguments that choose one mutant, besides those that others choose.
fn only(name: &str) -> [String; 2] {
    ["--re".to_owned(), exactly(name)]
}

/// Lets the chosen mutants meet the timelines, which are built and run in half the time of all tests,
/// and what these let pass every test.
fn test(program: &Path, chosen: Vec<String>, extra: &[String]) -> Result<Vec<(String, Outcome)>> {
    let with_extra = |mut arguments: Vec<String>| {
        arguments.extend(extra.iter().cloned());
        arguments
    };
    let step = Step::begin(
        "testing mutants by the timelines",
        "about 4 seconds of one core each, after a minute of building",
    );
    let mut run = test_by(program, "--test=scenarios", &with_extra(chosen))?;
    step.done();
    let missed = run
        .iter()
        .filter(|(_, outcome)| *outcome == Outcome::Missed);
    let left: Vec<String> = missed.flat_map(|(name, _)| only(name)).collect();
    if !left.is_empty() {
        let step = Step::begin(
            "testing what they let pass by every test",
            "about 10 seconds of one core each, after a minute of building",
        );
        run.extend(test_by(program, "--tests", &with_extra(left))?);
        step.done();
    }
    Ok(run)
}

/// Tests the chosen mutants by those test targets; what came of each.
fn test_by(program: &Path, targets: &str, chosen: &[String]) -> Result<Vec<(String, Outcome)>> {
    let nextest = tool::nextest()?;
    let folder = run_folder()?;
    fs::create_dir_all(&folder)
        .with_context(|| format!("could not create {}", workspace::shown(&folder)))?;
    let status = command(program)
        .args(["--caught", "--unviable", "--cargo-arg", targets, "--output"])
        .arg(&folder)
        .args(chosen)
        // The dependencies are then built once and not for every shard.
        .env("CARGO_TARGET_DIR", folder.join("build"))
        .env("PATH", path_with(&nextest)?)
        .env("RELEVE_WALK", "reduced")
        // One seed, so that a mutant is caught or missed by merit, not by luck; and few cases.
        .env("PROPTEST_RNG_SEED", "1")
        .env("PROPTEST_CASES", "16")
        .status()
        .context("could not start cargo-mutants")?;
    // By its manual: 0 all caught, 2 some missed, 3 some timed out, 4 the tests fail by themselves.
    match status.code() {
        Some(0 | 2 | 3) => outcomes_of_the_run(),
        Some(4) => bail!("the controller's tests fail without any mutant: repair that first"),
        _ => bail!("cargo-mutants failed ({status}): its message is above"),
    }
}

/// The search path with the folder of a program in front.
fn path_with(program: &Path) -> Result<OsString> {
    let folder = program.parent().map(Path::to_path_buf);
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(folder.into_iter().chain(env::split_paths(&path)))
        .context("the search path PATH cannot be read")
}

/// Every mutant that there is, whether chosen or not.
fn every_mutant(program: &Path) -> Result<Vec<Mutant>> {
    let output = command(program)
        .args(["--list", "--json"])
        .output()
        .context("could not start cargo-mutants")?;
    ensure!(
        output.status.success(),
        "cargo-mutants cannot list the mutants: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let list: Value =
        serde_json::from_slice(&output.stdout).context("cargo-mutants did not answer in JSON")?;
    let names = list.as_array().into_iter().flatten();
    let names = names.filter_map(|mutant| mutant["name"].as_str());
    Ok(ledger::numbered(names))
}

/// What came of each mutant of the last run, by the name that cargo-mutants gives it.
fn outcomes_of_the_run() -> Result<Vec<(String, Outcome)>> {
    let file = run_folder()?.join("mutants.out/outcomes.json");
    let text = fs::read_to_string(&file)
        .with_context(|| format!("could not read {}", workspace::shown(&file)))?;
    let run: Value = serde_json::from_str(&text)
        .with_context(|| format!("{} is no JSON", workspace::shown(&file)))?;
    let outcomes = run["outcomes"].as_array().into_iter().flatten();
    Ok(outcomes.filter_map(named_outcome).collect())
}

fn named_outcome(outcome: &Value) -> Option<(String, Outcome)> {
    let name = outcome["scenario"]["Mutant"]["name"].as_str()?;
    let outcome = match outcome["summary"].as_str()? {
        "CaughtMutant" => Outcome::Caught,
        "MissedMutant" => Outcome::Missed,
        "Timeout" => Outcome::Timeout,
        "Unviable" => Outcome::Unviable,
        _ => return None,
    };
    Some((name.to_owned(), outcome))
}

fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace::root())
        .args(["mutants", "--package", PACKAGE]);
    command
}

fn run_folder() -> Result<PathBuf> {
    Ok(cargo::target_folder()?.join("mutation"))
}

fn outcomes_file() -> PathBuf {
    workspace::root().join("control/mutants.txt")
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("could not write {}", workspace::shown(file)))
}

/// A regular expression that only this text matches.
fn exactly(text: &str) -> String {
    let mut expression = String::from("^");
    for character in text.chars() {
        if !character.is_alphanumeric() && character.is_ascii() && character != ' ' {
            expression.push('\\');
        }
        expression.push(character);
    }
    expression + "$"
}

#[cfg(test)]
mod tests {
    use super::{Outcome, exactly, named_outcome};
    use serde_json::json;

    #[test]
    fn a_name_is_matched_to_the_letter() {
        assert_eq!(
            exactly("a.rs:1:2: replace += with -= in f"),
            r"^a\.rs\:1\:2\: replace \+\= with \-\= in f$"
        );
    }

    #[test]
    fn the_baseline_is_no_mutant() {
        let baseline = json!({"scenario": "Baseline", "summary": "Success"});
        assert_eq!(named_outcome(&baseline), None);
        let missed = json!({"scenario": {"Mutant": {"name": "a"}}, "summary": "MissedMutant"});
        assert_eq!(
            named_outcome(&missed),
            Some(("a".to_owned(), Outcome::Missed))
        );
    }
}
