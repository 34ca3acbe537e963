//! Which part of a controller can influence what it will decide.
//!
//! Two controllers with the same key decide alike for ever, within what the walk can do to them.
//! Every structure is taken apart by name, so a new field does not compile until it is decided here
//! whether it counts. Left out are the figures in reasons and events, and what only tells and never
//! feeds back. Levels count by where they lie among the thresholds of the walk, times by how long ago
//! they were, up to the longest time that anything asks for: both are exact for this walk's inputs.
//! What a walk cannot reach is asserted, not assumed.

mod interlocks;
mod plan;
mod scope;

use super::concern::Concern;
use super::edges::Stage;
use super::history::History;
use crate::Monotonic;
use crate::averaging::{Accumulator, Sums, Window};
use crate::controller::Controller;
use crate::latest::{Latest, Stamped};
use crate::level::Level;
use crate::mode::LEAST_OPEN_TIME;
use crate::switching::BUDGET_PERIOD;
use crate::vocabulary::{AlarmName, LimitName, RelayName};
use scope::{Scope, longest_stage, minutes};

/// Makes the keys of one walk.
pub(super) struct Keys {
    scope: Scope,
}

struct Key<'a> {
    scope: &'a Scope,
    now: Monotonic,
    bytes: Vec<u8>,
}

impl Keys {
    pub(super) fn of(concern: &Concern) -> Self {
        Self {
            scope: Scope::of(concern),
        }
    }

    /// The part of controller and history that can influence a later decision or invariant.
    pub(super) fn key(&self, controller: &Controller, history: &History) -> Vec<u8> {
        let Controller {
            wiring: _,
            profile: _,
            samples_per_window: _,
            guards,
            // The walk compensates nothing, and what follows from a lost thermometer follows anew.
            temperature_compensation: _,
            thresholds: _,
            mean_celsius: _,
            // These tell by their alarms, which the temperatures and currents of a grid do not raise.
            temperature_rise: _,
            over_range: _,
            // Nothing asks it but its alarm.
            storage_fault: _,
            // No stimulus restarts the program.
            restart_loop: _,
            limits,
            clock,
            week,
            now,
            latest,
            window,
            tare,
            gauge,
            mean,
            interlocks,
            plan,
            phase_told: _,
            cycle_memory,
            manual,
            switching,
            restarted_on_battery,
            relays,
            watch,
            alarms,
        } = controller;
        let mut key = Key {
            scope: &self.scope,
            now: *now,
            bytes: Vec::with_capacity(128),
        };
        for name in LimitName::ALL.iter().copied() {
            // The grids move limits by at least 0.1.
            key.push((limits.get(name) * 10.0) as u8);
        }
        key.latest(latest);
        key.window(window);
        key.level(*mean, &self.scope.mean_volts);
        key.gauge(gauge);
        key.interlocks(interlocks);
        key.week(week, clock);
        key.plan(plan, cycle_memory, guards);
        // A charge ends with a full battery that was seen since it began.
        let full_since = |at| plan.cycle().is_some_and(|cycle| at > cycle.since);
        key.push(u8::from(gauge.saturated_at().is_some_and(full_since)));
        key.manual(manual);
        key.switching(switching, guards);
        for relay in [RelayName::Mains, RelayName::Charger] {
            key.push(relays[relay].wanted as u8);
            key.push(relays[relay].reason.rule as u8);
        }
        assert!(!restarted_on_battery, "no walk begins with a restart");
        assert!(
            tare.offset_amperes == 0.0,
            "no current of a grid is an offset"
        );
        // No grid has a current through an open contact, so none is found welded.
        assert!(!watch.any_fault(), "a walk has found a fault");
        if self.scope.cycles {
            let active = |alarm: AlarmName| alarms.is_active(alarm);
            assert!(!active(AlarmName::TemperatureRising) && !active(AlarmName::CurrentOverRange));
            // The one that stands against no cycle only tells.
            for alarm in AlarmName::ALL.iter().copied() {
                key.push(u8::from(
                    active(alarm) && alarm != AlarmName::FullChargeOverdue,
                ));
            }
        }
        key.history(history);
        key.bytes
    }
}

