//! How often the program has started lately without having ended in order.
//!
//! The starts of this run of the machine lie in a small file; an end in order removes it. Counted by the time
//! since the machine started, for the wall clock may not be set yet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use releve_files::with_suffix;
use releve_protocol::NodeId;
use tracing::warn;

use crate::journal::store::Boot;

/// Starts within [`WITHIN`] that make a loop.
const STARTS: usize = 5;
/// The time in which they are counted.
const WITHIN: Duration = Duration::from_mins(10);

/// The starts of a node's program.
#[derive(Debug, Clone)]
pub struct Starts {
    path: PathBuf,
}

impl Starts {
    /// Those of that node, kept in that directory.
    #[must_use]
    pub fn of(directory: &Path, node: &NodeId) -> Self {
        Self {
            path: directory.join(format!("{node}.starts")),
        }
    }

    /// Notes this start; whether the program restarts again and again. What cannot be counted is no loop.
    #[must_use]
    pub fn note(&self) -> bool {
        let counted = uptime().and_then(|now| self.note_at(&Boot::current(), now));
        counted.unwrap_or_else(|problem| {
            warn!(
                "{}: the starts of this program cannot be counted: {problem}",
                self.path.display()
            );
            false
        })
    }

    fn note_at(&self, boot: &Boot, now: Duration) -> io::Result<bool> {
        let mut starts: Vec<Duration> = match fs::read_to_string(&self.path) {
            Ok(text) => (text.lines())
                .filter_map(|line| start_in(line, boot))
                .filter(|start| now.saturating_sub(*start) <= WITHIN)
                .collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        starts.push(now);
        let lines: String = (starts.iter().rev().take(STARTS).rev())
            .map(|start| format!("{} {}\n", boot.as_str(), start.as_millis()))
            .collect();
        let new = with_suffix(&self.path, ".new");
        fs::write(&new, lines)?;
        fs::rename(&new, &self.path)?;
        Ok(starts.len() >= STARTS)
    }

    /// The program ends in order: nothing counts any more.
    pub fn ended_in_order(&self) {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                warn!("{} cannot be removed: {error}", self.path.display());
            }
            _ => {}
        }
    }
}

/// When the program started by that line, since the machine did; `None` if that is of another run of the
/// machine, or nothing of ours.
fn start_in(line: &str, boot: &Boot) -> Option<Duration> {
    let (of, millis) = line.rsplit_once(' ')?;
    if of != boot.as_str() {
        return None;
    }
    Some(Duration::from_millis(millis.parse().ok()?))
}

/// How long the machine has been running.
pub fn uptime() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/uptime")?;
    let seconds = text
        .split_whitespace()
        .next()
        .and_then(|first| first.parse().ok());
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| io::Error::other(format!("/proc/uptime says {text:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(directory: &Path) -> Starts {
        Starts::of(directory, &"site-1".parse().expect("an id"))
    }

    fn at(minutes: u64) -> Duration {
        Duration::from_mins(minutes)
    }

    #[test]
    fn five_starts_in_ten_minutes_are_a_loop() {
        let directory = tempfile::tempdir().expect("a directory");
        let starts = starts(directory.path());
        let boot = Boot::named("this one");
        let looping: Vec<bool> = [0, 2, 4, 6, 10, 12, 20, 30]
            .into_iter()
            .map(|minute| starts.note_at(&boot, at(minute)).expect("counted"))
            .collect();
        // At 12 the second and later ones count; at 20 three are left.
        let expected = [false, false, false, false, true, true, false, false];
        assert_eq!(looping, expected);
    }

    #[test]
    fn an_end_in_order_and_another_run_of_the_machine_begin_anew() {
        let directory = tempfile::tempdir().expect("a directory");
        let starts = starts(directory.path());
        let (boot, next) = (Boot::named("this one"), Boot::named("the next one"));
        let note = |boot: &Boot| starts.note_at(boot, at(1)).expect("counted");
        for _ in 0..4 {
            assert!(!note(&boot));
        }
        starts.ended_in_order();
        for _ in 0..4 {
            assert!(!note(&boot));
        }
        assert!(!note(&next));
    }

    #[test]
    fn lines_of_somebody_else_are_no_starts() {
        let directory = tempfile::tempdir().expect("a directory");
        let starts = starts(directory.path());
        fs::write(
            directory.path().join("site-1.starts"),
            "\n x\nthis one 9x\nthis one\n",
        )
        .expect("written");
        for _ in 0..4 {
            assert!(
                !starts
                    .note_at(&Boot::named("this one"), at(1))
                    .expect("counted")
            );
        }
    }

    #[test]
    fn the_machine_says_how_long_it_runs() {
        assert!(uptime().expect("Linux") > Duration::ZERO);
    }
}
