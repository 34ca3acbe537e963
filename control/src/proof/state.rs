//! Which part of a controller can influence what it will decide.
//!
//! Two controllers with the same [`key`] decide alike for ever. Every structure is taken apart by
//! name, so a new field does not compile until it is decided here whether it counts. Left out are
//! alarms and verification (they report and never feed back; only the invariants on them look there),
//! and the figures in reasons. Levels count by where they lie among the thresholds, times by how long
//! ago they were, up to the longest time that anything asks for.

use core::time::Duration;

use super::history::History;
use super::stimulus::INTERVAL;
use super::stimulus::LONGEST_DISCHARGE_MINUTES;
use crate::Monotonic;
use crate::averaging::{Accumulator, Sums, Window};
use crate::clock::WallClock;
use crate::controller::Controller;
use crate::gauge::Gauge;
use crate::gauge::counting::Counting;
use crate::gauge::full::FullWatch;
use crate::guards::Guards;
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
use crate::latest::{Latest, Stamped};
use crate::level::Level;
use crate::manual::Manual;
use crate::mode::Plan;
use crate::mode::consumption_cycle::{ConsumptionCycle, CycleMemory, Stage};
use crate::mode::overcharge_protection::OverchargeProtection;
use crate::switching::{RelaySwitching, Switching};
use crate::trips::{TripLatch, Trips};
use crate::vocabulary::{AlarmName, LimitName, MainsState, RelayName, Wiring};
use crate::weekly_plan::WeeklyPlan;

/// Minutes after which no least open time asks any more how long ago something was.
const LEAST_OPEN_MINUTES: u64 = 30;
/// The walk's longest discharge, in minutes.
const LONGEST_OPEN_MINUTES: u64 = LONGEST_DISCHARGE_MINUTES as u64;
/// The first of the walk's steps, in minutes, after which a value counts as lost.
const LOST_MINUTES: u64 = 80;
/// The first of the walk's steps, in minutes, after which a mode may open a circuit again.
const LEAST_CLOSED_MINUTES: u64 = 20;
/// Openings that the walk can make in a budget's period, at the most.
const SPENDABLE_OPENINGS: u32 = 72;
/// A day, in minutes, as far as a byte tells: budgets that can be spent are walked on their own.
const BUDGET_MINUTES: u64 = 240;
/// Longer than the walk's week asks for.
const WEEK_MINUTES: u64 = 240;
/// Longer than the walk's cycles wait for anything.
const CYCLE_MINUTES: u64 = 120;
/// Longer than the walk lets thermal runaway remember.
const RUNAWAY_MINUTES: u64 = 100;
/// Longer than the walk's lease.
const LEASE_MINUTES: u64 = 60;

/// What a last voltage is held against: the floors and the hard limit of the grids.
const RAW_VOLTS: [f64; 4] = [12.0, 12.1, 14.729, 14.999];
/// What a mean is held against: resume level and cuts of the grids.
const MEAN_VOLTS: [f64; 3] = [12.999, 14.2, 14.5];
/// What a last temperature is held against: the limits of the grids.
const CELSIUS: [f64; 4] = [-20.001, -10.001, 40.0, 45.0];

