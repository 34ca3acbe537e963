//! Longest discharge: after `longest_discharge` with an open circuit the battery gets its mains back.
//!
//! It counts the time in which a circuit was open without interruption, by the relays alone: no
//! sensor can make it longer. It ends when the circuit has been closed for the least closed time.

use super::{Known, battery_carries_load};
use crate::Monotonic;
use crate::compensation::Thresholds;
use crate::level::rounded;
use crate::verdict::Verdict;
use crate::vocabulary::{Condition, Contact, LimitName, Next, Relays, Rule, Wiring};

/// The longest discharge.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LongestDischarge {
    /// Since when the battery carries the load, by the relays.
    pub(crate) open_since: Option<Monotonic>,
    pub(crate) trip: Option<Trip>,
}

/// The longest discharge has been reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Trip {
    /// How long the battery had carried the load, min.
    pub(crate) minutes: f64,
    /// When the circuit will have been closed for the least closed time.
    pub(crate) until: Monotonic,
}

impl LongestDischarge {
    /// The relays stand there from now on.
    pub(crate) fn switched(&mut self, wiring: Wiring, wanted: &Relays<Contact>, now: Monotonic) {
        self.open_since =
            battery_carries_load(wiring, wanted).then(|| self.open_since.unwrap_or(now));
    }

    /// Looks at the clock.
    pub(crate) fn judge(&mut self, known: &Known<'_>) {
        let minutes_open = self
            .open_since
            .map(|since| known.now.since(since).as_secs_f64() / 60.0);
        let until = known.now.after(known.guards.least_closed);
        match (&mut self.trip, minutes_open) {
            (Some(trip), Some(_)) => trip.until = until,
            (Some(trip), None) if known.now >= trip.until => self.trip = None,
            (None, Some(minutes)) if minutes >= known.limits.get(LimitName::LongestDischarge) => {
                self.trip = Some(Trip { minutes, until });
            }
            (Some(_) | None, _) => {}
        }
    }

    /// What it wants of relay 1, and of relay 2 where an open charger discharges the battery.
    pub(crate) fn verdict(&self, limits: &Thresholds) -> Option<Verdict> {
        let trip = self.trip?;
        Some(Verdict {
            value: Some(rounded(trip.minutes)),
            threshold: Some(limits.get(LimitName::LongestDischarge)),
            next: Some(Next {
                to: None,
                condition: Condition::Time,
                quantity: None,
                threshold: None,
                not_before: Some(trip.until),
            }),
            ..Verdict::plain(Rule::LongestDischarge, Contact::Closed)
        })
    }
}
