//! What was measured before an edge: what the samples after it are compared with.

use std::collections::VecDeque;

use crate::sample::{Measurement, Sample};

/// Samples that are remembered: a window of the design.
const REMEMBERED: usize = 10;
/// Fewer samples than these are no basis for a comparison.
const LEAST: usize = 3;

/// Battery voltage and load before an edge, as means.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) volts: f64,
    pub(crate) load_amperes: f64,
}

/// The last samples since the last edge of relay 1 or 2.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct BeforeEdge {
    samples: VecDeque<Figures>,
    /// An edge has come since the last sample: the next one belongs to a new position.
    closed: bool,
}

impl BeforeEdge {
    /// Takes in a sample; one without voltage or load, or over range, is no basis for a comparison.
    pub(super) fn sample(&mut self, sample: &Sample) {
        if core::mem::take(&mut self.closed) {
            self.samples.clear();
        }
        if let (Measurement::Value(volts), Measurement::Value(load_amperes)) =
            (sample.battery_volts, sample.load_amperes)
        {
            if self.samples.len() == REMEMBERED {
                self.samples.pop_front();
            }
            self.samples.push_back(Figures {
                volts,
                load_amperes,
            });
        }
    }

    /// Relay 1 or 2 has moved.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// The means, where enough samples tell them.
    pub(super) fn figures(&self) -> Option<Figures> {
        let n = self.samples.len();
        (n >= LEAST).then(|| {
            let mean =
                |of: fn(&Figures) -> f64| self.samples.iter().map(of).sum::<f64>() / n as f64;
            Figures {
                volts: mean(|figures| figures.volts),
                load_amperes: mean(|figures| figures.load_amperes),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{MainsSense, SensorFault};
    use crate::vocabulary::Relays;

    fn sample(volts: f64) -> Sample {
        let missing = Measurement::Missing(SensorFault::NoAnswer);
        Sample {
            battery_volts: Measurement::Value(volts),
            charger_volts: missing,
            charger_amperes: missing,
            load_volts: missing,
            load_amperes: Measurement::Value(1.5),
            temperature_celsius: missing,
            mains_sense: MainsSense::NotFitted,
            relays: Relays::from_fn(|_| None),
            board_refuses: false,
        }
    }

    #[test]
    fn what_was_measured_before_the_last_edge_is_no_basis_for_the_next() {
        let mut before = BeforeEdge::default();
        for _ in 0..REMEMBERED {
            before.sample(&sample(13.6));
        }
        before.close();
        before.sample(&sample(12.6));
        assert_eq!(before.figures(), None, "one sample is too few");
        for _ in 1..LEAST {
            before.sample(&sample(12.6));
        }
        let figures = before.figures().expect("enough samples");
        assert!((figures.volts - 12.6).abs() < 1e-9, "{}", figures.volts);
    }
}
