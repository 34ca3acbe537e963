//! A hot battery: its charger stays open whatever ends the node.

use anyhow::{Result, ensure};

use super::{state, succeeds};
use crate::program::Program;
use crate::report::Failed;
use crate::rig::{Inputs, ORDINARY, Rig};
use crate::site::{self, CHARGER_LINE, MAINS_LINE, Place};

/// 50 °C.
const HOT: Inputs = Inputs {
    celsius: 400,
    charger_shunt: 0,
    ..ORDINARY
};

/// SIGTERM, `relays-safe`, a new start and a lost supply, all of them while it is hot.
pub fn heat(rig: &mut Rig, place: &Place) -> Result<(), Failed> {
    let moved = rig.changes.mark();
    let opened = [(CHARGER_LINE, false)];
    rig.apply(HOT);
    rig.scenario("SIGTERM with a hot battery", |rig| {
        let config = site::configure(place, "heat")?;
        let heard = rig.mqtt.messages.mark();
        let mut node = rig.start("run", &config)?;
        charger_is_open_for_heat(rig, heard)?;
        rig.moved_only(moved, &opened)?;
        node.stop()?;
        node.says(0, &["charger open because the battery is hot"])?;
        rig.moved_only(moved, &opened)?;
        Ok(format!("50 °C: exit code 0, line {CHARGER_LINE} stays low"))
    })?;
    rig.scenario("relays-safe with a hot battery", |rig| {
        let safe = Program::start("relays-safe", &site::configure(place, "heat")?)?;
        safe.says(0, &["charger: open"])?;
        let why = safe.says(0, &["too hot"])?;
        succeeds(safe)?;
        rig.moved_only(moved, &opened)?;
        Ok(format!("{why:?}, line {CHARGER_LINE} stays low"))
    })?;
    let mut node = rig.beginning("start with a hot battery", |rig| {
        let config = site::configure(place, "heat")?;
        let heard = rig.mqtt.messages.mark();
        let node = rig.start("run", &config)?;
        charger_is_open_for_heat(rig, heard)?;
        rig.moved_only(moved, &opened)?;
        Ok((node, format!("line {CHARGER_LINE} was low all the time")))
    })?;
    rig.scenario("the board loses its supply with a hot battery", |rig| {
        let moved = rig.changes.mark();
        rig.unplug()?;
        rig.wait_level(CHARGER_LINE, true)?;
        rig.plug()?;
        rig.wait_level(CHARGER_LINE, false)?;
        node.stop()?;
        rig.wait_level(CHARGER_LINE, false)?;
        let mains = rig
            .moves(moved)
            .into_iter()
            .find(|(line, _)| *line == MAINS_LINE);
        ensure!(mains.is_none(), "the mains relay moved");
        Ok(format!(
            "line {CHARGER_LINE} went high with the supply, and low again with its return"
        ))
    })
}

fn charger_is_open_for_heat(rig: &Rig, heard: usize) -> Result<()> {
    state(rig, heard, |state| {
        let charger = &state["relays"]["charger"];
        (charger["actual"] == "open" && charger["reason"]["rule"] == "heat").then_some(())
    })
}
