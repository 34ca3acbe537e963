//! Consumption cycle: now and then the battery carries the load for a while and is charged again;
//! in between it rests with the charger open.
//!
//! ```text
//!             a cycle is due, or the        verified full, and nothing
//!             operator starts one           stands against it
//!  ┌► WAITING ───────────────────► FILLING ───────────────────► DISCHARGING (its first minute: PROBING)
//!  │  both closed ◄─┐              both closed                  both open
//!  │                │ a guard breaks the cycle                    │ mean < discharge_stop,
//!  │                ├──────────────────┬──────────────────────────┤ or discharge_depth taken out
//!  │                │                  │                          ▼
//!  │              RESTING ◄───────── CHARGING ◄───────────────────┘
//!  │              charger open  full   both closed
//!  │                │                  ▲
//!  │                │  mean < top_up   │
//!  │                └──────────────────┘
//!  └── the mode begins; an aborted cycle ends here, in the plain installation
//! ```
//!
//! A cycle *runs* from FILLING to the end of CHARGING. A charge that only tops a resting battery up
//! belongs to no cycle. The cycle decides on means of windows, its guards on raw samples as well;
//! `discharge.rs` holds what the discharge is watched for, `memory.rs` what one cycle tells the next.

mod discharge;
mod memory;

use core::time::Duration;

use crate::Monotonic;
use crate::compensation::Thresholds;
use crate::level::Level;
use crate::mode::LEAST_OPEN_TIME;
use crate::mode::situation::Situation;
use crate::verdict::{Verdict, once};
use crate::vocabulary::{
    Cause, Condition, Contact, CycleOutcome, CycleReport, CycleStart, DischargeEnd, Event,
    LimitName, Next, Phase, Quantity, RelayName, Rule,
};
pub(crate) use discharge::{Course, Discharge};
pub use discharge::{
    LEAST_FALL_VOLTS, LIKE_BEGINNING_VOLTS, LIKE_LOAD_FRACTION, SEGMENT_FRACTION, SEGMENTS_SKIPPED,
    TEMPERATURE_HYSTERESIS_CELSIUS,
};
pub use memory::Baseline;
pub(crate) use memory::CycleMemory;

/// A cycle of the schedule begins to fill the battery that long, and the time of saturation, before the
/// first moment at which it may discharge it: a resting battery is topped up in less.
pub const FILL_LEAD: Duration = Duration::from_hours(2);

/// Where the mode stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ConsumptionCycle {
    pub(crate) stage: Stage,
    /// Since when.
    pub(crate) since: Monotonic,
    /// The running cycle.
    pub(crate) run: Option<Run>,
}

/// The stages of the mode.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stage {
    Waiting,
    Filling,
    Discharging(Discharge),
    Charging,
    Resting,
}

/// A running cycle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    pub(crate) by: CycleStart,
    pub(crate) started_at: Monotonic,
    /// When the cycle before it began.
    pub(crate) previous_start: Option<Monotonic>,
    /// How the discharge went, once it is over.
    pub(crate) discharged: Option<Discharged>,
}

/// A discharge that is over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Discharged {
    pub(crate) discharge: Discharge,
    pub(crate) until: Monotonic,
    pub(crate) taken_ampere_hours: Option<f64>,
    pub(crate) end: Option<DischargeEnd>,
}

impl ConsumptionCycle {
    /// The mode at its beginning.
    pub(crate) const fn new(now: Monotonic) -> Self {
        Self {
            stage: Stage::Waiting,
            since: now,
            run: None,
        }
    }

    /// What users see of the stage.
    pub(crate) fn phase(&self, now: Monotonic, probe: Duration) -> Phase {
        match &self.stage {
            Stage::Waiting => Phase::Waiting,
            Stage::Filling => Phase::Filling,
            Stage::Discharging(discharge) if now.since(discharge.since) < probe => Phase::Probing,
            Stage::Discharging(_) => Phase::Discharging,
            Stage::Charging => Phase::Charging,
            Stage::Resting => Phase::Resting,
        }
    }

    /// When the phase that users see began.
    pub(crate) fn phase_since(&self, now: Monotonic, probe: Duration) -> Monotonic {
        match (&self.stage, self.phase(now, probe)) {
            (Stage::Discharging(discharge), Phase::Discharging) => discharge.since.after(probe),
            _ => self.since,
        }
    }

