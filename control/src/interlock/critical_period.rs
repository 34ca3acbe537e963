//! Critical period: while the equipment must not depend on the battery, mains stays closed.
//!
//! Where critical periods are configured and the clock is not set, nobody can tell whether this is
//! one, so it counts as one.

use crate::Monotonic;
use crate::clock::WallClock;
use crate::verdict::Verdict;
use crate::vocabulary::{Condition, Contact, Next, Rule};
use crate::weekly_plan::WeeklyPlan;

/// Whether this moment is critical.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum CriticalPeriod {
    /// It is not, or there are no critical periods.
    #[default]
    No,
    /// It is, until then.
    Until(Monotonic),
    /// The clock is not set, so it may be.
    Unknown,
}

impl CriticalPeriod {
    /// Looks at the week.
    pub(crate) fn judge(&mut self, week: &WeeklyPlan, clock: &WallClock) {
        *self = match week.moment {
            Some(moment) => (moment.critical_until)
                .and_then(|until| clock.monotonic(until))
                .map_or(Self::No, Self::Until),
            None if week.has_critical_periods() => Self::Unknown,
            None => Self::No,
        };
    }

    /// What it wants of relay 1, and of relay 2 on a common bus.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let not_before = match self {
            Self::No => return None,
            Self::Until(end) => Some(*end),
            Self::Unknown => None,
        };
        Some(Verdict {
            next: Some(Next {
                to: None,
                condition: Condition::Time,
                quantity: None,
                threshold: None,
                not_before,
            }),
            ..Verdict::plain(Rule::CriticalPeriod, Contact::Closed)
        })
    }
}
