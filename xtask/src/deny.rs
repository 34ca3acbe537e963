//! Checks the dependencies with cargo-deny: licences, bans, sources, advisories (`deny.toml`).
//!
//! Where cargo-deny is not installed it is compiled into the target folder in the background, at
//! the lowest priority, while other work goes on. What could not be checked for lack of a network
//! is reported as not checked; it is never taken for a pass.

use crate::{cargo, programs, workspace};
use anyhow::{Context, Result};
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the advisory database may take to arrive: without a way out, git waits much longer.
const DATABASE_DEADLINE: Duration = Duration::from_secs(90);

/// What a check came to, where it found nothing wrong.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Checked, and nothing found.
    Passed,
    /// Not checked, for this reason.
    NotChecked(String),
}

/// cargo-deny on this machine.
pub struct Deny {
    program: PathBuf,
    state: State,
}

enum State {
    Installed,
    Installing(Installation),
    /// It could not be installed, for this reason.
    Unavailable(String),
}

struct Installation {
    process: Child,
    log: PathBuf,
}

impl Deny {
    /// Finds cargo-deny, or begins to install it in the background.
    ///
    /// # Errors
    /// If the target folder cannot be written or cargo cannot be started.
    pub fn find_or_begin_installation() -> Result<Self> {
        if let Some(program) = programs::find("cargo-deny") {
            return Ok(Self {
                program,
                state: State::Installed,
            });
        }
        let folder = cargo::target_folder()?.join("tools");
        let program = folder
            .join("bin")
            .join(format!("cargo-deny{}", env::consts::EXE_SUFFIX));
        let state = match program.is_file() {
            true => State::Installed,
            false => State::Installing(begin_installation(&folder)?),
        };
        Ok(Self { program, state })
    }

    /// Checks licences, bans and sources; fetches crates of other systems that were not needed yet.
    ///
    /// # Errors
    /// If something is wrong with the dependencies; cargo-deny's report is on standard error.
    pub fn check_licences_bans_sources(&mut self) -> Result<Outcome> {
        if let Some(reason) = self.reason_against_use()? {
            return Ok(Outcome::NotChecked(reason));
        }
        programs::run(
            self.command()
                .args(["check", "licenses", "bans", "sources"]),
        )?;
        Ok(Outcome::Passed)
    }

    /// Checks the dependencies against the advisory database, if that can be had.
    ///
    /// # Errors
    /// If a dependency has an advisory that `deny.toml` does not ignore.
    pub fn check_advisories(&mut self) -> Result<Outcome> {
        if let Some(reason) = self.reason_against_use()? {
            return Ok(Outcome::NotChecked(reason));
        }
        let mut fetch = self.command();
        fetch
            .args(["fetch", "db"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let status = within(DATABASE_DEADLINE, &mut fetch)?;
        if !status.is_some_and(|status| status.success()) {
            let reason = "the advisory database could not be fetched".to_owned();
            return Ok(Outcome::NotChecked(reason));
        }
        programs::run(
            self.command()
                .args(["check", "--disable-fetch", "advisories"]),
        )?;
        Ok(Outcome::Passed)
    }

    /// Waits for the installation if one is under way; says why cargo-deny cannot be used, if so.
    fn reason_against_use(&mut self) -> Result<Option<String>> {
        if let State::Installing(installation) = &mut self.state {
            self.state = installation.wait()?;
        }
        Ok(match &self.state {
            State::Unavailable(reason) => Some(reason.clone()),
            State::Installed | State::Installing(_) => None,
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(workspace::root()).arg("--workspace");
        command
    }
}

impl Installation {
    fn wait(&mut self) -> Result<State> {
        let status = self
            .process
            .wait()
            .context("could not wait for cargo install")?;
        if status.success() {
            return Ok(State::Installed);
        }
        let (said, log) = (last_line(&self.log), workspace::shown(&self.log));
        Ok(State::Unavailable(format!(
            "cargo-deny could not be installed ({said}): see {log}"
        )))
    }
}

impl Drop for Installation {
    /// Leaves no compiler running behind a command that failed.
    fn drop(&mut self) {
        // Both fail only when the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn begin_installation(folder: &Path) -> Result<Installation> {
    fs::create_dir_all(folder)
        .with_context(|| format!("could not create {}", workspace::shown(folder)))?;
    let log = folder.join("cargo-deny.log");
    let output = File::create(&log)
        .with_context(|| format!("could not write {}", workspace::shown(&log)))?;
    let mut command = at_low_priority(cargo::command());
    // Unoptimised, it is compiled in a third of the time and still checks this tree in seconds.
    command
        .args(["install", "cargo-deny", "--locked", "--debug", "--root"])
        .arg(folder);
    command
        .arg("--target-dir")
        .arg(folder.join("build"))
        .stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(output);
    let process = command.spawn().context("could not start cargo install")?;
    Ok(Installation { process, log })
}

/// The same command, leaving the processor to everything else where the system can do that.
fn at_low_priority(command: Command) -> Command {
    let Some(nice) = programs::find("nice") else {
        return command;
    };
    let mut lowered = Command::new(nice);
    lowered
        .args(["-n", "19"])
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        lowered.current_dir(folder);
    }
    lowered
}

fn last_line(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("it said nothing")
        .trim()
        .to_owned()
}

/// Runs a command; `None` if it was not done in time and had to be ended.
fn within(deadline: Duration, command: &mut Command) -> Result<Option<ExitStatus>> {
    let line = programs::command_line(command);
    let mut process = command
        .spawn()
        .with_context(|| format!("could not start `{line}`"))?;
    let begun = Instant::now();
    while begun.elapsed() < deadline {
        if let Some(status) = process.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(100));
    }
    process.kill()?;
    process.wait()?;
    Ok(None)
}
