//! What the rig tells: a line for each scenario, and the last line that whoever started it judges by.

use anyhow::Error;

use crate::timeline::Timeline;

/// How much of a program's log stands below a failure.
const LOG_LINES: usize = 25;

/// A scenario failed and was reported; what follows it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed;

/// Tells what was seen in a scenario that went as it must.
pub fn passed(scenario: &str, seen: &str) {
    println!("ok      {scenario}: {seen}");
}

/// Tells what went otherwise in a scenario, and the end of what the program wrote.
pub fn failed(scenario: &str, error: &Error, log: &Timeline<String>) {
    println!("FAILED  {scenario}: {error:#}");
    let log = log.since(0);
    for line in &log[log.len().saturating_sub(LOG_LINES)..] {
        println!("        | {line}");
    }
}

/// Tells how all of them went.
pub fn conclude(outcome: Result<(), Failed>) {
    let word = if outcome.is_ok() { "PASSED" } else { "FAILED" };
    println!("RIG {word}");
}
