//! The schedule in force: what this moment is in the week, and when the next cycle may begin.

use core::time::Duration;

use crate::calendar::{Calendar, Cursor, Moment};
use crate::clock::WallClock;
use crate::vocabulary::Schedule;
use crate::{Monotonic, UnixMillis};

/// The schedule in force, if there is one.
#[derive(Debug, Clone, Default)]
pub(crate) struct WeeklyPlan {
    pub(crate) calendar: Option<Calendar>,
    cursor: Cursor,
    /// What this moment is; `None` without a schedule or a set clock.
    pub(crate) moment: Option<Moment>,
    next: Option<Found>,
}

/// A next start that was looked up, and for what.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    last_start: Option<Monotonic>,
    needed: Duration,
    at: Option<UnixMillis>,
    /// When it was looked up.
    looked_up: UnixMillis,
}

/// A search that found nothing is repeated after that time: the horizon moves on.
const SEARCH_AGAIN: Duration = Duration::from_secs(24 * 60 * 60);

impl WeeklyPlan {
    /// Puts another schedule in force, or none.
    pub(crate) fn replace(&mut self, calendar: Option<Calendar>, clock: &WallClock) {
        *self = Self {
            calendar,
            ..Self::default()
        };
        self.observe(clock);
    }

    /// The schedule as it was written.
    pub(crate) fn schedule(&self) -> Option<&Schedule> {
        self.calendar.as_ref().map(Calendar::schedule)
    }

    /// Looks up what this moment is.
    pub(crate) fn observe(&mut self, clock: &WallClock) {
        self.moment = match (&self.calendar, clock.now()) {
            (Some(calendar), Some(now)) => Some(self.cursor.at(calendar, now)),
            _ => {
                // A clock that is set anew may show an earlier time.
                self.next = None;
                None
            }
        };
    }

    /// Forgets what was looked up: the wall clock jumped.
    pub(crate) fn clock_jumped(&mut self) {
        self.next = None;
    }

    /// Whether it has critical periods.
    pub(crate) fn has_critical_periods(&self) -> bool {
        self.schedule()
            .is_some_and(|schedule| !schedule.critical.is_empty())
    }

    /// When the next cycle is due: from then on an allowed window lets it begin. At once where there
    /// was none.
    pub(crate) fn due(
        &self,
        last_start: Option<Monotonic>,
        clock: &WallClock,
    ) -> Option<UnixMillis> {
        let calendar = self.calendar.as_ref()?;
        match last_start {
            None => clock.now(),
            Some(last_start) => calendar.due(clock.wall(last_start)?),
        }
    }

    /// What [`Self::next_start`] found last.
    pub(crate) fn known_next_start(&self) -> Option<UnixMillis> {
        self.next?.at
    }

    /// The first moment from now on at which a cycle is due and an allowed window leaves `needed`
    /// before the next critical period.
    pub(crate) fn next_start(
        &mut self,
        last_start: Option<Monotonic>,
        needed: Duration,
        clock: &WallClock,
    ) -> Option<UnixMillis> {
        let now = clock.now()?;
        if let Some(found) = self.next
            && found.last_start == last_start
            && found.needed == needed
            && found.is_still_right(now)
        {
            return found.at;
        }
        let from = self.due(last_start, clock)?.max(now);
        let at = self.calendar.as_ref()?.earliest_start(from, needed);
        self.next = Some(Found {
            last_start,
            needed,
            at,
            looked_up: now,
        });
        at
    }
}

impl Found {
    fn is_still_right(&self, now: UnixMillis) -> bool {
        match self.at {
            Some(at) => now <= at,
            None => now.since(self.looked_up) < SEARCH_AGAIN,
        }
    }
}
