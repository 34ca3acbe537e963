//! From a controller to what it must not forget, and back.

use core::time::Duration;

use super::Controller;
use crate::calendar::Calendar;
use crate::decision::Config;
use crate::interlock::longest_discharge;
use crate::latch::{Held, Latch};
use crate::mode::Plan;
use crate::mode::consumption_cycle::CycleMemory;
use crate::snapshot::{
    Ago, SNAPSHOT_VERSION, SavedCycle, SavedLatches, SavedLimit, SavedOpenings, SavedRunaway,
    Snapshot,
};
use crate::switching::RelaySwitching;
use crate::vocabulary::{Cause, Contact, LimitSource, Rejection, RelayName};
use crate::{Monotonic, UnixMillis};

/// A controller that goes on where another one ended.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The controller.
    pub controller: Controller,
    /// What could not be taken over, a sentence each: what it was, and what holds instead.
    pub left_out: Vec<String>,
}

impl Controller {
    /// What must not be forgotten while the program does not run. Worth writing after each step with
    /// events, and from time to time for its counters.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let ago = |moment: Monotonic| Ago::of(self.now.since(moment));
        let openings = |relay: RelayName| {
            let switching = &self.switching.relays[relay];
            SavedOpenings {
                openings: switching.openings,
                since: switching.counting_since.map(ago),
            }
        };
        let by_operator = (self.limits.iter())
            .filter(|(_, setting)| setting.set_by == LimitSource::Operator)
            .map(|(limit, setting)| {
                let set = ago(setting.set_at.unwrap_or(self.now));
                let value = setting.value;
                (limit, SavedLimit { value, set })
            });
        Snapshot {
            v: SNAPSHOT_VERSION,
            taken_at: self.clock.now(),
            wiring: self.wiring,
            profile: self.profile,
            mode: self.plan.mode(),
            mains: self.relays.mains.wanted,
            limits: by_operator.collect(),
            schedule: self.week.schedule().cloned(),
            latches: self.saved_latches(),
            charge: self.gauge.memory(self.now),
            mains_openings: openings(RelayName::Mains),
            charger_openings: openings(RelayName::Charger),
            cycle: self.saved_cycle(),
            restarted_on_battery: self.restarted_on_battery,
            restart_loop: self.restart_loop,
        }
    }

    fn saved_latches(&self) -> SavedLatches {
        let interlocks = &self.interlocks;
        SavedLatches {
            heat_celsius: interlocks.heat.limit.value(),
            cold_celsius: interlocks.cold.latch.value(),
            thermal_runaway: interlocks.thermal_runaway.trip.map(|trip| SavedRunaway {
                celsius: trip.celsius,
                threshold: trip.threshold,
                acknowledged: trip.acknowledged,
            }),
            frozen_volts: interlocks.data_lost.stuck_volts,
            floor_volts: interlocks.floor.latch.value(),
            reserve_minutes: interlocks.reserve.trip,
            depth_percent: interlocks.discharge_depth.trip,
            longest_discharge_minutes: interlocks.longest_discharge.trip.map(|trip| trip.minutes),
            unacknowledged: interlocks.unacknowledged(),
        }
    }

    fn saved_cycle(&self) -> SavedCycle {
        let ago = |moment: Monotonic| Ago::of(self.now.since(moment));
        let mut memory = self.cycle_memory.clone();
        // A cycle does not outlive its program: what is remembered is that it was cut short.
        if let Some(cycle) = self.plan.cycle() {
            let missing = self.gauge.missing_ah();
            let (mut cycle, mut untold) = (cycle.clone(), Vec::new());
            cycle.abort(Cause::Restart, self.now, missing, &mut memory, &mut untold);
        }
        SavedCycle {
            last_start: memory.last_start.map(ago),
            last: memory.last.map(|report| report.map_time(ago)),
            baseline: memory.baseline,
            recharge_ms: memory.recharge.map(|recharge| Ago::of(recharge).0),
            aborted: memory.aborted,
            charge_timed_out: memory.charge_timed_out,
        }
    }

    /// A controller that goes on where another one ended: automatic authority, no cycle under way, the
    /// plain installation unless heat, cold or runaway held.
    ///
    /// `wall` is what the clock shows, if it is set.
    ///
    /// # Errors
    /// As [`Controller::new`]: for the configuration, never for the snapshot.
    pub fn restored(
        config: Config,
        snapshot: &Snapshot,
        now: Monotonic,
        wall: Option<UnixMillis>,
    ) -> Result<Restored, Rejection> {
        let mut controller = Self::new(config, now)?;
        let mut left_out = Vec::new();
        controller.clock.observe(wall, now, Duration::MAX);
        let down = match (wall, snapshot.taken_at) {
            // A clock behind the snapshot's is not right, or the snapshot's was not.
            (Some(wall), Some(taken_at)) if wall >= taken_at => Some(wall.since(taken_at)),
            _ => None,
        };
        if snapshot.wiring == controller.wiring && snapshot.profile == controller.profile {
            controller.gauge.restore(&snapshot.charge, down, now);
            controller.restore_plan(snapshot, down.unwrap_or_default(), &mut left_out);
        } else {
            left_out.push(format!(
                "The snapshot is of another installation ({} battery, {}): its mode, limits, charge and cycles were left out; its schedule, latches and switching counters hold.",
                snapshot.profile, snapshot.wiring
            ));
        }
        // The equipment is the same, and what forbade charging is cleared by a sound battery, or by a
        // person, whatever the configuration now says of it.
        controller.restore_schedule(snapshot, &mut left_out);
        controller.restore_latches(&snapshot.latches);
        controller.restore_counters(snapshot, down.unwrap_or_default());
        controller.restarted_on_battery =
            snapshot.restarted_on_battery || snapshot.mains == Contact::Open;
        controller.restart_loop = snapshot.restart_loop;
        // Heat that held opens the charger before the first sample.
        controller.move_relays(now, &mut Vec::new());
        Ok(Restored {
            controller,
            left_out,
        })
    }

    /// The program has ended and started again and again: only observes, until a person has acknowledged the
    /// alarm. To be called before the first step.
    pub fn only_observe(&mut self) {
        self.restart_loop = true;
        self.plan = Plan::Observer;
        self.phase_told = None;
        self.move_relays(self.now, &mut Vec::new());
    }

    fn restore_plan(&mut self, snapshot: &Snapshot, down: Duration, left_out: &mut Vec<String>) {
        self.restore_limits(snapshot, down, left_out);
        self.cycle_memory = restored_cycle(&snapshot.cycle, down, self.now);
        self.plan = Plan::of(snapshot.mode, self.now);
        self.phase_told = self.plan.phase(self.now, self.guards.probe);
    }

    fn restore_limits(&mut self, snapshot: &Snapshot, down: Duration, left_out: &mut Vec<String>) {
        let set = |ago: Ago| self.now.before(ago.duration().saturating_add(down));
        let saved = (snapshot.limits.iter())
            .map(|(limit, saved)| (*limit, saved.value, set(saved.set)))
            .collect::<Vec<_>>();
        if let Err(rejection) = self.limits.restore(&saved) {
            left_out.push(format!(
                "The limits that an operator had set do not fit the configuration any more, so those of the configuration hold: {}",
                rejection.reason
            ));
        }
        self.derive_thresholds_anew();
    }

    fn restore_schedule(&mut self, snapshot: &Snapshot, left_out: &mut Vec<String>) {
        match snapshot
            .schedule
            .as_ref()
            .map(Calendar::compile)
            .transpose()
        {
            Ok(calendar) => self.week.replace(calendar, &self.clock),
            Err(rejection) => left_out.push(format!(
                "The schedule cannot be followed any more, so there is none: {}",
                rejection.reason
            )),
        }
        self.interlocks
            .critical_period
            .judge(&self.week, &self.clock);
    }

    fn restore_latches(&mut self, saved: &SavedLatches) {
        let held = |value: Option<f64>| Latch {
            held: value.map(|value| Held {
                value,
                refuted_by: 0,
            }),
        };
        let interlocks = &mut self.interlocks;
        interlocks.heat.limit = held(saved.heat_celsius);
        interlocks.cold.latch = held(saved.cold_celsius);
        if let Some(runaway) = saved.thermal_runaway {
            interlocks.thermal_runaway.restore(
                runaway.celsius,
                runaway.threshold,
                runaway.acknowledged,
            );
        }
        if let Some(volts) = saved.frozen_volts {
            interlocks.data_lost.find_frozen(volts);
        }
        // What nobody counts could never end it.
        let counts = self.guards.count_charge && self.gauge.capacity_ampere_hours.is_some();
        interlocks.floor.latch = held(saved.floor_volts);
        interlocks.reserve.trip = saved.reserve_minutes.filter(|_| counts);
        interlocks.discharge_depth.trip = saved.depth_percent.filter(|_| counts);
        if let Some(minutes) = saved.longest_discharge_minutes {
            let until = self.now.after(self.guards.least_closed);
            interlocks.longest_discharge.trip = Some(longest_discharge::Trip { minutes, until });
        }
        for alarm in saved.unacknowledged.iter().copied() {
            interlocks.latch(alarm);
        }
    }

    fn restore_counters(&mut self, snapshot: &Snapshot, down: Duration) {
        for (relay, saved) in [
            (RelayName::Mains, &snapshot.mains_openings),
            (RelayName::Charger, &snapshot.charger_openings),
        ] {
            let since = |ago: Ago| self.now.before(ago.duration().saturating_add(down));
            self.switching.relays[relay] = RelaySwitching {
                // Whatever stood open was closed by the stop, or by this start.
                closed_at: Some(self.now),
                counting_since: saved.since.map(since),
                openings: saved.openings,
            };
        }
    }
}

fn restored_cycle(saved: &SavedCycle, down: Duration, now: Monotonic) -> CycleMemory {
    let moment = |ago: Ago| now.before(ago.duration().saturating_add(down));
    CycleMemory {
        last_start: saved.last_start.map(moment),
        last: saved.last.map(|report| report.map_time(moment)),
        baseline: saved.baseline,
        recharge: saved.recharge_ms.map(Duration::from_millis),
        aborted: saved.aborted,
        charge_timed_out: saved.charge_timed_out,
    }
}
