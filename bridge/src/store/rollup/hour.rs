//! Hours of nodes, and the numbers of their rows. Pure.

use crate::spans::{FIVE_MINUTES_MS, HOUR_MS};

/// Hours since 1970 are given this on top, so that those before are no negative numbers.
const OFFSET: i64 = 1 << 31;
/// The node's number stands above the hour's.
const NODE: i64 = 1 << 32;

/// An hour of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeHour {
    /// The node's number.
    pub node: i64,
    /// Hours since 1970.
    pub hour: i64,
}

impl NodeHour {
    /// The hour in which a window that ends at `at` (ms since 1970) ends.
    #[must_use]
    pub const fn ending(node: i64, at: i64) -> Self {
        let hour = at.saturating_sub(1).div_euclid(HOUR_MS);
        Self { node, hour }
    }

    /// The number of its rows: those of a node lie together, in the order of their hours.
    #[must_use]
    pub const fn key(self) -> i64 {
        // The calendar ends after four digits of years, and nodes are counted.
        self.node * NODE + self.hour + OFFSET
    }

    /// The hour of that number.
    #[must_use]
    pub const fn of_key(key: i64) -> Self {
        Self {
            node: key.div_euclid(NODE),
            hour: key.rem_euclid(NODE) - OFFSET,
        }
    }

    /// When it begins, ms since 1970.
    #[must_use]
    pub const fn start(self) -> i64 {
        self.hour * HOUR_MS
    }
}

/// The place among the five-minute buckets of its hour of a window that ends at `at`.
#[must_use]
pub const fn place(at: i64) -> u8 {
    (at.saturating_sub(1).rem_euclid(HOUR_MS) / FIVE_MINUTES_MS) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_ends_at_the_full_hour_belongs_to_the_hour_before() {
        let ends = |at| NodeHour::ending(1, at).hour;
        assert_eq!((ends(HOUR_MS), ends(HOUR_MS + 1)), (0, 1));
        assert_eq!((ends(0), ends(1)), (-1, 0));
        assert_eq!(
            (place(HOUR_MS), place(1), place(FIVE_MINUTES_MS + 1)),
            (11, 0, 1)
        );
    }

    #[test]
    fn keys_keep_nodes_apart_to_the_ends_of_the_calendar() {
        let ends = [-104_000_000, -1, 0, 1, 71_000_000];
        let hours = [1, 2, 10_000].map(|node| ends.map(|hour| NodeHour { node, hour }));
        let hours = hours.concat();
        assert!(hours.windows(2).all(|pair| pair[0].key() < pair[1].key()));
        for hour in hours {
            assert_eq!(NodeHour::of_key(hour.key()), hour);
        }
    }
}