    /// Whether it waits for leave to discharge.
    pub(crate) const fn is_filling(&self) -> bool {
        matches!(self.stage, Stage::Filling)
    }

    /// Whether the battery carries the load.
    pub(crate) const fn is_discharging(&self) -> bool {
        matches!(self.stage, Stage::Discharging(_))
    }

    /// Charge taken out since the running cycle's discharge began, Ah.
    pub(crate) fn taken(&self, missing: Option<f64>) -> Option<f64> {
        match (&self.stage, &self.run) {
            (Stage::Discharging(discharge), _) => discharge.taken(missing),
            (_, Some(run)) => run.discharged.as_ref()?.taken_ampere_hours,
            _ => None,
        }
    }

    /// Begins a cycle; the caller has looked that none runs.
    pub(crate) fn start(
        &mut self,
        by: CycleStart,
        now: Monotonic,
        memory: &mut CycleMemory,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        self.run = Some(Run {
            by,
            started_at: now,
            previous_start: memory.last_start.replace(now),
            discharged: None,
        });
        events.push(Event::CycleStarted { by });
        self.go(Stage::Filling, now);
    }

    /// Goes to the plain installation until a cycle is due.
    pub(crate) fn wait(&mut self, now: Monotonic) {
        if self.stage != Stage::Waiting {
            self.go(Stage::Waiting, now);
        }
    }

    /// The charger may not be opened yet: the battery is charged on before it rests.
    pub(crate) fn held_back(&mut self, now: Monotonic) {
        if self.stage == Stage::Resting {
            self.go(Stage::Charging, now);
        }
    }

    /// Ends a running cycle in the plain installation.
    pub(crate) fn abort(
        &mut self,
        cause: Cause,
        now: Monotonic,
        missing: Option<f64>,
        memory: &mut CycleMemory,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let Some(run) = &self.run else { return };
        if self.is_filling() && !matches!(cause, Cause::Operator | Cause::ChargeTimeout) {
            // Nothing was done to the battery: the cycle stays due.
            memory.last_start = run.previous_start;
        }
        self.keep_discharge(None, now, missing);
        self.report(CycleOutcome::Aborted, Some(cause), now, memory, events);
        if cause != Cause::Operator {
            memory.aborted = Some(cause);
        }
        self.go(Stage::Waiting, now);
    }

    /// Decides on what was measured in this step.
    pub(crate) fn advance(
        &mut self,
        situation: &Situation<'_>,
        memory: &mut CycleMemory,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let missing = situation.missing_ampere_hours;
        if self.run.is_some()
            && let Some(cause) = self.broken_by(situation)
        {
            return self.abort(cause, situation.now, missing, memory, events);
        }
        if self.run.is_none() && disturbed(situation) {
            return self.recover(situation);
        }
        match self.stage {
            Stage::Waiting => {}
            Stage::Filling => self.fill(situation, memory, events),
            Stage::Discharging(_) => self.discharge(situation, memory, events),
            Stage::Charging => self.charge(situation, memory, events),
            Stage::Resting => self.rest(situation),
        }
    }

    /// What ends a running cycle before its time, whatever its stage.
    fn broken_by(&self, situation: &Situation<'_>) -> Option<Cause> {
        if situation.manual {
            return Some(Cause::Operator);
        }
        if situation.clock_jumped {
            return Some(Cause::ClockJump);
        }
        let discharging = matches!(self.stage, Stage::Discharging(_));
        let wanted = if discharging {
            Contact::Open
        } else {
            Contact::Closed
        };
        let against = |verdict: Option<&Verdict>| {
            (verdict.filter(|verdict| verdict.contact != wanted)).map(|verdict| verdict.rule)
        };
        let rule = against(situation.mains).or_else(|| against(situation.charger));
        match rule {
            // That much was to be taken out: `discharge` ends it as wanted.
            Some(Rule::DischargeDepth) if discharging => None,
            Some(rule) => Some(cause_of(rule)),
            None if discharging && situation.relay_fault => Some(Cause::RelayFault),
            None => None,
        }
    }

    /// The relays were in other hands while no cycle ran: what was planned says nothing of the
    /// battery now, so it is charged before it rests again.
    fn recover(&mut self, situation: &Situation<'_>) {
        if matches!(self.stage, Stage::Charging | Stage::Resting) {
            self.go(Stage::Charging, situation.now);
        }
    }

