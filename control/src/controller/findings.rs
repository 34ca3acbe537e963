//! From the state of the interlocks to the alarms: one line an alarm.

use super::Controller;
use crate::Monotonic;
use crate::alarms::Finding;
use crate::charger_voltage;
use crate::interlock::{floor, heat, reserve};
use crate::level::rounded;
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
            let finding = self.finding(alarm);
            self.alarms.update(alarm, finding, now, events);
        }
    }

    fn finding(&self, alarm: AlarmName) -> Finding {
        let interlocks = &self.interlocks;
        match alarm {
            AlarmName::TemperatureHigh => self.temperature(
                interlocks.heat.warn.holds(),
                LimitName::TemperatureWarn,
                heat::WARN_HYSTERESIS_CELSIUS,
            ),
            AlarmName::TemperatureLimit => self.temperature(
                interlocks.heat.limit.holds(),
                LimitName::TemperatureLimit,
                heat::LIMIT_HYSTERESIS_CELSIUS,
            ),
            AlarmName::DataLost => Finding::plain(interlocks.data_lost.is_lost()),
            AlarmName::VoltageHardLimit => {
                let active = interlocks.voltage_hard_limit.trip.is_some();
                let limit = if active {
                    LimitName::HardVoltage
                } else {
                    LimitName::ChargeResume
                };
                self.voltage(active, self.limits.get(limit))
            }
            AlarmName::BatteryAtFloor => {
                let active = interlocks.floor.latch.holds();
                let hysteresis = if active { 0.0 } else { floor::HYSTERESIS_VOLTS };
                self.voltage(
                    active,
                    self.limits.get(LimitName::DischargeFloor) + hysteresis,
                )
            }
            AlarmName::ReserveLow => self.reserve(),
            AlarmName::FullChargeOverdue => {
                Finding::plain(self.gauge.full_charge_overdue(self.now))
            }
            AlarmName::MainsLost => Finding::plain(interlocks.mains.is_lost()),
            AlarmName::TemperatureLow
            | AlarmName::TemperatureRising
            | AlarmName::ThermalRunaway
            | AlarmName::CurrentOverRange
            | AlarmName::BatteryDraining => Finding::plain(false),
            AlarmName::ChargeTimeout => Finding::plain(self.cycle_memory.charge_timed_out),
            AlarmName::CycleAborted => Finding {
                latched: true,
                ..Finding::caused(self.cycle_memory.aborted)
            },
            AlarmName::SwitchingBudget => {
                Finding::plain(self.switching.any_spent(&self.guards, self.now))
            }
            AlarmName::RestartOnBattery => Finding {
                latched: true,
                ..Finding::plain(self.restarted_on_battery)
            },
            AlarmName::ClockUnset => {
                Finding::plain(self.week.calendar.is_some() && self.clock.overdue(self.now))
            }
            AlarmName::RelayFault => Finding::plain(self.watch.any_fault()),
            AlarmName::ChargerVoltageHigh => charger_voltage::finding(
                self.mean,
                self.relays[RelayName::Charger].wanted,
                self.profile,
                self.alarms.is_active(alarm),
            ),
        }
    }

    fn temperature(&self, active: bool, limit: LimitName, hysteresis: f64) -> Finding {
        let hysteresis = if active { 0.0 } else { hysteresis };
        Finding {
            value: self.latest.celsius_figure(),
            threshold: Some(rounded(self.limits.get(limit) - hysteresis)),
            ..Finding::plain(active)
        }
    }

    fn reserve(&self) -> Finding {
        let active = self.interlocks.reserve.trip.is_some();
        let factor = if active { 1.0 } else { reserve::RELEASE_FACTOR };
        let runtime = self.gauge.runtime();
        Finding {
            value: runtime.map(|runtime| rounded(runtime.minutes())),
            threshold: Some(rounded(factor * self.limits.get(LimitName::ReserveRuntime))),
            ..Finding::plain(active)
        }
    }

    fn voltage(&self, active: bool, threshold: f64) -> Finding {
        Finding {
            value: self.latest.volts_figure(),
            threshold: Some(rounded(threshold)),
            ..Finding::plain(active)
        }
    }
}
