//! `cargo xtask package`: the node as a static program for a Raspberry Pi, and its Debian package.

mod build;
mod contents;
mod deb;
mod emulated;
mod installed;
mod notices;
mod tree;

use crate::progress::Step;
use crate::{cargo, workspace};
use anyhow::Result;
use build::Profile;
use std::fs;

/// Builds what a site runs, tries it where it can be tried, and says where the package is.
///
/// # Errors
/// If a tool of the build is missing, the build fails, or what was built does not work.
pub fn build() -> Result<()> {
    build::prepare()?;
    if let Err(error) = emulated::prepare() {
        eprintln!("!!! NOT CHECKED: whether the program runs: {error:#}");
        return make(Profile::Release, false);
    }
    make(Profile::Release, true)
}

/// Builds with the quick profile, runs the program under qemu-user, and installs the package in a folder.
///
/// # Errors
/// If something is missing that this needs, or what was built does not work.
pub fn check() -> Result<()> {
    prepare()?;
    make(Profile::Quick, true)
}

/// As [`check`]; but where its tools cannot be had, it says so loudly and is content.
///
/// # Errors
/// If what was built does not work.
pub fn check_where_possible() -> Result<()> {
    match prepare() {
        Ok(()) => make(Profile::Quick, true),
        Err(error) => {
            eprintln!("!!! NOT CHECKED: the package for aarch64: {error:#}");
            Ok(())
        }
    }
}

fn prepare() -> Result<()> {
    build::prepare()?;
    emulated::prepare()
}

fn make(profile: Profile, runs: bool) -> Result<()> {
    let step = Step::begin("Compiling the node for aarch64", profile.usual_duration());
    let program = build::program(profile)?;
    step.done();
    let folder = cargo::target_folder()?.join(profile.folder());
    fs::create_dir_all(&folder)?;
    if runs {
        let step = Step::begin("The program under qemu-user", "seconds");
        emulated::check(&program, &folder)?;
        step.done();
    }
    let step = Step::begin("The Debian package", "seconds");
    let package = deb::build(&program, &folder)?;
    installed::check(&package, &folder)?;
    step.done();
    let kilobytes = fs::metadata(&package)?.len() / 1000;
    eprintln!("  {} ({kilobytes} kB)", workspace::shown(&package));
    Ok(())
}
