//! A node that is killed while it holds the charger open, and what puts that right.

use std::os::unix::process::ExitStatusExt;

use anyhow::ensure;

use super::{measures, open_charger_by_hand, succeeds};
use crate::program::Program;
use crate::report::Failed;
use crate::rig::{ORDINARY, Rig};
use crate::site::{self, CHARGER_LINE, Place};

const SIGKILL: i32 = 9;

/// SIGKILL, then `relays-safe`.
pub fn crash(rig: &mut Rig, place: &Place) -> Result<(), Failed> {
    let moved = rig.changes.mark();
    rig.apply(ORDINARY);
    rig.scenario("SIGKILL, then relays-safe", |rig| {
        let config = site::configure(place, "crash")?;
        let heard = rig.mqtt.messages.mark();
        let mut node = rig.start("run", &config)?;
        measures(rig, heard)?;
        open_charger_by_hand(rig)?;
        node.signal("KILL")?;
        let status = node.end()?;
        ensure!(status.signal() == Some(SIGKILL), "it ended with {status}");
        // The kernel has let the lines go; the bridge keeps its outputs, as a Pi's kernel does by default.
        rig.moved_only(moved, &[(CHARGER_LINE, false)])?;

        let safe = Program::start("relays-safe", &config)?;
        rig.wait_level(CHARGER_LINE, true)?;
        safe.says(0, &["charger: closed"])?;
        safe.says(0, &["mains: closed"])?;
        succeeds(safe)?;
        rig.moved_only(moved, &[(CHARGER_LINE, false), (CHARGER_LINE, true)])?;
        Ok(format!(
            "line {CHARGER_LINE} stayed low after SIGKILL and went high with relays-safe; no other moved"
        ))
    })
}
