//! Makes sure that the Rust toolchain can compile for WebAssembly.

use crate::programs;
use crate::progress::Step;
use anyhow::{Context, Result, bail, ensure};
use std::env;
use std::path::Path;
use std::process::Command;

/// The target that browsers run.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the WebAssembly target to the toolchain in use, if it is missing.
///
/// # Errors
/// If it is missing and cannot be added; the message says what to do.
pub fn ensure_installed() -> Result<()> {
    if is_installed()? {
        return Ok(());
    }
    if programs::find("rustup").is_none() {
        bail!(
            "this Rust toolchain cannot compile for {WASM_TARGET}, and rustup, which would add that \
             target, is not installed. Install Rust from https://rustup.rs, or your distribution's \
             package of the target (Debian: libstd-rust-dev-wasm32)."
        );
    }
    let step = Step::begin(
        "Adding the WebAssembly target to the Rust toolchain",
        "a download of about 25 MB",
    );
    programs::run(Command::new("rustup").args(["target", "add", WASM_TARGET])).with_context(|| {
        format!(
            "could not add the target {WASM_TARGET}: rustup's message is above. Check the connection \
             to the internet (behind a proxy set HTTPS_PROXY) and run the same command again."
        )
    })?;
    ensure!(
        is_installed()?,
        "rustup added {WASM_TARGET} to another toolchain than the one in use: run `rustup target add \
         {WASM_TARGET} --toolchain …` with yours (`rustup show active-toolchain` names it)."
    );
    step.done();
    Ok(())
}

/// Whether the compiler in use has a standard library for WebAssembly, however it was installed.
fn is_installed() -> Result<bool> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .output()
        .context("could not start rustc: is the Rust toolchain (https://rustup.rs) installed?")?;
    let folder = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success() && Path::new(folder.trim()).is_dir())
}
