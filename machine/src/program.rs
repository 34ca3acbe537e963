//! The node's program, as a child: its lines, its signals, its end.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, ensure};

use crate::patience::{PATIENCE, until};
use crate::timeline::Timeline;

const PROGRAM: &str = "/bin/releve-node";
const BUSYBOX: &str = "/bin/busybox";

/// The program, running; killed when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// What it has written, both outputs together.
    pub lines: Arc<Timeline<String>>,
}

impl Program {
    /// Starts a command of it, with its options, on that configuration.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn start(command: &str, config: &Path) -> Result<Self> {
        let mut child = Command::new(PROGRAM)
            .args(command.split_whitespace())
            .arg("--config")
            .arg(config)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{PROGRAM} cannot be started"))?;
        let lines = Arc::default();
        collect(child.stdout.take(), &lines);
        collect(child.stderr.take(), &lines);
        Ok(Self { child, lines })
    }

    /// Waits for a line from that mark on that contains all of these.
    ///
    /// # Errors
    /// If none comes; says what came.
    pub fn says(&self, mark: usize, words: &[&str]) -> Result<String> {
        let find = |line: &String| {
            let all = words.iter().all(|word| line.contains(word));
            all.then(|| line.clone())
        };
        self.lines
            .wait(mark, PATIENCE, find)
            .with_context(|| format!("it never said {words:?}"))
    }

    /// Sends it a signal by its name.
    ///
    /// # Errors
    /// If it is not there to take it.
    pub fn signal(&self, name: &str) -> Result<()> {
        let status = Command::new(BUSYBOX)
            .args(["kill", &format!("-{name}"), &self.child.id().to_string()])
            .status()?;
        ensure!(status.success(), "it took no {name}");
        Ok(())
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If it does not end.
    pub fn end(&mut self) -> Result<ExitStatus> {
        until(PATIENCE, || self.child.try_wait().transpose())
            .context("it did not end")?
            .context("its end is not known")
    }

    /// Stops it as a supervisor does.
    ///
    /// # Errors
    /// Unless it ends with success.
    pub fn stop(&mut self) -> Result<()> {
        self.signal("TERM")?;
        let status = self.end()?;
        ensure!(status.success(), "after SIGTERM it ended with {status}");
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Of one that has ended already both say so.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(output: Option<impl Read + Send + 'static>, lines: &Arc<Timeline<String>>) {
    let Some(output) = output else {
        return;
    };
    let lines = Arc::clone(lines);
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // For whoever reads the whole console afterwards.
            println!("log     {line}");
            lines.push(line);
        }
    });
}
