//! Cold: a battery below `charge_temperature_min` is not charged until it has warmed.
//!
//! A lithium cell that is charged below freezing plates metal and is spoilt for good. Looks at raw
//! samples, by the law of heat turned round: one sample latches, three later ones above the hysteresis
//! release, and nothing else does, but for the acknowledgement after repeated trips.

use super::Known;
use crate::compensation::Thresholds;
use crate::latch::Latch;
use crate::level::Level;
use crate::trips::Trips;
use crate::verdict::{Verdict, once};
use crate::vocabulary::{Condition, Contact, LimitName, Quantity, Rule};

/// How far above `charge_temperature_min` the battery must warm, °C.
pub const HYSTERESIS_CELSIUS: f64 = 2.0;

/// The latch of the least temperature for a charge.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cold {
    pub(crate) latch: Latch,
    pub(crate) trips: Trips,
}

impl Cold {
    /// Takes in a sample's temperature.
    pub(crate) fn sample(&mut self, celsius: Option<Level>, limits: &Thresholds) {
        let Some(level) = celsius else { return };
        let least = limits.get(LimitName::ChargeTemperatureMin);
        let warmed = level.above(least + HYSTERESIS_CELSIUS);
        self.latch.weigh(level, level.below(least), warmed);
    }

    /// Holds the last temperature against a limit that may have changed since.
    pub(crate) fn judge(&mut self, known: &Known<'_>) {
        let (latest, limits, now) = (known.latest, known.limits, known.now);
        if let Some(celsius) = latest.celsius
            && celsius
                .level
                .below(limits.get(LimitName::ChargeTemperatureMin))
        {
            self.latch.trip(celsius.level.figure());
        }
        self.trips.watch(
            self.latch.holds(),
            self.latch.value(),
            known.trip_rule(),
            now,
        );
    }

    /// Whether it holds the charger open.
    pub(crate) fn holds(&self) -> bool {
        self.latch.holds() || self.trips.latched()
    }

    /// It wants relay 1 closed and relay 2 open: `contact` is that of the relay in question.
    pub(crate) fn verdict(&self, contact: Contact, limits: &Thresholds) -> Option<Verdict> {
        if !self.holds() {
            return None;
        }
        let least = limits.get(LimitName::ChargeTemperatureMin);
        let warmed = once(
            Condition::Above,
            Quantity::Temperature,
            least + HYSTERESIS_CELSIUS,
            None,
        );
        Some(Verdict {
            contact,
            rule: Rule::Cold,
            value: self.latch.value().or(self.trips.value),
            threshold: Some(least),
            next: Some(self.trips.next(warmed)),
        })
    }
}
