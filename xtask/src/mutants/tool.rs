//! Finds cargo-mutants, or installs it into the target folder.

use crate::progress::Step;
use crate::{cargo, programs};
use anyhow::Result;
use std::env;
use std::path::PathBuf;

/// The program's path.
///
/// # Errors
/// If it is not there and cannot be installed.
pub fn find_or_install() -> Result<PathBuf> {
    if let Some(program) = programs::find("cargo-mutants") {
        return Ok(program);
    }
    let folder = cargo::target_folder()?.join("tools");
    let program = folder
        .join("bin")
        .join(format!("cargo-mutants{}", env::consts::EXE_SUFFIX));
    if !program.is_file() {
        let step = Step::begin("installing cargo-mutants", "about 3 minutes on 2 cores");
        let mut command = cargo::command();
        command.args(["install", "cargo-mutants", "--locked", "--debug"]);
        command.arg("--root").arg(&folder);
        cargo::run(command.arg("--target-dir").arg(folder.join("build")))?;
        step.done();
    }
    Ok(program)
}
