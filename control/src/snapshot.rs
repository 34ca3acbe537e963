//! What a controller must not forget while its program does not run.
//!
//! Mode, limits that an operator set, schedule, latches and counters outlive a restart; authority and a
//! running cycle do not. Times are kept as how long ago they were: a site may start before its clock is
//! set, and then nobody knows how long it was down, so they count from the start as from the stop.

use core::time::Duration;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::UnixMillis;
use crate::gauge::GaugeMemory;
use crate::mode::consumption_cycle::Baseline;
use crate::profile::Profile;
use crate::vocabulary::{
    AlarmName, Cause, Contact, CycleReport, LimitName, Mode, Schedule, Wiring,
};

/// The version of [`Snapshot`] that this program writes and reads.
pub const SNAPSHOT_VERSION: u32 = 1;

/// How long before the snapshot was taken something was, ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ago(pub u64);

impl Ago {
    pub(crate) fn of(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

/// What a controller must not forget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// [`SNAPSHOT_VERSION`].
    pub v: u32,
    /// When it was taken; `null` while the clock was not set.
    pub taken_at: Option<UnixMillis>,
    /// The wiring that it speaks of.
    pub wiring: Wiring,
    /// The battery that it speaks of.
    pub profile: Profile,
    /// The mode.
    pub mode: Mode,
    /// Where relay 1 was put: open means that the site ran on its battery.
    pub mains: Contact,
    /// The limits that an operator set, in their units.
    pub limits: BTreeMap<LimitName, SavedLimit>,
    /// The weekly plan.
    pub schedule: Option<Schedule>,
    /// What holds until its cause is over or a person has looked.
    pub latches: SavedLatches,
    /// The battery's charge.
    pub charge: GaugeMemory,
    /// Openings of relay 1 that the budget counts.
    pub mains_openings: SavedOpenings,
    /// Openings of relay 2 that the budget counts.
    pub charger_openings: SavedOpenings,
    /// What one cycle tells the next.
    pub cycle: SavedCycle,
    /// Whether an earlier restart on battery waits for its acknowledgement.
    pub restarted_on_battery: bool,
    /// Whether restarts again and again wait for their acknowledgement.
    #[serde(default)]
    pub restart_loop: bool,
}

/// A limit that an operator set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedLimit {
    /// Its value, in its unit.
    pub value: f64,
    /// When it was set.
    pub set: Ago,
}

/// The latches.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedLatches {
    /// The temperature that tripped heat, °C, while it holds.
    pub heat_celsius: Option<f64>,
    /// The temperature that tripped cold, °C, while it holds.
    pub cold_celsius: Option<f64>,
    /// Thermal runaway, while it holds.
    pub thermal_runaway: Option<SavedRunaway>,
    /// The battery voltage, V, that did not move where it must, while no other has been seen.
    pub frozen_volts: Option<f64>,
    /// The voltage, V, at the floor, while the battery has not risen above it by the hysteresis.
    pub floor_volts: Option<f64>,
    /// The runtime, min, that was below the reserve, while it is not above it again.
    pub reserve_minutes: Option<f64>,
    /// The depth of discharge that was too deep, percent of the capacity, while it holds.
    pub depth_percent: Option<f64>,
    /// How long the battery had carried the load, min, while that was too long.
    pub longest_discharge_minutes: Option<f64>,
    /// The alarms whose cause tripped too often and that nobody has acknowledged.
    pub unacknowledged: Vec<AlarmName>,
}

impl SavedLatches {
    /// Whether the battery's temperature must keep the charger open.
    #[must_use]
    pub fn thermal(&self) -> bool {
        let latched = [AlarmName::TemperatureLimit, AlarmName::TemperatureLow];
        self.heat_celsius.is_some()
            || self.cold_celsius.is_some()
            || self.thermal_runaway.is_some()
            || latched
                .iter()
                .any(|alarm| self.unacknowledged.contains(alarm))
    }
}

/// A thermal runaway.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedRunaway {
    /// The temperature that tripped it, °C.
    pub celsius: f64,
    /// The temperature that would still have been right, °C.
    pub threshold: f64,
    /// Whether a person has looked.
    pub acknowledged: bool,
}

/// Openings that the budget counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedOpenings {
    /// How many.
    pub openings: u32,
    /// Since when they are counted.
    pub since: Option<Ago>,
}

/// What one cycle tells the next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedCycle {
    /// When the last one began.
    pub last_start: Option<Ago>,
    /// How it went.
    pub last: Option<CycleReport<Ago>>,
    /// What its discharge looked like.
    pub baseline: Option<Baseline>,
    /// How long its recharge took, ms.
    pub recharge_ms: Option<u64>,
    /// The guard that ended it, while nobody has acknowledged that.
    pub aborted: Option<Cause>,
    /// Whether the last charge did not end in time.
    pub charge_timed_out: bool,
}

impl Snapshot {
    /// The same snapshot after the program has put the site into the plain installation on purpose:
    /// the next start is then no restart on battery.
    #[must_use]
    pub fn stopped_in_order(self) -> Self {
        Self {
            mains: Contact::Closed,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a program that ends leaves the charger by.
    #[test]
    fn heat_cold_and_runaway_each_keep_the_charger_open_and_nothing_else_does() {
        let none = SavedLatches::default();
        let with = |change: fn(&mut SavedLatches)| {
            let mut latches = none.clone();
            change(&mut latches);
            latches.thermal()
        };
        assert!(!none.thermal());
        assert!(with(|latches| latches.heat_celsius = Some(46.0)));
        assert!(with(|latches| latches.cold_celsius = Some(-21.0)));
        assert!(with(|latches| latches.thermal_runaway =
            Some(SavedRunaway {
                celsius: 40.0,
                threshold: 38.0,
                acknowledged: true,
            })));
        assert!(with(
            |latches| latches.unacknowledged = vec![AlarmName::TemperatureLimit]
        ));
        assert!(with(
            |latches| latches.unacknowledged = vec![AlarmName::DataLost, AlarmName::TemperatureLow]
        ));
        assert!(!with(|latches| latches.unacknowledged =
            vec![AlarmName::VoltageHardLimit, AlarmName::BatteryAtFloor]));
        assert!(!with(|latches| latches.floor_volts = Some(11.9)));
    }
}
