//! `releve-node probe --boot-level` and `--toggle`: lines that nobody holds, and a relay that is moved on
//! request and always put back.

use anyhow::{Result, ensure};

use super::succeeds;
use crate::program::Program;
use crate::report::Failed;
use crate::rig::{ORDINARY, Rig};
use crate::site::{self, AUX1_LINE, CHARGER_LINE, Place, RELAYS};

/// Closing a normally-open contact is the first thing that whoever takes the lines does.
const TAKEN: (u8, bool) = (AUX1_LINE, false);

/// The lines at rest, then the charger's relay moved in four ways.
pub fn toggle(rig: &mut Rig, place: &Place) -> Result<(), Failed> {
    rig.apply(ORDINARY);
    rig.scenario("probe --boot-level", |rig| {
        let moved = rig.changes.mark();
        let config = site::configure(place, "toggle")?;
        let probe = Program::start("probe --boot-level", &config)?;
        for relay in ["mains", "charger"] {
            probe.says(
                0,
                &[relay, "is an input and high, so the contact is closed"],
            )?;
        }
        let said = probe.says(0, &["Safe"])?;
        succeeds(probe)?;
        ensure!(rig.board().lines.outputs() == 0, "a line became an output");
        let wrong = std::fs::read_to_string(&config)?.replace("\"low\"", "\"high\"");
        std::fs::write(&config, wrong)?;
        let mut probe = Program::start("probe --boot-level", &config)?;
        let wrong = probe.says(0, &["NOT SAFE: mains and charger would be open"])?;
        ensure!(!probe.end()?.success(), "it found that in order");
        rig.moved_only(moved, &[])?;
        Ok(format!("{said:?}; with the wrong active level {wrong:?}"))
    })?;
    rig.scenario("probe --toggle without a yes", |rig| {
        let moved = rig.changes.mark();
        let config = site::configure(place, "toggle")?;
        let mut probe = Program::start("probe --toggle charger", &config)?;
        ensure!(!probe.end()?.success(), "it went on");
        let said = probe.says(0, &["nothing was switched"])?;
        rig.moved_only(moved, &[])?;
        Ok(format!("{said:?}, and no line moved"))
    })?;
    rig.scenario("probe --toggle of a charger that does not end", |rig| {
        let (mut probe, moved) = open(rig, place)?;
        let said = probe.says(0, &["NOT AS IT MUST BE", "0.847 A"])?;
        ensure!(!probe.end()?.success(), "it found that in order");
        put_back(rig, moved)?;
        Ok(format!("{said:?}"))
    })?;
    rig.scenario("probe --toggle", |rig| {
        let (probe, moved) = open(rig, place)?;
        rig.board().charger.shunt_steps = 0;
        probe.says(0, &["put back"])?;
        let said = probe.says(0, &["as it must"])?;
        rig.apply(ORDINARY);
        succeeds(probe)?;
        put_back(rig, moved)?;
        Ok(format!(
            "{said:?}; line {CHARGER_LINE} went low and high again"
        ))
    })?;
    for signal in ["INT", "HUP"] {
        rig.scenario(&format!("SIG{signal} amid probe --toggle"), |rig| {
            let (mut probe, moved) = open(rig, place)?;
            probe.signal(signal)?;
            ensure!(!probe.end()?.success(), "it says that all went well");
            probe.says(0, &["Every relay is where relays-safe leaves it"])?;
            put_back(rig, moved)?;
            Ok(format!(
                "line {CHARGER_LINE} is high again, exit code not 0"
            ))
        })?;
    }
    rig.scenario("a board that loses its supply ends the run", |rig| {
        // The bridge keeps its outputs: the runs that follow begin with inputs.
        rig.unplug()?;
        ensure!(rig.plug()? == *place, "the bridge is elsewhere now");
        Ok(format!("{} lines are inputs again", RELAYS.len()))
    })
}

/// Starts it and waits until the charger's relay has its current.
fn open(rig: &mut Rig, place: &Place) -> Result<(Program, usize)> {
    let config = site::configure(place, "toggle")?;
    let moved = rig.changes.mark();
    let probe = rig.start("probe --yes --toggle charger", &config)?;
    rig.wait_level(CHARGER_LINE, false)?;
    Ok((probe, moved))
}

/// The charger's line went low and high again, and no other moved but at the first time.
fn put_back(rig: &Rig, moved: usize) -> Result<()> {
    let moves = rig.moves(moved);
    let moves = moves.strip_prefix(&[TAKEN]).unwrap_or(&moves);
    let wanted = [(CHARGER_LINE, false), (CHARGER_LINE, true)];
    ensure!(moves == wanted, "the lines moved like this: {moves:?}");
    Ok(())
}
