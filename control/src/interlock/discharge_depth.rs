//! Depth: a battery of which `discharge_depth` has been taken out is not discharged any further.
//!
//! It looks at the count since the last full charge, in every sample, and ends when enough has been
//! put back. A count that is no longer known does not end it: then a full charge does.

use super::Known;
use crate::compensation::Thresholds;
use crate::level::rounded;
use crate::verdict::{Verdict, once};
use crate::vocabulary::{Condition, Contact, LimitName, Quantity, Rule};

/// How far below the limit the depth must fall, in points of percent of the capacity: our choice.
pub const HYSTERESIS_POINTS: f64 = 5.0;
/// The depth below which it ends at the least, percent of the capacity: the limit may be as low as the
/// hysteresis.
pub const LEAST_RELEASE_PERCENT: f64 = 0.5;

/// The depth of discharge.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct DischargeDepth {
    /// While it holds: the depth that tripped it, percent of the capacity.
    pub(crate) trip: Option<f64>,
}

impl DischargeDepth {
    /// Holds the count against the limit.
    pub(crate) fn judge(&mut self, known: &Known<'_>) {
        if !known.guards.count_charge {
            return;
        }
        let Some(depth) = known.gauge.depth_percent() else {
            return;
        };
        let limit = known.limits.get(LimitName::DischargeDepth);
        if depth >= limit {
            self.trip.get_or_insert(rounded(depth));
        } else if depth < release(limit) {
            self.trip = None;
        }
    }

    /// What it wants of relay 1, and of relay 2 where an open charger discharges the battery.
    pub(crate) fn verdict(&self, limits: &Thresholds) -> Option<Verdict> {
        let depth = self.trip?;
        let limit = limits.get(LimitName::DischargeDepth);
        Some(Verdict {
            contact: Contact::Closed,
            rule: Rule::DischargeDepth,
            value: Some(depth),
            threshold: Some(limit),
            next: Some(once(
                Condition::Below,
                Quantity::Depth,
                release(limit),
                None,
            )),
        })
    }
}

fn release(limit: f64) -> f64 {
    (limit - HYSTERESIS_POINTS).max(LEAST_RELEASE_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Monotonic;
    use crate::gauge::Gauge;
    use crate::guards::Guards;
    use crate::latest::Latest;
    use crate::limits::Limits;
    use crate::profile::Profile;
    use crate::vocabulary::{Relays, Wiring};
    use core::time::Duration;

    fn holds_after(depths: &[f64]) -> bool {
        let guards = Guards::default();
        let interval = Duration::from_secs(3);
        let mut interlock = DischargeDepth::default();
        for depth in depths {
            let mut gauge = Gauge::new(
                Wiring::CommonBus,
                Profile::Agm,
                Some(100.0),
                guards,
                3 * interval,
                Monotonic::START,
            );
            gauge.counting.missing_ampere_hours = Some(*depth);
            interlock.judge(&Known {
                wiring: Wiring::CommonBus,
                limits: &Thresholds::new(
                    &Limits::of(Profile::Agm),
                    Profile::Agm,
                    false,
                    Some(25.0),
                ),
                guards: &guards,
                latest: &Latest::new(interval),
                gauge: &gauge,
                wanted: Relays::PLAIN,
                now: Monotonic::START,
            });
        }
        interlock.trip.is_some()
    }

    #[test]
    fn it_begins_at_the_limit_and_ends_below_it_by_the_hysteresis() {
        assert!(!holds_after(&[24.999]));
        assert!(holds_after(&[25.0]));
        assert!(holds_after(&[25.0, 20.001]));
        assert!(holds_after(&[25.0, 20.0]));
        assert!(!holds_after(&[25.0, 19.999]));
        assert!(!holds_after(&[25.0, 19.999, 20.001]));
    }
}
