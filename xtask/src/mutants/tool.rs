//! Finds cargo-mutants and cargo-nextest, or installs them into the target folder.

use crate::progress::Step;
use crate::{cargo, programs};
use anyhow::Result;
use std::env;
use std::path::PathBuf;

/// cargo-mutants' path.
///
/// # Errors
/// If it is not there and cannot be installed.
pub fn mutants() -> Result<PathBuf> {
    find_or_install(
        "cargo-mutants",
        ("installing cargo-mutants", "about 3 minutes on 2 cores"),
    )
}

/// The path of cargo-nextest, by which cargo-mutants runs the tests.
///
/// # Errors
/// If it is not there and cannot be installed.
pub fn nextest() -> Result<PathBuf> {
    find_or_install(
        "cargo-nextest",
        ("installing cargo-nextest", "about 6 minutes on 2 cores"),
    )
}

fn find_or_install(name: &str, step: (&'static str, &'static str)) -> Result<PathBuf> {
    if let Some(program) = programs::find(name) {
        return Ok(program);
    }
    let folder = cargo::target_folder()?.join("tools");
    let program = folder
        .join("bin")
        .join(format!("{name}{}", env::consts::EXE_SUFFIX));
    if !program.is_file() {
        let step = Step::begin(step.0, step.1);
        let mut command = cargo::command();
        command.args(["install", name, "--locked", "--debug"]);
        command.arg("--root").arg(&folder);
        cargo::run(command.arg("--target-dir").arg(folder.join("build")))?;
        step.done();
    }
    Ok(program)
}
