//! How long a trip takes: from the transfer that brings a raw value beyond its limit to the report that
//! switches the relay. Told, never judged. While mains is open such a value may come with a fast sample first,
//! which decides nothing: the last transfer before the relay moves is that of the sample that tripped.

mod spread;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::board::{BATTERY, THERMOMETER};
use crate::patience::PATIENCE;
use crate::rig::{Inputs, ORDINARY, Rig};
use crate::site::{self, CHARGER_CHANNEL, CHARGER_LINE, MAINS_LINE, Place, Relays};
use spread::Spread;

/// The project's goal.
const GOAL: Duration = Duration::from_millis(100);

/// 15.2 V: beyond the default of `hard_voltage`.
const OVERCHARGED: Inputs = Inputs {
    battery_volts: 3800,
    ..ORDINARY
};
/// 50 °C.
const HOT: Inputs = Inputs {
    celsius: 400,
    ..ORDINARY
};
/// 12.6 V, and no mains.
const DISCHARGING: Inputs = Inputs {
    battery_volts: 3150,
    charger_shunt: 0,
    ..ORDINARY
};
/// 11.8 V: below the default of `discharge_floor`.
const AT_FLOOR: Inputs = Inputs {
    battery_volts: 2950,
    ..DISCHARGING
};

/// A value beyond its limit, and what it switches.
struct Trip {
    name: &'static str,
    relays: Relays,
    /// Whether a hand opens mains first.
    on_battery: bool,
    cause: Inputs,
    register: Register,
    /// The line, or on the board on the bus the channel, and where it goes.
    switches: (u8, bool),
}

/// The register that shows the cause.
enum Register {
    BatteryVolts,
    Temperature,
}

const TRIPS: [Trip; 4] = [
    Trip {
        name: "hard_voltage opens the charger",
        relays: Relays::Lines,
        on_battery: false,
        cause: OVERCHARGED,
        register: Register::BatteryVolts,
        switches: (CHARGER_LINE, false),
    },
    Trip {
        name: "heat opens the charger",
        relays: Relays::Lines,
        on_battery: false,
        cause: HOT,
        register: Register::Temperature,
        switches: (CHARGER_LINE, false),
    },
    Trip {
        name: "the floor closes mains",
        relays: Relays::Lines,
        on_battery: true,
        cause: AT_FLOOR,
        register: Register::BatteryVolts,
        switches: (MAINS_LINE, true),
    },
    Trip {
        name: "hard_voltage, relays on the bus",
        relays: Relays::Hat,
        on_battery: false,
        cause: OVERCHARGED,
        register: Register::BatteryVolts,
        switches: (CHARGER_CHANNEL, true),
    },
];

/// Measures that many trips of each kind, and tells them.
///
/// # Errors
/// If a relay is not switched at all.
pub fn measure(rig: &mut Rig, place: &Place, count: u32) -> Result<()> {
    for trip in &TRIPS {
        let mut times = Vec::new();
        for round in 0..count {
            times.push(trip.time(rig, place, round).context(trip.name)?);
        }
        if let Some(spread) = Spread::of(times) {
            println!("figure  {}: {}", trip.name, spread.against(GOAL));
        }
    }
    Ok(())
}

impl Trip {
    /// How long it takes a node that has just started and remembers nothing.
    fn time(&self, rig: &mut Rig, place: &Place, round: u32) -> Result<Duration> {
        let memory = format!("trip-{}-{round}", self.name.replace([' ', ','], "-"));
        let config = site::configure_with(self.relays, place, &memory)?;
        let time = self.time_at(rig, &config);
        // What it wrote would fill the machine's memory.
        let _ = std::fs::remove_dir_all(Path::new("/tmp").join(memory));
        time
    }

    fn time_at(&self, rig: &mut Rig, config: &Path) -> Result<Duration> {
        let heard = rig.mqtt.messages.mark();
        rig.apply(ORDINARY);
        let mut node = rig.start("run", config)?;
        let present = |state: &Value| (state["mains"] == "present").then_some(());
        rig.mqtt.hear(heard, "state", PATIENCE, present)?;
        if self.on_battery {
            rig.mqtt.command("authority", "manual")?;
            rig.mqtt.command("relay/mains", "open")?;
            rig.wait_level(MAINS_LINE, false)?;
            rig.apply(DISCHARGING);
        }
        self.await_cause(rig);
        let (lines, coils) = (rig.changes.mark(), rig.board().hat.changes.mark());
        rig.apply(self.cause);
        let switched = self.switched(rig, lines, coils)?;
        let fetched = (rig.board().answered(switched)).context("it switched before it knew")?;
        node.stop()?;
        Ok(switched - fetched)
    }

    fn await_cause(&self, rig: &Rig) {
        let mut board = rig.board();
        match self.register {
            Register::BatteryVolts => {
                const BUS: u8 = 2;
                const CONVERSION_READY: u16 = 0b10;
                let content = self.cause.battery_volts << 3 | CONVERSION_READY;
                board.await_answer(BATTERY, BUS, content.to_be_bytes());
            }
            Register::Temperature => {
                const TEMPERATURE: u8 = 0;
                let content = self.cause.celsius << 5;
                board.await_answer(THERMOMETER, TEMPERATURE, content.to_be_bytes());
            }
        }
    }

    /// When the relay was switched.
    fn switched(&self, rig: &Rig, lines: usize, coils: usize) -> Result<Instant> {
        let (what, to) = self.switches;
        let at = match self.relays {
            Relays::Lines => rig.changes.wait(lines, PATIENCE, |change| {
                (change.line == what && change.high == to).then_some(change.at)
            }),
            Relays::Hat => {
                let changes = std::sync::Arc::clone(&rig.board().hat.changes);
                changes.wait(coils, PATIENCE, |coil| {
                    (coil.channel == what && coil.energised == to).then_some(coil.at)
                })
            }
        };
        at.context("the relay was not switched")
    }
}
