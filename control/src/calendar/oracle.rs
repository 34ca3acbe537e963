//! The calendar against a naive twin that writes every minute down.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;

use super::tests::schedule;
use super::{Calendar, Cursor, HORIZON, Moment};
use crate::UnixMillis;
use crate::vocabulary::{Period, Schedule, Weekday};

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;
/// What is written down before and after the minute that a case begins with.
const BEFORE: i64 = 8 * DAY;
const AFTER: i64 = 62 * DAY;

const ZONES: [&str; 6] = [
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kolkata",
    "UTC",
];

/// What the clock on the wall shows in each of many minutes, in minutes after 1970 began there.
struct Clock {
    shown: Vec<i64>,
    minutes: HashMap<i64, Vec<i64>>,
}

impl Clock {
    fn of(zone: &TimeZone, first: i64) -> Self {
        let shown: Vec<i64> = (first..first + BEFORE + AFTER)
            .map(|minute| {
                let moment = Timestamp::from_second(minute * 60).expect("in range");
                minute + i64::from(zone.to_offset(moment).seconds()) / 60
            })
            .collect();
        let mut minutes: HashMap<i64, Vec<i64>> = HashMap::new();
        for (index, time) in (0..).zip(&shown) {
            minutes.entry(*time).or_default().push(index);
        }
        Self { shown, minutes }
    }

    /// The earlier and the later minute meant by a time, as the module's table has it.
    fn meant_by(&self, time: i64) -> Option<[i64; 2]> {
        if let Some(comings) = self.minutes.get(&time) {
            return Some([*comings.first()?, *comings.last()?]);
        }
        let change = self
            .shown
            .windows(2)
            .position(|pair| pair[0] < time && time < pair[1])?;
        let (last, first) = (self.shown[change], self.shown[change + 1]);
        let change = i64::try_from(change).ok()?;
        Some([change + 1 - (first - time), change + (time - last)])
    }
}

fn minutes(text: &str) -> i64 {
    let (hour, minute) = text.split_once(':').expect("a time");
    hour.parse::<i64>().expect("hours") * 60 + minute.parse::<i64>().expect("minutes")
}

/// From and to, in minutes after the midnight of the day on which the period begins.
fn ends(period: &Period) -> [i64; 2] {
    let (from, to) = (minutes(&period.from), minutes(&period.to));
    [from, if to <= from { to + DAY } else { to }]
}

fn begins_on(period: &Period, day: i64) -> bool {
    // 1970 began on a Thursday.
    let weekday = usize::try_from((day + 3).rem_euclid(7)).expect("0 to 6");
    period.days.contains(&Weekday::ALL[weekday])
}

/// Whether each minute is in a period, found by marking every occurrence.
fn marked(clock: &Clock, periods: &[Period], keep_long: bool) -> Vec<bool> {
    let mut marks = vec![false; clock.shown.len()];
    let days = clock.shown[0] / DAY - 3..=clock.shown[clock.shown.len() - 1] / DAY + 3;
    for (day, period) in days.flat_map(|day| periods.iter().map(move |period| (day, period))) {
        let [Some(from), Some(to)] = ends(period).map(|end| clock.meant_by(day * DAY + end)) else {
            continue;
        };
        let range = if keep_long {
            from[0]..to[1]
        } else {
            from[1]..to[0]
        };
        if begins_on(period, day) {
            for minute in range {
                marks[usize::try_from(minute).expect("an index")] = true;
            }
        }
    }
    marks
}

/// Whether the clock shows a time of the period.
fn shows(period: &Period, time: i64) -> bool {
    let [from, to] = ends(period);
    (time.div_euclid(DAY) - 1..=time.div_euclid(DAY))
        .any(|day| begins_on(period, day) && (from..to).contains(&(time - day * DAY)))
}

struct Twin {
    first: i64,
    critical: Vec<bool>,
    allowed: Vec<bool>,
}

impl Twin {
    fn index(&self, minute: i64) -> usize {
        usize::try_from(minute - self.first).expect("written down")
    }

    fn moment(&self, index: usize) -> UnixMillis {
        UnixMillis((self.first + i64::try_from(index).expect("an index")) * 60_000)
    }

    fn stretch(&self, marks: &[bool], index: usize) -> [Option<UnixMillis>; 2] {
        // Over slices: counting up is slow where the tests are hardly optimised.
        let from_here = &marks[index..];
        let end = from_here.iter().position(|mark| !mark);
        let gap = end.unwrap_or(from_here.len());
        // Within a stretch the next one begins after the gap that follows it.
        let begin = from_here[gap..].iter().position(|mark| *mark);
        let next = begin.map(|begin| index + gap + begin);
        let until = end.filter(|_| marks[index]).map(|end| index + end);
        [until, next].map(|found| found.map(|index| self.moment(index)))
    }

