//! The rig of the emulated machine: it simulates the hardware of a site behind the kernel's own drivers, and
//! runs the node's program against it (`docs/machine.md`).
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
mod uhid;

use std::process::ExitCode;

use anyhow::Result;

use crate::report::Failed;
use crate::rig::Rig;
use crate::site::Place;

fn main() -> ExitCode {
    match scenarios() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("FAILED  the rig itself: {error:#}\nRIG FAILED");
            ExitCode::FAILURE
        }
    }
}

fn scenarios() -> Result<()> {
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
    let mut rig = Rig::new()?;
    let place = rig.plug()?;
    println!("bridge  bus {}, GPIO chip {}", place.bus, place.gpio_label);
    // After one that failed the lines are not where the next one begins.
    let outcome = RUNS.iter().try_for_each(|run| run(&mut rig, &place));
    report::conclude(outcome);
    rig.mqtt.stop();
    Ok(())
}
