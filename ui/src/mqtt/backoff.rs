//! How long to wait before the next attempt to connect.

use core::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(20);

/// The wait after that many failed attempts in a row: doubled each time up to a bound, of which
/// `random` (0 to 1) takes at most half away, so that many tabs do not come back in one moment.
pub fn wait(failures: u32, random: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.min(16)).min(LONGEST);
    doubled.mul_f64(1.0 - random.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<_> = (0..8)
            .map(|failures| wait(failures, 0.0).as_millis())
            .collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
        assert_eq!(wait(u32::MAX, 0.0), LONGEST);
    }

    #[test]
    fn chance_takes_at_most_half() {
        assert_eq!(wait(1, 1.0), Duration::from_millis(500));
        assert_eq!(wait(1, 0.5), Duration::from_millis(750));
    }
}
