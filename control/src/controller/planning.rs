//! How the mode comes to its decision: what it may look at, when a cycle begins, how one is started
//! and aborted by hand.

use super::Controller;
use super::blockers::{Blockers, refusal};
use crate::level::Level;
use crate::mode::Plan;
use crate::mode::consumption_cycle::{ConsumptionCycle, FILL_LEAD, until_full};
use crate::mode::situation::Situation;
use crate::sample::Sample;
use crate::statistics::WindowStatistics;
use crate::verdict::Verdict;
use crate::vocabulary::{
    Authority, Cause, CycleRequest, CycleStart, Event, Mode, Rejection, RelayName, Rule,
};
use crate::{Monotonic, UnixMillis};

/// What came in with a step, as far as modes look at it.
#[derive(Debug, Clone, Copy)]
pub(super) struct News<'a> {
    pub(super) sample: Option<&'a Sample>,
    pub(super) window: Option<&'a WindowStatistics>,
    pub(super) clock_jumped: bool,
}

impl Controller {
    /// Lets the mode decide.
    pub(super) fn follow_plan(
        &mut self,
        news: News<'_>,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        if news.window.is_some() {
            self.start_by_schedule(now, events);
        }
        if matches!(self.plan, Plan::Observer) {
            return;
        }
        let clear_to_discharge = self.is_clear_to_discharge();
        let mains = self.interlocks.verdict(RelayName::Mains, &self.thresholds);
        let charger = self
            .interlocks
            .verdict(RelayName::Charger, &self.thresholds);
        let situation = Situation {
            now,
            wiring: self.wiring,
            limits: &self.thresholds,
            guards: &self.guards,
            capacity_ampere_hours: self.gauge.capacity_ampere_hours,
            window: news.window,
            mean: self.mean,
            volts: news
                .sample
                .and_then(|sample| Level::of(sample.battery_volts)),
            missing_ampere_hours: self.gauge.missing_ah(),
            full_at: self.gauge.saturated_at(),
            mains: mains.as_ref(),
            charger: charger.as_ref(),
            manual: self.manual.authority() == Authority::Manual,
            clock_jumped: news.clock_jumped,
            relay_fault: self.watch.any_fault(),
            clear_to_discharge,
        };
        self.plan.judge(&situation, &mut self.cycle_memory, events);
    }

    /// Tells a phase of the cycle that differs from the one told last.
    pub(super) fn tell_phase(&mut self, now: Monotonic, events: &mut Vec<Event<Monotonic>>) {
        let phase = self.plan.phase(now, self.guards.probe);
        if let (Some(from), Some(to)) = (self.phase_told, phase)
            && from != to
        {
            events.push(Event::CyclePhase { from, to });
        }
        self.phase_told = phase;
    }

    /// Whether a full charge is due: the charger stays closed until it has succeeded.
    pub(super) fn full_charge_is_due(&self) -> bool {
        self.gauge
            .full_charge_due()
            .is_some_and(|due| self.now >= due)
    }

    /// In the modes that open the charger a full charge that is due closes it: it may pass the
    /// operator's cut, never an interlock.
    pub(super) fn forced_full_charge(&self, relay: RelayName) -> Option<Verdict> {
        let forced = relay == RelayName::Charger
            && self.full_charge_is_due()
            && !matches!(self.plan, Plan::Observer)
            && !self
                .plan
                .cycle()
                .is_some_and(ConsumptionCycle::is_discharging);
        forced.then(|| self.with_its_end(until_full(Rule::FullCharge, None)))
    }

    /// A verdict that waits for a full charge, with the time before which that cannot end, as far as it can be
    /// foreseen: a battery that is full already still takes charge for hours, and the schedule's cycle begins
    /// in its window.
    pub(super) fn with_its_end(&self, mut verdict: Verdict) -> Verdict {
        let end = match verdict.rule {
            Rule::FullCharge => self.gauge.saturates_at(),
            Rule::CycleFilling => self.gauge.saturates_at().max(self.awaited_window()),
            _ => return verdict,
        };
        if let Some(next) = &mut verdict.next {
            next.not_before = end;
        }
        verdict
    }

    /// When the allowed window begins that a cycle of the schedule waits for.
    fn awaited_window(&self) -> Option<Monotonic> {
        let run = self.plan.cycle()?.run.as_ref()?;
        let moment = self.week.moment?;
        let waits = run.by == CycleStart::Schedule && moment.allowed_until.is_none();
        moment
            .next_allowed
            .filter(|_| waits)
            .and_then(|at| self.clock.monotonic(at))
    }

    fn is_clear_to_discharge(&self) -> bool {
        let Some(cycle) = self.plan.cycle() else {
            return false;
        };
        match &cycle.run {
            Some(run) if cycle.is_filling() => self.blockers(run.by).is_empty(),
            Some(_) | None => false,
        }
    }

    /// Begins a cycle whose time comes: early enough to have the battery full at the first moment
    /// that the schedule allows.
    fn start_by_schedule(&mut self, now: Monotonic, events: &mut Vec<Event<Monotonic>>) {
        let at = self.look_up_next_cycle();
        let lead = FILL_LEAD + self.guards.saturation;
        let near = (at.zip(self.clock.now())).is_some_and(|(at, wall)| at.since(wall) <= lead);
        let idle = self.plan.cycle().is_some_and(|cycle| cycle.run.is_none());
        if near
            && idle
            && self.blockers_of_filling().is_empty()
            && let Plan::ConsumptionCycle(cycle) = &mut self.plan
        {
            cycle.start(CycleStart::Schedule, now, &mut self.cycle_memory, events);
        }
    }

    /// When the next cycle may begin: in every mode and while a cycle runs, too, for users see it.
    pub(super) fn look_up_next_cycle(&mut self) -> Option<UnixMillis> {
        let needed = self.time_needed_by_a_cycle();
        let last_start = self.cycle_memory.last_start;
        self.week.next_start(last_start, needed, &self.clock)
    }

    /// Carries out an operator's request about the cycle.
    pub(super) fn request_cycle(
        &mut self,
        request: CycleRequest,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) -> Result<(), Rejection> {
        match request {
            CycleRequest::Abort => {
                self.abort_cycle(now, events);
                Ok(())
            }
            CycleRequest::Start => self.start_cycle(now, events),
        }
    }

    fn start_cycle(
        &mut self,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) -> Result<(), Rejection> {
        let blockers = self.blockers_of_a_start(CycleStart::Operator);
        match &mut self.plan {
            Plan::ConsumptionCycle(cycle) if blockers == Blockers::default() => {
                // One that already fills the battery goes on, and needs no window any more.
                match &mut cycle.run {
                    Some(run) => run.by = CycleStart::Operator,
                    None => cycle.start(CycleStart::Operator, now, &mut self.cycle_memory, events),
                }
                self.tell_phase(now, events);
                Ok(())
            }
            _ => Err(refusal(blockers)),
        }
    }

    /// Leads the cycle to the plain installation, whatever it does.
    fn abort_cycle(&mut self, now: Monotonic, events: &mut Vec<Event<Monotonic>>) {
        let missing = self.gauge.missing_ah();
        if let Plan::ConsumptionCycle(cycle) = &mut self.plan {
            let memory = &mut self.cycle_memory;
            cycle.abort(Cause::Operator, now, missing, memory, events);
            cycle.wait(now);
        }
        self.tell_phase(now, events);
    }

    /// Follows another mode; a running cycle ends.
    pub(super) fn choose_mode(
        &mut self,
        mode: Mode,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let from = self.plan.mode();
        if from == mode {
            return;
        }
        self.abort_cycle(now, events);
        self.plan = Plan::of(mode, now);
        self.phase_told = self.plan.phase(now, self.guards.probe);
        events.push(Event::ModeChanged { from, to: mode });
    }
}
