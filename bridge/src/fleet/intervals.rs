//! A set of numbers as closed intervals: which records of a stream are held.

use serde::{Deserialize, Serialize};

/// The most intervals that a set keeps; beyond it the oldest hole is given up.
const MAX_INTERVALS: usize = 1024;

/// A set of `u64` as sorted closed intervals that neither overlap nor touch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub struct Intervals {
    parts: Vec<(u64, u64)>,
}

impl From<Vec<(u64, u64)>> for Intervals {
    /// Of any intervals: what a file says is put in order.
    fn from(parts: Vec<(u64, u64)>) -> Self {
        let mut set = Self::default();
        for (from, to) in parts {
            set.insert_range(from, to);
        }
        set
    }
}

impl From<Intervals> for Vec<(u64, u64)> {
    fn from(set: Intervals) -> Self {
        set.parts
    }
}

impl Intervals {
    /// Adds the number; whether it is new.
    pub fn insert(&mut self, number: u64) -> bool {
        self.insert_range(number, number) == 1
    }

    /// Adds all numbers of `from..=to`; how many of them are new. Nothing where `from > to`.
    pub fn insert_range(&mut self, from: u64, to: u64) -> u64 {
        if from > to {
            return 0;
        }
        let added = self.missing_between(from, to);
        // The parts that overlap or touch from..=to melt into one.
        let first = self
            .parts
            .partition_point(|&(_, last)| last < from.saturating_sub(1));
        let end = self
            .parts
            .partition_point(|&(start, _)| start <= to.saturating_add(1));
        let melted = self.parts[first..end]
            .iter()
            .fold((from, to), |(low, high), &(start, last)| {
                (low.min(start), high.max(last))
            });
        self.parts.splice(first..end, [melted]);
        added
    }

    /// Takes the number out.
    pub fn remove(&mut self, number: u64) {
        let place = self.parts.partition_point(|&(_, last)| last < number);
        let Some(&(start, last)) = self.parts.get(place) else {
            return;
        };
        if number < start {
            return;
        }
        let below = (start < number).then(|| (start, number - 1));
        let above = (number < last).then(|| (number + 1, last));
        self.parts
            .splice(place..=place, below.into_iter().chain(above));
    }

    /// The first run of numbers of `from..=to` that are not in the set.
    #[must_use]
    pub fn first_gap(&self, from: u64, to: u64) -> Option<(u64, u64)> {
        let mut start = from;
        for &(low, high) in &self.parts {
            if high < start {
                continue;
            }
            if low > start {
                return (start <= to).then(|| (start, to.min(low - 1)));
            }
            start = high.checked_add(1)?;
        }
        (start <= to).then_some((start, to))
    }

    /// How many numbers of `from..=to` are not in the set; saturates.
    #[must_use]
    pub fn missing_between(&self, from: u64, to: u64) -> u64 {
        if from > to {
            return 0;
        }
        let first = self.parts.partition_point(|&(_, last)| last < from);
        let held: u64 = self.parts[first..]
            .iter()
            .take_while(|&&(start, _)| start <= to)
            .map(|&(start, last)| {
                let span = last.min(to) - start.max(from);
                span.saturating_add(1)
            })
            .fold(0, u64::saturating_add);
        (to - from).saturating_add(1).saturating_sub(held)
    }

    /// Fills the oldest hole while there are more than the bound allows; how many numbers were
    /// given up.
    pub fn give_up_excess(&mut self) -> u64 {
        let mut given_up = 0;
        while let [(_, high), (low, _), ..] = self.parts[..]
            && self.parts.len() > MAX_INTERVALS
        {
            given_up += self.insert_range(high + 1, low - 1);
        }
        given_up
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn neighbours_melt() {
        let mut set = Intervals::default();
        assert!(set.insert(1));
        assert!(set.insert(3));
        assert!(!set.insert(3));
        assert_eq!(set.parts, [(1, 1), (3, 3)]);
        assert!(set.insert(2));
        assert_eq!(set.parts, [(1, 3)]);
    }

    #[test]
    fn ends_of_the_numbers_hold() {
        let mut set = Intervals::default();
        assert!(set.insert(u64::MAX));
        assert!(set.insert(0));
        assert_eq!(set.first_gap(0, u64::MAX), Some((1, u64::MAX - 1)));
        set.insert_range(0, u64::MAX);
        assert_eq!(set.parts, [(0, u64::MAX)]);
        assert_eq!(set.first_gap(0, u64::MAX), None);
    }

    #[test]
    fn an_empty_range_adds_nothing() {
        let mut set = Intervals::default();
        assert_eq!(set.insert_range(5, 4), 0);
        assert_eq!(set, Intervals::default());
    }

    #[test]
    fn beyond_the_bound_the_oldest_holes_are_given_up() {
        let mut set = Intervals::default();
        for number in 0..=MAX_INTERVALS as u64 + 1 {
            set.insert(3 * number);
        }
        assert_eq!(set.give_up_excess(), 4);
        assert_eq!(set.parts.len(), MAX_INTERVALS);
        assert_eq!(set.parts[0], (0, 6));
        assert_eq!(set.give_up_excess(), 0);
    }

    proptest! {
        /// Against a plain set of numbers.
        #[test]
        fn behaves_as_a_set(
            ranges in proptest::collection::vec((0u64..60, 0u64..6, 0u64..70), 0..40),
            from in 0u64..60,
            length in 0u64..30,
        ) {
            let mut set = Intervals::default();
            let mut naive = BTreeSet::new();
            for (start, more, removed) in ranges {
                set.remove(removed);
                naive.remove(&removed);
                let new = (start..=start + more).filter(|number| naive.insert(*number)).count();
                prop_assert_eq!(set.insert_range(start, start + more), new as u64);
            }
            let json = serde_json::to_string(&set).expect("JSON");
            prop_assert_eq!(&serde_json::from_str::<Intervals>(&json).expect("intervals"), &set);
            for pair in set.parts.windows(2) {
                prop_assert!(pair[0].1 + 1 < pair[1].0, "neither overlap nor touch");
            }
            for number in 0..70 {
                prop_assert_eq!(set.missing_between(number, number) == 0, naive.contains(&number));
            }
            let to = from + length;
            let missing: Vec<u64> = (from..=to).filter(|number| !naive.contains(number)).collect();
            prop_assert_eq!(set.missing_between(from, to), missing.len() as u64);
            let expected = missing.first().map(|&first| {
                let run = missing.iter().zip(first..).take_while(|(number, next)| *number == next).count() as u64;
                (first, first + run - 1)
            });
            prop_assert_eq!(set.first_gap(from, to), expected);
        }
    }
}
