//! When fast samples are taken: ten a second, between ordinary ones and never in their way.

use std::time::Duration;

use releve_control::Monotonic;

/// Time from one fast sample to the next.
pub const PERIOD: Duration = Duration::from_millis(100);

/// The least time between two samples. A chip that is asked again before it has converted anew (an INA219
/// in 68 ms, 10 % later at worst) says that it measures nothing.
pub const LEAST_GAP: Duration = Duration::from_millis(80);

/// The first moment from `from` on that lies whole periods before the ordinary sample and far enough behind
/// the last one; `None`: the ordinary one comes first.
pub fn next_fast(
    from: Monotonic,
    last: Option<Monotonic>,
    ordinary: Monotonic,
) -> Option<Monotonic> {
    let earliest = last.map_or(from, |last| from.max(last.after(LEAST_GAP)));
    let periods = ordinary.since(earliest).as_millis() / PERIOD.as_millis();
    let periods = u32::try_from(periods).ok().filter(|periods| *periods > 0)?;
    Some(ordinary.before(PERIOD.saturating_mul(periods)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDINARY: Monotonic = Monotonic::from_millis(30_000);

    fn next(from: i64, last: i64) -> Option<i64> {
        let last = Some(Monotonic::from_millis(last));
        next_fast(Monotonic::from_millis(from), last, ORDINARY).map(Monotonic::as_millis)
    }

    #[test]
    fn samples_lie_whole_periods_before_the_ordinary_one() {
        assert_eq!(next(27_020, 27_020), Some(27_100));
        assert_eq!(next(28_000, 27_000), Some(28_000));
        assert_eq!(next(28_001, 27_000), Some(28_100));
        let from = Monotonic::from_millis(28_000);
        assert_eq!(next_fast(from, None, ORDINARY), Some(from));
    }

    #[test]
    fn a_chip_gets_the_time_to_convert_anew() {
        assert_eq!(next(27_020, 27_021), Some(27_200), "79 ms are too few");
        assert_eq!(next(29_820, 29_820), Some(29_900));
        assert_eq!(next(29_850, 29_821), None, "the ordinary one comes first");
        assert_eq!(next(29_901, 29_800), None);
        assert_eq!(next(30_005, 29_900), None);
    }
}