impl Key<'_> {
    fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn number(&mut self, number: i64) {
        self.bytes.extend(number.to_le_bytes());
    }

    fn exactly(&mut self, values: &[f64]) {
        for value in values {
            self.bytes.extend(value.to_bits().to_le_bytes());
        }
    }

    /// How long ago, or how long until, in minutes, up to `longest`.
    fn time(&mut self, at: Option<Monotonic>, longest: u64) {
        let minutes = |at: Monotonic| {
            let distance = self.now.since(at).max(at.since(self.now));
            minutes(distance).min(longest) as u16
        };
        let number = at.map_or(u16::MAX, minutes);
        self.bytes.extend(number.to_le_bytes());
    }

    /// When something was opened that stays so for the least open time.
    fn least_open(&mut self, at: Option<Monotonic>) {
        self.time(at, minutes(LEAST_OPEN_TIME));
    }

    /// Where a level lies.
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
            // Only tells the view what is stale.
            sample_at: _,
        } = latest;
        let scope = self.scope;
        for (stamped, thresholds) in [(volts, &scope.raw_volts), (celsius, &scope.celsius)] {
            self.level(stamped.map(|Stamped { level, .. }| level), thresholds);
            self.time(stamped.map(|Stamped { at, .. }| at), scope.lost_minutes);
        }
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
        self.time(Some(*start), self.scope.lost_minutes);
        // A window of the walk is one sample, so none is ever half filled.
        let empty = |accumulator: &Accumulator| {
            let Accumulator {
                n,
                over_range: _,
                mean: _,
                squares: _,
                min: _,
                max: _,
            } = accumulator;
            *n == 0
        };
        assert!(*samples == 0 && empty(battery_volts) && empty(celsius));
    }

    fn history(&mut self, history: &History) {
        for streak in [history.hot, history.cold, history.low, history.lost] {
            self.push(streak.unwrap_or(u8::MAX));
        }
        self.push(history.mains_lost.unwrap_or(u8::MAX));
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
        self.least_open(history.too_high);
        self.time(history.open_since, self.scope.longest_minutes);
        self.least_open(history.cut);
        // The same again as the controller's own, so that the walk also follows a controller that has
        // forgotten what the notebook knows.
        let scope = self.scope;
        for (known, thresholds) in [
            (history.volts, &scope.raw_volts),
            (history.celsius, &scope.celsius),
        ] {
            self.level(known.map(|(value, _)| Level::Exactly(value)), thresholds);
            self.time(known.map(|(_, at)| at), scope.lost_minutes);
        }
        self.level(history.mean.map(Level::Exactly), &scope.mean_volts);
        let guards = &history.guards;
        let least = guards.least_closed.max(guards.least_closed_by_hand);
        for relay in [RelayName::Mains, RelayName::Charger] {
            let edges = &history.edges[relay];
            if !least.is_zero() {
                self.time(edges.closed_at, minutes(least));
            }
            if scope.budget {
                let counted = edges.counted(self.now);
                self.time(counted.map(|(since, _)| since), minutes(BUDGET_PERIOD));
                let openings = counted.map_or(0, |(_, openings)| openings);
                self.push(openings.min(guards.openings_a_day) as u8);
            }
        }
        if scope.full_charges {
            let full = &history.full;
            self.time(full.since, minutes(guards.saturation));
            let fresh = minutes(guards.full_charge_fresh) + 1;
            let fresh = if guards.fill_before_cycle { fresh } else { 0 };
            self.time(full.saturated_at, fresh);
        }
        if scope.cycles {
            self.push(history.cycles.stage as u8);
            if history.cycles.stage != Stage::None {
                self.time(Some(history.cycles.since), minutes(longest_stage(guards)));
            }
        }
        if scope.schedule && scope.cycles {
            self.time(history.cycles.last_start, plan::DAY_MINUTES);
        }
    }
}
