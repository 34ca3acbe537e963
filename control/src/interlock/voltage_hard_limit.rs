//! Hard voltage limit: a battery at `hard_voltage` is cut from its charger, in every mode.
//!
//! One raw sample at the limit, or over the sensor's range, trips it in the same step. It releases
//! after the least open time, when the mean of a window is below `charge_resume`, or below the voltage that
//! a full battery at rest does not pass where that is higher. Without that time
//! a charger that is too high would be switched every few seconds where the load pulls the voltage
//! down (`common_bus`).
//!
//! Two things release it at once. A raw sample at the discharge floor: the voltage is not high, and
//! an open charger may be what empties the battery. And, in `common_bus` alone, a voltage that is no
//! longer known: the open charger then discharges a battery that nobody watches, so lost data takes
//! over. In `battery_lead` an open charger only lets the battery rest: the trip holds.
//!
//! After repeated trips only the acknowledgement of the alarm releases it. What releases a trip at once
//! then closes the charger, too, but only until the voltage reaches the hard limit again.

use super::Known;
use crate::Monotonic;
use crate::compensation::Thresholds;
use crate::latest::Latest;
use crate::mode::LEAST_OPEN_TIME;
use crate::statistics::Statistics;
use crate::trips::Trips;
use crate::verdict::{Verdict, once};
use crate::vocabulary::{Condition, Contact, LimitName, Next, Quantity, Rule, Wiring};

/// The time in which trips are counted together, in trip windows: the least open time alone is half
/// of one.
pub const TRIP_WINDOWS: u32 = 3;

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
    pub(crate) trips: Trips,
    /// Whether an empty or unknown battery has closed the charger since the last trip.
    pub(crate) yielded: bool,
}

impl VoltageHardLimit {
    pub(crate) fn new(wiring: Wiring) -> Self {
        Self {
            wiring,
            trip: None,
            trips: Trips::default(),
            yielded: false,
        }
    }

    /// Takes in the battery voltage of a window that has ended.
    pub(crate) fn window(&mut self, voltage: &Statistics, limits: &Thresholds, now: Monotonic) {
        let release = limits.hard_release();
        if voltage.mean_level().is_some_and(|mean| mean.below(release)) {
            self.trip = self
                .trip
                .filter(|trip| now.since(trip.at) < LEAST_OPEN_TIME);
        }
    }

    /// Holds the last voltage against the limits.
    pub(crate) fn judge(&mut self, known: &Known<'_>) {
        let (latest, limits, now) = (known.latest, known.limits, known.now);
        self.hold_against(latest, limits, now);
        self.trips.watch(
            self.trip.is_some(),
            self.trip.map(|trip| trip.volts),
            known.trip_rule().within_times(TRIP_WINDOWS),
            now,
        );
    }

    fn hold_against(&mut self, latest: &Latest, limits: &Thresholds, now: Monotonic) {
        if self.wiring == Wiring::CommonBus && latest.volts_lost(now) {
            self.give_way();
            return;
        }
        let Some(volts) = latest.volts else { return };
        if volts.level.down_to(limits.get(LimitName::DischargeFloor)) {
            self.give_way();
        } else if volts.level.reaches(limits.get(LimitName::HardVoltage)) {
            self.yielded = false;
            self.trip.get_or_insert(Trip {
                volts: volts.level.figure(),
                at: now,
            });
        }
    }

    fn give_way(&mut self) {
        self.trip = None;
        self.yielded = true;
    }

    /// Whether it holds the charger open.
    pub(crate) fn holds(&self) -> bool {
        self.trip.is_some() || (self.trips.latched() && !self.yielded)
    }

    /// It wants relay 1 closed and relay 2 open: `contact` is that of the relay in question.
    pub(crate) fn verdict(&self, contact: Contact, limits: &Thresholds) -> Option<Verdict> {
        if !self.holds() {
            return None;
        }
        let release = limits.hard_release();
        let fallen = Next {
            not_before: self.trip.map(|trip| trip.at.after(LEAST_OPEN_TIME)),
            ..once(Condition::Below, Quantity::BatteryVoltage, release, None)
        };
        Some(Verdict {
            contact,
            rule: Rule::VoltageHardLimit,
            value: self.trip.map(|trip| trip.volts).or(self.trips.value),
            threshold: Some(limits.get(LimitName::HardVoltage)),
            next: Some(self.trips.next(fallen)),
        })
    }
}