    fn at(&self, minute: i64) -> Moment {
        let index = self.index(minute);
        let [critical_until, next_critical] = self.stretch(&self.critical, index);
        let [allowed_until, next_allowed] = self.stretch(&self.allowed, index);
        Moment {
            critical_until,
            next_critical,
            allowed_until,
            next_allowed,
        }
    }

    fn earliest_start(&self, from: i64, needed: i64) -> Option<UnixMillis> {
        let horizon = i64::try_from(HORIZON.as_secs()).expect("small") / 60;
        let room = |index: usize| {
            let end = index + usize::try_from(needed.max(1)).expect("not negative");
            self.critical[index..end].iter().all(|critical| !critical)
        };
        (self.index(from)..=self.index(from + horizon))
            .find(|index| self.allowed[*index] && room(*index))
            .map(|index| self.moment(index))
    }
}

fn time_of_day() -> impl Strategy<Value = String> {
    // The small hours are those in which clocks change.
    let minute = prop_oneof![0..4 * HOUR, 0..DAY, Just(0)];
    minute.prop_map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60))
}

fn period() -> impl Strategy<Value = Period> {
    let days = proptest::sample::subsequence(Weekday::ALL, 1..=7);
    (days, time_of_day(), time_of_day()).prop_map(|(days, from, to)| Period { days, from, to })
}

fn periods() -> impl Strategy<Value = Vec<Period>> {
    proptest::collection::vec(period(), 0..4)
}

/// A schedule and a minute on a day around which its zone's clock may well be changed.
fn cases() -> impl Strategy<Value = (Schedule, i64)> {
    let zone = proptest::sample::select(&ZONES[..]);
    (
        zone,
        periods(),
        periods(),
        0..24_000_i64,
        0..8 * DAY,
        any::<bool>(),
    )
        .prop_map(|(name, critical, allowed, day, minutes, change)| {
            let start = Timestamp::from_second(day * DAY * 60).expect("in range");
            let zone = zone_named(name);
            let next = zone.following(start).next().filter(|_| change);
            let around = next.map_or(start, |next| next.timestamp()).as_second() / 60;
            (
                schedule(name, &critical, &allowed),
                around - 4 * DAY + minutes,
            )
        })
}

fn zone_named(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).expect("a zone")
}

/// A calendar for a schedule that is sound; a kind of period that never ends has a test of its own.
fn compiled(schedule: &Schedule) -> Option<Calendar> {
    let never_ends = |periods: &[Period]| {
        (0..7 * DAY).all(|time| periods.iter().any(|period| shows(period, time)))
    };
    let kinds = [&schedule.critical, &schedule.allowed];
    let ends = !kinds.into_iter().any(|periods| never_ends(periods));
    Calendar::compile(schedule).ok().filter(|_| ends)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: ProptestConfig::default().cases.min(64), ..ProptestConfig::default() })]

    #[test]
    fn calendar_and_twin_agree((schedule, from) in cases(), needed in 0..30 * HOUR) {
        let Some(calendar) = compiled(&schedule) else {
            return Err(TestCaseError::reject("not this one"));
        };
        let first = from - BEFORE;
        let clock = Clock::of(&zone_named(&schedule.time_zone), first);
        let twin = Twin {
            first,
            critical: marked(&clock, &schedule.critical, true),
            allowed: marked(&clock, &schedule.allowed, false),
        };
        let mut cursor = Cursor::default();
        for minute in (from..from + 7 * DAY).step_by(7) {
            let moment = UnixMillis(minute * 60_000);
            let found = cursor.at(&calendar, moment);
            prop_assert_eq!(found, twin.at(minute), "at {:?}", moment);

            let time = clock.shown[twin.index(minute)];
            let critical = schedule.critical.iter().any(|period| shows(period, time));
            prop_assert!(!critical || found.critical_until.is_some());
            let allowed = schedule.allowed.iter().any(|period| shows(period, time));
            prop_assert!(allowed || found.allowed_until.is_none());
        }
        for minute in (from..from + 7 * DAY).step_by(997) {
            let needs = Duration::from_secs(needed.unsigned_abs() * 60);
            prop_assert_eq!(
                calendar.earliest_start(UnixMillis(minute * 60_000), needs),
                twin.earliest_start(minute, needed)
            );
        }
    }

    #[test]
    fn a_cursor_is_right_after_any_jump(
        (schedule, from) in cases(),
        jumps in proptest::collection::vec(
            prop_oneof![-3 * DAY..3 * DAY, -10..10_i64, -4000 * DAY..4000 * DAY],
            1..12,
        ),
        millis in any::<i64>(),
    ) {
        let Some(calendar) = compiled(&schedule) else {
            return Err(TestCaseError::reject("not this one"));
        };
        let mut cursor = Cursor::default();
        for jump in jumps {
            let moment = UnixMillis((from + jump) * 60_000 + millis % 60_000);
            prop_assert_eq!(cursor.at(&calendar, moment), calendar.at(moment));
        }
        let anywhere = UnixMillis(millis);
        prop_assert_eq!(cursor.at(&calendar, anywhere), calendar.at(anywhere));
    }
}
