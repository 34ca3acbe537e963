//! Named days on which the calendar must be right.

use std::time::Duration;

use jiff::tz::TimeZoneDatabase;

use super::{Calendar, Cursor, Moment};
use crate::UnixMillis;
use crate::vocabulary::{Period, Schedule, Weekday};

pub(super) const EVERY_DAY: &[Weekday] = Weekday::ALL;
const HOUR: Duration = Duration::from_hours(1);

pub(crate) fn period(days: &[Weekday], from: &str, to: &str) -> Period {
    Period {
        days: days.to_vec(),
        from: from.into(),
        to: to.into(),
    }
}

pub(super) fn schedule(zone: &str, critical: &[Period], allowed: &[Period]) -> Schedule {
    Schedule {
        time_zone: zone.into(),
        critical: critical.to_vec(),
        allowed: allowed.to_vec(),
        cycle_every_days: 30,
    }
}

pub(crate) fn calendar(zone: &str, critical: &[Period], allowed: &[Period]) -> Calendar {
    Calendar::compile(&schedule(zone, critical, allowed)).expect("it is sound")
}

/// A moment written as in RFC 3339, with its offset.
pub(crate) fn at(written: &str) -> UnixMillis {
    let moment: jiff::Timestamp = written.parse().expect("it is a moment");
    UnixMillis(moment.as_millisecond())
}

/// The critical stretch and the allowed one of a day whose only period of both kinds is this, as
/// found from the noon (of UTC) two days earlier.
fn stretches(
    zone: &str,
    day: Weekday,
    times: [&str; 2],
    before: &str,
) -> [Option<[UnixMillis; 2]>; 2] {
    let only = [period(&[day], times[0], times[1])];
    let critical = calendar(zone, &only, &[]);
    let allowed = calendar(zone, &[], &only);
    let week_end = at(before).after(7 * 24 * HOUR);
    let this_week = |start: &UnixMillis| *start < week_end;
    let next = critical.at(at(before)).next_critical.filter(this_week);
    let critical = next.and_then(|start| Some([start, critical.at(start).critical_until?]));
    let next = allowed.at(at(before)).next_allowed.filter(this_week);
    let allowed = next.and_then(|start| Some([start, allowed.at(start).allowed_until?]));
    [critical, allowed]
}

fn stretch(from: &str, to: &str) -> Option<[UnixMillis; 2]> {
    Some([at(from), at(to)])
}

#[test]
fn a_plain_day() {
    let plan = calendar(
        "Asia/Kolkata",
        &[period(&[Weekday::Monday], "08:00", "18:00")],
        &[period(&[Weekday::Tuesday], "22:00", "06:00")],
    );
    assert_eq!(
        plan.at(at("2026-03-02T08:00:00+05:30")),
        Moment {
            critical_until: Some(at("2026-03-02T18:00:00+05:30")),
            next_critical: Some(at("2026-03-09T08:00:00+05:30")),
            allowed_until: None,
            next_allowed: Some(at("2026-03-03T22:00:00+05:30")),
        }
    );
    assert_eq!(
        plan.at(at("2026-03-04T05:59:59.999+05:30")),
        Moment {
            critical_until: None,
            next_critical: Some(at("2026-03-09T08:00:00+05:30")),
            allowed_until: Some(at("2026-03-04T06:00:00+05:30")),
            next_allowed: Some(at("2026-03-10T22:00:00+05:30")),
        }
    );
    let ends = plan.at(at("2026-03-02T18:00:00+05:30"));
    assert_eq!(ends.critical_until, None, "a period's end is outside it");
}

#[test]
fn adjacent_and_overlapping_periods_are_one() {
    let days = [Weekday::Friday, Weekday::Saturday];
    let plan = calendar(
        "UTC",
        &[
            period(&days, "20:00", "20:00"),
            period(&[Weekday::Friday], "18:00", "21:00"),
            period(&[Weekday::Sunday], "20:00", "24:00"),
        ],
        &[],
    );
    let moment = plan.at(at("2026-01-02T18:00:00Z"));
    assert_eq!(moment.critical_until, Some(at("2026-01-05T00:00:00Z")));
    assert_eq!(moment.next_critical, Some(at("2026-01-09T18:00:00Z")));
}

#[test]
fn the_same_time_twice_is_a_day() {
    let sunday = [Weekday::Sunday];
    let [critical, _] = stretches("UTC", sunday[0], ["06:00", "06:00"], "2026-01-02T12:00:00Z");
    assert_eq!(
        critical,
        stretch("2026-01-04T06:00:00Z", "2026-01-05T06:00:00Z")
    );
}

#[test]
fn a_week_that_is_critical_throughout_has_no_end_in_sight() {
    let plan = calendar("UTC", &[period(EVERY_DAY, "00:00", "00:00")], &[]);
    let now = at("2026-01-02T18:00:00Z");
    let moment = plan.at(now);
    assert!(moment.critical_until >= Some(now.after(super::HORIZON)));
    assert_eq!(moment.next_critical, None);
}

