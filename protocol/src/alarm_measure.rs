//! What the value and the threshold of an alarm measure: one line an alarm, for every part that
//! writes them out.

use releve_control::AlarmName;

/// On which side of its threshold a value raises an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Above it.
    Above,
    /// At it, or below.
    Below,
}

/// What the value and the threshold of an alarm measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlarmMeasure {
    /// On which side of the threshold the value raises the alarm.
    pub side: Side,
    /// Symbol of the unit of both.
    pub unit: &'static str,
    /// Decimals that the value justifies.
    pub decimals: usize,
}

/// What the alarm's value and threshold measure; `None` for an alarm that has neither.
#[must_use]
pub const fn alarm_measure(alarm: AlarmName) -> Option<AlarmMeasure> {
    use Side::{Above, Below};
    let (side, unit, decimals) = match alarm {
        AlarmName::TemperatureHigh | AlarmName::TemperatureLimit | AlarmName::ThermalRunaway => {
            (Above, "°C", 1)
        }
        AlarmName::TemperatureLow => (Below, "°C", 1),
        AlarmName::TemperatureRising => (Above, "°C/h", 1),
        AlarmName::VoltageHardLimit | AlarmName::ChargerVoltageHigh => (Above, "V", 2),
        AlarmName::BatteryAtFloor => (Below, "V", 2),
        AlarmName::CurrentOverRange => (Above, "A", 2),
        AlarmName::ReserveLow | AlarmName::BatteryDraining => (Below, "min", 0),
        AlarmName::DataLost
        | AlarmName::MainsLost
        | AlarmName::RelayFault
        | AlarmName::ChargeTimeout
        | AlarmName::FullChargeOverdue
        | AlarmName::CycleAborted
        | AlarmName::SwitchingBudget
        | AlarmName::RestartOnBattery
        | AlarmName::RestartLoop
        | AlarmName::ClockUnset
        | AlarmName::StorageFault => return None,
    };
    Some(AlarmMeasure {
        side,
        unit,
        decimals,
    })
}
