//! The mail of `releve-bridge test-mail`: complete, with a picture of readings that nobody measured. Pure.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::Mailbox;
use releve_protocol::Timestamp;
use releve_protocol::control::statistics::Quality;
use releve_protocol::control::{AlarmName, Severity};

use super::Recipient;
use super::picture::series::Series;
use super::picture::{self, Picture, Quantity, Request};
use super::smtp::{self, Identity};
use super::text::{self, Site};
use crate::alerts::{AlertName, Condition, Key, Kind, Notice};
use crate::store::Figures;

/// Readings shown.
const READINGS: u32 = 760;
/// The window of each.
const WINDOW_S: f64 = 30.0;
/// The alarm came before that many of them.
const SINCE_THE_ALARM: u32 = 40;

/// The mail, as of `now`.
///
/// # Errors
/// If no message can be made of it.
pub fn mail(from: &Mailbox, to: &Recipient, now: Timestamp) -> Result<Message, String> {
    let notice = notice(now);
    let site = Site {
        name: text::pick(to.language, "Example site", "Site d’exemple"),
        simulated: true,
        page: None,
    };
    let picture = picture(&notice, to);
    let (png, shows) = picture.map(|picture| (picture.png, picture.shows)).unzip();
    let words = text::of_test(&notice, &site, to.language, shows);
    let millis = u64::try_from(now.as_unix_millis()).unwrap_or(0);
    let random: u64 = rand::random();
    let identity = Identity {
        id: format!("<test.{millis}.{random:016x}@{}>", from.email.domain()),
        first: None,
        date: SystemTime::UNIX_EPOCH + Duration::from_millis(millis),
    };
    smtp::message(from, &to.mailbox, identity, &words, png)
}

/// What the test mail tells of.
pub(super) fn notice(now: Timestamp) -> Notice {
    let since = ago(now, SINCE_THE_ALARM);
    Notice {
        key: Key {
            node: "example".parse().ok(),
            alert: AlertName::Alarm(AlarmName::TemperatureHigh),
        },
        kind: Kind::Begun,
        episode: since,
        number: 1,
        told_at: now,
        condition: Condition {
            severity: Severity::Warning,
            since,
            value: Some(35.2),
            threshold: Some(35.0),
            cause: None,
            acknowledged: false,
        },
        ended: None,
        rises: 1,
        flapping: false,
    }
}

fn ago(now: Timestamp, readings: u32) -> Timestamp {
    let millis = (f64::from(readings) * WINDOW_S * 1000.0) as i64;
    Timestamp::from_unix_millis(now.as_unix_millis() - millis)
}

/// An afternoon on which the battery was charged and the room grew warm.
pub(super) fn picture(notice: &Notice, to: &Recipient) -> Option<Picture> {
    let now = notice.told_at;
    let request = Request::of(notice, to.language)?;
    let mut series = Series::between(ago(now, READINGS), now);
    for reading in 0..READINGS {
        let place = f64::from(reading) / f64::from(READINGS);
        let at = ago(now, READINGS - reading);
        series.take_figures(at, WINDOW_S, |quantity| Some(figures(quantity, place)));
    }
    picture::draw(&request, &series)
}

fn figures(quantity: Quantity, place: f64) -> Figures {
    let ripple = (place * 410.0).sin() * (place * 97.0).cos();
    let charge = ((place - 0.18) / 0.45).clamp(0.0, 1.0);
    let (mean, spread) = match quantity {
        Quantity::BatteryVoltage => {
            let rest = 12.62 - 0.25 * place.min(0.18);
            (rest + 1.75 * charge.powf(0.6) + 0.012 * ripple, 0.035)
        }
        Quantity::ChargerCurrent => (8.0 * (1.0 - charge) + 0.1 * ripple, 0.25),
        Quantity::LoadCurrent => (3.2 + 0.2 * ripple, 0.3),
        Quantity::Temperature => {
            let until_the_alarm = 1.0 - f64::from(SINCE_THE_ALARM) / f64::from(READINGS);
            let warm = (place / until_the_alarm).powi(2);
            (24.0 + 11.0 * warm + 0.03 * ripple, 0.12)
        }
    };
    Figures {
        mean: Some(mean),
        min: Some(mean - spread * (1.0 + 0.4 * ripple)),
        max: Some(mean + spread * (1.0 - 0.4 * ripple)),
        quality: Quality::Good,
    }
}
