//! A measured level that a rule holds against a threshold: exact, or known only to be beyond a bound.

use crate::sample::Measurement;

/// Figures that are shown are rounded to this part of their unit: finer than any of the sensors.
const STEPS_PER_UNIT: f64 = 10_000.0;

/// Steps up to which halves are exact.
const WHOLE_STEPS_MAX: f64 = 1e15;

/// A figure as it is shown.
pub(crate) fn rounded(value: f64) -> f64 {
    let steps = value * STEPS_PER_UNIT;
    // `round` is a call of the library where the processor has no instruction for it; whole numbers of
    // this size are exact either way. As a whole number −0 is 0.
    let whole = if steps.abs() < WHOLE_STEPS_MAX {
        (steps + 0.5_f64.copysign(steps)) as i64 as f64
    } else {
        steps.round()
    };
    whole / STEPS_PER_UNIT
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

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn figures_are_rounded_half_away_from_zero() {
        for (value, figure) in [
            (13.512_34, 13.5123),
            (13.512_36, 13.5124),
            (0.000_05, 0.0001),
            (-0.000_05, -0.0001),
            (-0.000_04, 0.0),
            (1e300, 1e300),
            (f64::INFINITY, f64::INFINITY),
        ] {
            assert_eq!(rounded(value).to_bits(), figure.to_bits(), "{value}");
        }
        assert!(rounded(f64::NAN).is_nan());
    }
}