    fn fill(
        &mut self,
        situation: &Situation<'_>,
        memory: &mut CycleMemory,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let guards = situation.guards;
        let fresh = (situation.full_at)
            .is_some_and(|at| situation.now.since(at) <= guards.full_charge_fresh);
        // A count that was lost since begins again with the next full charge.
        let full = (fresh || !guards.fill_before_cycle) && situation.counts();
        // An interlock that closes what is closed breaks no cycle; nothing is opened against it either.
        let free = situation.mains.is_none() && situation.charger.is_none();
        if full && free && situation.clear_to_discharge {
            let discharge = Discharge::begin(situation);
            self.go(Stage::Discharging(discharge), situation.now);
        } else if situation.now.since(self.since) >= guards.charge_timeout {
            self.give_up(full, situation, memory, events);
        }
    }

    /// The battery did not get full, or something stood against its discharge for too long.
    fn give_up(
        &mut self,
        full: bool,
        situation: &Situation<'_>,
        memory: &mut CycleMemory,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let cause = if full {
            Cause::Blocked
        } else {
            memory.charge_timed_out = true;
            Cause::ChargeTimeout
        };
        let missing = situation.missing_ampere_hours;
        self.abort(cause, situation.now, missing, memory, events);
    }

    fn discharge(
        &mut self,
        situation: &Situation<'_>,
        memory: &mut CycleMemory,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let Stage::Discharging(discharge) = &mut self.stage else {
            return;
        };
        let course =
            if (situation.mains).is_some_and(|verdict| verdict.rule == Rule::DischargeDepth) {
                Course::Ends(DischargeEnd::Depth)
            } else {
                discharge.advance(situation, memory)
            };
        let missing = situation.missing_ampere_hours;
        match course {
            Course::GoesOn => {}
            Course::Breaks(cause) => self.abort(cause, situation.now, missing, memory, events),
            Course::Ends(end) => {
                self.keep_discharge(Some(end), situation.now, missing);
                self.go(Stage::Charging, situation.now);
            }
        }
    }

    fn charge(
        &mut self,
        situation: &Situation<'_>,
        memory: &mut CycleMemory,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let now = situation.now;
        let taken = now.since(self.since);
        let full = situation.full_at.is_some_and(|at| at > self.since);
        if full && taken >= situation.guards.least_closed {
            if self.run.is_some() {
                memory.recharge = Some(taken);
                self.report(CycleOutcome::Completed, None, now, memory, events);
            }
            let stage = if situation.rests() {
                Stage::Resting
            } else {
                Stage::Waiting
            };
            self.go(stage, now);
        } else if !full && taken >= situation.guards.charge_timeout {
            memory.charge_timed_out = true;
            if self.run.is_some() {
                self.report(
                    CycleOutcome::Aborted,
                    Some(Cause::ChargeTimeout),
                    now,
                    memory,
                    events,
                );
                memory.aborted = Some(Cause::ChargeTimeout);
            }
            self.go(Stage::Waiting, now);
        }
    }

    fn rest(&mut self, situation: &Situation<'_>) {
        let top_up = situation.limits.get(LimitName::TopUp);
        if situation.now.since(self.since) >= LEAST_OPEN_TIME
            && situation.mean.is_some_and(|mean| mean.below(top_up))
        {
            self.go(Stage::Charging, situation.now);
        }
    }

    fn go(&mut self, stage: Stage, now: Monotonic) {
        self.stage = stage;
        self.since = now;
    }

    /// Notes how the discharge went, if one is under way.
    fn keep_discharge(
        &mut self,
        end: Option<DischargeEnd>,
        until: Monotonic,
        missing: Option<f64>,
    ) {
        if let (Stage::Discharging(discharge), Some(run)) = (&self.stage, &mut self.run) {
            run.discharged = Some(Discharged {
                taken_ampere_hours: discharge.taken(missing),
                discharge: discharge.clone(),
                until,
                end,
            });
        }
    }

