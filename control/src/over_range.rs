//! A current beyond its sensor's range: its figures are bounds, and every count made from it is one.

use crate::sample::{Measurement, Sample};

/// Samples in a row that raise the alarm, or end it: an inrush is shorter.
pub const SAMPLES: u8 = 3;

/// How the currents of the last samples lay.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OverRange {
    over: u8,
    within: u8,
    /// The last bound, A.
    bound: Option<f64>,
}

impl OverRange {
    /// Takes in a screened sample; a circuit without a current counts neither way.
    pub(crate) fn sample(&mut self, sample: &Sample) {
        let circuits = [sample.charger_amperes, sample.load_amperes];
        let bound = circuits.into_iter().find_map(|current| match current {
            Measurement::OverRange(bound) => Some(bound),
            Measurement::Value(_) | Measurement::Missing(_) => None,
        });
        let measured = |current: &Measurement| !matches!(current, Measurement::Missing(_));
        if bound.is_some() {
            (self.over, self.within) = (self.over.saturating_add(1), 0);
            self.bound = bound;
        } else if circuits.iter().any(measured) {
            (self.over, self.within) = (0, self.within.saturating_add(1));
        }
    }

    /// Whether the alarm holds.
    pub(crate) const fn holds(&self, was_active: bool) -> bool {
        self.over >= SAMPLES || (was_active && self.within < SAMPLES)
    }

    /// The last bound, A.
    pub(crate) const fn bound(&self) -> Option<f64> {
        self.bound
    }
}
