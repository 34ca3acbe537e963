//! The program for aarch64 run on this machine: qemu-user translates its instructions, and this machine's
//! kernel serves its system calls.

use crate::system_packages::{self, Tool};
use crate::{programs, workspace};
use anyhow::{Context, Result, bail, ensure};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const QEMU: &str = "qemu-aarch64";
const TOOLS: [Tool; 1] = [Tool {
    program: QEMU,
    debian_package: "qemu-user",
}];
/// Many times what anything here takes, whatever the host does beside it.
const TIME_LIMIT: Duration = Duration::from_mins(1);
/// What a journal grows by with a few readings: its start alone is less.
const READINGS_BYTES: u64 = 32 * 1024;
const POLL: Duration = Duration::from_millis(100);
/// What a file of SQLite begins with.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// Makes sure that a program for aarch64 can be run here.
///
/// # Errors
/// If qemu-user is missing and cannot be installed; the message names it.
pub fn prepare() -> Result<()> {
    system_packages::ensure_installed(&TOOLS, "running a program for aarch64 needs")
}

/// Runs what needs no hardware: its help, the check of the commented configuration, and a simulated site with
/// its journal. A program that needs a loader or libraries does not start here.
///
/// # Errors
/// If one of them does not do what it should.
pub fn check(program: &Path, folder: &Path) -> Result<()> {
    says(program, &["--version"], env!("CARGO_PKG_VERSION"))?;
    says(program, &["--help"], "relays-safe")?;
    let config = workspace::root().join("node/releve-node.toml");
    let config = config.to_str().context("the checkout's path is no text")?;
    says(
        program,
        &["run", "--check-config", "--config", config],
        "sound",
    )?;
    check_simulation(program, folder)
}

fn under_qemu(program: &Path) -> Result<Command> {
    let qemu = programs::find(QEMU).with_context(|| format!("{QEMU} is not installed"))?;
    let mut command = Command::new(qemu);
    command.arg(program).stdin(Stdio::null());
    Ok(command)
}

fn says(program: &Path, arguments: &[&str], what: &str) -> Result<()> {
    let mut command = under_qemu(program)?;
    command.args(arguments).stderr(Stdio::inherit());
    let line = programs::command_line(&command);
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && said.contains(what),
        "`{line}` ended with {} and without the word `{what}`: {said}",
        output.status
    );
    Ok(())
}

/// A simulated site writes its journal, and ends in order when it is asked to; started again, it goes on.
fn check_simulation(program: &Path, folder: &Path) -> Result<()> {
    let state = folder.join("state");
    let log = folder.join("simulate.log");
    if state.exists() {
        fs::remove_dir_all(&state)?;
    }
    for start in ["first", "second"] {
        let size = journal_size(&state)? + READINGS_BYTES;
        let mut node = Running::start(program, &state, &log)?;
        let outcome = node.until_written(&state, size).and_then(|()| node.stop());
        outcome.with_context(|| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            format!("the simulated site's {start} start under {QEMU}; it said:\n{said}")
        })?;
    }
    Ok(())
}

/// A simulated site; it ends with this value.
struct Running(Child);

impl Running {
    fn start(program: &Path, state: &Path, log: &Path) -> Result<Self> {
        let log = File::create(log)
            .with_context(|| format!("could not write {}", workspace::shown(log)))?;
        let mut command = under_qemu(program)?;
        // At this speed a window of readings is over three times a second. Nothing listens at port 9.
        command.args([
            "simulate",
            "--node=check",
            "--speed=100",
            "--broker=127.0.0.1:9",
        ]);
        command.arg("--state-dir").arg(state);
        let child = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        Ok(Self(child))
    }

    /// Waits until the journal has that many bytes.
    fn until_written(&mut self, state: &Path, size: u64) -> Result<()> {
        let deadline = Instant::now() + TIME_LIMIT;
        while Instant::now() < deadline {
            if journal_size(state)? >= size {
                return Ok(());
            }
            if let Some(status) = self.0.try_wait()? {
                bail!("it ended with {status}");
            }
            thread::sleep(POLL);
        }
        bail!("its journal did not grow")
    }

    /// Asks it to stop, as a service manager does, and waits for its end, which must be in order.
    fn stop(&mut self) -> Result<()> {
        programs::run(Command::new("kill").args(["-TERM", &self.0.id().to_string()]))?;
        let deadline = Instant::now() + TIME_LIMIT;
        while Instant::now() < deadline {
            if let Some(status) = self.0.try_wait()? {
                ensure!(status.success(), "asked to stop it ended with {status}");
                return Ok(());
            }
            thread::sleep(POLL);
        }
        bail!("it did not stop when asked to")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Bytes of the files of SQLite in the folder, with what stands beside them until it is moved into them.
fn journal_size(state: &Path) -> Result<u64> {
    let Ok(entries) = fs::read_dir(state) else {
        return Ok(0);
    };
    let files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let is_database = |path: &&PathBuf| fs::read(path).is_ok_and(|bytes| bytes.starts_with(SQLITE));
    let mut size = 0;
    for database in files.iter().filter(is_database) {
        let name = database.to_string_lossy();
        let beside = files
            .iter()
            .filter(|path| path.to_string_lossy().starts_with(&*name));
        size += beside
            .filter_map(|path| path.metadata().ok())
            .map(|file| file.len())
            .sum::<u64>();
    }
    Ok(size)
}
