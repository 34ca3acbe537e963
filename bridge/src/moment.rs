//! One moment on both clocks: monotonic for deadlines, wall clock for stamps.

use std::time::{Duration, Instant};

use releve_protocol::Timestamp;

/// A moment of real time. An argument everywhere, so that tests choose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// For deadlines and ages: never goes back.
    pub instant: Instant,
    /// For stamps.
    pub wall: Timestamp,
}

impl Moment {
    /// The present moment.
    #[must_use]
    pub fn now() -> Self {
        Self {
            instant: Instant::now(),
            wall: Timestamp::from_unix_millis(jiff::Timestamp::now().as_millisecond()),
        }
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.instant.saturating_duration_since(earlier.instant)
    }
}
