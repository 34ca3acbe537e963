//! The interlocks: the last stage of every decision, in every mode and under manual authority.
//!
//! One file each. They see every raw sample, and each holds its own latch. The first one that has a
//! verdict decides; the order is written once for each relay, in `Interlocks::charger` and
//! `Interlocks::mains`. A new interlock is a file here, a field below, a line in each order, and a
//! [`crate::Rule`].

pub mod cold;
pub mod critical_period;
pub mod data_lost;
pub mod discharge_depth;
pub mod floor;
pub mod frozen;
pub mod heat;
pub(crate) mod longest_discharge;
pub mod mains;
mod refusal;
pub mod reserve;
pub mod thermal_runaway;
pub mod voltage_hard_limit;

use crate::Monotonic;
use crate::compensation::Thresholds;
use crate::decision::Config;
use crate::gauge::Gauge;
use crate::guards::Guards;
use crate::latest::Latest;
use crate::level::Level;
use crate::sample::Sample;
use crate::statistics::WindowStatistics;
use crate::trips::{TripLatch, TripRule, Trips};
use crate::verdict::Verdict;
use crate::vocabulary::{AlarmName, Contact, RelayName, Relays, Wiring};
use cold::Cold;
use critical_period::CriticalPeriod;
use data_lost::DataLost;
use discharge_depth::DischargeDepth;
use floor::Floor;
use heat::Heat;
use longest_discharge::LongestDischarge;
use mains::Mains;
pub(crate) use refusal::refusal;
use reserve::Reserve;
use thermal_runaway::ThermalRunaway;
use voltage_hard_limit::VoltageHardLimit;

/// What is known when the interlocks judge.
pub(crate) struct Known<'a> {
    pub(crate) wiring: Wiring,
    pub(crate) limits: &'a Thresholds,
    pub(crate) guards: &'a Guards,
    pub(crate) latest: &'a Latest,
    pub(crate) gauge: &'a Gauge,
    /// Where the relays stand since the last step.
    pub(crate) wanted: Relays<Contact>,
    pub(crate) now: Monotonic,
}

impl Known<'_> {
    /// How many trips of one cause latch.
    pub(crate) const fn trip_rule(&self) -> TripRule {
        TripRule::of(self.guards)
    }
}

