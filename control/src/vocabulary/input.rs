//! The measuring inputs of a site, and what can be wrong with one.

use serde::{Deserialize, Serialize};

use super::wire_names;
use crate::sample::SensorFault;

/// What is wrong with an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputFault {
    /// Its chip does not answer.
    NoAnswer,
    /// The bus of all inputs hangs.
    BusHangs,
    /// Its chip had lost its configuration, and was configured anew.
    Reset,
    /// Its chip answers, and measures nothing new.
    Stalled,
    /// Its chip answers what can be no measurement.
    Nonsense,
    /// What it measured is physically impossible.
    OutOfRange,
    /// What it measures is beyond its range: its figures are bounds.
    OverRange,
    /// Its figure moved faster than any battery's does, while no relay moved.
    ImplausibleStep,
    /// Its figure did not follow where a step of the current must move it.
    NoResponse,
}

wire_names!(InputFault {
    NoAnswer => "no_answer",
    BusHangs => "bus_hangs",
    Reset => "reset",
    Stalled => "stalled",
    Nonsense => "nonsense",
    OutOfRange => "out_of_range",
    OverRange => "over_range",
    ImplausibleStep => "implausible_step",
    NoResponse => "no_response",
});

impl From<SensorFault> for InputFault {
    fn from(fault: SensorFault) -> Self {
        match fault {
            SensorFault::NoAnswer => Self::NoAnswer,
            SensorFault::BusHangs => Self::BusHangs,
            SensorFault::Reset => Self::Reset,
            SensorFault::Stalled => Self::Stalled,
            SensorFault::Nonsense => Self::Nonsense,
            SensorFault::OutOfRange => Self::OutOfRange,
        }
    }
}

/// One value for each input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inputs<T> {
    /// Input 1: the battery's terminals.
    pub battery: T,
    /// Input 2: the charging circuit.
    pub charger: T,
    /// Input 3: the load.
    pub load: T,
    /// The thermometer at the battery.
    pub temperature: T,
}
