//! From the schedule as it is written to one that can be followed, or the reason why it cannot.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::vocabulary::{Period, RejectCode, Rejection, Schedule};

/// Most entries of `critical`, and most of `allowed`.
pub const PERIODS_MAX: usize = 32;
/// Most days between the starts of two cycles.
pub const CYCLE_EVERY_DAYS_MAX: u32 = 365;

const MINUTES_PER_DAY: u16 = 24 * 60;
const MINUTES_PER_WEEK: usize = 7 * MINUTES_PER_DAY as usize;
/// Longest part of a wrong value that a refusal repeats, in characters.
const REPEATED_MAX: usize = 40;

/// A schedule that was found sound.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) written: Schedule,
    pub(super) zone: TimeZone,
    pub(super) critical: Vec<Daily>,
    pub(super) allowed: Vec<Daily>,
}

/// A period with its times as numbers.
#[derive(Debug)]
pub(super) struct Daily {
    /// Whether it begins on that day of the week, Monday first.
    pub(super) days: [bool; 7],
    /// When it begins, in minutes of the clock's face after the day's midnight.
    pub(super) from_minute: u16,
    /// When it ends, counted likewise; over 1440 on the next day.
    pub(super) to_minute: u16,
}

impl Plan {
    pub(super) fn of(schedule: &Schedule) -> Result<Self, Rejection> {
        let plan = Self {
            written: schedule.clone(),
            zone: zone(&schedule.time_zone)?,
            critical: periods("critical", &schedule.critical)?,
            allowed: periods("allowed", &schedule.allowed)?,
        };
        let days = schedule.cycle_every_days;
        if !(1..=CYCLE_EVERY_DAYS_MAX).contains(&days) {
            return Err(wrong_value(format!(
                "cycle_every_days must lie between 1 and {CYCLE_EVERY_DAYS_MAX}; {days} does not."
            )));
        }
        plan.check_that_a_cycle_can_start()?;
        Ok(plan)
    }

    /// On a plain week: a change of the clocks moves the two kinds apart by an hour at most.
    fn check_that_a_cycle_can_start(&self) -> Result<(), Rejection> {
        let mut critical = [false; MINUTES_PER_WEEK];
        for minute in self.critical.iter().flat_map(Daily::minutes_of_week) {
            critical[minute] = true;
        }
        let mut allowed = self.allowed.iter().flat_map(Daily::minutes_of_week);
        if self.allowed.is_empty() || allowed.any(|minute| !critical[minute]) {
            return Ok(());
        }
        Err(Rejection::new(
            RejectCode::Contradiction,
            "Every allowed window lies within critical periods, so a cycle could never start by \
             itself: move an allowed window, shorten a critical period, or leave allowed empty.",
        ))
    }
}

impl Daily {
    /// Every minute of a plain week that it covers, from Monday's midnight on.
    fn minutes_of_week(&self) -> impl Iterator<Item = usize> {
        let days = self.days.iter().enumerate().filter(|(_, begins)| **begins);
        days.flat_map(|(day, _)| {
            let midnight = day * usize::from(MINUTES_PER_DAY);
            (self.from_minute..self.to_minute)
                .map(move |minute| (midnight + usize::from(minute)) % MINUTES_PER_WEEK)
        })
    }
}

fn zone(name: &str) -> Result<TimeZone, Rejection> {
    let zone = TimeZoneDatabase::bundled().get(name).ok();
    zone.filter(|zone| !zone.is_unknown()).ok_or_else(|| {
        wrong_value(format!(
            "time_zone must be a name of the IANA time zone database, for example Europe/Paris; \
             {} is not.",
            repeated(name)
        ))
    })
}

fn periods(kind: &str, written: &[Period]) -> Result<Vec<Daily>, Rejection> {
    if written.len() > PERIODS_MAX {
        return Err(wrong_value(format!(
            "{kind} must have at most {PERIODS_MAX} entries; it has {}.",
            written.len()
        )));
    }
    let numbered = written.iter().enumerate();
    numbered
        .map(|(index, period)| daily(&format!("{kind}[{index}]"), period))
        .collect()
}

fn daily(entry: &str, written: &Period) -> Result<Daily, Rejection> {
    let from_minute = minute_of_day(&written.from)
        .filter(|minute| *minute < MINUTES_PER_DAY)
        .ok_or_else(|| wrong_time(entry, "from", "00:00 to 23:59", &written.from))?;
    let to_minute = minute_of_day(&written.to)
        .ok_or_else(|| wrong_time(entry, "to", "00:00 to 24:00", &written.to))?;
    let next_day = to_minute <= from_minute;
    Ok(Daily {
        days: days(entry, written)?,
        from_minute,
        to_minute: to_minute + if next_day { MINUTES_PER_DAY } else { 0 },
    })
}

fn days(entry: &str, written: &Period) -> Result<[bool; 7], Rejection> {
    if written.days.is_empty() {
        return Err(wrong_value(format!(
            "{entry}.days must name at least one day of the week on which it begins."
        )));
    }
    let mut days = [false; 7];
    for day in written.days.iter().copied() {
        if std::mem::replace(&mut days[day as usize], true) {
            return Err(wrong_value(format!(
                "{entry}.days must name each day once; {day} is there twice."
            )));
        }
    }
    Ok(days)
}

/// Minutes after midnight of a time written `HH:MM`, 24:00 included.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
    (minute < 60 && hour * 60 + minute <= MINUTES_PER_DAY).then_some(hour * 60 + minute)
}

