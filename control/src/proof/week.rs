//! The notebook's own calendar: a schedule in UTC, looked at minute by minute.

use crate::UnixMillis;
use crate::vocabulary::{Period, Schedule, Weekday};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// 1970-01-01 was a Thursday.
const FIRST_DAY: usize = 3;

/// Whether that moment lies in a critical period.
pub(super) fn critical(schedule: &Schedule, wall: UnixMillis) -> bool {
    schedule.critical.iter().any(|period| covers(period, wall))
}

/// Whether that moment lies in an allowed window.
pub(super) fn allowed(schedule: &Schedule, wall: UnixMillis) -> bool {
    schedule.allowed.iter().any(|period| covers(period, wall))
}

/// Whether a critical period begins from that moment on and before `end`.
pub(super) fn critical_before(schedule: &Schedule, wall: UnixMillis, end: UnixMillis) -> bool {
    let mut moment = wall;
    while moment < end {
        if critical(schedule, moment) {
            return true;
        }
        moment = UnixMillis((moment.0.div_euclid(MINUTE) + 1) * MINUTE);
    }
    false
}

/// The midnight from which on a cycle is due whose last one began at that moment.
pub(super) fn due(schedule: &Schedule, last_start: UnixMillis) -> UnixMillis {
    let days = last_start.0.div_euclid(DAY) + i64::from(schedule.cycle_every_days);
    UnixMillis(days * DAY)
}

fn covers(period: &Period, wall: UnixMillis) -> bool {
    let (from, to) = (minutes(&period.from), minutes(&period.to));
    let minute = wall.0.rem_euclid(DAY) / MINUTE;
    let today = wall.0.div_euclid(DAY);
    let begins = |day: i64| period.days.contains(&weekday(day));
    if from < to {
        begins(today) && (from..to).contains(&minute)
    } else {
        (begins(today) && minute >= from) || (begins(today - 1) && minute < to)
    }
}

fn weekday(day: i64) -> Weekday {
    let index = day.rem_euclid(7) as usize + FIRST_DAY;
    Weekday::ALL[index % 7]
}

/// Minutes after midnight of a time that a schedule was accepted with.
fn minutes(text: &str) -> i64 {
    let (hours, minutes) = text.split_once(':').expect("HH:MM");
    let number = |text: &str| text.parse::<i64>().expect("a number");
    number(hours) * 60 + number(minutes)
}
