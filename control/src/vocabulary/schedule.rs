//! When a site may be made to run on its battery.

use serde::{Deserialize, Serialize};

use super::wire_names;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

wire_names!(Weekday {
    Monday => "monday",
    Tuesday => "tuesday",
    Wednesday => "wednesday",
    Thursday => "thursday",
    Friday => "friday",
    Saturday => "saturday",
    Sunday => "sunday",
});

/// A part of some days of the week, in the schedule's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The days on which it begins.
    pub days: Vec<Weekday>,
    /// Local time of day at which it begins, `HH:MM`.
    pub from: String,
    /// Local time of day at which it ends, `HH:MM`; not after `from` means the next day.
    pub to: String,
}

/// The weekly plan of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// IANA time zone, for example `Europe/Paris`.
    pub time_zone: String,
    /// When the site must never be made to run on its battery.
    pub critical: Vec<Period>,
    /// When a cycle may run by itself.
    pub allowed: Vec<Period>,
    /// Days between the starts of two cycles.
    pub cycle_every_days: u32,
}
