//! Heat: a battery above `temperature_limit` is not charged until it has cooled.
//!
//! Looks at raw samples. One sample above the limit latches in the same step; three later samples
//! below the limit less its hysteresis release. Nothing else releases it: not lost data, not a
//! command; and after repeated trips not even they, without the acknowledgement of the alarm. Above `temperature_warn` an alarm is raised by the same law.

use super::Known;
use crate::compensation::Thresholds;
use crate::latch::Latch;
use crate::level::Level;
use crate::trips::Trips;
use crate::verdict::{Verdict, once};
use crate::vocabulary::{Condition, Contact, LimitName, Quantity, Rule};

/// How far below `temperature_limit` the battery must cool, °C.
pub const LIMIT_HYSTERESIS_CELSIUS: f64 = 3.0;
/// How far below `temperature_warn` the battery must cool for the alarm to end, °C.
pub const WARN_HYSTERESIS_CELSIUS: f64 = 2.0;

/// The latches of the temperature limit and of the warning below it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Heat {
    pub(crate) limit: Latch,
    pub(crate) warn: Latch,
    pub(crate) trips: Trips,
}

impl Heat {
    /// Takes in a sample's temperature.
    pub(crate) fn sample(&mut self, celsius: Option<Level>, limits: &Thresholds) {
        let Some(level) = celsius else { return };
        let (limit, warn) = thresholds(limits);
        for (latch, threshold, hysteresis) in [
            (&mut self.limit, limit, LIMIT_HYSTERESIS_CELSIUS),
            (&mut self.warn, warn, WARN_HYSTERESIS_CELSIUS),
        ] {
            let cooled = level.below(threshold - hysteresis);
            latch.weigh(level, level.above(threshold), cooled);
        }
    }

    /// Holds the last temperature against limits that may have changed since.
    pub(crate) fn judge(&mut self, known: &Known<'_>) {
        let (latest, limits, now) = (known.latest, known.limits, known.now);
        let (limit, warn) = thresholds(limits);
        for (latch, threshold) in [(&mut self.limit, limit), (&mut self.warn, warn)] {
            if let Some(celsius) = latest.celsius
                && celsius.level.above(threshold)
            {
                latch.trip(celsius.level.figure());
            }
        }
        self.trips.watch(
            self.limit.holds(),
            self.limit.value(),
            known.trip_rule(),
            now,
        );
    }

    /// Whether it holds the charger open.
    pub(crate) fn holds(&self) -> bool {
        self.limit.holds() || self.trips.latched()
    }

    /// It wants relay 1 closed and relay 2 open: `contact` is that of the relay in question.
    pub(crate) fn verdict(&self, contact: Contact, limits: &Thresholds) -> Option<Verdict> {
        if !self.holds() {
            return None;
        }
        let (limit, _) = thresholds(limits);
        let cooled = once(
            Condition::Below,
            Quantity::Temperature,
            limit - LIMIT_HYSTERESIS_CELSIUS,
            None,
        );
        Some(Verdict {
            contact,
            rule: Rule::Heat,
            value: self.limit.value().or(self.trips.value),
            threshold: Some(limit),
            next: Some(self.trips.next(cooled)),
        })
    }
}

fn thresholds(limits: &Thresholds) -> (f64, f64) {
    (
        limits.get(LimitName::TemperatureLimit),
        limits.get(LimitName::TemperatureWarn),
    )
}
