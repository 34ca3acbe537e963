//! What the interlocks remember.

use super::Key;
use crate::interlock::Interlocks;
use crate::interlock::cold::Cold;
use crate::interlock::critical_period::CriticalPeriod;
use crate::interlock::data_lost::{DataLost, Knowledge};
use crate::interlock::discharge_depth::DischargeDepth;
use crate::interlock::floor::Floor;
use crate::interlock::heat::Heat;
use crate::interlock::longest_discharge::LongestDischarge;
use crate::interlock::mains::Mains;
use crate::interlock::reserve::Reserve;
use crate::interlock::thermal_runaway::{Filling, Span, ThermalRunaway};
use crate::interlock::voltage_hard_limit::{Trip, VoltageHardLimit};
use crate::latch::Latch;
use crate::trips::{TripLatch, Trips};
use crate::vocabulary::{MainsState, Wiring};

/// Longer than a walk lets thermal runaway remember, min.
const RUNAWAY_MINUTES: u64 = 100;

impl Key<'_> {
    pub(super) fn interlocks(&mut self, interlocks: &Interlocks) {
        let Interlocks {
            heat,
            cold,
            thermal_runaway,
            voltage_hard_limit,
            data_lost,
            floor,
            // Follows from schedule and clock in every step.
            critical_period: CriticalPeriod::No | CriticalPeriod::Until(_) | CriticalPeriod::Unknown,
            reserve,
            discharge_depth,
            longest_discharge,
            mains,
            wiring,
        } = interlocks;
        let Heat { limit, warn, trips } = heat;
        self.latch(limit);
        // The warning raises an alarm, which nothing but a cycle looks at.
        if self.scope.cycles {
            self.latch(warn);
        }
        self.trips(trips);
        let Cold { latch, trips } = cold;
        self.latch(latch);
        self.trips(trips);
        self.thermal_runaway(thermal_runaway);
        let Floor { latch, trips } = floor;
        self.latch(latch);
        self.trips(trips);
        let VoltageHardLimit {
            wiring: _,
            trip,
            trips,
            yielded,
        } = voltage_hard_limit;
        self.least_open(trip.map(|Trip { at, volts: _ }| at));
        self.trips(trips);
        // Whoever trips it forgets that it gave way: only a latch asks.
        self.push(u8::from(*yielded && trips.latched()));
        self.data_lost(data_lost);
        let Reserve { trip, trips } = reserve;
        self.trips(trips);
        self.push(u8::from(trip.is_some()));
        let DischargeDepth { trip } = discharge_depth;
        self.push(u8::from(trip.is_some()));
        let LongestDischarge { open_since, trip } = longest_discharge;
        let longest = self.scope.longest_minutes;
        self.time(*open_since, longest);
        self.time(trip.map(|trip| trip.until), longest);
        let Mains {
            state,
            returning,
            held,
        } = mains;
        // Present and unknown are found anew with every sample. Whether a charger holds the voltage up
        // tells the battery's current in one wiring alone.
        self.push(if *state == MainsState::Lost {
            1 + *returning
        } else {
            0
        });
        self.push(u8::from(*held && *wiring == Wiring::BatteryLead));
    }

    fn data_lost(&mut self, data_lost: &DataLost) {
        let DataLost {
            knowledge,
            // No voltage of a grid reads the same under two currents: see `stimulus`.
            frozen: _,
            stuck_volts,
            trips,
        } = data_lost;
        assert!(stuck_volts.is_none(), "a walk has met a frozen voltage");
        self.trips(trips);
        match knowledge {
            Knowledge::Starting { since } => {
                self.push(10);
                self.time(Some(*since), self.scope.lost_minutes);
            }
            Knowledge::Known => self.push(11),
            Knowledge::Lost {
                good_windows,
                cause: _,
            } => self.push(*good_windows),
        }
    }

    /// Exact, but for times in tens of minutes: the walk's steps are longer.
    fn trips(&mut self, trips: &Trips) {
        let Trips {
            holds,
            times,
            value: _,
            latch,
        } = trips;
        self.push(u8::from(*holds));
        self.push(match latch {
            None => 0,
            Some(TripLatch::Unacknowledged) => 1,
            Some(TripLatch::UntilOver) => 2,
        });
        // No rule asks when the trips were that have latched; and no cause comes twice at one moment, so
        // a trip that the next sample forgets counts no more.
        if latch.is_none() && self.scope.trips {
            for trip in times {
                self.push((self.now.since(*trip).as_secs() / 600).min(253) as u8);
            }
        }
        self.push(u8::MAX);
    }

    /// Exact: the walk that reaches it has few values and a short memory.
    fn thermal_runaway(&mut self, interlock: &ThermalRunaway) {
        let ThermalRunaway {
            wiring: _,
            profile: _,
            least_amperes: _,
            memory: _,
            window: _,
            spans,
            filling,
            seen_at,
            trip,
        } = interlock;
        if let Some(trip) = trip {
            self.exactly(&[trip.celsius]);
            self.push(u8::from(trip.acknowledged));
            self.push(trip.cool);
        }
        // What is remembered for less than the hour that a trip needs trips nothing.
        if !self.scope.runaway {
            return;
        }
        for span in spans {
            let Span {
                end,
                volts: (least, greatest),
                amperes,
                celsius,
            } = span;
            self.time(Some(*end), RUNAWAY_MINUTES);
            self.exactly(&[*least, *greatest, *amperes, *celsius]);
        }
        let Filling {
            windows,
            volts: (least, greatest),
            amperes,
            celsius,
        } = filling;
        self.push(*windows as u8);
        self.exactly(&[*least, *greatest, *amperes, *celsius]);
        self.time(*seen_at, self.scope.lost_minutes);
    }

    fn latch(&mut self, latch: &Latch) {
        let Latch { held } = latch;
        self.push(held.map_or(u8::MAX, |held| held.refuted_by));
    }
}
