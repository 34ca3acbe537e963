//! From the state of the interlocks to the alarms: whether each holds, and what there is to say of it.

use super::Controller;
use crate::Monotonic;
use crate::alarms::Finding;
use crate::battery_draining;
use crate::charger_voltage;
use crate::decision::StorageFault;
use crate::gauge::Runtime;
use crate::interlock::{cold, floor, heat, reserve};
use crate::level::{Level, rounded};
use crate::temperature_rise;
use crate::trips::Trips;
use crate::vocabulary::{AlarmName, Event, LimitName, RelayName};

impl Controller {
    /// Raises and clears every alarm; `window_ended` if a reading is part of this step.
    pub(super) fn update_alarms(
        &mut self,
        window_ended: bool,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        for alarm in AlarmName::ALL.iter().copied() {
            if alarm == AlarmName::ChargerVoltageHigh && !window_ended {
                continue;
            }
            let was_active = self.alarms.is_active(alarm);
            let active = self.alarm_holds(alarm, was_active);
            if active || was_active {
                let finding = self.finding(alarm, active);
                self.alarms.update(alarm, active, finding, now, events);
            }
        }
    }

    /// Whether what the alarm tells of is so.
    pub(super) fn alarm_holds(&self, alarm: AlarmName, was_active: bool) -> bool {
        let interlocks = &self.interlocks;
        match alarm {
            AlarmName::TemperatureHigh => interlocks.heat.warn.holds(),
            AlarmName::TemperatureLimit => interlocks.heat.holds(),
            AlarmName::TemperatureLow => interlocks.cold.holds(),
            AlarmName::ThermalRunaway => interlocks.thermal_runaway.trip.is_some(),
            AlarmName::TemperatureRising => self.temperature_rise.is_steep(was_active),
            AlarmName::DataLost => interlocks.data_lost.is_lost(),
            AlarmName::VoltageHardLimit => {
                let interlock = &interlocks.voltage_hard_limit;
                interlock.trip.is_some() || interlock.trips.latched()
            }
            AlarmName::BatteryAtFloor => interlocks.floor.holds(),
            AlarmName::ReserveLow => interlocks.reserve.holds(),
            AlarmName::FullChargeOverdue => self.gauge.full_charge_overdue(self.now),
            AlarmName::MainsLost => interlocks.mains.is_lost(),
            AlarmName::CurrentOverRange => self.over_range.holds(was_active),
            AlarmName::BatteryDraining => battery_draining::holds(
                self.wiring,
                interlocks.thermal_holds(),
                self.gauge.battery_amperes,
                was_active,
            ),
            AlarmName::ChargeTimeout => self.cycle_memory.charge_timed_out,
            AlarmName::CycleAborted => self.cycle_memory.aborted.is_some(),
            AlarmName::SwitchingBudget => self.switching.any_spent(&self.guards, self.now),
            AlarmName::RestartOnBattery => self.restarted_on_battery,
            AlarmName::RestartLoop => self.restart_loop,
            AlarmName::ClockUnset => self.clock.overdue(self.now),
            AlarmName::RelayFault => self.watch.cause().is_some(),
            AlarmName::StorageFault => self.storage_fault.is_some(),
            AlarmName::ChargerVoltageHigh => charger_voltage::is_high(
                self.mean,
                self.relays[RelayName::Charger].wanted,
                self.highest_charge_volts(),
                was_active,
            ),
        }
    }

