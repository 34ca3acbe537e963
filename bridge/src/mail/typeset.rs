//! Figures, moments and spaces as a reader's language writes them. Pure.

use std::time::Duration;

use releve_protocol::control::Severity;
use releve_protocol::{Language, Timestamp};

/// A space at which no line breaks.
const UNBREAKABLE: char = '\u{a0}';

/// The text with the spaces of French typography, at which no line breaks; English has none of these.
#[must_use]
pub fn spaced(text: &str, language: Language) -> String {
    match language {
        Language::English => text.to_owned(),
        Language::French => {
            let mut text = text.to_owned();
            for mark in [":", ";", "!", "?", "»", "%"] {
                text = text.replace(&format!(" {mark}"), &format!("{UNBREAKABLE}{mark}"));
            }
            text.replace("« ", &format!("«{UNBREAKABLE}"))
        }
    }
}

/// A figure with its unit, which stays on its line: `13.62 V`, `13,62 V`.
#[must_use]
pub fn figure(value: f64, (unit, decimals): (&str, usize), language: Language) -> String {
    let number = number(value, decimals, language);
    if unit.is_empty() {
        return number;
    }
    format!("{number}{UNBREAKABLE}{unit}")
}

/// A number with so many decimals.
#[must_use]
pub fn number(value: f64, decimals: usize, language: Language) -> String {
    let number = format!("{value:.decimals$}").replace('-', "−");
    match language {
        Language::English => number,
        Language::French => number.replace('.', ","),
    }
}

/// To the second, for people: `2026-11-22 23:19:31 UTC`.
#[must_use]
pub fn moment(moment: Timestamp) -> String {
    let text = moment.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    format!("{} UTC", seconds.replace('T', " "))
}

/// A length of time for people, in its two largest units: `2 h 5 min`, `3 j 4 h`.
#[must_use]
pub fn lasting(length: Duration, language: Language) -> String {
    let day = match language {
        Language::English => "d",
        Language::French => "j",
    };
    let seconds = length.as_secs();
    let parts = [
        (seconds / 86_400, day),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let first = parts.iter().position(|(amount, _)| *amount > 0);
    let first = first.unwrap_or(parts.len() - 1);
    let shown = parts.iter().skip(first).take(2);
    let shown: Vec<_> = shown
        .filter(|(amount, _)| *amount > 0 || seconds == 0)
        .map(|(amount, unit)| format!("{amount}{UNBREAKABLE}{unit}"))
        .collect();
    shown.join(" ")
}

/// A severity in words.
#[must_use]
pub const fn severity(severity: Severity, language: Language) -> &'static str {
    match (severity, language) {
        (Severity::Info, _) => "information",
        (Severity::Warning, Language::English) => "warning",
        (Severity::Warning, Language::French) => "avertissement",
        (Severity::Critical, Language::English) => "critical",
        (Severity::Critical, Language::French) => "critique",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_puts_spaces_before_its_marks() {
        let text = "Trop chaude : allez voir ; vite !";
        let expected = "Trop chaude\u{a0}: allez voir\u{a0}; vite\u{a0}!";
        assert_eq!(spaced(text, Language::French), expected);
        assert_eq!(spaced(text, Language::English), text);
        // An address or a moment is left alone.
        assert_eq!(
            spaced("https://a.b/c à 23:19:31", Language::French),
            "https://a.b/c à 23:19:31"
        );
    }

    #[test]
    fn figures_are_written_as_the_language_has_them() {
        assert_eq!(figure(13.618, ("V", 2), Language::English), "13.62\u{a0}V");
        assert_eq!(figure(-0.5, ("A", 1), Language::French), "−0,5\u{a0}A");
        assert_eq!(figure(12.0, ("", 0), Language::English), "12");
    }

    #[test]
    fn a_length_of_time_has_two_units() {
        for (seconds, english) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_725, "1 h 2 min"),
            (86_400, "1 d"),
            (97_200, "1 d 3 h"),
        ] {
            let text = lasting(Duration::from_secs(seconds), Language::English);
            assert_eq!(text.replace('\u{a0}', " "), english);
        }
        let days = lasting(Duration::from_hours(50), Language::French);
        assert_eq!(days, "2\u{a0}j 2\u{a0}h");
    }
}
