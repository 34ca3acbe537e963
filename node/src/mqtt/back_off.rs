//! How long to wait before the next attempt to connect.

use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(250);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(15);

/// Waits that double, each cut by chance, so that a fleet does not return as one.
pub struct BackOff {
    next: Duration,
}

impl BackOff {
    /// Begins with the shortest wait.
    pub const fn new() -> Self {
        Self { next: FIRST }
    }

    /// A connection was made: begins anew.
    pub const fn reset(&mut self) {
        self.next = FIRST;
    }

    /// The next wait, between half of its length and all of it.
    pub fn next(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(LONGEST);
        wait.mul_f64(rand::random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew() {
        let mut back_off = BackOff::new();
        let mut length = FIRST;
        for _ in 0..10 {
            let wait = back_off.next();
            assert!(
                wait >= length / 2 && wait <= length,
                "{wait:?} of {length:?}"
            );
            length = (length * 2).min(LONGEST);
        }
        back_off.reset();
        assert!(back_off.next() <= FIRST);
    }
}
