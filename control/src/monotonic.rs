//! Time as control sees it: how long since the controller began, never the wall clock.

use core::time::Duration;

/// A moment on the site's monotonic clock, in milliseconds since the controller began.
///
/// It never goes back and never jumps, so windows, leases and least times count on it. Wall-clock
/// stamps are put on by the shell that owns both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Monotonic {
    millis: u64,
}

impl Monotonic {
    /// The moment the controller began.
    pub const START: Self = Self { millis: 0 };

    /// The moment `millis` milliseconds after the start.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self { millis }
    }

    /// Milliseconds since the start.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.millis
    }

    /// The moment `duration` later; saturates at the end of time.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            millis: self.millis.saturating_add(millis),
        }
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.millis.saturating_sub(earlier.millis))
    }
}
