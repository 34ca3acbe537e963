//! `releve-node calibrate`: a zero and a gain, measured through the kernel and written into the file.

use std::fs;

use anyhow::{Result, ensure};

use super::succeeds;
use crate::program::Program;
use crate::report::Failed;
use crate::rig::{ORDINARY, Rig};
use crate::site::{self, Place};

/// A zero, a gain, and what is none.
pub fn calibrate(rig: &mut Rig, place: &Place) -> Result<(), Failed> {
    rig.scenario("calibrate", |rig| {
        let moved = rig.changes.mark();
        let config = site::configure(place, "calibrate")?;
        let before = fs::read_to_string(&config)?;
        rig.apply(ORDINARY);
        let mut flows = Program::start("calibrate charger amperes --yes", &config)?;
        let refused = flows.says(0, &["0.847 A", "a current flows"])?;
        ensure!(!flows.end()?.success(), "a current that flows became an offset");
        // 12 mA of no current, then 500 mA where the meter has 490.
        rig.board().charger.shunt_steps = 12;
        let zero = Program::start("calibrate charger amperes --yes", &config)?;
        zero.says(0, &["offset 0 → 0.012"])?;
        succeeds(zero)?;
        rig.board().charger.shunt_steps = 512;
        let gain = Program::start("calibrate charger amperes --meter 0.49 --yes", &config)?;
        gain.says(0, &["gain   1 → 0.98"])?;
        succeeds(gain)?;
        let written = "shunt_ohms = 0.01\noffset_amperes = 0.012\ngain_amperes = 0.98\n";
        let wanted = before.replace("shunt_ohms = 0.01\n", written);
        ensure!(fs::read_to_string(&config)? == wanted, "the file is not what it must be");
        let mut wrong = Program::start("calibrate charger amperes --meter 0.6 --yes", &config)?;
        wrong.says(0, &["is no calibration"])?;
        ensure!(!wrong.end()?.success(), "a gain of 1.2 was written");
        ensure!(fs::read_to_string(&config)? == wanted, "a refusal changed the file");
        let mut probe = rig.start("probe", &config)?;
        probe.says(0, &["13.648 V", "0.490 A"])?;
        probe.stop()?;
        rig.apply(ORDINARY);
        rig.moved_only(moved, &[])?;
        Ok(format!("{refused:?}; then offset 0.012 and gain 0.98 are in the file, probe shows 0.490 A, and no line moved"))
    })
}
