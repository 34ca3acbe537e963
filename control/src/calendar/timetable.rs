//! The weekly plan laid out as moments for the five weeks that follow a day.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::plan::{Daily, Plan};
use super::{Calendar, HORIZON, Moment};
use crate::UnixMillis;

const DAY: Duration = Duration::from_secs(86_400);

/// Days laid out before the first: a period lasts two at most, and a clock has been put back or
/// forward by as much as one (Pacific/Apia went without 2011-12-30).
const DAYS_BEFORE: i64 = 4;

/// Days laid out from the first on: that day, the 35 of the horizon, 14 in which the next critical
/// period begins if there is any, and one for the clock's changes.
const DAYS_AFTER: i64 = 51;

/// All that the calendar says of a day, and of the five weeks after each moment of it.
#[derive(Debug)]
pub(super) struct Timetable {
    calendar: Calendar,
    /// The moments of the day for which it is complete.
    day: Range<UnixMillis>,
    critical: Stretches,
    allowed: Stretches,
}

/// Stretches of time that neither overlap nor touch, in their order.
#[derive(Debug)]
struct Stretches(Vec<Range<UnixMillis>>);

/// Which of two moments an end is where the clock is changed.
#[derive(Debug, Clone, Copy)]
enum Pick {
    Earlier,
    Later,
}

impl Timetable {
    /// The timetable of the day (of UTC) around a moment; `None` where no clock can show it.
    pub(super) fn around(calendar: &Calendar, moment: UnixMillis) -> Option<Self> {
        let day_millis = DAY.as_millis() as i64;
        let start = UnixMillis(moment.0.checked_sub(moment.0.rem_euclid(day_millis))?);
        let plan = &calendar.plan;
        let first = Timestamp::from_millisecond(start.0).ok()?;
        let today = plan.zone.to_datetime(first).date();
        let dates = today.checked_sub(DAYS_BEFORE.days()).ok()?
            ..today.checked_add(DAYS_AFTER.days()).ok()?;
        Some(Self {
            calendar: calendar.clone(),
            day: start..start.after(DAY),
            critical: lay_out(plan, &plan.critical, &dates, [Pick::Earlier, Pick::Later])?,
            allowed: lay_out(plan, &plan.allowed, &dates, [Pick::Later, Pick::Earlier])?,
        })
    }

    pub(super) fn is_of(&self, calendar: &Calendar) -> bool {
        Arc::ptr_eq(&self.calendar.plan, &calendar.plan)
    }

    pub(super) fn covers(&self, moment: UnixMillis) -> bool {
        self.day.contains(&moment)
    }

    pub(super) fn at(&self, moment: UnixMillis) -> Moment {
        Moment {
            critical_until: self.critical.around(moment).map(|stretch| stretch.end),
            next_critical: self.critical.after(moment).map(|stretch| stretch.start),
            allowed_until: self.allowed.around(moment).map(|stretch| stretch.end),
            next_allowed: self.allowed.after(moment).map(|stretch| stretch.start),
        }
    }

    /// The moments around one of the day for which [`Self::at`] says the same.
    pub(super) fn unchanged_around(&self, moment: UnixMillis) -> Range<UnixMillis> {
        let edges = || {
            let stretches = self.critical.0.iter().chain(&self.allowed.0);
            stretches.flat_map(|stretch| [stretch.start, stretch.end])
        };
        let last = edges().filter(|edge| *edge <= moment).max();
        let next = edges().filter(|edge| *edge > moment).min();
        let Range { start, end } = self.day;
        last.map_or(start, |edge| edge.max(start))..next.map_or(end, |edge| edge.min(end))
    }

    pub(super) fn earliest_start(&self, from: UnixMillis, needed: Duration) -> Option<UnixMillis> {
        let windows = self.allowed.0.iter();
        let mut starts = windows
            .filter_map(|window| self.first_with_room(needed, from.max(window.start)..window.end));
        let horizon = from.after(HORIZON);
        starts.next().filter(|start| *start <= horizon)
    }

    /// The first moment of a range that has that much before it is critical.
    fn first_with_room(&self, needed: Duration, range: Range<UnixMillis>) -> Option<UnixMillis> {
        let mut start = range.start;
        while range.contains(&start) {
            match self.critical.first_ending_after(start) {
                Some(next) if next.start <= start || next.start.since(start) < needed => {
                    start = next.end;
                }
                _ => return Some(start),
            }
        }
        None
    }
}

impl Stretches {
    fn joined(mut parts: Vec<Range<UnixMillis>>) -> Self {
        parts.retain(|part| !part.is_empty());
        parts.sort_by_key(|part| part.start);
        let mut joined: Vec<Range<UnixMillis>> = Vec::new();
        for part in parts {
            match joined.last_mut() {
                Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
                _ => joined.push(part),
            }
        }
        Self(joined)
    }

    fn around(&self, moment: UnixMillis) -> Option<&Range<UnixMillis>> {
        self.first_ending_after(moment)
            .filter(|stretch| stretch.start <= moment)
    }

    fn after(&self, moment: UnixMillis) -> Option<&Range<UnixMillis>> {
        let index = self.0.partition_point(|stretch| stretch.start <= moment);
        self.0.get(index)
    }

    fn first_ending_after(&self, moment: UnixMillis) -> Option<&Range<UnixMillis>> {
        let index = self.0.partition_point(|stretch| stretch.end <= moment);
        self.0.get(index)
    }
}

fn lay_out(
    plan: &Plan,
    periods: &[Daily],
    dates: &Range<Date>,
    [start, end]: [Pick; 2],
) -> Option<Stretches> {
    let mut parts = Vec::new();
    for date in dates
        .start
        .series(1.day())
        .take_while(|date| *date < dates.end)
    {
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        for period in periods.iter().filter(|period| period.days[weekday]) {
            let start = resolve(plan, date, period.from_minute, start)?;
            let end = resolve(plan, date, period.to_minute, end)?;
            parts.push(start..end);
        }
    }
    Some(Stretches::joined(parts))
}

/// The moment at which the site's clock shows a time, counted from a day's midnight.
fn resolve(plan: &Plan, date: Date, minute: u16, pick: Pick) -> Option<UnixMillis> {
    let after_midnight = SignedDuration::from_mins(minute.into());
    let shown = DateTime::from(date).checked_add(after_midnight).ok()?;
    let moment = plan.zone.to_ambiguous_timestamp(shown);
    let moment = match pick {
        Pick::Earlier => moment.earlier(),
        Pick::Later => moment.later(),
    };
    Some(UnixMillis(moment.ok()?.as_millisecond()))
}
