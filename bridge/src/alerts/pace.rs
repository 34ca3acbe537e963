//! How long alerts wait before they are told, and how often.

use std::time::Duration;

/// An alert that rose so often …
pub const FLAPPING_RISES: usize = 4;
/// … within this comes and goes.
pub const FLAPPING_WITHIN: Duration = Duration::from_hours(6);
/// How often people are reminded of what is still there.
pub const REMIND_EVERY: Duration = Duration::from_hours(24);

/// Waits that tests shorten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// After connecting, nodes are not judged for so long: the broker must have had time to send what it keeps.
    pub grace: Duration,
    /// An end is told once it held for so long.
    pub settle: Duration,
    /// The same for an alert that comes and goes.
    pub settle_flapping: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            grace: Duration::from_mins(1),
            settle: Duration::from_mins(5),
            settle_flapping: Duration::from_hours(1),
        }
    }
}
