//! `cargo xtask ui`: builds the web UI into `ui/dist`, ready to be served.
//!
//! Rust to WebAssembly, JavaScript glue by wasm-bindgen, the static files of `ui/web` beside them,
//! and each compressible file once more as `.br` and `.gz`. The new folder is completed first and
//! swapped in last, so that a server that reads `ui/dist` never sees half a build.

mod compress;
mod glue;
mod paths;
mod sizes;
mod stamp;

use crate::progress::Step;
use crate::wasm_target::{self, WASM_TARGET};
use crate::{cargo, workspace};
use anyhow::{Context, Result, ensure};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

pub use sizes::Sizes;

/// The cargo binary target of the web UI.
const UI_BINARY: &str = "releve-ui";

/// How the UI is built.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Variant {
    /// Small: optimised for size, compressed.
    Release,
    /// Quick to build: not optimised, not compressed, with function names.
    Development,
}

/// Builds the UI into `ui/dist` unless that folder is up to date, and prints its sizes.
///
/// # Errors
/// If a step fails; `ui/dist` is then what it was before.
pub fn build(variant: Variant) -> Result<Sizes> {
    wasm_target::ensure_installed()?;
    // Two builds at once would tear each other's folders.
    let lock =
        File::create(beside_dist("lock")).context("could not create the lock file of ui/dist")?;
    lock.lock().context("could not lock ui/dist")?;

    let wasm = compile(variant)?;
    let web = workspace::ui().join("web");
    ensure!(
        web.join("index.html").is_file(),
        "ui/web/index.html is missing: the static files of the UI are there"
    );
    let stamp = stamp::of(variant, &wasm, &web)?;
    let dist = dist();
    if stamp::is_current(&beside_dist("stamp"), &stamp, &dist) {
        eprintln!("✓ ui/dist is up to date");
    } else {
        assemble(variant, &wasm, &web, &dist)?;
        stamp::write(&beside_dist("stamp"), &stamp)?;
    }
    let sizes = Sizes::of(&dist)?;
    eprint!("{sizes}");
    Ok(sizes)
}

fn compile(variant: Variant) -> Result<PathBuf> {
    let (profile, hint) = match variant {
        Variant::Release => (
            "wasm-release",
            "about 3 minutes the first time on 2 cores, 1 minute after a change",
        ),
        Variant::Development => (
            "dev",
            "about 2 minutes the first time on 2 cores, seconds after a change",
        ),
    };
    let step = Step::begin("Compiling the web UI to WebAssembly", hint);
    let mut arguments = vec![
        "--package",
        "releve-ui",
        "--target",
        WASM_TARGET,
        "--profile",
        profile,
    ];
    let anonymous_paths = paths::made_anonymous()?;
    if variant == Variant::Release {
        arguments.extend(["--config", &anonymous_paths]);
    }
    let wasm = cargo::build_binary(UI_BINARY, &arguments)?;
    step.done();
    Ok(wasm)
}

/// Completes a new folder beside `dist`, then puts it in its place.
fn assemble(variant: Variant, wasm: &Path, web: &Path, dist: &Path) -> Result<()> {
    let step = Step::begin("Writing ui/dist", "a few seconds");
    let next = beside_dist("next");
    remove_folder(&next)?;
    fs::create_dir_all(&next)
        .with_context(|| format!("could not create {}", workspace::shown(&next)))?;
    glue::generate(variant, wasm, &next)?;
    copy_folder(web, &next)?;
    if variant == Variant::Release {
        compress::folder(&next)?;
    }
    swap_in(&next, dist)?;
    step.done();
    Ok(())
}

fn swap_in(next: &Path, dist: &Path) -> Result<()> {
    let previous = beside_dist("previous");
    remove_folder(&previous)?;
    if dist.exists() {
        fs::rename(dist, &previous).context("could not move the old ui/dist away")?;
    }
    fs::rename(next, dist).context("could not put the new ui/dist in place")?;
    remove_folder(&previous)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("could not create {}", workspace::shown(to)))?;
    for file in files_below(from)? {
        let target = to.join(&file);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("could not create {}", workspace::shown(folder)))?;
        }
        fs::copy(from.join(&file), &target)
            .with_context(|| format!("could not copy {}", workspace::shown(&target)))?;
    }
    Ok(())
}

/// The files in a folder and its sub-folders, relative to it, sorted.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(relative) = folders.pop() {
        let path = folder.join(&relative);
        let entries = fs::read_dir(&path)
            .with_context(|| format!("could not list {}", workspace::shown(&path)))?;
        for entry in entries {
            let entry = entry?;
            let relative = relative.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(relative);
            } else {
                files.push(relative);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn remove_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("could not remove {}", workspace::shown(folder)))?;
    }
    Ok(())
}

/// What is served.
fn dist() -> PathBuf {
    workspace::ui().join("dist")
}

/// A file or folder of the build itself, on the same file system as `ui/dist` but not served.
fn beside_dist(role: &str) -> PathBuf {
    workspace::ui().join(format!("dist.{role}"))
}
