//! The wall clock as control sees it: for calendars and stamps only.
//!
//! It may be unset and it may jump; whatever must not jump counts on [`crate::Monotonic`].

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment on the wall clock, in milliseconds since 1970-01-01T00:00:00Z without leap seconds.
///
/// Any value is a moment; arithmetic saturates at the ends of the range.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The moment `duration` later; saturates at the end of time.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// The moment `duration` earlier; saturates at the beginning of time.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        if self.0 <= earlier.0 {
            return Duration::ZERO;
        }
        Duration::from_millis(self.0.abs_diff(earlier.0))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: UnixMillis = UnixMillis(i64::MIN);
    const LAST: UnixMillis = UnixMillis(i64::MAX);

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let second = Duration::from_secs(1);
        assert_eq!(UnixMillis(5).after(second), UnixMillis(1005));
        assert_eq!(UnixMillis(5).before(second), UnixMillis(-995));
        assert_eq!(LAST.after(second), LAST);
        assert_eq!(FIRST.before(second), FIRST);
        assert_eq!(FIRST.after(Duration::MAX), UnixMillis(-1));
        assert_eq!(UnixMillis(0).after(Duration::MAX), LAST);
    }

    #[test]
    fn what_lies_ahead_is_no_time_ago() {
        assert_eq!(
            UnixMillis(1005).since(UnixMillis(5)),
            Duration::from_secs(1)
        );
        assert_eq!(UnixMillis(5).since(UnixMillis(1005)), Duration::ZERO);
        assert_eq!(LAST.since(FIRST), Duration::from_millis(u64::MAX));
        assert_eq!(FIRST.since(LAST), Duration::ZERO);
    }

    #[test]
    fn it_is_a_bare_number_on_the_wire() {
        let json = serde_json::to_string(&UnixMillis(-7)).expect("serialises");
        assert_eq!(json, "-7");
        let back: UnixMillis = serde_json::from_str(&json).expect("parses");
        assert_eq!(back, UnixMillis(-7));
    }
}