#[test]
fn no_periods_no_answers() {
    let plan = calendar("UTC", &[], &[]);
    let now = at("2026-01-02T18:00:00Z");
    assert_eq!(plan.at(now), Moment::default());
    assert_eq!(plan.earliest_start(now, Duration::ZERO), None);
}

// Europe/Paris: 2026-03-29 02:00 → 03:00 and 2026-10-25 03:00 → 02:00.

#[test]
fn paris_across_the_change_counts_by_the_clock() {
    for (before, from, to) in [
        (
            "2026-03-27T12:00:00Z",
            "2026-03-28T22:00:00+01:00",
            "2026-03-29T06:00:00+02:00",
        ),
        (
            "2026-10-23T12:00:00Z",
            "2026-10-24T22:00:00+02:00",
            "2026-10-25T06:00:00+01:00",
        ),
    ] {
        let found = stretches(
            "Europe/Paris",
            Weekday::Saturday,
            ["22:00", "06:00"],
            before,
        );
        assert_eq!(found, [stretch(from, to), stretch(from, to)]);
    }
}

#[test]
fn paris_begins_at_a_time_that_does_not_come() {
    assert_eq!(
        stretches(
            "Europe/Paris",
            Weekday::Sunday,
            ["02:30", "05:00"],
            "2026-03-27T12:00:00Z"
        ),
        [
            stretch("2026-03-29T01:30:00+01:00", "2026-03-29T05:00:00+02:00"),
            stretch("2026-03-29T03:30:00+02:00", "2026-03-29T05:00:00+02:00"),
        ]
    );
}

#[test]
fn paris_ends_at_a_time_that_does_not_come() {
    assert_eq!(
        stretches(
            "Europe/Paris",
            Weekday::Saturday,
            ["23:00", "02:30"],
            "2026-03-27T12:00:00Z"
        ),
        [
            stretch("2026-03-28T23:00:00+01:00", "2026-03-29T03:30:00+02:00"),
            stretch("2026-03-28T23:00:00+01:00", "2026-03-29T01:30:00+01:00"),
        ]
    );
}

#[test]
fn paris_begins_or_ends_at_a_time_that_comes_twice() {
    assert_eq!(
        stretches(
            "Europe/Paris",
            Weekday::Sunday,
            ["02:30", "05:00"],
            "2026-10-23T12:00:00Z"
        ),
        [
            stretch("2026-10-25T02:30:00+02:00", "2026-10-25T05:00:00+01:00"),
            stretch("2026-10-25T02:30:00+01:00", "2026-10-25T05:00:00+01:00"),
        ]
    );
    assert_eq!(
        stretches(
            "Europe/Paris",
            Weekday::Sunday,
            ["01:00", "02:30"],
            "2026-10-23T12:00:00Z"
        ),
        [
            stretch("2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+01:00"),
            stretch("2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+02:00"),
        ]
    );
}

#[test]
fn paris_a_short_window_at_times_that_come_twice_is_none() {
    let times = ["02:15", "02:45"];
    assert_eq!(
        stretches(
            "Europe/Paris",
            Weekday::Sunday,
            times,
            "2026-10-23T12:00:00Z"
        ),
        [
            stretch("2026-10-25T02:15:00+02:00", "2026-10-25T02:45:00+01:00"),
            None,
        ]
    );
}

#[test]
fn new_york_changes_on_other_days() {
    let times = ["01:30", "02:30"];
    assert_eq!(
        stretches(
            "America/New_York",
            Weekday::Sunday,
            times,
            "2026-03-06T12:00:00Z"
        ),
        [
            stretch("2026-03-08T01:30:00-05:00", "2026-03-08T03:30:00-04:00"),
            None,
        ]
    );
    assert_eq!(
        stretches(
            "America/New_York",
            Weekday::Sunday,
            times,
            "2026-10-30T12:00:00Z"
        ),
        [
            stretch("2026-11-01T01:30:00-04:00", "2026-11-01T02:30:00-05:00"),
            stretch("2026-11-01T01:30:00-05:00", "2026-11-01T02:30:00-05:00"),
        ]
    );
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    // 2026-04-05 02:00 → 01:30 and 2026-10-04 02:00 → 02:30.
    let times = ["01:45", "02:15"];
    assert_eq!(
        stretches(
            "Australia/Lord_Howe",
            Weekday::Sunday,
            times,
            "2026-04-03T00:00:00Z"
        ),
        [
            stretch("2026-04-05T01:45:00+11:00", "2026-04-05T02:15:00+10:30"),
            stretch("2026-04-05T01:45:00+10:30", "2026-04-05T02:15:00+10:30"),
        ]
    );
    assert_eq!(
        stretches(
            "Australia/Lord_Howe",
            Weekday::Sunday,
            times,
            "2026-10-02T00:00:00Z"
        ),
        [
            stretch("2026-10-04T01:45:00+10:30", "2026-10-04T02:45:00+11:00"),
            None,
        ]
    );
}

