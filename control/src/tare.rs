//! The offset of the charger's current sensor: what it shows while no current can flow.
//!
//! The current that keeps a battery full is smaller than the offset of the usual sensors. While relay
//! 2 is open the true current is zero, so what is measured then is the offset. A mean beyond the tare
//! that the design allows is no offset but a fault, and moves nothing.

use crate::current::TARE_AMPERES;
use crate::level::rounded;
use crate::sample::Measurement;

/// Samples that are averaged: our choice, one window of the design.
pub const TARE_SAMPLES: u8 = 10;

/// The offset, and the samples that will tell the next one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tare {
    /// A; never more than the tare that the design allows.
    pub(crate) offset_amperes: f64,
    /// Sum of the samples so far, A.
    pub(crate) sum: f64,
    pub(crate) samples: u8,
}

impl Tare {
    /// Takes in the charger's current; `open` if relay 2 was open beyond the doubts that are known.
    pub(crate) fn sample(&mut self, charger: Measurement, open: bool) {
        match charger {
            Measurement::Value(amperes) if open => {
                self.sum += amperes;
                self.samples += 1;
            }
            Measurement::Missing(_) if open => {}
            Measurement::Value(_) | Measurement::OverRange(_) | Measurement::Missing(_) => {
                self.begin_anew();
            }
        }
        if self.samples >= TARE_SAMPLES {
            let mean = rounded(self.sum / f64::from(self.samples));
            if mean.abs() <= TARE_AMPERES {
                self.offset_amperes = mean;
            }
            self.begin_anew();
        }
    }

    /// A charger's current without the offset.
    pub(crate) fn taken_off(&self, charger: Measurement) -> Measurement {
        match charger {
            Measurement::Value(amperes) => Measurement::Value(amperes - self.offset_amperes),
            bound @ Measurement::OverRange(_) => bound,
            missing @ Measurement::Missing(_) => missing,
        }
    }

    fn begin_anew(&mut self) {
        (self.sum, self.samples) = (0.0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::SensorFault;
    use Measurement::{Missing, OverRange, Value};

    const SILENT: Measurement = Missing(SensorFault::NoAnswer);

    fn tared(samples: &[(Measurement, bool)]) -> Tare {
        let mut tare = Tare::default();
        for (charger, open) in samples {
            tare.sample(*charger, *open);
        }
        tare
    }

    #[track_caller]
    fn offset(samples: &[(Measurement, bool)], expected: f64) {
        let offset = tared(samples).offset_amperes;
        assert!((offset - expected).abs() < 1e-12, "{offset} A");
    }

    #[test]
    fn the_mean_of_ten_samples_with_relay_2_open_is_the_offset() {
        let half: Vec<_> = (0..5).map(|_| (Value(0.02), true)).collect();
        let other: Vec<_> = (0..5).map(|_| (Value(-0.01), true)).collect();
        offset(&[half.clone(), other.clone()].concat(), 0.005);
        offset(&[half.clone(), other[1..].to_vec()].concat(), 0.0);
        let gap = vec![(SILENT, true); 3];
        offset(&[half.clone(), gap, other.clone()].concat(), 0.005);
        let closed = vec![(Value(5.0), false)];
        offset(&[half.clone(), closed, other.clone()].concat(), 0.0);
        let unseen = vec![(SILENT, false)];
        offset(&[half.clone(), unseen, other.clone()].concat(), 0.0);
        let bound = vec![(OverRange(5.0), true)];
        offset(&[half, bound, other].concat(), 0.0);
    }

    #[test]
    fn more_than_30_milliamperes_are_no_offset() {
        for (amperes, expected) in [
            (0.0299, 0.0299),
            (0.03, 0.03),
            (0.0301, 0.0),
            (-0.0299, -0.0299),
            (-0.03, -0.03),
            (-0.0301, 0.0),
            (2.0, 0.0),
        ] {
            let tare = tared(&[(Value(amperes), true); 10]);
            assert!(
                (tare.offset_amperes - expected).abs() < 1e-12,
                "{amperes} A: {tare:?}"
            );
        }
    }

    #[test]
    fn a_fault_leaves_the_last_offset() {
        let good = vec![(Value(0.02), true); 10];
        let fault = vec![(Value(0.5), true); 10];
        let tare = tared(&[good, fault].concat());
        assert_eq!(tare.taken_off(Value(1.0)), Value(0.98));
        assert_eq!(tare.taken_off(OverRange(20.0)), OverRange(20.0));
        assert_eq!(tare.taken_off(SILENT), SILENT);
    }
}
