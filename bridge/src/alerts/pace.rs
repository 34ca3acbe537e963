//! How long alerts wait before they are told, and how often.

use std::time::Duration;

use releve_protocol::Timestamp;

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

/// How long ago `earlier` was; zero if it lies ahead, as after a clock that was set back.
#[must_use]
pub fn since(earlier: Timestamp, now: Timestamp) -> Duration {
    let millis = now.as_unix_millis() - earlier.as_unix_millis();
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}