#[test]
fn apia_went_without_a_friday() {
    // 2011-12-29 24:00 −10 was 2011-12-31 00:00 +14.
    assert_eq!(
        stretches(
            "Pacific/Apia",
            Weekday::Friday,
            ["08:00", "18:00"],
            "2011-12-28T12:00:00Z"
        ),
        [
            stretch("2011-12-29T08:00:00-10:00", "2011-12-31T18:00:00+14:00"),
            None,
        ],
        "the critical hours are kept on both sides"
    );
    assert_eq!(
        stretches(
            "Pacific/Apia",
            Weekday::Thursday,
            ["20:00", "06:00"],
            "2011-12-28T12:00:00Z"
        ),
        [
            stretch("2011-12-29T20:00:00-10:00", "2011-12-31T06:00:00+14:00"),
            None,
        ]
    );
}

#[test]
fn a_start_leaves_what_a_cycle_needs() {
    let plan = calendar(
        "Europe/Paris",
        &[period(EVERY_DAY, "08:00", "18:00")],
        &[
            period(&[Weekday::Tuesday], "17:00", "22:00"),
            period(&[Weekday::Thursday], "19:00", "22:00"),
        ],
    );
    let monday = at("2026-01-05T12:00:00+01:00");
    let start = |from, needed| plan.earliest_start(from, needed);
    let tuesday = Some(at("2026-01-06T18:00:00+01:00"));
    assert_eq!(start(monday, Duration::ZERO), tuesday, "not while critical");
    assert_eq!(start(monday, 14 * HOUR), tuesday);
    let a_little_more = 14 * HOUR + Duration::from_millis(1);
    assert_eq!(
        start(monday, a_little_more),
        None,
        "no window leaves so much"
    );

    let evening = at("2026-01-06T20:00:00.001+01:00");
    assert_eq!(start(evening, 10 * HOUR), Some(evening));
    let thursday = Some(at("2026-01-08T19:00:00+01:00"));
    assert_eq!(start(evening, 12 * HOUR), thursday);
    assert_eq!(start(evening, Duration::MAX), None);
}

#[test]
fn without_critical_periods_any_need_is_met() {
    let plan = calendar("UTC", &[], &[period(&[Weekday::Tuesday], "17:00", "22:00")]);
    let monday = at("2026-01-05T12:00:00Z");
    let tuesday = Some(at("2026-01-06T17:00:00Z"));
    assert_eq!(plan.earliest_start(monday, Duration::MAX), tuesday);
}

#[test]
fn the_next_cycle_is_due_by_the_days_of_the_clock() {
    let every = |cycle_every_days| {
        let schedule = Schedule {
            cycle_every_days,
            ..schedule("Europe/Paris", &[], &[])
        };
        Calendar::compile(&schedule).expect("it is sound")
    };
    let started = at("2026-03-27T23:30:00+01:00");
    let due = |days| every(days).due(started);
    assert_eq!(due(1), Some(at("2026-03-28T00:00:00+01:00")));
    assert_eq!(due(3), Some(at("2026-03-30T00:00:00+02:00")));
    assert_eq!(due(365), Some(at("2027-03-27T00:00:00+01:00")));
    assert_eq!(every(1).due(UnixMillis(i64::MAX)), None);
}

#[test]
fn a_clock_that_cannot_be_has_no_answers() {
    let plan = calendar(
        "America/New_York",
        &[period(EVERY_DAY, "08:00", "18:00")],
        &[period(EVERY_DAY, "18:00", "08:00")],
    );
    let mut cursor = Cursor::default();
    for millis in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
        let moment = UnixMillis(millis);
        assert_eq!(plan.at(moment), Moment::default());
        assert_eq!(cursor.at(&plan, moment), Moment::default());
        assert_eq!(plan.earliest_start(moment, HOUR), None);
    }
}

#[test]
fn a_cursor_follows_another_calendar_at_once() {
    let [morning, noon] = [("08:00", "09:00"), ("12:00", "13:00")]
        .map(|(from, to)| calendar("UTC", &[period(EVERY_DAY, from, to)], &[]));
    let now = at("2026-01-05T12:30:00Z");
    let mut cursor = Cursor::default();
    assert_eq!(cursor.at(&morning, now).critical_until, None);
    let until = Some(at("2026-01-05T13:00:00Z"));
    assert_eq!(cursor.at(&noon, now).critical_until, until);
}

#[test]
fn every_zone_of_the_database_can_be_followed() {
    for zone in TimeZoneDatabase::bundled().available() {
        let Ok(plan) = Calendar::compile(&schedule(
            zone.as_str(),
            &[period(EVERY_DAY, "08:00", "18:00")],
            &[period(EVERY_DAY, "18:00", "08:00")],
        )) else {
            assert_eq!(zone.as_str(), "Etc/Unknown", "the only one without rules");
            continue;
        };
        for moment in [
            "1800-01-01T00:00:00Z",
            "1993-08-20T00:00:00Z",
            "2500-01-01T00:00:00Z",
        ] {
            let moment = at(moment);
            let next = plan.at(moment).next_critical.map(|next| next.since(moment));
            assert!(
                next.is_some_and(|next| next < 48 * HOUR),
                "{zone}: {next:?}"
            );
        }
    }
}
