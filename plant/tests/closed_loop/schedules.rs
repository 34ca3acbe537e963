//! Weekly plans of the timelines.

use releve_control::{Period, Schedule, Weekday};

pub fn every_day() -> Vec<Weekday> {
    Weekday::ALL.to_vec()
}

/// Critical on these days from 8 to 18; a cycle may begin on any day between 18 and 20, and may then
/// take the night. A cycle every seven days.
pub fn nightly(time_zone: &str, critical_days: &[Weekday]) -> Schedule {
    Schedule {
        time_zone: time_zone.to_owned(),
        critical: vec![Period {
            days: critical_days.to_vec(),
            from: "08:00".to_owned(),
            to: "18:00".to_owned(),
        }],
        allowed: vec![Period {
            days: every_day(),
            from: "18:00".to_owned(),
            to: "20:00".to_owned(),
        }],
        cycle_every_days: 7,
    }
}
