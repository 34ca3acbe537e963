//! `releve-node probe`: every figure to the last step of its chip.

use std::fs;

use anyhow::{Result, ensure};

use crate::patience::PATIENCE;
use crate::program::Program;
use crate::report::Failed;
use crate::rig::{Inputs, ORDINARY, Rig};
use crate::site::{self, Place, SENSE_LINE};

/// What lies at the inputs, and the line that shows it.
const SHOWN: [(Inputs, &str); 4] = [
    (
        ORDINARY,
        "13.604 V 13.648 V 0.847 A 13.600 V 0.312 A 24.125 °C lost",
    ),
    (
        Inputs {
            battery_volts: 3402,
            charger_volts: 3411,
            charger_shunt: 848,
            load_volts: 3399,
            load_shunt: 3130,
            celsius: 194,
        },
        "13.608 V 13.644 V 0.848 A 13.596 V 0.313 A 24.250 °C lost",
    ),
    (
        Inputs {
            battery_volts: 0,
            charger_volts: 1,
            charger_shunt: -1,
            load_volts: 6500,
            load_shunt: -20_000,
            celsius: -1,
        },
        "0.000 V 0.004 V -0.001 A 26.000 V -2.000 A -0.125 °C lost",
    ),
    (
        Inputs {
            battery_volts: 6501,
            charger_volts: 3412,
            charger_shunt: -31_999,
            load_volts: 3400,
            load_shunt: 32_000,
            celsius: 1000,
        },
        "≥ 26.00 V 13.648 V -31.999 A 13.600 V ≥ 3.20 A 125.000 °C lost",
    ),
];

/// Chips that nobody has configured yet, then four sets of figures.
pub fn probe(rig: &mut Rig, place: &Place) -> Result<(), Failed> {
    let mut program = rig.beginning("probe, unconfigured chips", |rig| {
        rig.apply(ORDINARY);
        let config = site::configure(place, "probe")?;
        let entries = fs::read_to_string(&config)? + &site::mains_sense(place);
        fs::write(&config, entries)?;
        let probe = rig.start("probe", &config)?;
        probe.says(0, &["was reset", "24.125 °C"])?;
        shows(&probe, 0, SHOWN[0].1)?;
        let board = rig.board();
        let left = [&board.battery, &board.charger, &board.load];
        ensure!(
            !left.iter().any(|chip| chip.is_unconfigured()),
            "a chip has the configuration of its reset"
        );
        let seen = "no value from a chip as it is after its reset; configured, it measures";
        Ok((probe, seen.to_owned()))
    })?;
    rig.scenario("probe, figures to the last step", |rig| {
        for (inputs, line) in SHOWN {
            rig.apply(inputs);
            shows(&program, program.lines.mark(), line)?;
        }
        // The last battery is none of 12 V.
        program.says(0, &["REFUSED", "the battery shows 26.0 V"])?;
        Ok(SHOWN.map(|(_, line)| line).join("; "))
    })?;
    rig.scenario("probe, the sense input of mains", |rig| {
        for (low, word) in [(true, "present"), (false, "lost")] {
            rig.board().lines.pull_low(SENSE_LINE, low);
            program.says(program.lines.mark(), &[word])?;
        }
        Ok("its line low: present; high: lost".to_owned())
    })?;
    rig.scenario("probe switches nothing", |rig| {
        program.stop()?;
        ensure!(rig.board().lines.outputs() == 0, "a line is an output");
        rig.moved_only(0, &[(SENSE_LINE, false), (SENSE_LINE, true)])?;
        Ok("all lines are inputs, and none moved but what was pulled".to_owned())
    })
}

/// Waits for a line from that mark on that shows these figures, whatever the spaces between them.
fn shows(program: &Program, mark: usize, figures: &str) -> Result<()> {
    let shown = |line: &String| {
        let line: Vec<_> = line.split_whitespace().collect();
        (line.join(" ") == figures).then_some(())
    };
    let found = program.lines.wait(mark, PATIENCE, shown);
    ensure!(
        found.is_some(),
        "{figures:?} was not shown, but {:?}",
        program.lines.since(mark)
    );
    Ok(())
}
