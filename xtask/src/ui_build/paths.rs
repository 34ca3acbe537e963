//! Keeps this machine's paths out of the module: panic messages name the source files.

use crate::wasm_target::WASM_TARGET;
use crate::workspace;
use anyhow::{Context, Result};
use std::env;
use std::path::PathBuf;

/// A setting for cargo's `--config`, added to the flags of `.cargo/config.toml`: the checkout becomes
/// `/releve`, the folder of downloaded crates `/cargo`.
pub fn made_anonymous() -> Result<String> {
    let flags =
        [(workspace::root(), "/releve"), (cargo_home()?, "/cargo")].map(|(folder, name)| {
            let folder = folder.display();
            format!("'--remap-path-prefix={folder}={name}'")
        });
    Ok(format!(
        "target.{WASM_TARGET}.rustflags=[{}]",
        flags.join(", ")
    ))
}

/// Where cargo keeps what it downloads.
fn cargo_home() -> Result<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")))
        .context("could not find cargo's home folder: set CARGO_HOME")
}
