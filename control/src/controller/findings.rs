//! From the state of the interlocks to the alarms: one line an alarm.

use super::Controller;
use crate::Monotonic;
use crate::alarms::Finding;
use crate::battery_draining;
use crate::charger_voltage;
use crate::gauge::Runtime;
use crate::interlock::{cold, floor, heat, reserve};
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
            let was_active = self.alarms.is_active(alarm);
            let finding = self.finding(alarm, was_active);
            if finding.active || was_active {
                self.alarms.update(alarm, finding, now, events);
            }
        }
    }

    pub(super) fn finding(&self, alarm: AlarmName, was_active: bool) -> Finding {
        let interlocks = &self.interlocks;
        match alarm {
            AlarmName::TemperatureHigh => self.temperature(
                Change::of(was_active, interlocks.heat.warn.holds()),
                LimitName::TemperatureWarn,
                -heat::WARN_HYSTERESIS_CELSIUS,
            ),
            AlarmName::TemperatureLimit => self
                .temperature(
                    Change::of(was_active, interlocks.heat.holds()),
                    LimitName::TemperatureLimit,
                    -heat::LIMIT_HYSTERESIS_CELSIUS,
                )
                .latched(interlocks.heat.trips.unacknowledged()),
            AlarmName::TemperatureLow => self
                .temperature(
                    Change::of(was_active, interlocks.cold.holds()),
                    LimitName::ChargeTemperatureMin,
                    cold::HYSTERESIS_CELSIUS,
                )
                .latched(interlocks.cold.trips.unacknowledged()),
            AlarmName::ThermalRunaway => interlocks.thermal_runaway.finding(&self.latest),
            AlarmName::TemperatureRising => self.temperature_rise.finding(was_active),
            AlarmName::DataLost => Finding {
                cause: interlocks.data_lost.cause(),
                ..Finding::plain(interlocks.data_lost.is_lost())
            }
            .latched(interlocks.data_lost.trips.unacknowledged()),
            AlarmName::VoltageHardLimit => self.hard_limit(was_active),
            AlarmName::BatteryAtFloor => {
                let active = interlocks.floor.holds();
                let hysteresis = if active { 0.0 } else { floor::HYSTERESIS_VOLTS };
                let floor = self.thresholds.get(LimitName::DischargeFloor);
                self.voltage(Change::of(was_active, active), floor + hysteresis)
                    .latched(interlocks.floor.trips.unacknowledged())
            }
            AlarmName::ReserveLow => self.reserve(was_active),
            AlarmName::FullChargeOverdue => {
                Finding::plain(self.gauge.full_charge_overdue(self.now))
            }
            AlarmName::MainsLost => Finding::plain(interlocks.mains.is_lost()),
            AlarmName::CurrentOverRange => self.over_range.finding(was_active),
            AlarmName::BatteryDraining => battery_draining::finding(
                self.wiring,
                interlocks.thermal_holds(),
                &self.gauge,
                was_active,
            ),
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
            AlarmName::RelayFault => Finding::caused(self.watch.cause()),
            AlarmName::ChargerVoltageHigh => charger_voltage::finding(
                self.mean,
                self.relays[RelayName::Charger].wanted,
                self.thresholds
                    .charge_volts(self.profile.absorption_max_volts()),
                was_active,
            ),
        }
    }

    fn hard_limit(&self, was_active: bool) -> Finding {
        let interlock = &self.interlocks.voltage_hard_limit;
        let active = interlock.trip.is_some() || interlock.trips.latched();
        let threshold = if active {
            self.thresholds.get(LimitName::HardVoltage)
        } else {
            self.thresholds.hard_release()
        };
        self.voltage(Change::of(was_active, active), threshold)
            .latched(interlock.trips.unacknowledged())
    }

    /// `hysteresis` is how far from the limit the alarm ends, °C.
    fn temperature(&self, change: Change, limit: LimitName, hysteresis: f64) -> Finding {
        let active = match change {
            Change::None(active) => return Finding::plain(active),
            Change::To(active) => active,
        };
        let hysteresis = if active { 0.0 } else { hysteresis };
        Finding {
            value: self.latest.celsius_figure(),
            threshold: Some(rounded(self.thresholds.get(limit) + hysteresis)),
            ..Finding::plain(active)
        }
    }

    fn reserve(&self, was_active: bool) -> Finding {
        let interlock = &self.interlocks.reserve;
        let latched = interlock.trips.unacknowledged();
        let active = match Change::of(was_active, interlock.holds()) {
            Change::None(active) => return Finding::plain(active).latched(latched),
            Change::To(active) => active,
        };
        let factor = if active { 1.0 } else { reserve::RELEASE_FACTOR };
        Finding {
            value: (self.gauge.runtime())
                .and_then(Runtime::exact)
                .map(|runtime| rounded(runtime.minutes())),
            threshold: Some(rounded(
                factor * self.thresholds.get(LimitName::ReserveRuntime),
            )),
            latched,
            ..Finding::plain(active)
        }
    }

    fn voltage(&self, change: Change, threshold: f64) -> Finding {
        let active = match change {
            Change::None(active) => return Finding::plain(active),
            Change::To(active) => active,
        };
        Finding {
            value: self.latest.volts_figure(),
            threshold: Some(rounded(threshold)),
            ..Finding::plain(active)
        }
    }
}

/// Whether an alarm begins or ends: its figures are worked out only then, for nobody reads them else.
#[derive(Clone, Copy)]
enum Change {
    /// It is as it was.
    None(bool),
    /// It has become so.
    To(bool),
}

impl Change {
    const fn of(was: bool, is: bool) -> Self {
        if was == is {
            Self::None(is)
        } else {
            Self::To(is)
        }
    }
}
