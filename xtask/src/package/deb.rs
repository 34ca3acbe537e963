//! The Debian package: a folder as the system will have it, handed to `dpkg-deb`.
//!
//! It needs no tool that would be compiled for minutes first; the control files are few and stand in
//! `deploy/debian/` as they are.

use super::contents::{self, Form};
use super::notices;
use super::tree::{self, Tree};
use crate::{programs, workspace};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where its control files are.
const SOURCES: &str = "deploy/debian";

/// Makes the package of that program in the folder and returns its file.
///
/// # Errors
/// If a file of the checkout is missing, or `dpkg-deb` is.
pub fn build(program: &Path, folder: &Path) -> Result<PathBuf> {
    let dpkg_deb = programs::find("dpkg-deb")
        .context("dpkg-deb, which makes Debian packages, is not installed (Debian: dpkg)")?;
    let version = version()?;
    let mut tree = Tree::begin(folder.join("tree"))?;
    fill(&mut tree, program)?;
    add_control(&mut tree, &version)?;
    let package = folder.join(format!("releve-node_{version}_arm64.deb"));
    let mut command = Command::new(dpkg_deb);
    // Compressed as every dpkg can read it.
    command.args(["--build", "--root-owner-group", "-Zxz"]);
    programs::run(command.arg(tree.root()).arg(&package))?;
    Ok(package)
}

fn fill(tree: &mut Tree, program: &Path) -> Result<()> {
    tree.add(contents::PROGRAM, &fs::read(program)?, tree::PROGRAM)?;
    for entry in &contents::FILES {
        let content = read(entry.from)?;
        let content = match entry.form {
            Form::Plain => content,
            Form::Compressed => tree::compressed(&content)?,
        };
        tree.add(entry.to, &content, tree::DATA)?;
    }
    let copyright = text(&format!("{SOURCES}/copyright"))?;
    let copyright = copyright.replace("{mit}", &as_field(&text("LICENSE-MIT")?));
    tree.add(contents::COPYRIGHT, copyright.as_bytes(), tree::DATA)?;
    let notices = tree::compressed(notices::collect()?.as_bytes())?;
    tree.add(contents::NOTICES, &notices, tree::DATA)
}

fn add_control(tree: &mut Tree, version: &str) -> Result<()> {
    let control = text(&format!("{SOURCES}/control"))?
        .replace("{version}", version)
        .replace("{installed_size}", &tree.kilobytes().to_string());
    tree.add("DEBIAN/control", control.as_bytes(), tree::DATA)?;
    let conffiles = format!("/{}\n", contents::CONFIGURATION);
    tree.add("DEBIAN/conffiles", conffiles.as_bytes(), tree::DATA)?;
    for script in contents::SCRIPTS {
        let content = read(&format!("{SOURCES}/{script}"))?;
        tree.add(&format!("DEBIAN/{script}"), &content, tree::PROGRAM)?;
    }
    Ok(())
}

/// The version by the Debian changelog, which must have been told of the program's.
fn version() -> Result<String> {
    let changelog = text(&format!("{SOURCES}/changelog"))?;
    let version = newest_version(&changelog).context("deploy/debian/changelog has no version")?;
    let program = env!("CARGO_PKG_VERSION");
    ensure!(
        version
            .rsplit_once('-')
            .is_some_and(|(upstream, _)| upstream == program),
        "deploy/debian/changelog tells of {version}, the program's version is {program}"
    );
    Ok(version.to_owned())
}

fn newest_version(changelog: &str) -> Option<&str> {
    let (_, rest) = changelog.lines().next()?.split_once('(')?;
    rest.split_once(')').map(|(version, _)| version)
}

/// A text as a field of several lines in Debian's files.
fn as_field(text: &str) -> String {
    let lines = text.trim_end().lines().map(|line| match line.trim() {
        "" => " .".to_owned(),
        _ => format!(" {line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(workspace::root().join(path)).with_context(|| format!("could not read {path}"))
}

fn text(path: &str) -> Result<String> {
    String::from_utf8(read(path)?).with_context(|| format!("{path} is no text"))
}

#[cfg(test)]
mod tests {
    use super::{as_field, newest_version, text};

    #[test]
    fn a_text_becomes_a_field() {
        assert_eq!(as_field("One\n\ntwo\n"), " One\n .\n two");
    }

    #[test]
    fn the_newest_version_stands_first() {
        let changelog = "releve-node (0.2.0-1) unstable; urgency=low\n\nreleve-node (0.1.0-1) x";
        assert_eq!(newest_version(changelog), Some("0.2.0-1"));
        assert_eq!(newest_version("no version"), None);
    }

    #[test]
    fn the_guide_and_the_package_tell_the_same_lines_of_config_txt() -> anyhow::Result<()> {
        let guide = text("docs/installation.md")?;
        for line in text("deploy/raspberry-pi/config.txt")?.lines() {
            let setting = line.trim_start_matches('#');
            if setting.starts_with("dtparam") {
                assert!(guide.contains(setting), "{setting}");
            }
        }
        Ok(())
    }
}
