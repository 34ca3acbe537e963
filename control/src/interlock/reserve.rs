//! Reserve: a battery that could not carry the present load for `reserve_runtime` is not discharged
//! any further.
//!
//! It trips while the battery carries the load, or where something would put it to that: then a
//! command to do so is refused. Without a runtime that is known it never trips. It ends when the
//! runtime is above the reserve by [`RELEASE_FACTOR`], or with a full charge: then the battery holds
//! what it can. A limit of 0 min switches it off.

use super::{Known, battery_carries_load};
use crate::compensation::Thresholds;
use crate::gauge::Runtime;
use crate::level::rounded;
use crate::trips::Trips;
use crate::verdict::{Verdict, once};
use crate::vocabulary::{Condition, Contact, LimitName, Quantity, RelayName, Rule, Wiring};

/// How far above the reserve the runtime must be again, as a multiple of the reserve: our choice,
/// more than the runtime gains when a load of this size varies.
pub const RELEASE_FACTOR: f64 = 1.2;

/// The reserve.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reserve {
    /// While it holds: the runtime that tripped it, min.
    pub(crate) trip: Option<f64>,
    pub(crate) trips: Trips,
}

impl Reserve {
    /// Holds the runtime against the limit.
    pub(crate) fn judge(&mut self, known: &Known<'_>) {
        self.hold_against(known);
        self.trips
            .watch(self.trip.is_some(), self.trip, known.trip_rule(), known.now);
    }

    fn hold_against(&mut self, known: &Known<'_>) {
        let reserve = known.limits.get(LimitName::ReserveRuntime);
        if !is_on(known) || known.gauge.full_now().is_some() {
            self.trip = None;
        } else if (self.trip.is_some() || is_on_battery(known))
            && let Some(runtime) = known.gauge.runtime()
        {
            let released =
                (runtime.exact()).is_some_and(|exact| exact.minutes() > RELEASE_FACTOR * reserve);
            if released {
                self.trip = None;
            } else if self.trip.is_none() {
                self.trip = too_short(runtime, known.limits);
            }
        }
    }

    /// What it wants of relays 1 and 2 alike.
    pub(crate) fn verdict(&self, limits: &Thresholds) -> Option<Verdict> {
        self.holds().then(|| {
            // A latch of an earlier run holds without a figure.
            let verdict = verdict(self.trip.or(self.trips.value), RELEASE_FACTOR, limits);
            Verdict {
                next: verdict.next.map(|next| self.trips.next(next)),
                ..verdict
            }
        })
    }

    /// Whether it holds both circuits closed.
    pub(crate) fn holds(&self) -> bool {
        self.trip.is_some() || self.trips.latched()
    }

    /// What it has against putting the battery to work by opening that relay.
    pub(crate) fn against_opening(relay: RelayName, known: &Known<'_>) -> Option<Verdict> {
        let discharges = match relay {
            RelayName::Mains => true,
            RelayName::Charger => known.wiring == Wiring::CommonBus,
            RelayName::Aux1 | RelayName::Aux2 => false,
        };
        let minutes = too_short(known.gauge.runtime()?, known.limits)?;
        (discharges && is_on(known)).then(|| verdict(Some(minutes), 1.0, known.limits))
    }
}

fn is_on(known: &Known<'_>) -> bool {
    known.guards.count_charge && known.limits.get(LimitName::ReserveRuntime) > 0.0
}

/// Whether the battery carries the load, by the relays or by its current.
fn is_on_battery(known: &Known<'_>) -> bool {
    battery_carries_load(known.wiring, &known.wanted) || known.gauge.discharging()
}

/// The runtime, min, if it is below the reserve.
fn too_short(runtime: Runtime, limits: &Thresholds) -> Option<f64> {
    let minutes = runtime.minutes();
    (minutes < limits.get(LimitName::ReserveRuntime)).then(|| rounded(minutes))
}

/// `factor` is the multiple of the reserve that the runtime must pass for its end.
fn verdict(minutes: Option<f64>, factor: f64, limits: &Thresholds) -> Verdict {
    let reserve = limits.get(LimitName::ReserveRuntime);
    Verdict {
        contact: Contact::Closed,
        rule: Rule::Reserve,
        value: minutes,
        threshold: Some(reserve),
        next: Some(once(
            Condition::Above,
            Quantity::Runtime,
            factor * reserve,
            None,
        )),
    }
}
