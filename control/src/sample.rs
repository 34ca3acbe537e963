//! One raw measurement of all inputs: what the shell hands to the controller.

use crate::vocabulary::{Contact, Relays};

/// Why an input gave no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SensorFault {
    /// The sensor did not answer.
    NoAnswer,
    /// The bus of all sensors hangs: nothing came within the deadline.
    BusHangs,
    /// The sensor had lost its configuration, and was configured anew.
    Reset,
    /// The sensor answers, and has measured nothing since it was last asked.
    Stalled,
    /// The sensor's answer is no measurement.
    Nonsense,
    /// The answer is physically impossible.
    OutOfRange,
}

/// One input's answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measurement {
    /// A value in the input's unit; always finite.
    Value(f64),
    /// Beyond the sensor's range: the true value is at least this far from zero.
    OverRange(f64),
    /// No value.
    Missing(SensorFault),
}

impl Measurement {
    /// The value, or the bound where the sensor is over its range.
    #[must_use]
    pub const fn value_or_bound(self) -> Option<f64> {
        match self {
            Self::Value(value) | Self::OverRange(value) => Some(value),
            Self::Missing(_) => None,
        }
    }
}

/// What a sense input upstream of relay 1 says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MainsSense {
    /// Mains is there.
    Present,
    /// Mains is gone.
    Lost,
    /// The site has no sense input.
    NotFitted,
}

/// One raw measurement of all inputs, taken together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Input 1: the battery's terminals, V.
    pub battery_volts: Measurement,
    /// Input 2: the charging circuit, V.
    pub charger_volts: Measurement,
    /// Input 2: the charging circuit, A, positive towards the battery.
    pub charger_amperes: Measurement,
    /// Input 3: the load, V.
    pub load_volts: Measurement,
    /// Input 3: the load, A, positive towards the load.
    pub load_amperes: Measurement,
    /// The thermometer at the battery, °C.
    pub temperature_celsius: Measurement,
    /// The sense input upstream of relay 1.
    pub mains_sense: MainsSense,
    /// What the relay board reads back; `None` where it cannot be read.
    pub relays: Relays<Option<Contact>>,
    /// Whether the relay board did not take the positions that it was last given.
    pub board_refuses: bool,
}
