//! A node that is started before its bus and its lines are there, and stopped in order.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{measures, state};
use crate::program::Program;
use crate::report::Failed;
use crate::rig::{ORDINARY, Rig};
use crate::site::{self, AUX1_LINE, LINES, Place, RELAYS};

/// Without bridge, with it, without it again, and the end.
pub fn late_bus(rig: &mut Rig, place: &Place) -> Result<(), Failed> {
    let moved = rig.changes.mark();
    let mut node = rig.beginning("start without bus and lines", |rig| {
        rig.unplug()?;
        rig.apply(ORDINARY);
        let heard = rig.mqtt.messages.mark();
        let config = site::configure(place, "late-bus")?;
        let mut safe = Program::start("relays-safe", &config)?;
        ensure!(
            !safe.end()?.success(),
            "relays-safe succeeded without lines"
        );
        let node = rig.start("run", &config)?;
        let board = node.says(0, &["the relay board refused", "there is no GPIO chip"])?;
        let bus = node.says(0, &["the I2C bus", "cannot be opened"])?;
        all_relays(rig, heard, &Value::Null)?;
        let seen = format!(
            "it says {:?} and {:?}; its state: no relay can be read",
            after_target(&board),
            after_target(&bus)
        );
        Ok((node, seen))
    })?;
    rig.scenario("bus and lines appear", |rig| {
        let (said, heard) = (node.lines.mark(), rig.mqtt.messages.mark());
        let found = rig.plug()?;
        ensure!(found == *place, "the bridge is at {found:?} now");
        node.says(said, &["the relay board takes commands again"])?;
        node.says(said, &["the I2C bus", "is there"])?;
        node.says(said, &["thermometer (LM75 at 0x48) measures"])?;
        node.says(said, &["load (INA219 at 0x42) measures"])?;
        measures(rig, heard)?;
        all_relays(rig, heard, &Value::from("closed"))?;
        Ok("it says so, measures, and reads every relay back as closed".to_owned())
    })?;
    rig.scenario("relays at the start", |rig| {
        let wanted = LINES.iter().fold(0, |lines, line| lines | 1 << line);
        let outputs = rig.board().lines.outputs();
        ensure!(outputs == wanted, "outputs {outputs:#010b}, wanted {wanted:#010b}");
        rig.moved_only(moved, &[(AUX1_LINE, false)])?;
        Ok(format!(
            "outputs {outputs:#010b}; no line moved but {AUX1_LINE}, whose coil closes a normally-open contact"
        ))
    })?;
    rig.scenario("bus and lines vanish and return", |rig| {
        let (said, heard) = (node.lines.mark(), rig.mqtt.messages.mark());
        let moved = rig.changes.mark();
        rig.unplug()?;
        node.says(said, &["battery (INA219 at 0x40) does not answer"])?;
        all_relays(rig, heard, &Value::Null)?;
        let heard = rig.mqtt.messages.mark();
        let found = rig.plug()?;
        ensure!(found == *place, "the bridge is at {found:?} now");
        node.says(said, &["battery (INA219 at 0x40) measures"])?;
        all_relays(rig, heard, &Value::from("closed"))?;
        // With the bridge's supply went the current of that coil, and the node gave it back.
        rig.moved_only(moved, &[(AUX1_LINE, true), (AUX1_LINE, false)])?;
        Ok("it measures again and reads every relay back as closed; mains and charger did not move".to_owned())
    })?;
    rig.scenario("SIGTERM", |rig| {
        let (said, moved) = (node.lines.mark(), rig.changes.mark());
        node.stop()?;
        node.says(said, &["left the relays safe: mains and charger closed"])?;
        rig.moved_only(moved, &[])?;
        Ok("exit code 0, mains and charger without current, no line moved".to_owned())
    })
}

/// Waits until the state says this of where every relay actually is.
fn all_relays(rig: &Rig, heard: usize, actual: &Value) -> Result<()> {
    state(rig, heard, |state| {
        let so = |relay: &&str| state["relays"][relay]["actual"] == *actual;
        RELAYS.iter().all(so).then_some(())
    })
}

/// A line of the log without its time and place.
fn after_target(line: &str) -> &str {
    let place = line.find("releve_node").unwrap_or_default();
    line[place..]
        .split_once(": ")
        .map_or(line, |(_, said)| said)
}
