use releve_protocol::control::statistics::Quality;

use super::*;
use crate::alerts::Ended;
use crate::mail::{Recipient, sample};
use crate::samples;
use crate::store::Figures;

fn now() -> Timestamp {
    samples::alarm_raised().at
}

fn recipient(language: &str) -> Recipient {
    let text = format!("a@example.org={language}");
    text.parse().expect("a recipient")
}

/// Where pictures are left for a person to look at.
fn keep(name: &str, bytes: &[u8]) {
    if let Ok(folder) = std::env::var("RELEVE_KEEP_PICTURES") {
        std::fs::write(format!("{folder}/{name}"), bytes).expect("a folder to write into");
    }
}

#[test]
fn a_picture_is_drawn_in_both_languages() {
    let notice = sample::notice(now());
    for language in ["en", "fr"] {
        let picture = sample::picture(&notice, &recipient(language)).expect("a picture");
        assert!(picture.png.starts_with(b"\x89PNG"));
        assert!(picture.png.len() < 150_000, "{} bytes", picture.png.len());
        keep(&format!("sample-{language}.png"), &picture.png);
        let mut over = notice.clone();
        over.kind = Kind::Ended;
        over.ended = Some(Ended {
            at: samples::later(over.condition.since, 480_000),
            value: None,
            threshold: None,
        });
        let picture = sample::picture(&over, &recipient(language)).expect("a picture");
        keep(&format!("ended-{language}.png"), &picture.png);
    }
}

fn figures(mean: Option<f64>) -> Figures {
    Figures {
        mean,
        min: mean,
        max: mean,
        quality: Quality::Good,
    }
}

fn series(value: impl Fn(u32) -> Option<f64>) -> Series {
    let mut series = Series::between(now(), samples::later(now(), 3_600_000));
    for minute in 0..60 {
        let at = samples::later(now(), i64::from(minute) * 60_000);
        series.take_figures(at, 60.0, |_| Some(figures(value(minute))));
    }
    series
}

#[test]
fn a_hole_breaks_the_line() {
    let holed = series(|minute| (!(20..30).contains(&minute)).then_some(13.0));
    let lengths: Vec<_> = holed
        .runs(Quantity::BatteryVoltage)
        .iter()
        .map(Vec::len)
        .collect();
    assert_eq!(lengths, [20, 30]);
    let whole = series(|minute| (minute != 20).then_some(13.0));
    assert_eq!(
        whole.runs(Quantity::BatteryVoltage).len(),
        1,
        "one missing window is none"
    );
}

#[test]
fn where_nothing_is_known_there_is_no_picture_and_no_panic() {
    let notice = sample::notice(now());
    let request = Request::of(&notice, Language::English).expect("an alarm");
    assert_eq!(draw(&request, &series(|_| None)), None);
    assert_eq!(draw(&request, &series(|_| Some(f64::NAN))), None);
    for odd in [0.0, -1e300, 1e300, 13.6] {
        assert!(draw(&request, &series(|_| Some(odd))).is_some(), "{odd}");
    }
    let wild = |minute: u32| Some(if minute.is_multiple_of(2) { 1e9 } else { -1e9 });
    assert!(draw(&request, &series(wild)).is_some());
}

#[test]
fn the_span_holds_the_alarm() {
    let hour = 3_600_000;
    let mut notice = sample::notice(now());
    notice.condition.since = now();
    let later = |hours: i64| samples::later(now(), hours * hour);
    assert_eq!(span(&notice, later(1)), (later(-6), later(1)));
    // Told late, from the backlog.
    assert_eq!(span(&notice, later(100)), (later(-6), later(6)));
    notice.kind = Kind::Reminder;
    assert_eq!(span(&notice, later(100)), (later(76), later(100)));
    notice.kind = Kind::Ended;
    notice.ended = Some(Ended {
        at: later(2),
        value: None,
        threshold: None,
    });
    let (from, to) = span(&notice, later(50));
    assert_eq!((from, to), (later(-6), samples::later(later(2), 600_000)));
    // No reading since: the alarm is what is shown.
    assert_eq!(span(&notice, later(-3)), (later(-6), now()));
}
