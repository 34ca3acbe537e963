//! What a process takes, as the kernel counts it.

use std::fs;

use super::rivals::Outcome;

/// Ticks in which the kernel counts processor time: 100 a second on every Linux of ours.
const CLOCK_TICKS_PER_SECOND: f64 = 100.0;

/// A process, by its number.
pub struct Process(pub u32);

impl Process {
    fn of(&self, file: &str) -> Outcome<String> {
        Ok(fs::read_to_string(format!("/proc/{}/{file}", self.0))?)
    }

    /// Memory in use.
    pub fn memory_bytes(&self) -> Outcome<u64> {
        let status = self.of("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kilobytes
            .ok_or("no memory is told")?
            .trim()
            .parse::<u64>()?
            * 1024)
    }

    /// Processor time so far, of all its threads.
    pub fn processor_seconds(&self) -> Outcome<f64> {
        let stat = self.of("stat")?;
        // Behind the program's name, which may hold anything, 11 fields come before the two.
        let (_, fields) = stat.rsplit_once(')').ok_or("no name is told")?;
        let mut ticks = 0.0;
        for field in fields.split_whitespace().skip(11).take(2) {
            ticks += field.parse::<f64>()?;
        }
        Ok(ticks / CLOCK_TICKS_PER_SECOND)
    }
}