/// Every interlock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Interlocks {
    pub(crate) wiring: Wiring,
    pub(crate) heat: Heat,
    pub(crate) cold: Cold,
    pub(crate) thermal_runaway: ThermalRunaway,
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
    pub(crate) fn new(config: &Config, now: Monotonic) -> Self {
        Self {
            wiring: config.wiring,
            heat: Heat::default(),
            cold: Cold::default(),
            thermal_runaway: ThermalRunaway::new(config),
            voltage_hard_limit: VoltageHardLimit::new(config.wiring),
            data_lost: DataLost::new(now),
            floor: Floor::default(),
            critical_period: CriticalPeriod::default(),
            reserve: Reserve::default(),
            discharge_depth: DischargeDepth::default(),
            longest_discharge: LongestDischarge::default(),
            mains: Mains::default(),
        }
    }

    /// Takes in a window that has ended; `charger` is where relay 2 stood.
    pub(crate) fn window(
        &mut self,
        window: &WindowStatistics,
        samples_per_window: u32,
        charger: Contact,
        limits: &Thresholds,
        now: Monotonic,
    ) {
        self.thermal_runaway.window(window, charger, now);
        self.voltage_hard_limit
            .window(&window.battery.voltage, limits, now);
        self.data_lost.window(window, samples_per_window);
    }

    /// Takes in a screened sample.
    pub(crate) fn sample(&mut self, sample: &Sample, limits: &Thresholds) {
        let celsius = Level::of(sample.temperature_celsius);
        self.heat.sample(celsius, limits);
        self.cold.sample(celsius, limits);
        self.thermal_runaway.sample(celsius, limits);
        self.floor.sample(Level::of(sample.battery_volts), limits);
    }

    /// Holds what is known now against limits and clock: in every step, sample or not.
    pub(crate) fn judge(&mut self, known: &Known<'_>) {
        self.heat.judge(known);
        self.cold.judge(known);
        self.voltage_hard_limit.judge(known);
        self.data_lost.judge(known);
        self.floor.judge(known);
        self.reserve.judge(known);
        self.discharge_depth.judge(known);
        self.longest_discharge.judge(known);
    }

    /// A person knows of that alarm: releases what only an acknowledgement ends.
    pub(crate) fn acknowledge(&mut self, alarm: AlarmName) {
        if alarm == AlarmName::ThermalRunaway {
            self.thermal_runaway.acknowledge();
        }
        if let Some(trips) = self.trips_behind(alarm) {
            trips.acknowledge();
        }
    }

    /// The alarms whose cause tripped too often and that nobody has acknowledged.
    pub(crate) fn unacknowledged(&self) -> Vec<AlarmName> {
        // A look at a copy: this is asked for a snapshot alone.
        let mut copy = self.clone();
        let mut latched = |alarm: AlarmName| {
            copy.trips_behind(alarm)
                .is_some_and(|trips| trips.unacknowledged())
        };
        (AlarmName::ALL.iter().copied())
            .filter(|alarm| latched(*alarm))
            .collect()
    }

    /// Latches the interlock behind that alarm, as repeated trips do.
    pub(crate) fn latch(&mut self, alarm: AlarmName) {
        if let Some(trips) = self.trips_behind(alarm) {
            trips.latch = Some(TripLatch::Unacknowledged);
        }
    }

    fn trips_behind(&mut self, alarm: AlarmName) -> Option<&mut Trips> {
        match alarm {
            AlarmName::TemperatureLimit => Some(&mut self.heat.trips),
            AlarmName::TemperatureLow => Some(&mut self.cold.trips),
            AlarmName::VoltageHardLimit => Some(&mut self.voltage_hard_limit.trips),
            AlarmName::DataLost => Some(&mut self.data_lost.trips),
            AlarmName::BatteryAtFloor => Some(&mut self.floor.trips),
            AlarmName::ReserveLow => Some(&mut self.reserve.trips),
            _ => None,
        }
    }

    /// Whether the battery's temperature holds the charger open: nothing but its own end releases that.
    pub(crate) fn thermal_holds(&self) -> bool {
        self.heat.holds() || self.cold.holds() || self.thermal_runaway.trip.is_some()
    }

    /// The relays stand there from now on.
    pub(crate) fn switched(&mut self, wanted: &Relays<Contact>, now: Monotonic) {
        self.longest_discharge.switched(self.wiring, wanted, now);
    }

    /// What the interlocks want of that relay; `None` where they leave it free.
    pub(crate) fn verdict(&self, relay: RelayName, limits: &Thresholds) -> Option<Verdict> {
        match relay {
            RelayName::Mains => self.mains(limits),
            RelayName::Charger => self.charger(limits),
            RelayName::Aux1 | RelayName::Aux2 => None,
        }
    }

    fn thermal(&self, contact: Contact, limits: &Thresholds) -> Option<Verdict> {
        (self.heat.verdict(contact, limits))
            .or_else(|| self.cold.verdict(contact, limits))
            .or_else(|| self.thermal_runaway.verdict(contact, limits))
    }

    fn charger(&self, limits: &Thresholds) -> Option<Verdict> {
        (self.thermal(Contact::Open, limits))
            .or_else(|| self.voltage_hard_limit.verdict(Contact::Open, limits))
            .or_else(|| self.data_lost.verdict())
            .or_else(|| self.floor.verdict(limits))
            .or_else(|| self.reserve.verdict(limits))
            .or_else(|| match self.wiring {
                Wiring::CommonBus => self.discharge(limits),
                Wiring::BatteryLead => None,
            })
    }

    fn mains(&self, limits: &Thresholds) -> Option<Verdict> {
        (self.thermal(Contact::Closed, limits))
            .or_else(|| self.voltage_hard_limit.verdict(Contact::Closed, limits))
            .or_else(|| self.data_lost.verdict())
            .or_else(|| self.floor.verdict(limits))
            .or_else(|| self.reserve.verdict(limits))
            .or_else(|| self.discharge(limits))
            .or_else(|| self.mains.verdict())
    }

    /// What ends a discharge, of every circuit that discharges the battery while it is open.
    fn discharge(&self, limits: &Thresholds) -> Option<Verdict> {
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
