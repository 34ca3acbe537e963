//! What modes, gauge, schedule and filters remember.

use super::Key;
use super::scope::{longest_stage, minutes};
use crate::clock::WallClock;
use crate::gauge::Gauge;
use crate::gauge::counting::Counting;
use crate::gauge::full::FullWatch;
use crate::guards::Guards;
use crate::manual::Manual;
use crate::mode::Plan;
use crate::mode::consumption_cycle::{
    ConsumptionCycle, CycleMemory, Discharge, Discharged, Run, Stage,
};
use crate::mode::overcharge_protection::OverchargeProtection;
use crate::switching::{BUDGET_PERIOD, RelaySwitching, Switching};
use crate::vocabulary::RelayName;
use crate::weekly_plan::WeeklyPlan;

/// Longer than any lease of a walk, min.
const LEASE_MINUTES: u64 = 12 * 60;
/// A day: a cycle that began longer ago is due again, in the walk's schedule of a cycle a day.
pub(super) const DAY_MINUTES: u64 = 24 * 60;
/// Longer than a day ago or ahead.
const WEEK_MINUTES: u64 = 48 * 60;

impl Key<'_> {
    pub(super) fn gauge(&mut self, gauge: &Gauge) {
        let Gauge {
            wiring: _,
            profile: _,
            capacity_ampere_hours,
            guards,
            longest_sample: _,
            counting,
            watch,
            saturated_at,
            without_full_since,
            // These only tell a full battery, and when it is news.
            last_full: _,
            told_at: _,
            drained: _,
            load,
            battery_amperes,
        } = gauge;
        if !self.scope.full_charges {
            // Without a capacity nothing is counted, and no rule asks whether the battery is full.
            assert!(counting.missing_ampere_hours.is_none());
            return;
        }
        self.counting(counting, *capacity_ampere_hours);
        let FullWatch {
            interrupted,
            high_since,
            tail_since,
            full,
            full_since,
        } = watch;
        self.push(u8::from(*interrupted));
        let high = guards.absorption_timeout.max(guards.tail_hold);
        self.time(*high_since, minutes(high));
        self.time(*tail_since, minutes(guards.tail_hold));
        self.push(full.map_or(u8::MAX, |by| by as u8));
        self.time(*full_since, minutes(guards.saturation));
        // How long ago matters to a cycle that asks for a fresh full charge, no longer.
        let fresh = if guards.fill_before_cycle {
            minutes(guards.full_charge_fresh) + 1
        } else {
            0
        };
        self.time(*saturated_at, fresh);
        // That it is overdue is told, and stands against nothing.
        if let Some(every) = guards.full_charge_every {
            self.time(Some(*without_full_since), minutes(every));
        }
        // The currents of a grid are few.
        self.exactly(&[
            load.map_or(f64::NAN, |load| load.figure()),
            battery_amperes.unwrap_or(f64::NAN),
        ]);
    }

    fn counting(&mut self, counting: &Counting, capacity: Option<f64>) {
        let Counting {
            missing_ampere_hours,
            unmeasured,
            sampled_at,
        } = counting;
        // Exact, down to an empty battery: what is missing beyond that changes nothing, for the charges
        // of a grid put everything back in one step.
        let empty = capacity.unwrap_or(f64::INFINITY);
        let missing = missing_ampere_hours.map_or(f64::NAN, |missing| missing.min(empty));
        self.exactly(&[missing]);
        if missing_ampere_hours.is_some() {
            self.push(minutes(*unmeasured).min(11) as u8);
            self.time(*sampled_at, self.scope.lost_minutes);
        }
    }

    /// Where in the week it is. What follows from schedule and clock is not remembered: the next edges,
    /// and the next start, which is looked up for the same last start and the same needed time.
    pub(super) fn week(&mut self, week: &WeeklyPlan, clock: &WallClock) {
        if !self.scope.schedule {
            assert!(week.calendar.is_none());
            return;
        }
        self.push(u8::from(week.calendar.is_some()));
        let moment = week.moment.unwrap_or_default();
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
            // No clock of a walk goes by hairs.
            anchor: _,
            unset_since,
        } = clock;
        // Since when it is not set only raises an alarm that stands against nothing.
        self.push(u8::from(unset_since.is_some()));
        // A clock that is set again is held against what it would show now.
        let now = self.now;
        let minute_of_day = |(wall, at): (crate::UnixMillis, crate::Monotonic)| {
            wall.after(now.since(at)).0.rem_euclid(86_400_000) / 60_000
        };
        self.number(shown.map(minute_of_day).unwrap_or(-1));
    }

    pub(super) fn switching(&mut self, switching: &Switching, guards: &Guards) {
        let Switching { relays } = switching;
        let least = guards.least_closed.max(guards.least_closed_by_hand);
        for relay in [RelayName::Mains, RelayName::Charger] {
            let RelaySwitching {
                closed_at,
                counting_since,
                openings,
            } = relays[relay];
            // Without a least time nobody asks.
            if !least.is_zero() {
                self.time(closed_at, minutes(least));
            }
            // A budget that cannot be spent within its period decides nothing.
            if self.scope.budget {
                self.time(counting_since, minutes(BUDGET_PERIOD));
                self.push(openings.min(guards.openings_a_day) as u8);
            }
        }
    }

    pub(super) fn plan(&mut self, plan: &Plan, memory: &CycleMemory, guards: &Guards) {
        self.memory(memory);
        match plan {
            Plan::ConsumptionCycle(cycle) => self.cycle(cycle, guards),
            Plan::Observer => self.push(0),
            Plan::OverchargeProtection(OverchargeProtection::Charging) => self.push(1),
            Plan::OverchargeProtection(OverchargeProtection::Cut { at, volts: _ }) => {
                self.push(2);
                self.least_open(Some(*at));
            }
        }
    }

    fn memory(&mut self, memory: &CycleMemory) {
        let CycleMemory {
            last_start,
            last: _,
            // No walk compares a discharge with the last one.
            baseline: _,
            recharge,
            // Their alarms are in the key.
            aborted,
            charge_timed_out,
        } = memory;
        // Without a schedule no cycle is ever due, and none comes too soon before anything.
        if self.scope.schedule {
            self.time(*last_start, DAY_MINUTES);
            self.number(recharge.map_or(-1, |recharge| minutes(recharge) as i64));
        }
        self.push(aborted.map_or(u8::MAX, |cause| cause as u8));
        self.push(u8::from(*charge_timed_out));
    }

    fn cycle(&mut self, cycle: &ConsumptionCycle, guards: &Guards) {
        let ConsumptionCycle { stage, since, run } = cycle;
        self.push(match stage {
            Stage::Waiting => 3,
            Stage::Filling => 4,
            Stage::Discharging(discharge) => {
                only_compared(discharge);
                5
            }
            Stage::Charging => 6,
            Stage::Resting => 7,
        });
        // Waiting for a cycle has no end of its own.
        if !matches!(stage, Stage::Waiting) {
            self.time(Some(*since), minutes(longest_stage(guards)));
        }
        let Some(run) = run else {
            return self.push(u8::MAX);
        };
        let Run {
            by,
            started_at: _,
            previous_start,
            discharged,
        } = run;
        self.push(*by as u8);
        // Once the discharge has begun nothing goes back to it.
        if self.scope.schedule && cycle.is_filling() {
            self.time(*previous_start, DAY_MINUTES);
        }
        // How the discharge went is told, and no more.
        let _: &Option<Discharged> = discharged;
    }

    pub(super) fn manual(&mut self, manual: &Manual) {
        let Manual { lease_end, held } = manual;
        self.time(*lease_end, LEASE_MINUTES);
        self.push(held.mains as u8);
        self.push(held.charger as u8);
    }
}

/// What a discharge remembers: its beginning is that of its stage, and the rest is told or compared with
/// the last one.
fn only_compared(discharge: &Discharge) {
    let Discharge {
        since: _,
        volts_before: _,
        missing_before: _,
        least_mean: _,
        probe_volts: _,
        load_amperes: _,
        slope: _,
    } = discharge;
}
