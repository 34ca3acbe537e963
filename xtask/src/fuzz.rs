//! `cargo xtask fuzz [SECONDS]`: payloads that are damaged in ever new ways, for as long as one likes.
//!
//! The same properties as in `cargo test`, with many more cases and a new seed for each round.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use clap::Args;

use crate::cargo;
use crate::progress::Step;

/// Cases of each property in a round.
const CASES: &str = "10000";
/// Where the properties are: of the decoding, and of what the bridge makes of it.
const PROPERTIES: [&[&str]; 2] = [
    &["-p", "releve-protocol", "--test", "fuzz"],
    &["-p", "releve-bridge", "--lib", "fleet::fuzz"],
];

/// What `fuzz` is told.
#[derive(Args)]
pub struct FuzzArguments {
    /// For how many seconds; the round under way is finished.
    #[arg(default_value_t = 60)]
    seconds: u64,
    /// Play one round again: the seed that it printed.
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs rounds until the time is over.
///
/// # Errors
/// If a property does not hold; the seed of the round is above.
pub fn run(arguments: &FuzzArguments) -> Result<()> {
    if let Some(seed) = arguments.seed {
        return round(seed);
    }
    let first = SystemTime::now().duration_since(UNIX_EPOCH);
    let first = first.context("the clock is before 1970")?.as_nanos() as u64;
    let (began, longest) = (Instant::now(), Duration::from_secs(arguments.seconds));
    for seed in first.. {
        round(seed)?;
        if began.elapsed() >= longest {
            break;
        }
    }
    Ok(())
}

fn round(seed: u64) -> Result<()> {
    let step = Step::begin("Damaged payloads", "a minute or two a round");
    eprintln!("  cargo xtask fuzz --seed {seed}");
    for property in PROPERTIES {
        let mut command = cargo::command();
        command.args(["test", "--quiet"]).args(property);
        command.env("PROPTEST_CASES", CASES);
        cargo::run(command.env("PROPTEST_RNG_SEED", seed.to_string()))?;
    }
    step.done();
    Ok(())
}
