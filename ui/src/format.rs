//! Numbers, units, durations and moments as people of each language write them.

use releve_protocol::Language;
use releve_protocol::control::Unit;

/// Between a number and its unit.
pub const NO_BREAK_SPACE: char = '\u{a0}';
const MINUS: &str = "\u{2212}";

/// Shown in the place of a value that is not known.
pub const UNKNOWN: &str = "–";

/// A number with that many decimals; the minus is U+2212, the comma French.
pub fn number(value: f64, decimals: usize, language: Language) -> String {
    let rounded = fixed(value, decimals);
    let is_zero = rounded
        .bytes()
        .all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    let text = match rounded.strip_prefix('-') {
        Some(digits) if is_zero => digits.to_owned(),
        Some(digits) => format!("{MINUS}{digits}"),
        None => rounded,
    };
    match language {
        Language::English => text,
        Language::French => text.replace('.', ","),
    }
}

/// A number with that many decimals, as the page's attributes want it.
///
/// By whole numbers: the standard library's way brings an arbitrary-precision arithmetic, which a
/// browser would have to download.
pub fn fixed(value: f64, decimals: usize) -> String {
    let scale = 10_u64.pow(decimals as u32);
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let scaled = (value.abs() * scale as f64).round_ties_even() as u64;
    let whole = scaled / scale;
    if decimals == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{:0decimals$}", scaled % scale)
}

/// A fraction as a percentage for a style.
pub fn percent(fraction: f64) -> String {
    fixed(fraction * 100.0, 2) + "%"
}

/// A number that carries its sign even when positive.
pub fn signed(value: f64, decimals: usize, language: Language) -> String {
    let text = number(value, decimals, language);
    let is_zero = !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if text.starts_with(MINUS) || is_zero {
        text
    } else {
        format!("+{text}")
    }
}

/// A value with its unit; the decimals are those that the sensors justify.
pub fn quantity(value: f64, unit: Unit, language: Language) -> String {
    let number = number(value, decimals(unit), language);
    format!("{number}{NO_BREAK_SPACE}{unit}")
}

/// The same, with minutes as a length of time: `14.50 V`, `2 h 24 min`.
pub fn measure(value: f64, unit: Unit, language: Language) -> String {
    match unit {
        Unit::Minute => duration(value * 60.0, language),
        _ => quantity(value, unit, language),
    }
}

/// Decimals that the sensors of that unit justify.
pub const fn decimals(unit: Unit) -> usize {
    match unit {
        Unit::Volt | Unit::Ampere => 2,
        Unit::Watt | Unit::DegreeCelsius => 1,
        Unit::Percent | Unit::Minute => 0,
    }
}

/// A number as somebody types it in either language: `14.4`, `14,4`, `−2`.
pub fn parse_number(text: &str) -> Option<f64> {
    let plain = text.trim().replace(',', ".").replace(MINUS, "-");
    // The parser that payloads need anyway; the standard library's brings large tables.
    serde_json::from_str(&plain).ok()
}

/// A length of time in one or two units: `4 s`, `6 min`, `2 h 10 min`, `9 d`.
pub fn duration(seconds: f64, language: Language) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let day = match language {
        Language::English => "d",
        Language::French => "j",
    };
    let text = match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) if minutes % 60 == 0 => format!("{hours} h"),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} {day}"),
    };
    text.replace(' ', "\u{a0}")
}

/// A countdown to the second: `14:32`, `1:05:00`.
pub fn countdown(seconds: f64) -> String {
    let seconds = seconds.max(0.0).ceil() as u64;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{:02}", seconds % 60)
    } else {
        format!("{minutes}:{:02}", seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, French};

    #[test]
    fn numbers_follow_the_language() {
        assert_eq!(number(13.625, 2, English), "13.62");
        assert_eq!(number(-0.534, 2, French), "−0,53");
        assert_eq!(number(-0.001, 2, English), "0.00");
        assert_eq!(signed(0.312, 2, French), "+0,31");
        assert_eq!(signed(0.001, 2, English), "0.00");
        assert_eq!(signed(-1.0, 1, English), "−1.0");
        assert_eq!(quantity(46.12, Unit::DegreeCelsius, French), "46,1\u{a0}°C");
    }

    #[test]
    fn fixed_decimals_are_rounded() {
        assert_eq!(fixed(0.05, 2), "0.05");
        assert_eq!(fixed(-1.999, 2), "-2.00");
        assert_eq!(fixed(7.5, 0), "8");
        assert_eq!(percent(1.0 / 3.0), "33.33%");
    }

    #[test]
    fn both_decimal_marks_are_read() {
        assert_eq!(parse_number(" 14,4 "), Some(14.4));
        assert_eq!(parse_number("−2.5"), Some(-2.5));
        for wrong in ["", "x", "1.2.3", "inf", "NaN"] {
            assert_eq!(parse_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_take_two_units_at_most() {
        assert_eq!(duration(-3.0, English), "0\u{a0}s");
        assert_eq!(duration(59.4, English), "59\u{a0}s");
        assert_eq!(duration(400.0, English), "6\u{a0}min");
        assert_eq!(duration(7_800.0, English), "2\u{a0}h\u{a0}10\u{a0}min");
        assert_eq!(duration(7_200.0, English), "2\u{a0}h");
        assert_eq!(duration(800_000.0, French), "9\u{a0}j");
        assert_eq!(countdown(872.0), "14:32");
        assert_eq!(countdown(3_900.0), "1:05:00");
        assert_eq!(countdown(-1.0), "0:00");
    }
}