/// The part of controller and history that can influence a later decision or invariant.
pub(super) fn key(controller: &Controller, history: &History) -> Vec<u8> {
    let Controller {
        wiring: _,
        profile: _,
        samples_per_window: _,
        guards,
        // The walk compensates nothing, and what follows from a lost thermometer follows anew.
        temperature_compensation: _,
        thresholds: _,
        mean_celsius: _,
        temperature_rise: _,
        over_range: _,
        limits,
        clock,
        week,
        now,
        latest,
        window,
        tare: _,
        gauge,
        mean,
        interlocks,
        plan,
        phase_told: _,
        cycle_memory,
        manual,
        switching,
        restarted_on_battery: _,
        relays,
        watch: _,
        alarms: _,
    } = controller;
    let mut key = Key {
        now: *now,
        trip_window: guards.trip_window,
        bytes: Vec::with_capacity(64),
    };
    for name in LimitName::ALL.iter().copied() {
        // The grids move limits by at least 0.1.
        key.push((limits.get(name) * 10.0) as u8);
    }
    key.latest(latest);
    key.window(window);
    key.level(*mean, &MEAN_VOLTS);
    key.gauge(gauge);
    key.interlocks(interlocks);
    key.week(week, clock);
    key.plan(plan, cycle_memory);
    key.manual(manual);
    key.switching(switching, guards);
    for relay in [RelayName::Mains, RelayName::Charger] {
        key.push(relays[relay].wanted as u8);
        key.push(relays[relay].reason.rule as u8);
    }
    key.history(history);
    key.bytes
}

struct Key {
    now: Monotonic,
    trip_window: Duration,
    bytes: Vec<u8>,
}

impl Key {
    fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// How long ago, or how long until, in minutes.
    fn time(&mut self, at: Option<Monotonic>, longest: u64) {
        let minutes = |at: Monotonic| {
            let distance = self.now.since(at).max(at.since(self.now));
            (distance.as_secs() / 60).min(longest).min(254) as u8
        };
        let byte = at.map_or(u8::MAX, minutes);
        self.push(byte);
    }

    /// Where a level lies. Rules that ask for "at or above" have a threshold a hair lower here; no
    /// stimulus lies in that gap.
    fn level(&mut self, level: Option<Level>, thresholds: &[f64]) {
        let byte = match level {
            None => u8::MAX,
            Some(Level::AtLeast(_)) => u8::MAX - 1,
            Some(Level::Exactly(value)) => thresholds
                .iter()
                .filter(|threshold| value > **threshold)
                .count() as u8,
        };
        self.push(byte);
    }

    fn latest(&mut self, latest: &Latest) {
        let Latest {
            lost_after: _,
            volts,
            celsius,
            sample_at,
        } = latest;
        for (stamped, thresholds) in [(volts, &RAW_VOLTS[..]), (celsius, &CELSIUS[..])] {
            self.level(stamped.map(|Stamped { level, .. }| level), thresholds);
            self.time(stamped.map(|Stamped { at, .. }| at), LOST_MINUTES);
        }
        // Only tells the view what is stale.
        let _: &Option<Monotonic> = sample_at;
    }

    fn window(&mut self, window: &Window) {
        let Window {
            length: _,
            samples_per_window: _,
            start,
            sums,
        } = window;
        let Sums {
            samples,
            battery_volts,
            battery_amperes: _,
            charger: _,
            load: _,
            celsius,
        } = sums;
        self.time(Some(*start), LOST_MINUTES);
        self.push(u8::try_from(*samples).unwrap_or(u8::MAX));
        for (accumulator, thresholds) in [(battery_volts, &MEAN_VOLTS[..]), (celsius, &CELSIUS[..])]
        {
            let Accumulator {
                n,
                over_range,
                mean,
                squares: _,
                min: _,
                max: _,
            } = accumulator;
            self.level((*n > 0).then_some(Level::Exactly(*mean)), thresholds);
            self.push(u8::from(*over_range));
        }
    }

