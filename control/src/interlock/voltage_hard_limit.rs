//! Hard voltage limit: a battery at `hard_voltage` is cut from its charger, in every mode.
//!
//! One raw sample at the limit, or over the sensor's range, trips it in the same step. It releases
//! after the least open time, when the mean of a window is below `charge_resume`. Without that time
//! a charger that is too high would be switched every few seconds where the load pulls the voltage
//! down (`common_bus`).
//!
//! Two things release it at once. A raw sample at the discharge floor: the voltage is not high, and
//! an open charger may be what empties the battery. And, in `common_bus` alone, a voltage that is no
//! longer known: the open charger then discharges a battery that nobody watches, so lost data takes
//! over. In `battery_lead` an open charger only lets the battery rest: the trip holds.

use crate::Monotonic;
use crate::latest::Latest;
use crate::limits::Limits;
use crate::mode::LEAST_OPEN_TIME;
use crate::statistics::Statistics;
use crate::verdict::{Verdict, once};
use crate::vocabulary::{Condition, Contact, LimitName, Next, Quantity, Rule, Wiring};

/// A trip of the hard voltage limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Trip {
    pub(crate) volts: f64,
    pub(crate) at: Monotonic,
}

/// The hard voltage limit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VoltageHardLimit {
    pub(crate) wiring: Wiring,
    pub(crate) trip: Option<Trip>,
}

impl VoltageHardLimit {
    pub(crate) const fn new(wiring: Wiring) -> Self {
        Self { wiring, trip: None }
    }

    /// Takes in the battery voltage of a window that has ended.
    pub(crate) fn window(&mut self, voltage: &Statistics, limits: &Limits, now: Monotonic) {
        let resume = limits.get(LimitName::ChargeResume);
        if voltage.mean_level().is_some_and(|mean| mean.below(resume)) {
            self.trip = self
                .trip
                .filter(|trip| now.since(trip.at) < LEAST_OPEN_TIME);
        }
    }

    /// Holds the last voltage against the limits.
    pub(crate) fn judge(&mut self, latest: &Latest, limits: &Limits, now: Monotonic) {
        if self.wiring == Wiring::CommonBus && latest.volts_lost(now) {
            self.trip = None;
            return;
        }
        let Some(volts) = latest.volts else { return };
        if volts.level.down_to(limits.get(LimitName::DischargeFloor)) {
            self.trip = None;
        } else if volts.level.reaches(limits.get(LimitName::HardVoltage)) {
            self.trip.get_or_insert(Trip {
                volts: volts.level.figure(),
                at: now,
            });
        }
    }

    pub(crate) fn charger(&self, limits: &Limits) -> Option<Verdict> {
        self.verdict(Contact::Open, limits)
    }

    pub(crate) fn mains(&self, limits: &Limits) -> Option<Verdict> {
        self.verdict(Contact::Closed, limits)
    }

    fn verdict(&self, contact: Contact, limits: &Limits) -> Option<Verdict> {
        let trip = self.trip?;
        let resume = limits.get(LimitName::ChargeResume);
        Some(Verdict {
            contact,
            rule: Rule::VoltageHardLimit,
            value: Some(trip.volts),
            threshold: Some(limits.get(LimitName::HardVoltage)),
            next: Some(Next {
                not_before: Some(trip.at.after(LEAST_OPEN_TIME)),
                ..once(Condition::Below, Quantity::BatteryVoltage, resume, None)
            }),
        })
    }
}
