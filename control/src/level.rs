//! A measured level that a rule holds against a threshold: exact, or known only to be beyond a bound.

use crate::sample::Measurement;

/// Figures that are shown are rounded to this part of their unit: finer than any of the sensors.
const STEPS_PER_UNIT: f64 = 10_000.0;

/// A figure as it is shown.
pub(crate) fn rounded(value: f64) -> f64 {
    // Adding zero turns −0 into 0.
    (value * STEPS_PER_UNIT).round() / STEPS_PER_UNIT + 0.0
}

/// A measured level, in the unit of its quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Level {
    /// The sensor gave this value.
    Exactly(f64),
    /// The sensor was over its range: the true value is this or more.
    AtLeast(f64),
}

impl Level {
    /// What a screened measurement says of a quantity that is over range only upwards.
    pub(crate) const fn of(measurement: Measurement) -> Option<Self> {
        match measurement {
            Measurement::Value(value) => Some(Self::Exactly(value)),
            Measurement::OverRange(bound) => Some(Self::AtLeast(bound)),
            Measurement::Missing(_) => None,
        }
    }

    /// The value, or its lower bound, as it is shown.
    pub(crate) fn figure(self) -> f64 {
        match self {
            Self::Exactly(value) | Self::AtLeast(value) => rounded(value),
        }
    }

    /// Above the threshold; a level beyond the sensor's range may always be, so it counts as above.
    pub(crate) fn above(self, threshold: f64) -> bool {
        match self {
            Self::Exactly(value) => value > threshold,
            Self::AtLeast(_) => true,
        }
    }

    /// At the threshold or above it; beyond the sensor's range counts.
    pub(crate) fn reaches(self, threshold: f64) -> bool {
        match self {
            Self::Exactly(value) => value >= threshold,
            Self::AtLeast(_) => true,
        }
    }

    /// Proven below the threshold.
    pub(crate) fn below(self, threshold: f64) -> bool {
        match self {
            Self::Exactly(value) => value < threshold,
            Self::AtLeast(_) => false,
        }
    }

    /// Proven at the threshold or below it.
    pub(crate) fn down_to(self, threshold: f64) -> bool {
        match self {
            Self::Exactly(value) => value <= threshold,
            Self::AtLeast(_) => false,
        }
    }
}
