//! The rig of the emulated machine: it simulates the hardware of a site behind the kernel's own drivers, and
//! runs the node's program against it (`docs/machine.md`).
//!
//! Where the environment names a number of trips it measures these instead.
//!
//! It runs inside the machine that `cargo xtask machine` starts, and nowhere else: there it is told from the
//! last line that it prints, `RIG PASSED` or `RIG FAILED`.

mod board;
mod chip;
mod cp2112;
mod device;
mod kernel;
mod lines;
mod mqtt;
mod patience;
mod program;
mod report;
mod rig;
mod run;
mod site;
mod timeline;
mod trips;
mod uhid;

use std::env;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::report::Failed;
use crate::rig::Rig;
use crate::site::Place;

/// How many trips of each kind are measured, as the kernel's command line hands it to the first program.
const TRIPS: &str = "rig_trips";

fn main() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("FAILED  the rig itself: {error:#}\nRIG FAILED");
            ExitCode::FAILURE
        }
    }
}

fn work() -> Result<()> {
    let mut rig = Rig::new()?;
    let place = rig.plug()?;
    println!("bridge  bus {}, GPIO chip {}", place.bus, place.gpio_label);
    match env::var(TRIPS) {
        Ok(count) => {
            let count = count.parse().with_context(|| format!("{TRIPS}={count}"))?;
            trips::measure(&mut rig, &place, count)?;
            report::conclude(Ok(()));
        }
        Err(_) => report::conclude(scenarios(&mut rig, &place)),
    }
    rig.mqtt.stop();
    Ok(())
}

fn scenarios(rig: &mut Rig, place: &Place) -> Result<(), Failed> {
    type Run = fn(&mut Rig, &Place) -> Result<(), Failed>;
    const RUNS: [Run; 9] = [
        run::init,
        run::probe,
        run::toggle,
        run::calibrate,
        run::late_bus,
        run::work,
        run::crash,
        run::heat,
        run::relay_hat,
    ];
    // After one that failed the lines are not where the next one begins.
    RUNS.iter().try_for_each(|run| run(rig, place))
}
