//! When a snapshot is worth a write: what an operator or a guard decided at once, counters now and
//! then.

use std::time::Duration;

use tokio::time::Instant;

/// A change of counters alone is written at most this often, so as not to wear the disk.
const COUNTERS_EVERY: Duration = Duration::from_secs(5 * 60);

/// What a controller remembers.
pub trait Remembered: Clone + PartialEq {
    /// The same without what moves by itself all the time.
    #[must_use]
    fn without_counters(&self) -> Self;
}

/// What was last found worth a write, and when.
#[derive(Debug)]
pub struct Due<S> {
    last: Option<(S, Instant)>,
}

impl<S: Remembered> Due<S> {
    /// Begins with what the file holds, if anything.
    pub fn new(on_disk: Option<S>, now: Instant) -> Self {
        Self {
            last: on_disk.map(|snapshot| (snapshot, now)),
        }
    }

    /// Whether this one is worth a write; it is then taken for written.
    pub fn is_due(&mut self, snapshot: &S, now: Instant) -> bool {
        let due = match &self.last {
            None => true,
            Some((last, _)) if last == snapshot => false,
            Some((last, at)) => {
                now.duration_since(*at) >= COUNTERS_EVERY
                    || last.without_counters() != snapshot.without_counters()
            }
        };
        if due {
            self.last = Some((snapshot.clone(), now));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A limit and a counter.
    type Pair = (i32, i32);

    impl Remembered for Pair {
        fn without_counters(&self) -> Self {
            (self.0, 0)
        }
    }

    #[test]
    fn decisions_are_written_at_once_and_counters_now_and_then() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut due = Due::new(None, start);
        assert!(due.is_due(&(1, 1), at(0)), "nothing was written yet");
        assert!(!due.is_due(&(1, 1), at(1000)), "nothing changed");
        assert!(due.is_due(&(1, 2), at(1000)), "a counter, long after");
        assert!(!due.is_due(&(1, 3), at(1299)), "a counter, too soon");
        assert!(due.is_due(&(2, 3), at(1299)), "a decision");
        assert!(
            !due.is_due(&(2, 4), at(1598)),
            "counted from the last write"
        );
        assert!(due.is_due(&(2, 4), at(1599)));
    }

    #[test]
    fn what_the_file_holds_is_not_written_again() {
        let start = Instant::now();
        let mut due = Due::new(Some((1, 1)), start);
        assert!(!due.is_due(&(1, 1), start));
        assert!(due.is_due(&(2, 1), start));
    }
}
