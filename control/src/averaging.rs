//! From samples to readings: the statistics of a window.
//!
//! A window holds `samples_per_window` samples and ends with the last of them. Where samples are
//! missing it ends by time, half a sample interval after its length, and says so in its quality. So
//! every window ends, and a sample that comes a little late is still counted in its own window.

use core::time::Duration;

use crate::Monotonic;
use crate::level::rounded;
use crate::sample::{Measurement, Sample, SensorFault};
use crate::statistics::{
    BatteryStatistics, CircuitStatistics, Quality, Statistics, WindowStatistics,
};

/// The window that is being filled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    pub(crate) length: Duration,
    pub(crate) samples_per_window: u32,
    pub(crate) start: Monotonic,
    pub(crate) sums: Sums,
}

/// What the window holds so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) samples: u32,
    pub(crate) battery_volts: Accumulator,
    pub(crate) battery_amperes: Accumulator,
    pub(crate) charger: CircuitSums,
    pub(crate) load: CircuitSums,
    pub(crate) celsius: Accumulator,
}

impl Window {
    pub(crate) fn new(length: Duration, samples_per_window: u32, start: Monotonic) -> Self {
        Self {
            length,
            samples_per_window,
            start,
            sums: Sums::default(),
        }
    }

    /// Time from one sample to the next.
    pub(crate) fn sample_interval(&self) -> Duration {
        self.length / self.samples_per_window
    }

    /// Adds a screened sample and the battery current derived from it.
    pub(crate) fn add(&mut self, sample: &Sample, battery_amperes: Measurement) {
        self.sums.samples += 1;
        self.sums.battery_volts.add(sample.battery_volts);
        self.sums.battery_amperes.add(battery_amperes);
        self.sums
            .charger
            .add(sample.charger_volts, sample.charger_amperes);
        self.sums.load.add(sample.load_volts, sample.load_amperes);
        self.sums.celsius.add(sample.temperature_celsius);
    }

    /// Ends the window if its last sample is in or its time is over, and begins the next one.
    pub(crate) fn end(&mut self, now: Monotonic) -> Option<Box<WindowStatistics>> {
        let full = self.sums.samples >= self.samples_per_window;
        let age = now.since(self.start);
        let overdue = age > self.length + self.sample_interval() / 2;
        if !full && !overdue {
            return None;
        }
        self.start = if full { now } else { self.next_start(now, age) };
        let sums = core::mem::take(&mut self.sums);
        Some(Box::new(sums.statistics(self.samples_per_window)))
    }

    /// Where the next window begins after one that ended by time: right behind it, or, if nobody
    /// asked for longer than a window, at the last multiple of its length.
    fn next_start(&self, now: Monotonic, age: Duration) -> Monotonic {
        let length = self.length.as_millis().max(1);
        let into_window = u64::try_from(age.as_millis() % length).unwrap_or(0);
        now.before(Duration::from_millis(into_window))
    }
}

impl Sums {
    fn statistics(&self, expected: u32) -> WindowStatistics {
        WindowStatistics {
            n: self.samples,
            battery: BatteryStatistics {
                voltage: self.battery_volts.statistics(expected),
                current: self.battery_amperes.statistics(expected),
            },
            charger: self.charger.statistics(expected),
            load: self.load.statistics(expected),
            temperature: self.celsius.statistics(expected),
        }
    }
}

/// Voltage, current and power of one circuit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CircuitSums {
    pub(crate) volts: Accumulator,
    pub(crate) amperes: Accumulator,
    pub(crate) watts: Accumulator,
}

impl CircuitSums {
    fn add(&mut self, volts: Measurement, amperes: Measurement) {
        self.volts.add(volts);
        self.amperes.add(amperes);
        self.watts.add(product(volts, amperes));
    }

    fn statistics(&self, expected: u32) -> CircuitStatistics {
        CircuitStatistics {
            voltage: self.volts.statistics(expected),
            current: self.amperes.statistics(expected),
            power: self.watts.statistics(expected),
        }
    }
}

/// Power of one sample, W; a bound where a factor is one.
fn product(volts: Measurement, amperes: Measurement) -> Measurement {
    match (volts, amperes) {
        (Measurement::Missing(fault), _) | (_, Measurement::Missing(fault)) => {
            Measurement::Missing(fault)
        }
        (Measurement::Value(volts), Measurement::Value(amperes)) => {
            Measurement::Value(volts * amperes)
        }
        (volts, amperes) => match (volts.value_or_bound(), amperes.value_or_bound()) {
            (Some(volts), Some(amperes)) => Measurement::OverRange(volts * amperes),
            _ => Measurement::Missing(SensorFault::NoAnswer),
        },
    }
}

/// Mean, spread and extremes of a stream of values (Welford's algorithm: one pass, no cancellation).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Accumulator {
    pub(crate) n: u32,
    pub(crate) over_range: bool,
    pub(crate) mean: f64,
    pub(crate) squares: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Accumulator {
    fn add(&mut self, measurement: Measurement) {
        let Some(value) = measurement.value_or_bound() else {
            return;
        };
        self.over_range |= matches!(measurement, Measurement::OverRange(_));
        if self.n == 0 {
            (self.min, self.max) = (value, value);
        }
        self.n += 1;
        let from_old_mean = value - self.mean;
        self.mean += from_old_mean / f64::from(self.n);
        self.squares += from_old_mean * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    fn statistics(&self, expected: u32) -> Statistics {
        if self.n == 0 {
            return Statistics::MISSING;
        }
        let variance = (self.squares / f64::from(self.n)).max(0.0);
        Statistics {
            mean: Some(rounded(self.mean.clamp(self.min, self.max))),
            min: Some(rounded(self.min)),
            max: Some(rounded(self.max)),
            sd: (self.n >= 2).then(|| rounded(variance.sqrt())),
            n: self.n,
            quality: match (self.over_range, self.n >= expected) {
                (true, _) => Quality::OverRange,
                (false, true) => Quality::Good,
                (false, false) => Quality::Partial,
            },
        }
    }
}