    fn gauge(&mut self, gauge: &Gauge) {
        let Gauge {
            wiring: _,
            profile: _,
            capacity_ampere_hours,
            guards,
            longest_sample: _,
            counting,
            watch,
            // Tells and raises alarms, and never feeds back.
            last_full: _,
            saturated_at: _,
            without_full_since: _,
            told_at: _,
            drained: _,
            load,
            battery_amperes,
        } = gauge;
        // Without a capacity nothing is counted, and no rule asks whether the battery is full.
        let Some(capacity) = capacity_ampere_hours else {
            return;
        };
        let Counting {
            missing_ampere_hours,
            unmeasured,
            sampled_at,
        } = counting;
        // Whole percent of the capacity: the currents of a grid must move it in whole percent.
        let percent = missing_ampere_hours.map(|missing| (100.0 * missing / capacity).round());
        self.push(percent.map_or(u8::MAX, |percent| percent.min(101.0) as u8));
        self.push((unmeasured.as_secs() / 60).min(11) as u8);
        self.time(*sampled_at, LOST_MINUTES);
        let FullWatch {
            interrupted,
            high_since,
            tail_since,
            full,
            full_since,
        } = watch;
        self.push(u8::from(*interrupted));
        let longest = guards.absorption_timeout.as_secs() / 60;
        self.time(*high_since, longest);
        self.time(*tail_since, guards.tail_hold.as_secs() / 60);
        self.push(u8::from(full.is_some()));
        self.time(*full_since, guards.saturation.as_secs() / 60);
        // Whole amperes, for the same reason.
        let whole = |amperes: f64| amperes.round().clamp(-100.0, 100.0) as i8 as u8;
        self.push(load.map_or(u8::MAX, |load| whole(load.figure())));
        self.push(u8::from(matches!(load, Some(Level::AtLeast(_)))));
        self.push(battery_amperes.map_or(u8::MAX, whole));
    }

    fn interlocks(&mut self, interlocks: &Interlocks) {
        let Interlocks {
            heat,
            cold,
            thermal_runaway,
            voltage_hard_limit,
            data_lost,
            floor,
            critical_period,
            reserve,
            discharge_depth,
            longest_discharge,
            mains,
            wiring,
        } = interlocks;
        // The warning only raises an alarm.
        let Heat {
            limit,
            warn: _,
            trips,
        } = heat;
        self.latch(limit);
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
        self.time(trip.map(|Trip { at, volts: _ }| at), LEAST_OPEN_MINUTES);
        self.trips(trips);
        // Whoever trips it forgets that it gave way: only a latch asks.
        self.push(u8::from(*yielded && trips.latched()));
        let DataLost {
            knowledge,
            frozen: _,
            stuck_volts,
            trips,
        } = data_lost;
        // The random streams show frozen voltages.
        assert!(stuck_volts.is_none(), "no current of a grid steps so far");
        self.trips(trips);
        match knowledge {
            Knowledge::Starting { since } => {
                self.push(10);
                self.time(Some(*since), LOST_MINUTES);
            }
            Knowledge::Known => self.push(11),
            Knowledge::Lost {
                good_windows,
                cause: _,
            } => self.push(*good_windows),
        }
        match critical_period {
            CriticalPeriod::No => self.push(0),
            CriticalPeriod::Until(end) => self.time(Some(*end), WEEK_MINUTES),
            CriticalPeriod::Unknown => self.push(u8::MAX),
        }
        let Reserve { trip, trips } = reserve;
        self.trips(trips);
        self.push(u8::from(trip.is_some()));
        let DischargeDepth { trip } = discharge_depth;
        self.push(u8::from(trip.is_some()));
        let LongestDischarge { open_since, trip } = longest_discharge;
        self.time(*open_since, LONGEST_OPEN_MINUTES);
        self.time(trip.map(|trip| trip.until), LONGEST_OPEN_MINUTES);
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
        if latch.is_none() && self.trip_window > INTERVAL {
            for trip in times {
                self.push((self.now.since(*trip).as_secs() / 600).min(253) as u8);
            }
        }
        self.push(u8::MAX);
    }

    /// Exact: the walk that reaches it has few values and a short memory.
    fn thermal_runaway(&mut self, interlock: &ThermalRunaway) {
        let ThermalRunaway {
            profile: _,
            least_amperes: _,
            memory: _,
            window: _,
            spans,
            filling,
            seen_at,
            trip,
        } = interlock;
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
        self.time(*seen_at, LOST_MINUTES);
        if let Some(trip) = trip {
            self.exactly(&[trip.celsius]);
            self.push(u8::from(trip.acknowledged));
            self.push(trip.cool);
        }
    }

