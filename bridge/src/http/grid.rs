//! Which buckets a chart is drawn from, wherever its figures come from. Pure.

use super::parameters::Stretch;
use crate::store::history::Grid;

const MINUTE: i64 = 60_000;
/// An hour, ms.
pub const HOUR: i64 = 60 * MINUTE;
/// The shortest buckets of all, ms.
pub const FINEST: i64 = 5 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Steps that people can read off an axis; above the last one it is doubled.
const STEPS: [i64; 18] = [
    FINEST,
    10 * MINUTE,
    15 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    6 * HOUR,
    8 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    4 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
];

/// The shortest buckets that are not too many, none shorter than `finest`.
pub fn choose(stretch: Stretch, points: usize, finest: i64) -> Grid {
    let doubled = std::iter::successors(Some(2 * STEPS[STEPS.len() - 1]), |step| Some(2 * step));
    let steps = STEPS.into_iter().chain(doubled);
    let mut grids = steps
        .filter(|step| *step >= finest)
        .map(|step| Grid::around(stretch.from, stretch.to, step));
    let found = grids.find(|grid| grid.count <= points);
    // Two points are enough for any stretch: steps double for ever.
    found.unwrap_or_else(|| Grid::around(stretch.from, stretch.to, DAY))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn step(from: i64, to: i64, points: usize) -> i64 {
        choose(Stretch { from, to }, points, FINEST).step
    }

    #[test]
    fn buckets_are_as_short_as_the_points_allow() {
        let day = DAY;
        assert_eq!(step(0, day, 500), 5 * MINUTE);
        assert_eq!(step(0, day, 288), 5 * MINUTE);
        assert_eq!(step(0, day, 287), 10 * MINUTE);
        assert_eq!(step(0, 7 * day, 500), 30 * MINUTE);
        assert_eq!(step(0, 365 * day, 1_000), 12 * HOUR);
        let stretch = Stretch { from: 0, to: day };
        assert_eq!(choose(stretch, 500, HOUR).step, HOUR);
    }

    proptest! {
        #[test]
        fn a_grid_holds_its_stretch_and_is_never_too_long(
            from in -4_000_000_000_000_i64..4_000_000_000_000,
            length in 1_i64..1_581_120_000_000,
            points in 2_usize..5_000,
        ) {
            let to = from + length;
            let grid = choose(Stretch { from, to }, points, FINEST);
            prop_assert!(grid.count <= points && grid.count > 0);
            prop_assert!(grid.start <= from && to <= grid.end());
            prop_assert_eq!(grid.start % grid.step, 0);
        }
    }
}
