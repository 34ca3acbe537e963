//! What a window of samples says of each quantity.

use serde::{Deserialize, Serialize};

use crate::level::Level;
use crate::vocabulary::wire_names;

/// How far the statistics of a window can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// Every sample of the window gave a value.
    Good,
    /// Some samples gave none.
    Partial,
    /// The sensor was over its range: the figures are bounds.
    OverRange,
    /// No sample gave a value, or nothing measured tells: every figure is `null`.
    Missing,
}

wire_names!(Quality {
    Good => "good",
    Partial => "partial",
    OverRange => "over_range",
    Missing => "missing",
});

/// One quantity over one window, in the quantity's unit, rounded to 0.0001.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// Least value.
    pub min: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// Standard deviation of the population of samples; `null` below two samples.
    pub sd: Option<f64>,
    /// Samples that gave a value.
    pub n: u32,
    /// How far it can be trusted.
    pub quality: Quality,
}

impl Statistics {
    /// No value at all.
    pub const MISSING: Self = Self {
        mean: None,
        min: None,
        max: None,
        sd: None,
        n: 0,
        quality: Quality::Missing,
    };

    /// The mean as a rule sees it: with samples over range it is a lower bound.
    pub(crate) fn mean_level(&self) -> Option<Level> {
        match self.quality {
            Quality::OverRange => self.mean.map(Level::AtLeast),
            Quality::Good | Quality::Partial => self.mean.map(Level::Exactly),
            Quality::Missing => None,
        }
    }
}

/// The battery over one window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BatteryStatistics {
    /// V.
    pub voltage: Statistics,
    /// A, positive while charging; derived from the other inputs by the wiring.
    pub current: Statistics,
}

/// The charging circuit or the load over one window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CircuitStatistics {
    /// V.
    pub voltage: Statistics,
    /// A.
    pub current: Statistics,
    /// W: the mean of voltage × current, sample by sample.
    pub power: Statistics,
}

/// Every quantity over one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowStatistics {
    /// Samples that the window held, whatever they gave.
    pub n: u32,
    /// Input 1.
    pub battery: BatteryStatistics,
    /// Input 2.
    pub charger: CircuitStatistics,
    /// Input 3.
    pub load: CircuitStatistics,
    /// °C.
    pub temperature: Statistics,
}
