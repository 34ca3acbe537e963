//! How long to wait before a request is made again. Pure.

use std::time::Duration;

use releve_protocol::Timestamp;

/// The longest wait after the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait of our own choice.
const LONGEST: Duration = Duration::from_mins(1);
/// The longest wait that a server may ask for.
const LONGEST_ASKED_FOR: Duration = Duration::from_mins(5);

/// How often a request failed in a row.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A request has worked.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// A request has failed: how long to wait, at least as long as the server asks for. `random` is from 0 to 1:
    /// many bridges behind one server must not come back together.
    pub fn failed(&mut self, asked_for: Option<Duration>, random: f64) -> Duration {
        let doubled = FIRST.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        let own = doubled
            .min(LONGEST)
            .mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0);
        own.max(asked_for.unwrap_or_default().min(LONGEST_ASKED_FOR))
    }
}

/// What a `Retry-After` asks for: seconds, or a moment of HTTP; `None` if it is neither.
#[must_use]
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(header);
    let ahead = moment.ok()?.as_millisecond() - now.as_unix_millis();
    Some(Duration::from_millis(u64::try_from(ahead).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_and_begin_anew() {
        let mut backoff = Backoff::default();
        let longest: Vec<f64> = (0..9)
            .map(|_| backoff.failed(None, 1.0).as_secs_f64())
            .collect();
        assert_eq!(longest, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]);
        assert_eq!(backoff.failed(None, 0.0), Duration::from_secs(30));
        backoff.reset();
        assert_eq!(backoff.failed(None, 0.0), Duration::from_millis(500));
    }

    #[test]
    fn it_waits_for_ever_as_long_as_a_minute() {
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.failed(None, 1.0), LONGEST);
    }

    #[test]
    fn a_server_may_ask_for_more_but_not_for_hours() {
        let asked = |seconds| Some(Duration::from_secs(seconds));
        let mut backoff = Backoff::default();
        assert_eq!(backoff.failed(asked(7), 1.0), Duration::from_secs(7));
        assert_eq!(backoff.failed(asked(0), 1.0), Duration::from_secs(2));
        assert_eq!(backoff.failed(asked(86_400), 1.0), LONGEST_ASKED_FOR);
    }

    #[test]
    fn seconds_and_dates_are_read() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = Timestamp::from_unix_millis(784_111_777_000 - 90_000);
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (header, expected) in [
            ("120", seconds(120)),
            (" 0 ", seconds(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", seconds(90)),
            ("Sun, 06 Nov 1994 08:40:00 GMT", seconds(0)),
            ("-3", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now), expected, "{header:?}");
        }
    }
}
