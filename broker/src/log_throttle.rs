//! Keeps what happens again and again from filling the log.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Lets some reports through in a period, and counts those it held back.
#[derive(Debug)]
pub(crate) struct LogThrottle {
    period: Duration,
    most: u32,
    began: Option<Instant>,
    let_through: u32,
    held_back: u64,
}

/// The same for many tasks: what each client alone may have reported could, with many of them, still fill the log.
#[derive(Debug)]
pub(crate) struct SharedThrottle(Mutex<LogThrottle>);

/// How many like it were not reported; shown as the end of a sentence.
pub(crate) struct HeldBack(u64);

impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str(" (and one more since the last report)"),
            times => write!(f, " (and {times} more since the last report)"),
        }
    }
}

impl SharedThrottle {
    /// Lets `most` reports through in each `period`.
    pub const fn new(most: u32, period: Duration) -> Self {
        Self(Mutex::new(LogThrottle::new(most, period)))
    }

    /// It happened now: gives what to add to the report, or `None` where there were enough.
    pub fn occurred(&self) -> Option<HeldBack> {
        let mut throttle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        throttle.occurred(Instant::now())
    }
}

impl LogThrottle {
    /// Lets `most` reports through in each `period`.
    pub const fn new(most: u32, period: Duration) -> Self {
        Self {
            period,
            most,
            began: None,
            let_through: 0,
            held_back: 0,
        }
    }

    /// It happened: gives what to add to the report, or `None` where there were enough.
    pub fn occurred(&mut self, now: Instant) -> Option<HeldBack> {
        if self.began.is_none_or(|began| now - began >= self.period) {
            self.began = Some(now);
            self.let_through = 0;
        }
        if self.let_through == self.most {
            self.held_back += 1;
            return None;
        }
        self.let_through += 1;
        Some(HeldBack(std::mem::take(&mut self.held_back)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_reports_a_period_with_the_number_held_back() {
        let mut throttle = LogThrottle::new(2, Duration::from_mins(1));
        let now = Instant::now();
        let said =
            |throttle: &mut LogThrottle, now| throttle.occurred(now).map(|again| again.to_string());
        assert_eq!(said(&mut throttle, now).as_deref(), Some(""));
        assert_eq!(said(&mut throttle, now).as_deref(), Some(""));
        for _ in 0..3 {
            assert_eq!(said(&mut throttle, now), None);
        }
        let later = now + Duration::from_mins(1);
        assert_eq!(
            said(&mut throttle, later).as_deref(),
            Some(" (and 3 more since the last report)")
        );
    }
}
