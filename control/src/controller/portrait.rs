//! What the controller shows of itself between two steps.

use core::time::Duration;

use super::Controller;
use crate::Monotonic;
use crate::cycle_life;
use crate::view::View;
use crate::vocabulary::{
    CycleStart, CycleState, LimitName, NextCycle, RelayState, Relays, ScheduleCost,
};

impl Controller {
    /// What the controller shows of itself.
    #[must_use]
    pub fn view(&self) -> View<Monotonic> {
        View {
            authority: self.manual.authority(),
            lease_end: self.manual.lease_end,
            mode: self.plan.mode(),
            phase: self.plan.phase(self.now, self.guards.probe),
            mains: self.mains(),
            relays: Relays::from_fn(|relay| RelayState {
                actual: self.relays[relay]
                    .actual
                    .filter(|_| !self.samples_overdue()),
                verified: self.watch.verified(relay),
                ..self.relays[relay].clone()
            }),
            alarms: self.alarms.active().to_vec(),
            limits: self.limits.iter().collect(),
            schedule: self.week.schedule().cloned(),
            cycle: self.cycle_state(),
            charge: self.gauge.state(),
        }
    }

    fn cycle_state(&self) -> CycleState<Monotonic> {
        let cycle = self.plan.cycle();
        let run = cycle.and_then(|cycle| cycle.run.as_ref());
        CycleState {
            started_at: run.map(|run| run.started_at),
            started_by: run.map(|run| run.by),
            phase_since: cycle.map(|cycle| cycle.phase_since(self.now, self.guards.probe)),
            discharged_ah: cycle.and_then(|cycle| cycle.taken(self.gauge.missing_ah())),
            next: NextCycle {
                at: (self.week.known_next_start()).and_then(|at| self.clock.monotonic(at)),
                blockers: self.blockers(CycleStart::Schedule).to_vec(),
                blockers_by_hand: self.blockers_of_a_start(CycleStart::Operator).to_vec(),
            },
            last: self.cycle_memory.last,
            cost: self.schedule_cost(),
        }
    }

    /// What the schedule costs in cycle life and leaves as a reserve.
    fn schedule_cost(&self) -> Option<ScheduleCost> {
        self.gauge.capacity_ampere_hours?;
        let every = self.week.schedule()?.cycle_every_days;
        let depth_percent = self.limits.get(LimitName::DischargeDepth);
        let depth = depth_percent / 100.0;
        let share = cycle_life::share_per_year(self.profile, depth, every);
        Some(ScheduleCost {
            depth_percent,
            life_percent_a_year: crate::level::rounded(100.0 * share),
            years_to_spend: crate::level::rounded(cycle_life::years_to_spend(
                self.profile,
                depth,
                every,
            )),
            reserve_s: self
                .runtime_after_a_cycle()
                .map(|left| left.as_secs_f64().round()),
        })
    }

    /// How long the battery could carry the present load at the end of a cycle.
    pub(super) fn runtime_after_a_cycle(&self) -> Option<Duration> {
        if !self.guards.count_charge {
            return None;
        }
        let depth = self.limits.get(LimitName::DischargeDepth) / 100.0;
        self.gauge.runtime_at(1.0 - depth)
    }
}
