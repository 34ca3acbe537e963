//! Keeps what goes wrong again and again from filling the log.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// Lets one report through a period, and counts those it held back.
pub struct LogThrottle {
    period: Duration,
    last: Option<Instant>,
    held_back: u64,
}

/// How many like it were not reported; shown as the end of a sentence.
pub struct HeldBack(u64);

impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str(" (and once more since the last report)"),
            times => write!(f, " (and {times} times more since the last report)"),
        }
    }
}

impl LogThrottle {
    /// Lets the first report through, then one a `period`.
    pub fn new(period: Duration) -> Self {
        Self {
            period,
            last: None,
            held_back: 0,
        }
    }

    /// It happened: gives what to add to the report, or `None` where it is too soon for one.
    pub fn occurred(&mut self) -> Option<HeldBack> {
        let now = Instant::now();
        if self.last.is_some_and(|last| now - last < self.period) {
            self.held_back += 1;
            return None;
        }
        self.last = Some(now);
        Some(HeldBack(std::mem::take(&mut self.held_back)))
    }

    /// It is over: the next time is reported at once. True if it had happened.
    pub fn ended(&mut self) -> bool {
        self.held_back = 0;
        self.last.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_report_a_period_with_the_number_held_back() {
        let mut throttle = LogThrottle::new(Duration::from_mins(1));
        assert_eq!(
            throttle.occurred().map(|again| again.to_string()),
            Some(String::new())
        );
        for _ in 0..3 {
            assert!(throttle.occurred().is_none());
        }
        tokio::time::advance(Duration::from_mins(1)).await;
        let again = throttle.occurred().map(|again| again.to_string());
        assert_eq!(
            again.as_deref(),
            Some(" (and 3 times more since the last report)")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_ended_is_reported_at_once_when_it_comes_back() {
        let mut throttle = LogThrottle::new(Duration::from_mins(1));
        assert!(!throttle.ended());
        assert!(throttle.occurred().is_some());
        assert!(throttle.ended());
        assert!(throttle.occurred().is_some());
    }
}