fn two_digits(text: &str) -> Option<u16> {
    let sound = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| text.parse().ok()).flatten()
}

fn wrong_time(entry: &str, field: &str, range: &str, written: &str) -> Rejection {
    wrong_value(format!(
        "{entry}.{field} must be a time of day from {range}, written HH:MM; {} is not.",
        repeated(written)
    ))
}

fn wrong_value(reason: String) -> Rejection {
    Rejection::new(RejectCode::WrongValue, reason)
}

/// A value from outside, quoted, and cut where it is too long to show.
fn repeated(value: &str) -> String {
    match value.char_indices().nth(REPEATED_MAX) {
        Some((end, _)) => format!("{:?}…", &value[..end]),
        None => format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::tests::{EVERY_DAY, period, schedule};
    use crate::vocabulary::Weekday;

    fn refusal(schedule: &Schedule) -> Rejection {
        Plan::of(schedule).expect_err("it is refused")
    }

    fn assert_wrong(schedule: &Schedule, said: &str) {
        let rejection = refusal(schedule);
        assert_eq!(rejection.code, RejectCode::WrongValue);
        assert_eq!(rejection.reason, said);
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        for name in [
            "Europe/Pari",
            "",
            "Etc/Unknown",
            "CET-1CEST",
            "../etc/passwd",
        ] {
            let said = format!(
                "time_zone must be a name of the IANA time zone database, for example \
                 Europe/Paris; {name:?} is not."
            );
            assert_wrong(&schedule(name, &[], &[]), &said);
        }
        let rejection = refusal(&schedule(&"é".repeat(1000), &[], &[]));
        assert!(rejection.reason.len() < 250, "{}", rejection.reason);
    }

    #[test]
    fn a_time_is_two_digits_twice() {
        let good = period(EVERY_DAY, "08:00", "18:00");
        for bad in [
            "", "8:00", "08:0", "0800", "08:60", "25:00", "24:01", "-1:00", "+8:00", "08:00:00",
            "é:00",
        ] {
            let critical = [good.clone(), good.clone(), period(EVERY_DAY, bad, "09:00")];
            assert_wrong(
                &schedule("UTC", &critical, &[]),
                &format!(
                    "critical[2].from must be a time of day from 00:00 to 23:59, written HH:MM; \
                     {bad:?} is not."
                ),
            );
            assert_wrong(
                &schedule("UTC", &[], &[period(EVERY_DAY, "09:00", bad)]),
                &format!(
                    "allowed[0].to must be a time of day from 00:00 to 24:00, written HH:MM; \
                     {bad:?} is not."
                ),
            );
        }
    }

    #[test]
    fn a_period_ends_at_24_00_but_begins_at_00_00() {
        let late = |from, to| schedule("UTC", &[period(EVERY_DAY, from, to)], &[]);
        let plan = Plan::of(&late("22:00", "24:00")).expect("it is sound");
        assert_eq!(plan.critical[0].to_minute, 1440);
        assert!(
            refusal(&late("24:00", "08:00"))
                .reason
                .starts_with("critical[0].from")
        );
    }

    #[test]
    fn a_period_begins_on_some_days_each_named_once() {
        let on = |days: &[Weekday]| schedule("UTC", &[], &[period(days, "08:00", "18:00")]);
        assert_wrong(
            &on(&[]),
            "allowed[0].days must name at least one day of the week on which it begins.",
        );
        assert_wrong(
            &on(&[Weekday::Sunday, Weekday::Monday, Weekday::Sunday]),
            "allowed[0].days must name each day once; sunday is there twice.",
        );
    }

    #[test]
    fn there_are_32_periods_of_each_kind_at_most() {
        let many = |count| vec![period(EVERY_DAY, "08:00", "18:00"); count];
        assert_wrong(
            &schedule("UTC", &many(33), &[]),
            "critical must have at most 32 entries; it has 33.",
        );
        assert_wrong(
            &schedule("UTC", &[], &many(33)),
            "allowed must have at most 32 entries; it has 33.",
        );
        assert!(Plan::of(&schedule("UTC", &many(32), &[])).is_ok());
        assert!(Plan::of(&schedule("UTC", &[], &many(32))).is_ok());
    }

    #[test]
    fn a_cycle_is_due_every_1_to_365_days() {
        let every = |cycle_every_days| Schedule {
            cycle_every_days,
            ..schedule("UTC", &[], &[])
        };
        for days in [0, 366, u32::MAX] {
            assert_wrong(
                &every(days),
                &format!("cycle_every_days must lie between 1 and 365; {days} does not."),
            );
        }
        assert!(Plan::of(&every(1)).is_ok());
        assert!(Plan::of(&every(365)).is_ok());
    }

    #[test]
    fn windows_wholly_within_critical_periods_are_refused() {
        let sunday_night = [period(&[Weekday::Sunday], "22:00", "06:00")];
        let critical = [
            period(&[Weekday::Sunday], "12:00", "24:00"),
            period(&[Weekday::Monday], "00:00", "06:00"),
        ];
        let rejection = refusal(&schedule("UTC", &critical, &sunday_night));
        assert_eq!(rejection.code, RejectCode::Contradiction);

        let a_minute_less = [
            critical[0].clone(),
            period(&[Weekday::Monday], "00:00", "05:59"),
        ];
        assert!(Plan::of(&schedule("UTC", &a_minute_less, &sunday_night)).is_ok());
        let always = [period(EVERY_DAY, "00:00", "00:00")];
        assert!(Plan::of(&schedule("UTC", &always, &[])).is_ok());
    }
}
