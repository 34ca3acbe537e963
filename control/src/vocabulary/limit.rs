//! Thresholds that an operator may set.

use serde::{Deserialize, Serialize};

use super::wire_names;

/// A threshold that an operator may set within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitName {
    /// Mean battery voltage above which overcharge protection opens the charger, V.
    OverchargeCut,
    /// Mean battery voltage below which it closes again, V.
    ChargeResume,
    /// Raw battery voltage at which the charger opens in every mode, V.
    HardVoltage,
    /// Raw battery voltage at which both circuits close in every mode, V.
    DischargeFloor,
    /// Temperature above which an alarm is raised, °C.
    TemperatureWarn,
    /// Temperature above which the charger opens, °C.
    TemperatureLimit,
}

wire_names!(LimitName {
    OverchargeCut => "overcharge_cut",
    ChargeResume => "charge_resume",
    HardVoltage => "hard_voltage",
    DischargeFloor => "discharge_floor",
    TemperatureWarn => "temperature_warn",
    TemperatureLimit => "temperature_limit",
});

impl LimitName {
    /// The unit that its values are in.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::OverchargeCut | Self::ChargeResume | Self::HardVoltage | Self::DischargeFloor => {
                Unit::Volt
            }
            Self::TemperatureWarn | Self::TemperatureLimit => Unit::DegreeCelsius,
        }
    }
}

/// A unit of measurement, by its symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Volt.
    Volt,
    /// Ampere.
    Ampere,
    /// Watt.
    Watt,
    /// Degree Celsius.
    DegreeCelsius,
}

wire_names!(Unit { Volt => "V", Ampere => "A", Watt => "W", DegreeCelsius => "°C" });

/// Who set a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitSource {
    /// The battery profile.
    Default,
    /// The node's configuration.
    Configuration,
    /// A command.
    Operator,
}

wire_names!(LimitSource {
    Default => "default",
    Configuration => "configuration",
    Operator => "operator",
});

/// A limit's value and where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LimitSetting<T> {
    /// The value, in the limit's unit.
    pub value: f64,
    /// Who set it.
    pub set_by: LimitSource,
    /// When; `null` for a default.
    pub set_at: Option<T>,
}

impl<T> LimitSetting<T> {
    /// The same setting with its time put through `f`.
    pub fn map_time<U>(self, f: impl FnOnce(T) -> U) -> LimitSetting<U> {
        LimitSetting {
            value: self.value,
            set_by: self.set_by,
            set_at: self.set_at.map(f),
        }
    }
}
