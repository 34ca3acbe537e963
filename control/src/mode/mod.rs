//! The modes: the plans by which relays 1 and 2 are switched under automatic authority.
//!
//! One file each, and one variant of `Plan`. A mode decides on the means of windows. It begins anew
//! whenever it gets relay 2 back from an interlock or from the operator: what it had planned before
//! says nothing of the battery now.

pub mod consumption_cycle;
mod observer;
pub(crate) mod overcharge_protection;
pub(crate) mod situation;

use core::time::Duration;

use crate::Monotonic;
use crate::compensation::Thresholds;
use crate::level::Level;
use crate::verdict::Verdict;
use crate::vocabulary::{Event, Mode, Phase, RelayName};
use consumption_cycle::{ConsumptionCycle, CycleMemory};
use overcharge_protection::OverchargeProtection;
use situation::Situation;

/// How long a charger that overcharge protection or the hard limit has opened stays open at least:
/// our choice, so that a relay for 230 V is not worn out by a voltage that hovers.
pub const LEAST_OPEN_TIME: Duration = Duration::from_mins(30);

/// A mode with its state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plan {
    Observer,
    OverchargeProtection(OverchargeProtection),
    ConsumptionCycle(Box<ConsumptionCycle>),
}

impl Plan {
    /// The mode at its beginning.
    pub(crate) fn of(mode: Mode, now: Monotonic) -> Self {
        match mode {
            Mode::Observer => Self::Observer,
            Mode::OverchargeProtection => Self::OverchargeProtection(Default::default()),
            Mode::ConsumptionCycle => Self::ConsumptionCycle(Box::new(ConsumptionCycle::new(now))),
        }
    }

    pub(crate) const fn mode(&self) -> Mode {
        match self {
            Self::Observer => Mode::Observer,
            Self::OverchargeProtection(_) => Mode::OverchargeProtection,
            Self::ConsumptionCycle(_) => Mode::ConsumptionCycle,
        }
    }

    /// Where the consumption cycle stands; `None` in the other modes.
    pub(crate) fn phase(&self, now: Monotonic, probe: Duration) -> Option<Phase> {
        match self {
            Self::ConsumptionCycle(cycle) => Some(cycle.phase(now, probe)),
            Self::Observer | Self::OverchargeProtection(_) => None,
        }
    }

    /// The consumption cycle, if that is the mode.
    pub(crate) const fn cycle(&self) -> Option<&ConsumptionCycle> {
        match self {
            Self::ConsumptionCycle(cycle) => Some(cycle),
            Self::Observer | Self::OverchargeProtection(_) => None,
        }
    }

    /// Decides on what was measured in this step.
    pub(crate) fn judge(
        &mut self,
        situation: &Situation<'_>,
        memory: &mut CycleMemory,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        match self {
            Self::Observer => {}
            Self::OverchargeProtection(plan) if situation.manual || situation.charger.is_some() => {
                *plan = OverchargeProtection::default();
            }
            Self::OverchargeProtection(plan) => {
                plan.judge(situation.mean, situation.limits, situation.now);
            }
            Self::ConsumptionCycle(cycle) => cycle.advance(situation, memory, events),
        }
    }

    /// The opening that it wants is held back: it must want it anew, on what is measured then.
    pub(crate) fn held_back(&mut self, now: Monotonic) {
        match self {
            Self::Observer => {}
            Self::OverchargeProtection(plan) => *plan = OverchargeProtection::default(),
            Self::ConsumptionCycle(cycle) => cycle.held_back(now),
        }
    }

    /// What the mode wants of relay 1 or 2.
    pub(crate) fn verdict(
        &self,
        relay: RelayName,
        mean: Option<Level>,
        limits: &Thresholds,
    ) -> Verdict {
        match (self, relay) {
            (Self::OverchargeProtection(plan), RelayName::Charger) => plan.charger(mean, limits),
            (Self::OverchargeProtection(_), _) => overcharge_protection::mains(),
            (Self::ConsumptionCycle(cycle), _) => cycle.verdict(relay, mean, limits),
            (Self::Observer, _) => observer::verdict(),
        }
    }
}
