//! When relays 1 and 2 were closed, how often they were opened, where a cycle stands, and since when the
//! battery is full, by the notebook's own reckoning.

use core::time::Duration;

use crate::Monotonic;
use crate::vocabulary::{ChargeState, Contact, FullBy, Phase};

/// The time over which openings are counted, by `docs/control.md`.
const BUDGET_PERIOD: Duration = Duration::from_hours(24);

/// What one relay has done.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Edges {
    /// When it was closed last.
    pub(super) closed_at: Option<Monotonic>,
    /// When the openings that count together began, and how many there were.
    pub(super) openings: Option<(Monotonic, u32)>,
}

impl Edges {
    pub(super) fn note(&mut self, from: Contact, to: Contact, now: Monotonic) {
        match (from, to) {
            (Contact::Open, Contact::Closed) => self.closed_at = Some(now),
            (Contact::Closed, Contact::Open) => {
                let (since, openings) = self.counted(now).unwrap_or((now, 0));
                self.openings = Some((since, openings + 1));
            }
            _ => {}
        }
    }

    /// The openings that count now.
    pub(super) fn counted(&self, now: Monotonic) -> Option<(Monotonic, u32)> {
        (self.openings).filter(|(since, _)| now.since(*since) < BUDGET_PERIOD)
    }

    /// Whether it has been closed for that long.
    pub(super) fn closed_for(&self, least: Duration, now: Monotonic) -> bool {
        self.closed_at.is_none_or(|at| now.since(at) >= least)
    }
}

/// The stages of a cycle, as far as they matter to the notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    None,
    Discharging,
    Charging,
    Resting,
}

impl Stage {
    pub(super) fn of(phase: Option<Phase>) -> Self {
        match phase {
            Some(Phase::Probing | Phase::Discharging) => Self::Discharging,
            Some(Phase::Charging) => Self::Charging,
            Some(Phase::Resting) => Self::Resting,
            Some(Phase::Waiting | Phase::Filling) | None => Self::None,
        }
    }
}

/// Where a cycle stands, and how the schedule's cycles went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cycles {
    pub(super) stage: Stage,
    pub(super) since: Monotonic,
    /// When the last cycle began, and the one before it.
    pub(super) last_start: Option<Monotonic>,
    pub(super) start_before: Option<Monotonic>,
    /// How long the last recharge took.
    pub(super) recharge: Option<Duration>,
}

impl Cycles {
    pub(super) const fn new(now: Monotonic) -> Self {
        Self {
            stage: Stage::None,
            since: now,
            last_start: None,
            start_before: None,
            recharge: None,
        }
    }

    pub(super) fn goes_to(&mut self, phase: Option<Phase>, now: Monotonic) {
        let stage = Stage::of(phase);
        if stage != self.stage {
            (self.stage, self.since) = (stage, now);
        }
    }
}

/// Since when windows show a full battery. The notebook does not judge what is full: it is told.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Full {
    /// The end of the first window in a row.
    pub(super) since: Option<Monotonic>,
    /// When it was last full for so long that it took no more.
    pub(super) saturated_at: Option<Monotonic>,
}

impl Full {
    /// A window has ended.
    pub(super) fn read(
        &mut self,
        charge: &ChargeState<Monotonic>,
        saturation: Duration,
        now: Monotonic,
    ) {
        let full = charge.full_at == Some(now);
        self.since = full.then(|| self.since.unwrap_or(now));
        let long = (self.since).is_some_and(|since| now.since(since) >= saturation);
        if full && (long || charge.full_by == Some(FullBy::Time)) {
            self.saturated_at = Some(now);
        }
    }
}
