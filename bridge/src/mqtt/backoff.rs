//! How long to wait before the next attempt to connect.

use std::time::Duration;

use rand::RngExt;

/// The first wait, before jitter; doubled with each further failure …
const FIRST: Duration = Duration::from_millis(500);
/// … up to this.
const LONGEST: Duration = Duration::from_secs(15);

/// Waits that grow with each failure, spread so that a broker that comes back is not stormed.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A connection held: the next failure is a first one.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure: between half and the whole of the grown wait.
    pub fn next_wait(&mut self) -> Duration {
        let grown = FIRST
            .saturating_mul(1 << self.failures.min(10))
            .min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        grown.mul_f64(rand::rng().random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::default();
        for whole in [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0] {
            let wait = backoff.next_wait().as_secs_f64();
            assert!((whole / 2.0..=whole).contains(&wait), "{wait} of {whole}");
        }
        backoff.reset();
        assert!(backoff.next_wait() <= FIRST);
    }
}
