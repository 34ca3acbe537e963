//! Moments on the wire.

use releve_protocol::Timestamp;

#[test]
fn a_moment_keeps_its_milliseconds_and_its_zone() {
    let moment: Timestamp = "2026-11-22T23:19:30Z".parse().expect("a moment");
    assert_eq!(moment.to_string(), "2026-11-22T23:19:30.000Z");
    let same: Timestamp = "2026-11-23T00:19:30.0004+01:00".parse().expect("a moment");
    assert_eq!(same, moment);
    assert_eq!(moment.as_unix_seconds(), 1_795_389_570.0);
    for bad in [
        "",
        "2026-11-22",
        "2026-11-22T23:19:30",
        "tomorrow",
        "1795389570",
    ] {
        let error = bad.parse::<Timestamp>().expect_err("refused");
        assert!(error.to_string().contains("is not a moment"), "{error}");
    }
}

#[test]
fn times_beyond_the_calendar_are_held_at_its_ends() {
    assert!(
        Timestamp::from_unix_millis(i64::MAX)
            .to_string()
            .starts_with("9999-")
    );
    assert!(
        Timestamp::from_unix_millis(i64::MIN)
            .to_string()
            .starts_with("0000-01-01T00:00")
    );
}

#[test]
fn a_moment_moves_by_a_duration_and_stops_at_the_ends_of_the_calendar() {
    use std::time::Duration;
    let moment: Timestamp = "2026-11-22T23:19:30.000Z".parse().expect("a moment");
    let minute = Duration::from_mins(1);
    assert_eq!(moment.after(minute).to_string(), "2026-11-22T23:20:30.000Z");
    assert_eq!(moment.after(minute).before(minute), moment);
    let (earliest, latest) = (i64::MIN, i64::MAX);
    assert_eq!(
        moment.before(Duration::MAX),
        Timestamp::from_unix_millis(earliest)
    );
    assert_eq!(
        moment.after(Duration::MAX),
        Timestamp::from_unix_millis(latest)
    );
}
