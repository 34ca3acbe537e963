//! The device's clock and its way to name moments.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use releve_protocol::Language;
use wasm_bindgen::{JsCast, JsValue};

const DAY_MS: f64 = 86_400_000.0;

/// Milliseconds since 1970-01-01T00:00Z, by the device's clock.
pub fn unix_millis() -> f64 {
    Date::now()
}

/// The time of day of a moment in a time zone, `14:02`; with its date where it is not within a day of
/// `now_ms`. In this device's zone without one, or where the browser does not know it.
pub fn name_moment(moment_ms: f64, now_ms: f64, zone: Option<&str>, language: Language) -> String {
    let mut parts = vec![("hour", "2-digit"), ("minute", "2-digit")];
    if (now_ms - moment_ms).abs() > DAY_MS {
        parts.extend([("day", "numeric"), ("month", "short")]);
    }
    named(moment_ms, parts, zone, language)
}

/// This device's time of day to the second, `14:02:31`; with its zone where another one is near.
pub fn name_second(moment_ms: f64, with_zone: bool, language: Language) -> String {
    let mut parts = vec![
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("second", "2-digit"),
    ];
    if with_zone {
        parts.push(("timeZoneName", "short"));
    }
    named(moment_ms, parts, None, language)
}

/// The day of a moment, `3 Nov`, as [`name_moment`].
pub fn name_day(moment_ms: f64, zone: Option<&str>, language: Language) -> String {
    let parts = vec![("day", "numeric"), ("month", "short")];
    named(moment_ms, parts, zone, language)
}

/// The time zone of this device by its IANA name; empty where the browser does not tell.
pub fn zone_here() -> String {
    let format = Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    Reflect::get(&format.resolved_options(), &JsValue::from_str("timeZone"))
        .ok()
        .and_then(|zone| zone.as_string())
        .unwrap_or_default()
}

/// Whether the browser can tell the time in that zone.
pub fn knows_zone(zone: &str) -> bool {
    localized(0.0, "en-GB", &[("timeZone", zone)]).is_some()
}

/// Where a moment lies in the week of a time zone: its day, Monday first, and the minute of that day.
/// None where the browser does not know the zone.
pub fn minute_of_week(moment_ms: f64, zone: &str) -> Option<(usize, u32)> {
    let options = [
        ("timeZone", zone),
        ("weekday", "short"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("hourCycle", "h23"),
    ];
    let text = localized(moment_ms, "en-GB", &options)?;
    let day = WEEKDAYS.iter().position(|day| text.starts_with(day))?;
    let (rest, minute) = text.rsplit_once(':')?;
    let hour: u32 = rest.get(rest.len().checked_sub(2)?..)?.parse().ok()?;
    Some((day, hour * 60 + minute.parse::<u32>().ok()?))
}

/// As `en-GB` begins its dates.
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

fn named<'a>(
    moment_ms: f64,
    mut parts: Vec<(&'a str, &'a str)>,
    zone: Option<&'a str>,
    language: Language,
) -> String {
    let locale = match language {
        Language::English => "en-GB",
        Language::French => "fr-FR",
    };
    let here = |parts: &[_]| localized(moment_ms, locale, parts);
    let Some(zone) = zone else {
        return here(&parts).unwrap_or_default();
    };
    parts.push(("timeZone", zone));
    let there = localized(moment_ms, locale, &parts);
    parts.pop();
    there.or_else(|| here(&parts)).unwrap_or_default()
}

/// The browser's words for a moment; none where it does not know the time zone that the options name.
fn localized(moment_ms: f64, locale: &str, options: &[(&str, &str)]) -> Option<String> {
    let object = Object::new();
    for (key, value) in options {
        Reflect::set(&object, &JsValue::from_str(key), &JsValue::from_str(value)).ok()?;
    }
    let date = Date::new(&JsValue::from_f64(moment_ms));
    // Called by hand: an unknown zone is thrown, which the binding of this method cannot catch.
    let method = Reflect::get(&date, &JsValue::from_str("toLocaleString")).ok()?;
    let method: Function = method.dyn_into().ok()?;
    let text = method
        .call2(&date, &JsValue::from_str(locale), &object)
        .ok()?;
    text.as_string()
}
