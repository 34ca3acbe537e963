//! QEMU, emulating every instruction: it needs neither a virtual machine's rights nor its hardware.
//!
//! Its clock counts instructions, 8 ns each, and jumps to the next timer while the machine has nothing to do.
//! So a host that is busy does not disturb what the machine measures, and half a minute of waiting is over at
//! once.

use crate::{programs, workspace};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = "qemu-system-x86_64";
/// What the kernel is told. What it does not know itself, `name=value`, it hands to the first program.
const KERNEL_OPTIONS: &str = "console=ttyS0 quiet panic=-1";
/// What the rig's lines begin with; everything else is the kernel's.
const RIG: [&str; 6] = ["ok ", "FAILED ", "bridge ", "figure ", "RIG ", "        | "];

/// What the rig is to do, and where everything is kept that the machine says.
pub struct Order<'a> {
    /// What the rig finds in its environment, `name=value`.
    pub rig_options: &'a str,
    /// After that the machine is ended.
    pub time_limit: Duration,
    /// The file of everything that it says.
    pub console: &'a Path,
}

/// Runs the machine to its end, and shows the rig's lines as they come. Returns the rig's last line.
///
/// # Errors
/// If QEMU does not start, or the machine does not end in time.
pub fn run(kernel: &Path, initramfs: &Path, order: &Order<'_>) -> Result<Option<String>> {
    let program = programs::find(PROGRAM).with_context(|| format!("{PROGRAM} is not installed"))?;
    let mut qemu = Command::new(program)
        .args(["-accel", "tcg", "-cpu", "max", "-m", "256"])
        .args(["-icount", "shift=3,sleep=off", "-rtc", "clock=vm"])
        .args([
            "-nodefaults",
            "-nographic",
            "-no-reboot",
            "-serial",
            "stdio",
        ])
        .arg("-kernel")
        .arg(kernel)
        .arg("-initrd")
        .arg(initramfs)
        .args([
            "-append",
            &format!("{KERNEL_OPTIONS} {}", order.rig_options),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {PROGRAM}"))?;
    let output = qemu.stdout.take().context("QEMU has an output")?;
    let outcome = listen(&lines(output), order);
    end(&mut qemu, outcome.is_ok())?;
    outcome
}

/// The machine's lines, from a thread that waits for them.
fn lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn listen(lines: &Receiver<String>, order: &Order<'_>) -> Result<Option<String>> {
    let (console, deadline) = (order.console, Instant::now() + order.time_limit);
    let mut console_file = File::create(console)
        .with_context(|| format!("could not write {}", workspace::shown(console)))?;
    let mut last = None;
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                writeln!(console_file, "{line}")?;
                if RIG.iter().any(|beginning| line.starts_with(beginning)) {
                    println!("  {line}");
                    last = Some(line);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(last),
            Err(RecvTimeoutError::Timeout) => bail!(
                "the machine did not end within {} minutes: {} holds what it said",
                order.time_limit.as_secs() / 60,
                workspace::shown(console)
            ),
        }
    }
}

/// Waits for QEMU's end, which has come when its output ended; else ends it.
fn end(qemu: &mut Child, has_ended: bool) -> Result<()> {
    if !has_ended {
        qemu.kill()?;
    }
    qemu.wait()?;
    Ok(())
}
