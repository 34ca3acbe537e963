//! A frozen voltage: the battery's current has stepped, and its voltage has not answered.
//!
//! Every battery's voltage answers a step of `step_amperes` by more than a sensor's resolution. Where
//! it reads the very same value in the [`SAMPLES`] before and in those after such a step, one of the two
//! readings is not true: a stuck voltage, or a current that does not flow. Constancy alone proves
//! nothing: a charger holds a full battery at the same figure for hours.
//!
//! The battery's current follows from the wiring, so a contact that was commanded and did not move, and
//! a sense input that is wrong, look the same.

use std::collections::VecDeque;

use crate::sample::Measurement;

/// Samples before the step, and as many after it, whose voltage is the very same.
pub const SAMPLES: usize = 3;
/// The least step that a voltage must answer, A.
pub const STEP_AMPERES: f64 = 2.0;
/// The least step that a voltage must answer, as a part of the capacity per hour: on a large battery
/// a small current moves less than a sensor resolves.
pub const STEP_PART_OF_CAPACITY: f64 = 0.05;

/// The step of the battery's current that its voltage must answer, A.
fn step_amperes(capacity_ampere_hours: Option<f64>) -> f64 {
    capacity_ampere_hours.map_or(STEP_AMPERES, |capacity| {
        STEP_AMPERES.max(STEP_PART_OF_CAPACITY * capacity)
    })
}

/// The last samples that show the same voltage.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Frozen {
    /// Their voltage, V.
    volts: f64,
    /// The least and the greatest that each one's battery current may be, A, the oldest first.
    amperes: VecDeque<(f64, f64)>,
}

impl Frozen {
    /// Takes in a sample's battery voltage and current. Returns the voltage, V, if this sample shows it
    /// frozen.
    pub(crate) fn sample(
        &mut self,
        volts: Measurement,
        amperes: Measurement,
        capacity_ampere_hours: Option<f64>,
    ) -> Option<f64> {
        let (Measurement::Value(volts), Some(amperes)) = (volts, range(amperes)) else {
            self.amperes.clear();
            return None;
        };
        // The very same reading is what this asks for, so bits are compared.
        if volts.to_bits() != self.volts.to_bits() {
            self.volts = volts;
            self.amperes.clear();
        } else if self.amperes.len() == 2 * SAMPLES {
            self.amperes.pop_front();
        }
        self.amperes.push_back(amperes);
        (self.step() >= step_amperes(capacity_ampere_hours)).then_some(volts)
    }

    /// The step between every one of the older half of the currents and every one of the newer, A.
    fn step(&self) -> f64 {
        if self.amperes.len() < 2 * SAMPLES {
            return 0.0;
        }
        let (older, newer) = (
            self.amperes.iter().take(SAMPLES),
            self.amperes.iter().skip(SAMPLES),
        );
        let (before, after) = (hull(older), hull(newer));
        (after.0 - before.1).max(before.0 - after.1)
    }
}

/// The least and the greatest that a current may be, A: a bound leaves one end open.
fn range(amperes: Measurement) -> Option<(f64, f64)> {
    match amperes {
        Measurement::Value(amperes) => Some((amperes, amperes)),
        Measurement::OverRange(bound) if bound < 0.0 => Some((f64::NEG_INFINITY, bound)),
        Measurement::OverRange(bound) => Some((bound, f64::INFINITY)),
        Measurement::Missing(_) => None,
    }
}

/// The least and the greatest of several ranges, A.
fn hull<'a>(ranges: impl Iterator<Item = &'a (f64, f64)>) -> (f64, f64) {
    ranges.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, most), range| (least.min(range.0), most.max(range.1)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::SensorFault;
    use Measurement::{Missing, OverRange, Value};

    /// How many samples of (V, A) it takes to show a frozen voltage, if they do.
    fn found_at(capacity: Option<f64>, samples: &[(Measurement, Measurement)]) -> Option<usize> {
        let mut frozen = Frozen::default();
        samples
            .iter()
            .position(|(volts, amperes)| frozen.sample(*volts, *amperes, capacity).is_some())
    }

    fn steady(volts: f64, amperes: &[f64]) -> Vec<(Measurement, Measurement)> {
        amperes
            .iter()
            .map(|amperes| (Value(volts), Value(*amperes)))
            .collect()
    }

    #[test]
    fn three_samples_on_either_side_of_a_step_are_needed() {
        let samples = steady(13.2, &[0.0, 0.0, 0.0, 0.0, -2.0, -2.0, -2.0]);
        assert_eq!(found_at(None, &samples), Some(6));
        assert_eq!(found_at(None, &samples[..6]), None);
        assert_eq!(found_at(None, &samples[2..]), None, "too few before");
    }

    #[test]
    fn the_step_grows_with_the_battery() {
        let step = |amperes: f64| steady(13.2, &[1.0, 1.0, 1.0, amperes, amperes, amperes]);
        assert_eq!(found_at(None, &step(-0.999)), None);
        assert_eq!(found_at(None, &step(-1.0)), Some(5));
        assert_eq!(found_at(Some(20.0), &step(3.0)), Some(5), "upwards, too");
        assert_eq!(found_at(Some(100.0), &step(-3.9)), None);
        assert_eq!(found_at(Some(100.0), &step(-4.0)), Some(5));
    }

    #[test]
    fn constancy_a_glitch_and_a_slow_change_prove_nothing() {
        assert_eq!(found_at(None, &steady(13.6, &[0.02; 1000])), None);
        let glitch = steady(13.6, &[0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(found_at(None, &glitch), None);
        let slow: Vec<f64> = (0..100).map(|n| f64::from(n) * 0.1).collect();
        assert_eq!(found_at(None, &steady(13.6, &slow)), None);
    }

    #[test]
    fn a_voltage_that_moves_or_is_not_known_is_not_frozen() {
        let mut samples = steady(13.2, &[0.0, 0.0, 0.0, -9.0, -9.0, -9.0]);
        samples[4].0 = Value(13.199);
        assert_eq!(found_at(None, &samples), None);
        let mut samples = steady(16.0, &[0.0, 0.0, 0.0, -9.0, -9.0, -9.0]);
        for sample in &mut samples {
            sample.0 = OverRange(16.0);
        }
        assert_eq!(
            found_at(None, &samples),
            None,
            "a bound stands for many voltages"
        );
        let mut samples = steady(13.2, &[0.0, 0.0, 0.0, 0.0, -9.0, -9.0, -9.0]);
        samples[3].1 = Missing(SensorFault::NoAnswer);
        assert_eq!(found_at(None, &samples), None);
    }

    #[test]
    fn two_bounds_are_no_step() {
        // A charger beyond its sensor's range feeds a load that changes: the battery's current is only
        // known to be more than either figure.
        let mut samples = steady(13.6, &[9.0, 9.0, 9.0, 3.0, 3.0, 3.0]);
        for sample in &mut samples {
            sample.1 = OverRange(sample.1.value_or_bound().unwrap_or(f64::NAN));
        }
        assert_eq!(found_at(None, &samples), None);
    }

    #[test]
    fn a_bound_of_the_current_is_step_enough() {
        let mut samples = steady(13.2, &[0.0, 0.0, 0.0, 8.0, 8.0, 8.0]);
        for bound in [8.0, -8.0] {
            for sample in &mut samples[3..] {
                sample.1 = OverRange(bound);
            }
            assert_eq!(found_at(Some(100.0), &samples), Some(5), "{bound} A");
        }
    }
}
