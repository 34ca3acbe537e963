//! What the page says, in both languages.
//!
//! [`words`] are fixed; the other files put values into sentences. A missing translation does not
//! compile. The names of modes, relays, alarms and limits are the protocol crate's.

pub mod alarms;
pub mod answers;
pub mod charge;
pub mod commands;
pub mod cycle;
pub mod explain;
pub mod fleet;
pub mod limits;
pub mod scale;
pub mod schedule;
pub mod site;
mod words;

pub use words::Word;

use releve_protocol::{Language, Timestamp};

/// A text in English and in French.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Both(pub &'static str, pub &'static str);

impl Both {
    /// The text in that language.
    pub const fn text(self, language: Language) -> &'static str {
        pick(language, self.0, self.1)
    }
}

/// The text of the language.
pub const fn pick(language: Language, english: &'static str, french: &'static str) -> &'static str {
    match language {
        Language::English => english,
        Language::French => french,
    }
}

/// Who speaks of a site: a language and a way to name moments.
#[derive(Clone, Copy)]
pub struct Speaker<'a> {
    /// The language.
    pub language: Language,
    /// Now, in site time, milliseconds of Unix time.
    pub site_now_ms: f64,
    /// The site's time zone, by its IANA name; this device's where it is not known.
    pub zone: Option<&'a str>,
    /// Names a moment, seen from now: `14:02`, with the day where it is another one.
    pub moment: NameMoment,
}

/// Names a moment in a time zone, seen from now.
type NameMoment = fn(moment_ms: f64, now_ms: f64, zone: Option<&str>, language: Language) -> String;

impl Speaker<'_> {
    /// The name of a moment of site time.
    pub fn at(&self, moment: Timestamp) -> String {
        (self.moment)(
            moment.as_unix_millis() as f64,
            self.site_now_ms,
            self.zone,
            self.language,
        )
    }

    /// How long ago a moment of site time was, in seconds.
    pub fn seconds_since(&self, moment: Timestamp) -> f64 {
        ((self.site_now_ms - moment.as_unix_millis() as f64) / 1000.0).max(0.0)
    }
}

#[cfg(test)]
impl Speaker<'_> {
    /// One that names moments by their UTC time of day.
    pub fn for_tests(language: Language) -> Self {
        fn time_of_day(moment_ms: f64, _: f64, _: Option<&str>, _: Language) -> String {
            let minutes = (moment_ms / 60_000.0) as u64 % 1440;
            format!("{:02}:{:02}", minutes / 60, minutes % 60)
        }
        Self {
            language,
            site_now_ms: 0.0,
            zone: None,
            moment: time_of_day,
        }
    }
}
