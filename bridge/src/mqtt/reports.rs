//! Keeps a broker that lets nobody in from filling the log. Pure: time is an argument.

use std::time::{Duration, Instant};

/// The least time between two reports.
const REPORT_EVERY: Duration = Duration::from_mins(1);

/// What was reported last.
#[derive(Debug, Default)]
pub struct Reports {
    last: Option<(Instant, String)>,
}

impl Reports {
    /// Whether to report that reason: the first at once, another one not sooner than a minute later, for two
    /// reasons may take turns. The same one is not repeated.
    pub fn is_news(&mut self, reason: &str, now: Instant) -> bool {
        let is_known = self.last.as_ref().is_some_and(|(reported, last)| {
            last == reason || now.saturating_duration_since(*reported) < REPORT_EVERY
        });
        if !is_known {
            self.last = Some((now, reason.to_owned()));
        }
        !is_known
    }

    /// A connection held: the next failure is reported at once.
    pub fn forget(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_once_and_reasons_that_take_turns_once_a_minute() {
        let mut reports = Reports::default();
        let now = Instant::now();
        assert!(reports.is_news("wrong password", now));
        assert!(!reports.is_news("too soon", now));
        let later = now + REPORT_EVERY;
        assert!(!reports.is_news("wrong password", later));
        assert!(reports.is_news("too soon", later));
        assert!(!reports.is_news("wrong password", later));
        reports.forget();
        assert!(reports.is_news("wrong password", later));
    }
}
