//! Alarms: one list, stable names.

use serde::{Deserialize, Serialize};

use super::wire_names;

/// How much an alarm matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Something will go wrong if nobody looks.
    Warning,
    /// Something is wrong now.
    Critical,
}

wire_names!(Severity { Info => "info", Warning => "warning", Critical => "critical" });

/// What can be wrong at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmName {
    /// The battery is above `temperature_warn`.
    TemperatureHigh,
    /// The battery went above `temperature_limit`: the charger is open until it has cooled.
    TemperatureLimit,
    /// Battery voltage or temperature is missing, stale or impossible: plain installation.
    DataLost,
    /// The battery's voltage reached the hard limit: the charger is open.
    VoltageHardLimit,
    /// The charger holds the battery above the highest absorption voltage of its profile.
    ChargerVoltageHigh,
    /// The battery is at its discharge floor: both circuits are closed.
    BatteryAtFloor,
    /// The 230 V supply is gone.
    MainsLost,
    /// The measurements contradict a relay's position.
    RelayFault,
}

wire_names!(AlarmName {
    TemperatureHigh => "temperature_high",
    TemperatureLimit => "temperature_limit",
    DataLost => "data_lost",
    VoltageHardLimit => "voltage_hard_limit",
    ChargerVoltageHigh => "charger_voltage_high",
    BatteryAtFloor => "battery_at_floor",
    MainsLost => "mains_lost",
    RelayFault => "relay_fault",
});

impl AlarmName {
    /// How much it matters.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::TemperatureHigh | Self::ChargerVoltageHigh | Self::MainsLost => Severity::Warning,
            Self::TemperatureLimit
            | Self::DataLost
            | Self::VoltageHardLimit
            | Self::BatteryAtFloor
            | Self::RelayFault => Severity::Critical,
        }
    }
}

/// An active alarm. `T` is the kind of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alarm<T> {
    /// Which one.
    pub alarm: AlarmName,
    /// How much it matters.
    pub severity: Severity,
    /// When it was raised.
    pub since: T,
    /// When a person said that they know; `null` until then.
    pub acknowledged_at: Option<T>,
    /// The value that raised it, in the unit of its rule; `null` where none applies.
    pub value: Option<f64>,
    /// The threshold that the value passed; `null` where none applies.
    pub threshold: Option<f64>,
}

impl<T> Alarm<T> {
    /// The same alarm with its times put through `f`.
    pub fn map_time<U>(self, mut f: impl FnMut(T) -> U) -> Alarm<U> {
        Alarm {
            alarm: self.alarm,
            severity: self.severity,
            since: f(self.since),
            acknowledged_at: self.acknowledged_at.map(f),
            value: self.value,
            threshold: self.threshold,
        }
    }
}
