//! The device's clock and its way to name moments.

use js_sys::{Date, Object, Reflect};
use releve_protocol::Language;
use wasm_bindgen::JsValue;

const DAY_MS: f64 = 86_400_000.0;

/// Milliseconds since 1970-01-01T00:00Z, by the device's clock.
pub fn unix_millis() -> f64 {
    Date::now()
}

/// The local time of day of a moment, `14:02`; with its date where it is not within a day of `now_ms`.
pub fn name_moment(moment_ms: f64, now_ms: f64, language: Language) -> String {
    let mut parts = vec![("hour", "2-digit"), ("minute", "2-digit")];
    if (now_ms - moment_ms).abs() > DAY_MS {
        parts.extend([("day", "numeric"), ("month", "short")]);
    }
    localized(moment_ms, &parts, language)
}

/// The local time of day to the second, `14:02:31`.
pub fn name_second(moment_ms: f64, language: Language) -> String {
    let parts = [
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("second", "2-digit"),
    ];
    localized(moment_ms, &parts, language)
}

/// The day of a moment, `3 Nov`.
pub fn name_day(moment_ms: f64, language: Language) -> String {
    localized(
        moment_ms,
        &[("day", "numeric"), ("month", "short")],
        language,
    )
}

fn localized(moment_ms: f64, parts: &[(&str, &str)], language: Language) -> String {
    let locale = match language {
        Language::English => "en-GB",
        Language::French => "fr-FR",
    };
    let options = Object::new();
    for (part, form) in parts {
        // Fails only on a frozen object.
        let _ = Reflect::set(&options, &JsValue::from_str(part), &JsValue::from_str(form));
    }
    let date = Date::new(&JsValue::from_f64(moment_ms));
    date.to_locale_string(locale, &options).into()
}