    /// What there is to say of an alarm that is or was active.
    fn finding(&self, alarm: AlarmName, active: bool) -> Finding {
        let interlocks = &self.interlocks;
        match alarm {
            AlarmName::TemperatureHigh => self.temperature(
                LimitName::TemperatureWarn,
                until(active, -heat::WARN_HYSTERESIS_CELSIUS),
            ),
            AlarmName::TemperatureLimit => self
                .temperature(
                    LimitName::TemperatureLimit,
                    until(active, -heat::LIMIT_HYSTERESIS_CELSIUS),
                )
                .latched_by(&interlocks.heat.trips),
            AlarmName::TemperatureLow => self
                .temperature(
                    LimitName::ChargeTemperatureMin,
                    until(active, cold::HYSTERESIS_CELSIUS),
                )
                .latched_by(&interlocks.cold.trips),
            AlarmName::ThermalRunaway => interlocks.thermal_runaway.finding(&self.latest),
            AlarmName::TemperatureRising => Finding {
                value: self.temperature_rise.rate().map(rounded),
                threshold: Some(temperature_rise::bound(active)),
                ..Finding::default()
            },
            AlarmName::DataLost => Finding::caused(interlocks.data_lost.cause())
                .latched_by(&interlocks.data_lost.trips),
            AlarmName::VoltageHardLimit => {
                let limit = if active {
                    self.thresholds.get(LimitName::HardVoltage)
                } else {
                    self.thresholds.hard_release()
                };
                self.voltage(limit)
                    .latched_by(&interlocks.voltage_hard_limit.trips)
            }
            AlarmName::BatteryAtFloor => {
                let floor = self.thresholds.get(LimitName::DischargeFloor);
                self.voltage(floor + until(active, floor::HYSTERESIS_VOLTS))
                    .latched_by(&interlocks.floor.trips)
            }
            AlarmName::ReserveLow => self.reserve(active),
            AlarmName::CurrentOverRange => Finding {
                value: self.over_range.bound().map(rounded),
                ..Finding::default()
            },
            AlarmName::BatteryDraining => Finding {
                value: self.runtime_minutes(),
                ..Finding::default()
            },
            AlarmName::CycleAborted => Finding {
                latched: true,
                ..Finding::caused(self.cycle_memory.aborted)
            },
            AlarmName::RestartOnBattery | AlarmName::RestartLoop => Finding {
                latched: true,
                ..Finding::default()
            },
            AlarmName::RelayFault => Finding::caused(self.watch.cause()),
            AlarmName::StorageFault => Finding::caused(self.storage_fault.map(StorageFault::cause)),
            AlarmName::ChargerVoltageHigh => Finding {
                value: self.mean.map(Level::figure),
                threshold: Some(charger_voltage::bound(self.highest_charge_volts(), active)),
                ..Finding::default()
            },
            AlarmName::FullChargeOverdue
            | AlarmName::MainsLost
            | AlarmName::ChargeTimeout
            | AlarmName::SwitchingBudget
            | AlarmName::ClockUnset => Finding::default(),
        }
    }

    /// The highest voltage at which a charger in order charges this battery at its temperature, V.
    fn highest_charge_volts(&self) -> f64 {
        (self.thresholds).charge_volts(self.profile.absorption_max_volts())
    }

    /// `shift` is how far from the limit the alarm's bound lies, °C.
    fn temperature(&self, limit: LimitName, shift: f64) -> Finding {
        Finding {
            value: self.latest.celsius_figure(),
            threshold: Some(rounded(self.thresholds.get(limit) + shift)),
            ..Finding::default()
        }
    }

    fn voltage(&self, threshold: f64) -> Finding {
        Finding {
            value: self.latest.volts_figure(),
            threshold: Some(rounded(threshold)),
            ..Finding::default()
        }
    }

    fn reserve(&self, active: bool) -> Finding {
        let factor = if active { 1.0 } else { reserve::RELEASE_FACTOR };
        let reserve = self.thresholds.get(LimitName::ReserveRuntime);
        Finding {
            value: self.runtime_minutes(),
            threshold: Some(rounded(factor * reserve)),
            ..Finding::default()
        }
        .latched_by(&self.interlocks.reserve.trips)
    }

    /// How long the battery can carry its load, min.
    fn runtime_minutes(&self) -> Option<f64> {
        let runtime = self.gauge.runtime().and_then(Runtime::exact)?;
        Some(rounded(runtime.minutes()))
    }
}

/// How far from its limit the alarm's bound lies: it begins at the limit and ends with the hysteresis.
const fn until(active: bool, hysteresis: f64) -> f64 {
    if active { 0.0 } else { hysteresis }
}

impl Finding {
    /// The same alarm, which only an acknowledgement ends where these trips say so.
    fn latched_by(self, trips: &Trips) -> Self {
        Self {
            latched: trips.unacknowledged(),
            ..self
        }
    }
}
