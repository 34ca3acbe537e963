//! Alarms: one list, stable names.

use serde::{Deserialize, Serialize};

use super::{Cause, wire_names};

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
    /// The battery is below `charge_temperature_min`: it must not be charged, the charger is open.
    TemperatureLow,
    /// The battery warms faster than any charge explains.
    TemperatureRising,
    /// Current and temperature feed each other at constant voltage: the charger is open until a
    /// person has looked.
    ThermalRunaway,
    /// A current is beyond its sensor's range: its figures are bounds.
    CurrentOverRange,
    /// The battery could not carry the load for `reserve_runtime`: both circuits are closed.
    ReserveLow,
    /// Heat or cold holds the charger open on a common bus: the load empties the battery.
    BatteryDraining,
    /// The charge did not end in time.
    ChargeTimeout,
    /// The battery has not been seen full for too long.
    FullChargeOverdue,
    /// A consumption cycle was ended by a guard.
    CycleAborted,
    /// The day's switching budget of a relay is spent: only interlocks switch.
    SwitchingBudget,
    /// The program had stopped while it held mains open: no cycle until a person has looked.
    RestartOnBattery,
    /// The wall clock is not set, so the schedule cannot be followed.
    ClockUnset,
    /// The program has ended and started again and again: the site only observes until a person has looked.
    RestartLoop,
    /// The disk does not take what must be kept: records are in memory alone.
    StorageFault,
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
    TemperatureLow => "temperature_low",
    TemperatureRising => "temperature_rising",
    ThermalRunaway => "thermal_runaway",
    CurrentOverRange => "current_over_range",
    ReserveLow => "reserve_low",
    BatteryDraining => "battery_draining",
    ChargeTimeout => "charge_timeout",
    FullChargeOverdue => "full_charge_overdue",
    CycleAborted => "cycle_aborted",
    SwitchingBudget => "switching_budget",
    RestartOnBattery => "restart_on_battery",
    ClockUnset => "clock_unset",
    RestartLoop => "restart_loop",
    StorageFault => "storage_fault",
});

impl AlarmName {
    /// How much it matters.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::CycleAborted | Self::ClockUnset => Severity::Info,
            Self::TemperatureHigh
            | Self::TemperatureLow
            | Self::TemperatureRising
            | Self::ChargerVoltageHigh
            | Self::CurrentOverRange
            | Self::MainsLost
            | Self::ReserveLow
            | Self::ChargeTimeout
            | Self::FullChargeOverdue
            | Self::SwitchingBudget
            | Self::RestartOnBattery
            | Self::StorageFault => Severity::Warning,
            Self::TemperatureLimit
            | Self::ThermalRunaway
            | Self::DataLost
            | Self::VoltageHardLimit
            | Self::BatteryAtFloor
            | Self::BatteryDraining
            | Self::RestartLoop
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
    /// What exactly is wrong, as far as it can be told; `null` where the name says it all.
    pub cause: Option<Cause>,
    /// Whether it stays until it is acknowledged, even when its cause is over.
    pub latched: bool,
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
            cause: self.cause,
            latched: self.latched,
        }
    }
}
