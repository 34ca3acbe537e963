//! The weekly plan of a site on the wall clock: when it must stay on mains, when a cycle may start.
//!
//! Times of the plan are those of the clock on the site's wall; a period's two ends are looked up
//! each for itself. Where the clock is put forward an end may name a time that does not come, and
//! where it is put back one that comes twice. Then a *critical* period begins at the earlier moment
//! and ends at the later one, and an *allowed* window the other way round:
//!
//! | the end names a time that | earlier moment | later moment |
//! |---|---|---|
//! | does not come | that time by the clock as put forward | that time by the clock as it was |
//! | comes twice | its first coming | its second coming |
//!
//! So whenever the clock shows a time of a critical period the period is on, and an allowed window
//! is on only while the clock shows a time of it. Beside such an end a critical period lasts no less
//! than written and an allowed window no more; a period that runs across the change lasts as long
//! as the clock takes. An allowed window that ends before it has begun is none.
//!
//! Time zones come from the database bundled with the library `jiff`: nothing is read from the
//! system, and a zone's new rules come with a new version of this program.

mod cursor;
#[cfg(test)]
mod oracle;
mod plan;
mod timetable;

use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};

pub use cursor::Cursor;
pub use plan::{CYCLE_EVERY_DAYS_MAX, PERIODS_MAX};

use crate::UnixMillis;
use crate::vocabulary::{Rejection, Schedule};
use plan::Plan;
use timetable::Timetable;

/// How far ahead a critical period or an allowed window is looked for, at the least.
pub const HORIZON: Duration = Duration::from_hours(35 * 24);

/// A [`Schedule`] that was found sound, ready to be asked. Clones share it.
///
/// A period begins on the days that it names. It ends on the next day where `to` is not after
/// `from`; so where the two are the same it lasts from one day's `from` to that of the next, 24
/// hours of the clock. A `to` of `24:00` is the midnight at the day's end.
#[derive(Debug, Clone)]
pub struct Calendar {
    plan: Arc<Plan>,
}

/// What a moment is on the calendar.
///
/// Overlapping and adjacent periods of one kind count as one stretch. One that never ends is said to
/// end at some moment beyond [`HORIZON`]. A moment outside the years −9998 to 9998 can be on no
/// clock that is set: all is `None` then, as it is where there is nothing of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// The end of the critical stretch that it lies in, if it does.
    pub critical_until: Option<UnixMillis>,
    /// When the next critical stretch after it begins.
    pub next_critical: Option<UnixMillis>,
    /// The end of the allowed stretch that it lies in, if it does; critical periods do not cut it.
    pub allowed_until: Option<UnixMillis>,
    /// When the next allowed stretch after it begins.
    pub next_allowed: Option<UnixMillis>,
}

impl Calendar {
    /// Checks a schedule and makes it ready.
    ///
    /// # Errors
    /// `wrong_value` for an unknown time zone, a malformed time, a period without days or with one
    /// named twice, more than [`PERIODS_MAX`] of a kind, or a cycle every 0 or more than
    /// [`CYCLE_EVERY_DAYS_MAX`] days; `contradiction` where every allowed window lies within
    /// critical periods. The reason names the entry and what it may be.
    pub fn compile(schedule: &Schedule) -> Result<Self, Rejection> {
        let plan = Arc::new(Plan::of(schedule)?);
        Ok(Self { plan })
    }

    /// The schedule as it was written.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.plan.written
    }

    /// What a moment is on the calendar; who asks step after step keeps a [`Cursor`].
    #[must_use]
    pub fn at(&self, moment: UnixMillis) -> Moment {
        Timetable::around(self, moment).map_or_else(Moment::default, |table| table.at(moment))
    }

    /// The first moment from `from` on that lies in an allowed window and outside critical periods,
    /// with at least `needed` before the next critical period begins; the window may end sooner.
    ///
    /// `None` where there is none within [`HORIZON`], or where `from` can be on no clock.
    #[must_use]
    pub fn earliest_start(&self, from: UnixMillis, needed: Duration) -> Option<UnixMillis> {
        Timetable::around(self, from)?.earliest_start(from, needed)
    }

    /// From when on the next cycle is due: the midnight with which the day begins that comes
    /// `cycle_every_days` after that of the last start.
    ///
    /// Counted in days of the site's clock, so that a cycle at the same hour of each of them does
    /// not slip past its window. `None` where `last_start` can be on no clock.
    #[must_use]
    pub fn due(&self, last_start: UnixMillis) -> Option<UnixMillis> {
        let zone = &self.plan.zone;
        let started = Timestamp::from_millisecond(last_start.0).ok()?;
        let day = zone.to_datetime(started).date();
        let every = i64::from(self.plan.written.cycle_every_days);
        let midnight = day.checked_add(every.days()).ok()?.at(0, 0, 0, 0);
        let due = zone.to_ambiguous_timestamp(midnight).later().ok()?;
        Some(UnixMillis(due.as_millisecond()))
    }
}

#[cfg(test)]
pub(crate) mod tests;
