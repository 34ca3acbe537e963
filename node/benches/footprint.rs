//! What the program takes: memory over a simulated week, and processor time and wake-ups in real time.
//!
//! `cargo xtask bench` runs it; by itself: `cargo bench -p releve-node --bench footprint`. No broker runs beside
//! it, so the journal takes everything. Figures are printed, never asserted.

use std::error::Error;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Seconds of site time in a second.
const SPEED: u64 = 2_000;
const DAYS: u64 = 7;
/// How long it is watched in real time.
const WATCHED: Duration = Duration::from_mins(1);
/// Ticks in which the kernel counts processor time: 100 a second on every Linux of ours.
const CLOCK_TICKS_PER_SECOND: f64 = 100.0;

fn main() -> Result<(), Box<dyn Error>> {
    let week = Node::start(SPEED)?;
    for day in 1..=DAYS {
        sleep(Duration::from_secs(24 * 3600) / u32::try_from(SPEED)?);
        println!("simulated day {day}: {}", week.resident()?);
    }
    drop(week);

    let node = Node::start(1)?;
    // Its start is not what it takes.
    sleep(Duration::from_secs(10));
    let (time, wakes) = (node.processor_seconds()?, node.wake_ups()?);
    sleep(WATCHED);
    let seconds = WATCHED.as_secs_f64();
    let spent = node.processor_seconds()? - time;
    println!(
        "in real time: {}, {:.2} % of one core, {:.1} wake-ups a second",
        node.resident()?,
        100.0 * spent / seconds,
        (node.wake_ups()? - wakes) / seconds
    );
    Ok(())
}

struct Node {
    child: Child,
    _state: tempfile::TempDir,
}

impl Node {
    fn start(speed: u64) -> Result<Self, Box<dyn Error>> {
        let state = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let child = Command::new(env!("CARGO_BIN_EXE_releve-node"))
            .args(["simulate", "--node", "bench", "--broker", "127.0.0.1:1"])
            .args(["--speed", &speed.to_string(), "--state-dir"])
            .arg(state.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self {
            child,
            _state: state,
        })
    }

    fn of(&self, file: &str) -> Result<String, Box<dyn Error>> {
        Ok(fs::read_to_string(format!(
            "/proc/{}/{file}",
            self.child.id()
        ))?)
    }

    /// The memory in use, for people.
    fn resident(&self) -> Result<String, Box<dyn Error>> {
        let status = self.of("status")?;
        let megabytes = |name: &str| -> Result<f64, Box<dyn Error>> {
            let kilobytes = number_after(&status, name).ok_or("no such figure")?;
            Ok(kilobytes * 1024.0 / 1e6)
        };
        // The rest are pages of the program and its libraries, which the kernel fetches again when it drops them.
        Ok(format!(
            "{:.1} MB resident, {:.1} MB of them its data",
            megabytes("VmRSS:")?,
            megabytes("RssAnon:")?
        ))
    }

    fn processor_seconds(&self) -> Result<f64, Box<dyn Error>> {
        let stat = self.of("stat")?;
        // Behind the program's name, which may hold anything, 11 fields come before the two.
        let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
        let ticks: Vec<f64> = (fields.split_whitespace().skip(11).take(2))
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        Ok(ticks.iter().sum::<f64>() / CLOCK_TICKS_PER_SECOND)
    }

    /// How often any thread of it waited and went on.
    fn wake_ups(&self) -> Result<f64, Box<dyn Error>> {
        let mut sum = 0.0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let status = fs::read_to_string(task?.path().join("status"))?;
            sum += number_after(&status, "voluntary_ctxt_switches:").unwrap_or_default();
        }
        Ok(sum)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn number_after(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
