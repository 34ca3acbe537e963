//! The interlocks: the last stage of every decision, in every mode and under manual authority.
//!
//! One file each. They see every raw sample, and each holds its own latch. The first one that has a
//! verdict decides; the order is written once for each relay, in `Interlocks::charger` and
//! `Interlocks::mains`. A new interlock is a file here, a field below, a line in each order, and a
//! [`crate::Rule`].

pub mod critical_period;
pub mod data_lost;
pub mod discharge_depth;
pub mod floor;
pub mod heat;
pub(crate) mod longest_discharge;
pub mod mains;
mod refusal;
pub mod reserve;
pub mod voltage_hard_limit;

use crate::Monotonic;
use crate::gauge::Gauge;
use crate::guards::Guards;
use crate::latest::Latest;
use crate::level::Level;
use crate::limits::Limits;
use crate::sample::Sample;
use crate::statistics::WindowStatistics;
use crate::verdict::Verdict;
use crate::vocabulary::{Contact, RelayName, Relays, Wiring};
use critical_period::CriticalPeriod;
use data_lost::DataLost;
use discharge_depth::DischargeDepth;
use floor::Floor;
use heat::Heat;
use longest_discharge::LongestDischarge;
use mains::Mains;
pub(crate) use refusal::refusal;
use reserve::Reserve;
use voltage_hard_limit::VoltageHardLimit;

/// What is known when the interlocks judge.
pub(crate) struct Known<'a> {
    pub(crate) wiring: Wiring,
    pub(crate) limits: &'a Limits,
    pub(crate) guards: &'a Guards,
    pub(crate) latest: &'a Latest,
    pub(crate) gauge: &'a Gauge,
    /// Where the relays stand since the last step.
    pub(crate) wanted: Relays<Contact>,
    pub(crate) now: Monotonic,
}

/// Every interlock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Interlocks {
    pub(crate) wiring: Wiring,
    pub(crate) heat: Heat,
    pub(crate) voltage_hard_limit: VoltageHardLimit,
    pub(crate) data_lost: DataLost,
    pub(crate) floor: Floor,
    pub(crate) critical_period: CriticalPeriod,
    pub(crate) reserve: Reserve,
    pub(crate) discharge_depth: DischargeDepth,
    pub(crate) longest_discharge: LongestDischarge,
    pub(crate) mains: Mains,
}

impl Interlocks {
    pub(crate) fn new(wiring: Wiring, now: Monotonic) -> Self {
        Self {
            wiring,
            heat: Heat::default(),
            voltage_hard_limit: VoltageHardLimit::new(wiring),
            data_lost: DataLost::Starting { since: now },
            floor: Floor::default(),
            critical_period: CriticalPeriod::default(),
            reserve: Reserve::default(),
            discharge_depth: DischargeDepth::default(),
            longest_discharge: LongestDischarge::default(),
            mains: Mains::default(),
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
    pub(crate) fn judge(&mut self, known: &Known<'_>) {
        let (latest, limits, now) = (known.latest, known.limits, known.now);
        self.heat.judge(latest, limits);
        self.voltage_hard_limit.judge(latest, limits, now);
        self.data_lost.judge(latest, now);
        self.floor.judge(latest, limits);
        self.reserve.judge(known);
        self.discharge_depth.judge(known);
        self.longest_discharge.judge(known);
    }

    /// The relays stand there from now on.
    pub(crate) fn switched(&mut self, wanted: &Relays<Contact>, now: Monotonic) {
        self.longest_discharge.switched(self.wiring, wanted, now);
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
            .or_else(|| self.reserve.verdict(limits))
            .or_else(|| match self.wiring {
                Wiring::CommonBus => self.discharge(limits),
                Wiring::BatteryLead => None,
            })
    }

    fn mains(&self, limits: &Limits) -> Option<Verdict> {
        (self.heat.mains(limits))
            .or_else(|| self.voltage_hard_limit.mains(limits))
            .or_else(|| self.data_lost.verdict())
            .or_else(|| self.floor.verdict(limits))
            .or_else(|| self.reserve.verdict(limits))
            .or_else(|| self.discharge(limits))
            .or_else(|| self.mains.verdict())
    }

    /// What ends a discharge, of every circuit that discharges the battery while it is open.
    fn discharge(&self, limits: &Limits) -> Option<Verdict> {
        (self.discharge_depth.verdict(limits))
            .or_else(|| self.longest_discharge.verdict(limits))
            .or_else(|| self.critical_period.verdict())
    }
}

/// Whether the battery carries the load with the relays there: relay 1 cuts the supply of the whole
/// installation; relay 2 cuts the load from it only where the charger feeds both.
pub(crate) fn battery_carries_load(wiring: Wiring, wanted: &Relays<Contact>) -> bool {
    wanted.mains == Contact::Open
        || (wiring == Wiring::CommonBus && wanted.charger == Contact::Open)
}
