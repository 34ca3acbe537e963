//! Heat: a battery above `temperature_limit` is not charged until it has cooled.
//!
//! Looks at raw samples. One sample above the limit latches in the same step; three later samples
//! below the limit less its hysteresis release. Nothing else releases it: not lost data, not a
//! command. Above `temperature_warn` an alarm is raised by the same law.

use crate::latch::Latch;
use crate::latest::Latest;
use crate::level::Level;
use crate::limits::Limits;
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
}

impl Heat {
    /// Takes in a sample's temperature.
    pub(crate) fn sample(&mut self, celsius: Option<Level>, limits: &Limits) {
        let Some(level) = celsius else { return };
        let (limit, warn) = thresholds(limits);
        weigh(&mut self.limit, level, limit, LIMIT_HYSTERESIS_CELSIUS);
        weigh(&mut self.warn, level, warn, WARN_HYSTERESIS_CELSIUS);
    }

    /// Holds the last temperature against limits that may have changed since.
    pub(crate) fn judge(&mut self, latest: &Latest, limits: &Limits) {
        let Some(celsius) = latest.celsius else {
            return;
        };
        let (limit, warn) = thresholds(limits);
        for (latch, threshold) in [(&mut self.limit, limit), (&mut self.warn, warn)] {
            if celsius.level.above(threshold) {
                latch.trip(celsius.level.figure());
            }
        }
    }

    pub(crate) fn charger(&self, limits: &Limits) -> Option<Verdict> {
        self.verdict(Contact::Open, limits)
    }

    pub(crate) fn mains(&self, limits: &Limits) -> Option<Verdict> {
        self.verdict(Contact::Closed, limits)
    }

    fn verdict(&self, contact: Contact, limits: &Limits) -> Option<Verdict> {
        let value = self.limit.value()?;
        let (limit, _) = thresholds(limits);
        Some(Verdict {
            contact,
            rule: Rule::Heat,
            value: Some(value),
            threshold: Some(limit),
            next: Some(once(
                Condition::Below,
                Quantity::Temperature,
                limit - LIMIT_HYSTERESIS_CELSIUS,
                None,
            )),
        })
    }
}

fn thresholds(limits: &Limits) -> (f64, f64) {
    (
        limits.get(LimitName::TemperatureLimit),
        limits.get(LimitName::TemperatureWarn),
    )
}

fn weigh(latch: &mut Latch, level: Level, threshold: f64, hysteresis: f64) {
    if level.above(threshold) {
        latch.trip(level.figure());
    } else if level.below(threshold - hysteresis) {
        latch.refute();
    } else {
        latch.uphold();
    }
}
