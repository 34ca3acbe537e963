//! Discharge floor: a battery at `discharge_floor` is not discharged any further.
//!
//! One raw sample at the floor closes both circuits in the same step. It ends when three later
//! samples are above the floor by the hysteresis, which a battery reaches only when something
//! charges it or its load goes; after repeated trips, only with the acknowledgement of the alarm.

use super::Known;
use crate::compensation::Thresholds;
use crate::latch::Latch;
use crate::level::Level;
use crate::trips::Trips;
use crate::verdict::{Verdict, once};
use crate::vocabulary::{Condition, Contact, LimitName, Quantity, Rule};

/// How far above the floor the battery must rise, V.
pub const HYSTERESIS_VOLTS: f64 = 0.5;

/// The discharge floor.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Floor {
    pub(crate) latch: Latch,
    pub(crate) trips: Trips,
}

impl Floor {
    /// Takes in a sample's battery voltage.
    pub(crate) fn sample(&mut self, volts: Option<Level>, limits: &Thresholds) {
        let Some(level) = volts else { return };
        let floor = limits.get(LimitName::DischargeFloor);
        let risen = level.above(floor + HYSTERESIS_VOLTS);
        self.latch.weigh(level, level.down_to(floor), risen);
    }

    /// Holds the last voltage against a floor that may have changed since.
    pub(crate) fn judge(&mut self, known: &Known<'_>) {
        let (latest, limits, now) = (known.latest, known.limits, known.now);
        if let Some(volts) = latest.volts
            && volts.level.down_to(limits.get(LimitName::DischargeFloor))
        {
            self.latch.trip(volts.level.figure());
        }
        self.trips.watch(
            self.latch.holds(),
            self.latch.value(),
            known.trip_rule(),
            now,
        );
    }

    /// Whether it holds both circuits closed.
    pub(crate) fn holds(&self) -> bool {
        self.latch.holds() || self.trips.latched()
    }

    /// What it wants of relays 1 and 2 alike.
    pub(crate) fn verdict(&self, limits: &Thresholds) -> Option<Verdict> {
        if !self.holds() {
            return None;
        }
        let floor = limits.get(LimitName::DischargeFloor);
        let risen = once(
            Condition::Above,
            Quantity::BatteryVoltage,
            floor + HYSTERESIS_VOLTS,
            None,
        );
        Some(Verdict {
            contact: Contact::Closed,
            rule: Rule::Floor,
            value: self.latch.value().or(self.trips.value),
            threshold: Some(floor),
            next: Some(self.trips.next(risen)),
        })
    }
}
