//! What was measured around an edge of relay 1 or 2, sample by sample: what a battery's resistance and
//! recovery are read from.

use serde::{Deserialize, Serialize};

use super::{Contact, RelayName};
use crate::level::rounded;
use crate::sample::Measurement;
use crate::statistics::Quality;

/// A relay that moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Which relay.
    pub relay: RelayName,
    /// Its new position.
    pub contact: Contact,
}

/// Raw samples around the edges of one moment. All series have as many entries as `offset_ms`. `T` is the
/// kind of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transient<T> {
    /// When the relays were commanded.
    pub switched_at: T,
    /// What moved.
    pub edges: Vec<Edge>,
    /// When each sample had been taken, in ms after `switched_at`; negative: before.
    pub offset_ms: Vec<i64>,
    /// Input 1.
    pub battery: VoltageSeries,
    /// Input 2.
    pub charger: CircuitSeries,
    /// Input 3.
    pub load: CircuitSeries,
}

/// The samples of an input whose current nobody measures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VoltageSeries {
    /// V.
    pub voltage: Series,
}

/// The samples of an input that measures a circuit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CircuitSeries {
    /// V.
    pub voltage: Series,
    /// A, as measured: the sensor's offset at rest is not taken off.
    pub current: Series,
}

/// One quantity, sample by sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// How far the samples can be trusted; `over_range`: at least one of them is a bound.
    pub quality: Quality,
    /// Each sample, rounded to 0.0001; `null` where the input gave nothing.
    pub samples: Vec<Option<f64>>,
}

impl<T> Transient<T> {
    /// The same transient with its time put through `f`.
    pub fn map_time<U>(self, f: impl FnOnce(T) -> U) -> Transient<U> {
        Transient {
            switched_at: f(self.switched_at),
            edges: self.edges,
            offset_ms: self.offset_ms,
            battery: self.battery,
            charger: self.charger,
            load: self.load,
        }
    }
}

impl FromIterator<Measurement> for Series {
    fn from_iter<I: IntoIterator<Item = Measurement>>(measurements: I) -> Self {
        let (mut values, mut over_range) = (0, false);
        let mut samples = Vec::new();
        for measurement in measurements {
            over_range |= matches!(measurement, Measurement::OverRange(_));
            let value = measurement.value_or_bound().map(rounded);
            values += usize::from(value.is_some());
            samples.push(value);
        }
        let quality = if values == 0 {
            Quality::Missing
        } else if over_range {
            Quality::OverRange
        } else if values < samples.len() {
            Quality::Partial
        } else {
            Quality::Good
        };
        Self { quality, samples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::SensorFault;

    const MISSING: Measurement = Measurement::Missing(SensorFault::NoAnswer);

    fn series(measurements: &[Measurement]) -> Series {
        measurements.iter().copied().collect()
    }

    #[test]
    fn a_series_says_what_its_samples_are_worth() {
        let good = series(&[Measurement::Value(13.600_04), Measurement::Value(12.5)]);
        assert_eq!(good.samples, [Some(13.6), Some(12.5)]);
        assert_eq!(good.quality, Quality::Good);
        let partial = series(&[Measurement::Value(13.6), MISSING]);
        assert_eq!(partial.samples, [Some(13.6), None]);
        assert_eq!(partial.quality, Quality::Partial);
        let bound = series(&[Measurement::OverRange(-3.2), MISSING]);
        assert_eq!(bound.samples, [Some(-3.2), None]);
        assert_eq!(bound.quality, Quality::OverRange);
        assert_eq!(series(&[MISSING]).quality, Quality::Missing);
        assert_eq!(series(&[]).quality, Quality::Missing);
    }
}