    /// Ends the run with a report.
    fn report(
        &mut self,
        outcome: CycleOutcome,
        cause: Option<Cause>,
        now: Monotonic,
        memory: &mut CycleMemory,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let Some(run) = self.run.take() else { return };
        let discharged = run.discharged.as_ref();
        let report = CycleReport {
            by: run.by,
            started_at: run.started_at,
            ended_at: now,
            outcome,
            cause,
            discharge_end: discharged.and_then(|discharged| discharged.end),
            discharge_s: discharged
                .map(|over| over.until.since(over.discharge.since).as_secs_f64()),
            discharged_ah: discharged.and_then(|over| over.taken_ampere_hours),
            least_voltage: discharged.and_then(|over| over.discharge.least_mean),
            dip_voltage: discharged.and_then(|over| over.discharge.dip()),
        };
        if outcome == CycleOutcome::Completed {
            memory.aborted = None;
            memory.baseline = discharged.map(|over| over.discharge.baseline());
        }
        memory.last = Some(report);
        events.push(Event::CycleEnded { report });
    }

    /// What it wants of relay 1 or 2; `mean` is that of the last window.
    pub(crate) fn verdict(
        &self,
        relay: RelayName,
        mean: Option<Level>,
        limits: &Thresholds,
    ) -> Verdict {
        let charger = relay == RelayName::Charger;
        match &self.stage {
            Stage::Waiting => waiting(),
            Stage::Filling => until_full(Rule::CycleFilling, Some(Contact::Open)),
            Stage::Discharging(_) => {
                let stop = limits.get(LimitName::DischargeStop);
                below(Rule::CycleDischarging, Contact::Open, mean, stop)
            }
            Stage::Charging if charger => until_full(Rule::CycleCharging, Some(Contact::Open)),
            Stage::Resting if charger => {
                let top_up = limits.get(LimitName::TopUp);
                let mut verdict = below(Rule::CycleResting, Contact::Open, mean, top_up);
                if let Some(next) = &mut verdict.next {
                    next.not_before = Some(self.since.after(LEAST_OPEN_TIME));
                }
                verdict
            }
            // The battery is charged before anything else is planned.
            Stage::Charging if self.run.is_some() => until_full(Rule::CycleCharging, None),
            Stage::Charging | Stage::Resting => waiting(),
        }
    }
}

fn waiting() -> Verdict {
    Verdict {
        next: Some(Next {
            to: Some(Contact::Open),
            condition: Condition::CycleDue,
            quantity: None,
            threshold: None,
            not_before: None,
        }),
        ..Verdict::plain(Rule::CycleWaiting, Contact::Closed)
    }
}

/// Closed until the battery is verified full.
pub(crate) const fn until_full(rule: Rule, to: Option<Contact>) -> Verdict {
    Verdict {
        next: Some(Next {
            to,
            condition: Condition::FullCharge,
            quantity: None,
            threshold: None,
            not_before: None,
        }),
        ..Verdict::plain(rule, Contact::Closed)
    }
}

/// Open until the mean falls below a threshold.
fn below(rule: Rule, contact: Contact, mean: Option<Level>, threshold: f64) -> Verdict {
    Verdict {
        contact,
        rule,
        value: mean.map(Level::figure),
        threshold: Some(threshold),
        next: Some(once(
            Condition::Below,
            Quantity::BatteryVoltage,
            threshold,
            Some(Contact::Closed),
        )),
    }
}

/// Whether something above the mode holds relay 1 or 2 otherwise than a resting or charging battery
/// wants, or cannot tell how the battery does.
fn disturbed(situation: &Situation<'_>) -> bool {
    situation.manual || situation.charger.is_some()
}

/// What an interlock that stands against a cycle is called in its report.
const fn cause_of(rule: Rule) -> Cause {
    match rule {
        Rule::Heat => Cause::Heat,
        Rule::Cold => Cause::Cold,
        Rule::ThermalRunaway => Cause::ThermalRunaway,
        Rule::VoltageHardLimit => Cause::VoltageHardLimit,
        Rule::DataLost => Cause::DataLost,
        Rule::Floor => Cause::Floor,
        Rule::Reserve => Cause::Reserve,
        Rule::LongestDischarge => Cause::LongestDischarge,
        Rule::CriticalPeriod => Cause::CriticalPeriod,
        Rule::MainsLost => Cause::MainsLost,
        // No other rule is an interlock.
        _ => Cause::Operator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interlock_ends_a_cycle_by_its_own_name() {
        for rule in [
            Rule::Heat,
            Rule::Cold,
            Rule::ThermalRunaway,
            Rule::VoltageHardLimit,
            Rule::DataLost,
            Rule::Floor,
            Rule::Reserve,
            Rule::LongestDischarge,
            Rule::CriticalPeriod,
            Rule::MainsLost,
        ] {
            assert_eq!(cause_of(rule).name(), rule.name());
        }
    }
}
