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
const SEARCH_AGAIN: Duration = Duration::from_hours(24);

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::tests::{at, calendar, period};
    use crate::vocabulary::Weekday;

    const TOLERANCE: Duration = Duration::from_mins(5);
    const NEEDED: Duration = Duration::from_hours(1);

    /// A site's clock and its plan, asked as the controller asks them.
    struct Site {
        clock: WallClock,
        week: WeeklyPlan,
        now: Monotonic,
    }

    impl Site {
        fn following(calendar: Calendar, moment: &str) -> Self {
            let mut site = Self {
                clock: WallClock::new(Monotonic::START),
                week: WeeklyPlan::default(),
                now: Monotonic::START,
            };
            site.clock_shows(moment);
            site.week.replace(Some(calendar), &site.clock);
            site
        }

        fn clock_shows(&mut self, moment: &str) {
            let jump = self.clock.observe(Some(at(moment)), self.now, TOLERANCE);
            if jump.is_some() {
                self.week.clock_jumped();
            }
            self.week.observe(&self.clock);
        }

        fn wait_until(&mut self, moment: &str) {
            let shown = self.clock.now().expect("it is set");
            self.now = self.now.after(at(moment).since(shown));
            self.clock_shows(moment);
        }

        fn next_start(&mut self, needed: Duration) -> Option<UnixMillis> {
            self.week.next_start(None, needed, &self.clock)
        }
    }

    fn mondays_and_thursdays() -> Calendar {
        let nights = period(&[Weekday::Monday, Weekday::Thursday], "02:00", "04:00");
        calendar("UTC", &[], &[nights])
    }

    #[test]
    fn a_start_that_has_gone_by_is_looked_up_anew() {
        let mut site = Site::following(mondays_and_thursdays(), "2026-11-23T00:00:00Z");
        assert_eq!(site.next_start(NEEDED), Some(at("2026-11-23T02:00:00Z")));
        site.wait_until("2026-11-23T02:00:00Z");
        assert_eq!(site.next_start(NEEDED), Some(at("2026-11-23T02:00:00Z")));
        site.wait_until("2026-11-23T04:00:00Z");
        assert_eq!(site.next_start(NEEDED), Some(at("2026-11-26T02:00:00Z")));
        assert_eq!(site.week.known_next_start(), site.next_start(NEEDED));
    }

    #[test]
    fn a_clock_that_jumps_back_brings_the_missed_window_back() {
        let mut site = Site::following(mondays_and_thursdays(), "2026-11-24T00:00:00Z");
        assert_eq!(site.next_start(NEEDED), Some(at("2026-11-26T02:00:00Z")));
        site.clock_shows("2026-11-22T12:00:00Z");
        assert_eq!(site.next_start(NEEDED), Some(at("2026-11-23T02:00:00Z")));
    }

    #[test]
    fn what_was_found_for_one_last_start_says_nothing_of_another() {
        let mut site = Site::following(mondays_and_thursdays(), "2026-11-23T00:00:00Z");
        assert_eq!(site.next_start(NEEDED), Some(at("2026-11-23T02:00:00Z")));
        let begun = site.week.next_start(Some(site.now), NEEDED, &site.clock);
        // Every thirty days: due on 23 December, a Wednesday.
        assert_eq!(begun, Some(at("2026-12-24T02:00:00Z")));
    }

    /// Two and a half hours between two critical periods of every night, three and a half in the one in
    /// which the clock goes back: 25 October 2026.
    fn night_and_day() -> Calendar {
        let critical = period(Weekday::ALL, "04:00", "01:30");
        let allowed = period(Weekday::ALL, "00:00", "24:00");
        calendar("Europe/Paris", &[critical], &[allowed])
    }

    #[test]
    fn a_search_that_found_nothing_is_repeated_after_a_day() {
        let mut site = Site::following(night_and_day(), "2026-09-19T02:00:00+02:00");
        let needed = Duration::from_hours(3);
        assert_eq!(site.next_start(needed), None, "it is beyond the horizon");
        let mut later = Site::following(night_and_day(), "2026-09-19T02:00:00+02:00");
        assert_eq!(later.next_start(needed), None);
        later.wait_until("2026-09-20T03:00:00+02:00");
        assert!(later.next_start(needed).is_some(), "an hour later, too");
        site.wait_until("2026-09-20T02:00:00+02:00");
        assert_eq!(
            site.next_start(needed),
            Some(at("2026-10-25T01:30:00+02:00"))
        );
    }

    #[test]
    fn what_was_found_for_one_time_needed_says_nothing_of_another() {
        let mut site = Site::following(night_and_day(), "2026-09-19T00:00:00+02:00");
        assert_eq!(
            site.next_start(NEEDED),
            Some(at("2026-09-19T01:30:00+02:00"))
        );
        assert_eq!(site.next_start(Duration::from_hours(3)), None);
    }
}
