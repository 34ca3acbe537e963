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
    /// Temperature below which the charger opens, °C.
    ChargeTemperatureMin,
    /// Mean battery voltage below which a cycle's discharge ends, V.
    DischargeStop,
    /// Mean battery voltage above which, with a small current, a battery counts as full, V.
    ChargeStop,
    /// Mean battery voltage below which a resting battery is charged again, V.
    TopUp,
    /// Charge taken out at which a discharge ends, in percent of the capacity.
    DischargeDepth,
    /// How long the battery must always be able to carry the present load, min.
    ReserveRuntime,
    /// How long a discharge may last, min.
    LongestDischarge,
}

wire_names!(LimitName {
    OverchargeCut => "overcharge_cut",
    ChargeResume => "charge_resume",
    HardVoltage => "hard_voltage",
    DischargeFloor => "discharge_floor",
    TemperatureWarn => "temperature_warn",
    TemperatureLimit => "temperature_limit",
    ChargeTemperatureMin => "charge_temperature_min",
    DischargeStop => "discharge_stop",
    ChargeStop => "charge_stop",
    TopUp => "top_up",
    DischargeDepth => "discharge_depth",
    ReserveRuntime => "reserve_runtime",
    LongestDischarge => "longest_discharge",
});

impl LimitName {
    /// The unit that its values are in.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::OverchargeCut
            | Self::ChargeResume
            | Self::HardVoltage
            | Self::DischargeFloor
            | Self::DischargeStop
            | Self::ChargeStop
            | Self::TopUp => Unit::Volt,
            Self::TemperatureWarn | Self::TemperatureLimit | Self::ChargeTemperatureMin => {
                Unit::DegreeCelsius
            }
            Self::DischargeDepth => Unit::Percent,
            Self::ReserveRuntime | Self::LongestDischarge => Unit::Minute,
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
    /// Percent.
    Percent,
    /// Minute.
    Minute,
}

wire_names!(Unit { Volt => "V", Ampere => "A", Watt => "W", DegreeCelsius => "°C", Percent => "%", Minute => "min" });

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
