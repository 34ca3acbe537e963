//! Makes sure that the Rust toolchain can compile for a target.

use crate::programs;
use crate::progress::Step;
use anyhow::{Context, Result, bail, ensure};
use std::env;
use std::path::Path;
use std::process::Command;

/// A target that something of this project is compiled for, besides the developer's own machine.
pub struct RustTarget {
    /// Its name.
    pub triple: &'static str,
    /// What is announced when it is added.
    pub adding: &'static str,
    /// The Debian package of it, for toolchains from Debian.
    pub debian_package: Option<&'static str>,
}

impl RustTarget {
    /// Adds the target to the toolchain in use, if it is missing.
    ///
    /// # Errors
    /// If it is missing and cannot be added; the message says what to do.
    pub fn ensure_installed(&self) -> Result<()> {
        if self.is_installed()? {
            return Ok(());
        }
        let triple = self.triple;
        if programs::find("rustup").is_none() {
            let package = self.debian_package.map_or(String::new(), |package| {
                format!(", or your distribution's package of the target (Debian: {package})")
            });
            bail!(
                "this Rust toolchain cannot compile for {triple}, and rustup, which would add that \
                 target, is not installed. Install Rust from https://rustup.rs{package}."
            );
        }
        let step = Step::begin(self.adding, "a download of about 25 MB");
        programs::run(Command::new("rustup").args(["target", "add", triple])).with_context(|| {
            format!(
                "could not add the target {triple}: rustup's message is above. Check the connection \
                 to the internet (behind a proxy set HTTPS_PROXY) and run the same command again."
            )
        })?;
        ensure!(
            self.is_installed()?,
            "rustup added {triple} to another toolchain than the one in use: run `rustup target add \
             {triple} --toolchain …` with yours (`rustup show active-toolchain` names it)."
        );
        step.done();
        Ok(())
    }

    /// Whether the compiler in use has a standard library for it, however it was installed.
    fn is_installed(&self) -> Result<bool> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc)
            .args(["--print", "target-libdir", "--target", self.triple])
            .output()
            .context(
                "could not start rustc: is the Rust toolchain (https://rustup.rs) installed?",
            )?;
        let folder = String::from_utf8_lossy(&output.stdout);
        Ok(output.status.success() && Path::new(folder.trim()).is_dir())
    }
}
