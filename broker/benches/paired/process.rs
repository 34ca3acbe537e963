//! What a process takes, as the kernel counts it.

use std::fs;

/// Ticks in which the kernel counts processor time: 100 a second on every Linux of ours.
const CLOCK_TICKS_PER_SECOND: f64 = 100.0;

/// A process, by its number.
pub struct Process(pub u32);

impl Process {
    fn of(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0)).expect("the broker has ended")
    }

    /// Memory in use that is not a file's.
    pub fn memory_bytes(&self) -> u64 {
        let status = self.of("status");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes =
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kilobytes.expect("no memory is told") * 1024
    }

    /// Processor time so far, of all its threads.
    pub fn processor_seconds(&self) -> f64 {
        let stat = self.of("stat");
        // Behind the program's name, which may hold anything, 11 fields come before the two.
        let (_, fields) = stat.rsplit_once(')').expect("no name is told");
        let ticks = fields.split_whitespace().skip(11).take(2);
        ticks
            .map(|ticks| ticks.parse::<f64>().expect("no ticks are told"))
            .sum::<f64>()
            / CLOCK_TICKS_PER_SECOND
    }
}
