//! The scenarios, in runs of the program: what a run has reached is what its next scenario begins with.

mod calibrate;
mod crash;
mod heat;
mod init;
mod late_bus;
mod probe;
mod relay_hat;
mod toggle;
mod work;

pub use calibrate::calibrate;
pub use crash::crash;
pub use heat::heat;
pub use init::init;
pub use late_bus::late_bus;
pub use probe::probe;
pub use relay_hat::relay_hat;
pub use toggle::toggle;
pub use work::work;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::patience::PATIENCE;
use crate::program::Program;
use crate::rig::Rig;
use crate::site::CHARGER_LINE;

/// Waits until the node's state says so.
fn state<U>(rig: &Rig, mark: usize, find: impl FnMut(&Value) -> Option<U>) -> Result<U> {
    rig.mqtt.hear(mark, "state", PATIENCE, find)
}

/// Waits until the node knows that mains is there, which takes a sample of the charger's current.
fn measures(rig: &Rig, mark: usize) -> Result<()> {
    state(rig, mark, |state| {
        (state["mains"] == "present").then_some(())
    })
    .context("the node knows nothing of mains yet")
}

/// Takes manual authority and opens the charger's relay; the charge ends with it.
fn open_charger_by_hand(rig: &Rig) -> Result<()> {
    rig.mqtt.command("authority", "manual")?;
    rig.mqtt.command("relay/charger", "open")?;
    rig.wait_level(CHARGER_LINE, false)?;
    rig.board().charger.shunt_steps = 0;
    Ok(())
}

/// Waits until the program has ended with success.
fn succeeds(mut program: Program) -> Result<()> {
    let status = program.end()?;
    ensure!(status.success(), "it ended with {status}");
    Ok(())
}