    fn exactly(&mut self, values: &[f64]) {
        for value in values {
            self.bytes.extend(value.to_bits().to_le_bytes());
        }
    }

    fn latch(&mut self, latch: &Latch) {
        let Latch { held } = latch;
        self.push(held.map_or(u8::MAX, |held| held.refuted_by));
    }

    /// Where in the week it is: as far as the walk's short week reaches.
    fn week(&mut self, week: &WeeklyPlan, clock: &WallClock) {
        let moment = week.moment.unwrap_or_default();
        self.push(u8::from(week.calendar.is_some()));
        for edge in [
            moment.critical_until,
            moment.next_critical,
            moment.allowed_until,
            moment.next_allowed,
        ] {
            self.time(edge.and_then(|edge| clock.monotonic(edge)), WEEK_MINUTES);
        }
        let WallClock {
            shown,
            unset_since: _,
        } = clock;
        self.push(u8::from(shown.is_some()));
    }

    fn switching(&mut self, switching: &Switching, guards: &Guards) {
        let Switching { relays } = switching;
        for relay in [RelayName::Mains, RelayName::Charger] {
            let RelaySwitching {
                closed_at,
                counting_since,
                openings,
            } = relays[relay];
            self.time(closed_at, LEAST_CLOSED_MINUTES);
            // A budget that cannot be spent within its period decides nothing.
            if guards.openings_a_day <= SPENDABLE_OPENINGS {
                self.time(counting_since, BUDGET_MINUTES);
                self.push(openings.min(guards.openings_a_day) as u8);
            }
        }
    }

    fn cycle(&mut self, cycle: &ConsumptionCycle) {
        let ConsumptionCycle { stage, since, run } = cycle;
        self.push(match stage {
            Stage::Waiting => 3,
            Stage::Filling => 4,
            Stage::Discharging(_) => 5,
            Stage::Charging => 6,
            Stage::Resting => 7,
        });
        self.time(Some(*since), CYCLE_MINUTES);
        self.push(run.as_ref().map_or(u8::MAX, |run| run.by as u8));
    }

    fn plan(&mut self, plan: &Plan, memory: &CycleMemory) {
        let CycleMemory {
            last_start,
            last: _,
            baseline: _,
            recharge: _,
            aborted: _,
            charge_timed_out: _,
        } = memory;
        self.time(*last_start, CYCLE_MINUTES);
        match plan {
            Plan::ConsumptionCycle(cycle) => self.cycle(cycle),
            Plan::Observer => self.push(0),
            Plan::OverchargeProtection(OverchargeProtection::Charging) => self.push(1),
            Plan::OverchargeProtection(OverchargeProtection::Cut { at, volts: _ }) => {
                self.push(2);
                self.time(Some(*at), LEAST_OPEN_MINUTES);
            }
        }
    }

    fn manual(&mut self, manual: &Manual) {
        let Manual { lease_end, held } = manual;
        self.time(*lease_end, LEASE_MINUTES);
        self.push(held.mains as u8);
        self.push(held.charger as u8);
    }

    fn history(&mut self, history: &History) {
        for streak in [history.hot, history.cold, history.low, history.lost] {
            self.push(streak.unwrap_or(u8::MAX));
        }
        self.push(u8::from(history.starting.is_some()));
        let high_waits = history.waits(AlarmName::VoltageHardLimit);
        self.push(u8::from(history.gave_way && high_waits));
        for tally in &history.tallies {
            self.push(u8::from(tally.held));
            self.push(tally.waits.map_or(2, u8::from));
        }
        if let Some(runaway) = &history.runaway {
            self.push(runaway.cool);
            self.push(u8::from(runaway.acknowledged));
        }
        self.push(u8::from(history.mains_lost));
        self.time(history.too_high, LEAST_OPEN_MINUTES);
        self.time(history.open_since, LONGEST_OPEN_MINUTES);
        self.time(history.cut, LEAST_OPEN_MINUTES);
    }
}
