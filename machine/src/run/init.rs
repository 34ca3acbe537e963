//! `releve-node init`: the chips on the bus found, and a file that the node can follow.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use super::succeeds;
use crate::program::Program;
use crate::report::Failed;
use crate::rig::{Inputs, ORDINARY, Rig};
use crate::site::{self, LINES, Place, RELAYS};

/// 25.2 V.
const TWENTY_FOUR_VOLTS: Inputs = Inputs {
    battery_volts: 6300,
    ..ORDINARY
};

/// The bus scanned, and what that is worth.
pub fn init(rig: &mut Rig, place: &Place) -> Result<(), Failed> {
    rig.apply(ORDINARY);
    rig.scenario("init", |rig| {
        let moved = rig.changes.mark();
        let file = Path::new("/tmp/init.toml");
        let lines: String = (RELAYS.iter().zip(LINES))
            .map(|(relay, line)| format!(" --answer relays.{relay}={line}"))
            .collect();
        let command = format!(
            "init --answer node={} --answer battery.profile=agm --answer relays.active=low{lines}",
            site::NODE
        );
        let init = Program::start(&command, file)?;
        init.says(0, &["0x40: ina219, 13.60 V at its input"])?;
        init.says(0, &["0x48: lm75"])?;
        init.says(0, &["GPIO chips:", &place.gpio_label])?;
        succeeds(init)?;
        let check = Program::start("run --check-config", file)?;
        let found = "battery (INA219 at 0x40), charger (INA219 at 0x41), load (INA219 at 0x42), thermometer (LM75 at 0x48)";
        check.says(0, &["sound", found])?;
        succeeds(check)?;

        let written = fs::read_to_string(file)?;
        let mut again = Program::start(&command, file)?;
        ensure!(!again.end()?.success(), "it replaced the file");
        again.says(0, &["exists already"])?;
        succeeds(Program::start(&format!("{command} --force"), file)?)?;
        ensure!(fs::read_to_string("/tmp/init.toml.old-1")? == written, "no copy was kept");

        rig.apply(TWENTY_FOUR_VOLTS);
        let mut refused = Program::start(&command, Path::new("/tmp/init-24.toml"))?;
        let refusal = refused.says(0, &["25.2 V, so this is no 12 V system"])?;
        ensure!(!refused.end()?.success(), "it accepted 24 V");
        rig.apply(ORDINARY);
        rig.moved_only(moved, &[])?;
        Ok(format!("it finds {found}, and its file is sound; 24 V: {refusal:?}"))
    })
}
