//! The node as a static program for aarch64, built on any machine.
//!
//! Rust brings the C library (musl), the start of a program and the linker. The one thing that it does not
//! bring is a compiler for the C in a dependency (SQLite): Debian's cross compiler serves, whose headers are
//! those of glibc. What SQLite hands to the C library is on aarch64 the kernel's in both, and a mutex is
//! larger by glibc's header than musl needs; what differs are names such as `open64`, which musl does not
//! have and SQLite does without when told.

use crate::cargo;
use crate::rust_target::RustTarget;
use crate::system_packages::{self, Tool};
use anyhow::Result;
use std::env;
use std::path::PathBuf;

/// What a Raspberry Pi runs, whatever C library its system has.
pub const TARGET: RustTarget = RustTarget {
    triple: "aarch64-unknown-linux-musl",
    adding: "Adding the target of the Raspberry Pi to the Rust toolchain",
    debian_package: None,
};

/// Who chose a compiler by this variable needs none of Debian's.
const COMPILER: &str = "CC_aarch64_unknown_linux_musl";

const ENVIRONMENT: [(&str, &str); 4] = [
    (COMPILER, "aarch64-linux-gnu-gcc"),
    ("CFLAGS_aarch64_unknown_linux_musl", "-DSQLITE_DISABLE_LFS"),
    ("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld"),
    // As Debian's packages are; a panic names its file and line all the same.
    ("CARGO_PROFILE_RELEASE_STRIP", "symbols"),
];

const TOOLS: [Tool; 2] = [
    Tool {
        program: "aarch64-linux-gnu-gcc",
        debian_package: "gcc-aarch64-linux-gnu",
    },
    Tool {
        program: "/usr/aarch64-linux-gnu/include/stdio.h",
        debian_package: "libc6-dev-arm64-cross",
    },
];

/// How the program is built.
#[derive(Clone, Copy)]
pub enum Profile {
    /// What a site runs.
    Release,
    /// Built faster, for checks.
    Quick,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            // The one that the emulated machine's programs are built with.
            Self::Quick => "machine",
        }
    }

    /// How long the build usually takes.
    pub fn usual_duration(self) -> &'static str {
        match self {
            Self::Release => "about 6 minutes the first time on 2 cores",
            Self::Quick => "about 3 minutes the first time on 2 cores",
        }
    }

    /// The folder below cargo's own that what is made of it lies in.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Release => "package",
            Self::Quick => "package-check",
        }
    }
}

/// Makes sure that the program can be built.
///
/// # Errors
/// If something is missing and cannot be installed; the message names it.
pub fn prepare() -> Result<()> {
    if env::var_os(COMPILER).is_none() {
        system_packages::ensure_installed(&TOOLS, "the node's C, compiled for aarch64, needs")?;
    }
    TARGET.ensure_installed()
}

/// Builds the program and returns its file.
///
/// # Errors
/// If cargo fails.
pub fn program(profile: Profile) -> Result<PathBuf> {
    cargo::build_binary_in(
        &ENVIRONMENT,
        "releve-node",
        &[
            "--package",
            "releve-node",
            "--profile",
            profile.name(),
            "--target",
            TARGET.triple,
        ],
    )
}
