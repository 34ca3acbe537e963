//! Time as control sees it: how long since the controller began, never the wall clock.

use core::time::Duration;

/// A moment on the site's monotonic clock, in milliseconds since the controller began; before it, where
/// a controller remembers what an earlier one did.
///
/// It never goes back and never jumps, so windows, leases and least times count on it. Wall-clock
/// stamps are put on by the shell that owns both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Monotonic {
    millis: i64,
}

impl Monotonic {
    /// The moment the controller began.
    pub const START: Self = Self { millis: 0 };

    /// The moment `millis` milliseconds after the start; before it, if negative.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self { millis }
    }

    /// Milliseconds since the start; negative before it.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.millis
    }

    /// The moment `duration` later; saturates at the end of time.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self {
            millis: self.millis.saturating_add(millis(duration)),
        }
    }

    /// The moment `duration` earlier; saturates at the beginning of time.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self {
            millis: self.millis.saturating_sub(millis(duration)),
        }
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        let millis = self.millis.saturating_sub(earlier.millis);
        Duration::from_millis(if millis > 0 { millis.unsigned_abs() } else { 0 })
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
