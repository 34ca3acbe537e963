//! The interlocks: the last stage of every decision, in every mode and under manual authority.
//!
//! One file each. They see every raw sample, and each holds its own latch. The first one that has a
//! verdict decides; the order is written once for each relay, in `Interlocks::charger` and
//! `Interlocks::mains`. A new interlock is a file here, a field below, a line in each order, and a
//! [`crate::Rule`].

pub mod critical_period;
pub mod data_lost;
pub mod floor;
pub mod heat;
pub mod mains;
mod refusal;
pub mod voltage_hard_limit;

use crate::Monotonic;
use crate::latest::Latest;
use crate::level::Level;
use crate::limits::Limits;
use crate::sample::Sample;
use crate::statistics::WindowStatistics;
use crate::verdict::Verdict;
use crate::vocabulary::{RelayName, Wiring};
use critical_period::CriticalPeriod;
use data_lost::DataLost;
use floor::Floor;
use heat::Heat;
use mains::Mains;
pub(crate) use refusal::refusal;
use voltage_hard_limit::VoltageHardLimit;

/// Every interlock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Interlocks {
    pub(crate) heat: Heat,
    pub(crate) voltage_hard_limit: VoltageHardLimit,
    pub(crate) data_lost: DataLost,
    pub(crate) floor: Floor,
    pub(crate) critical_period: CriticalPeriod,
    pub(crate) mains: Mains,
    pub(crate) wiring: Wiring,
}

impl Interlocks {
    pub(crate) fn new(wiring: Wiring, now: Monotonic) -> Self {
        Self {
            heat: Heat::default(),
            voltage_hard_limit: VoltageHardLimit::new(wiring),
            data_lost: DataLost::Starting { since: now },
            floor: Floor::default(),
            critical_period: CriticalPeriod::default(),
            mains: Mains::default(),
            wiring,
        }
    }

    /// Takes in a window that has ended.
    pub(crate) fn window(
        &mut self,
        window: &WindowStatistics,
        samples_per_window: u32,
        limits: &Limits,
        now: Monotonic,
    ) {
        self.voltage_hard_limit
            .window(&window.battery.voltage, limits, now);
        self.data_lost.window(window, samples_per_window);
    }

    /// Takes in a screened sample.
    pub(crate) fn sample(&mut self, sample: &Sample, limits: &Limits) {
        self.heat
            .sample(Level::of(sample.temperature_celsius), limits);
        self.floor.sample(Level::of(sample.battery_volts), limits);
        self.mains.sample(sample);
    }

    /// Holds what is known now against limits and clock: in every step, sample or not.
    pub(crate) fn judge(&mut self, latest: &Latest, limits: &Limits, now: Monotonic) {
        self.heat.judge(latest, limits);
        self.voltage_hard_limit.judge(latest, limits, now);
        self.data_lost.judge(latest, now);
        self.floor.judge(latest, limits);
    }

    /// What the interlocks want of that relay; `None` where they leave it free.
    pub(crate) fn verdict(&self, relay: RelayName, limits: &Limits) -> Option<Verdict> {
        match relay {
            RelayName::Mains => self.mains(limits),
            RelayName::Charger => self.charger(limits),
            RelayName::Aux1 | RelayName::Aux2 => None,
        }
    }

    fn charger(&self, limits: &Limits) -> Option<Verdict> {
        (self.heat.charger(limits))
            .or_else(|| self.voltage_hard_limit.charger(limits))
            .or_else(|| self.data_lost.verdict())
            .or_else(|| self.floor.verdict(limits))
            .or_else(|| match self.wiring {
                // Here an open charger discharges the battery just as an open mains does.
                Wiring::CommonBus => self.critical_period.verdict(),
                Wiring::BatteryLead => None,
            })
    }

    fn mains(&self, limits: &Limits) -> Option<Verdict> {
        (self.heat.mains(limits))
            .or_else(|| self.voltage_hard_limit.mains(limits))
            .or_else(|| self.data_lost.verdict())
            .or_else(|| self.floor.verdict(limits))
            .or_else(|| self.critical_period.verdict())
            .or_else(|| self.mains.verdict())
    }
}
