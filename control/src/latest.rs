//! What is known of the battery right now: the last good value of each quantity, and its age.

use core::time::Duration;

use crate::Monotonic;
use crate::level::Level;
use crate::sample::Sample;

/// A value counts as lost once its last good sample is older than this many sample intervals: one
/// failed transfer on the bus is no loss of data, a silent sensor is.
pub const LOST_AFTER_INTERVALS: u32 = 3;

/// A value and when it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stamped {
    pub(crate) level: Level,
    pub(crate) at: Monotonic,
}

/// The last good values of what the interlocks look at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Latest {
    pub(crate) lost_after: Duration,
    /// Battery voltage, V.
    pub(crate) volts: Option<Stamped>,
    /// Temperature, °C.
    pub(crate) celsius: Option<Stamped>,
    /// When the last sample came, whatever it held.
    pub(crate) sample_at: Option<Monotonic>,
}

impl Latest {
    pub(crate) fn new(sample_interval: Duration) -> Self {
        Self {
            lost_after: sample_interval * LOST_AFTER_INTERVALS,
            volts: None,
            celsius: None,
            sample_at: None,
        }
    }

    /// Takes in a screened sample.
    pub(crate) fn observe(&mut self, sample: &Sample, at: Monotonic) {
        self.sample_at = Some(at);
        if let Some(level) = Level::of(sample.battery_volts) {
            self.volts = Some(Stamped { level, at });
        }
        if let Some(level) = Level::of(sample.temperature_celsius) {
            self.celsius = Some(Stamped { level, at });
        }
    }

    /// Whether something of that age (`None`: never there) can no longer be relied on.
    pub(crate) fn too_old(&self, at: Option<Monotonic>, now: Monotonic) -> bool {
        at.is_none_or(|at| now.since(at) > self.lost_after)
    }

    /// Whether the battery's voltage is unknown.
    pub(crate) fn volts_lost(&self, now: Monotonic) -> bool {
        self.too_old(self.volts.map(|volts| volts.at), now)
    }

    /// Whether the temperature is unknown.
    pub(crate) fn celsius_lost(&self, now: Monotonic) -> bool {
        self.too_old(self.celsius.map(|celsius| celsius.at), now)
    }

    /// The last voltage, V, for an explanation.
    pub(crate) fn volts_figure(&self) -> Option<f64> {
        self.volts.map(|volts| volts.level.figure())
    }

    /// The last temperature, °C, for an explanation.
    pub(crate) fn celsius_figure(&self) -> Option<f64> {
        self.celsius.map(|celsius| celsius.level.figure())
    }
}
