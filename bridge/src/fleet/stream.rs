//! One stream of one journal: which of its records are held, and which are missing.

use serde::{Deserialize, Serialize};

use super::intervals::Intervals;

/// Which records of a stream are held, by their numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StreamRecords {
    /// Held, or not to be had: before the beginning of interest, or lost.
    settled: Intervals,
    /// One past the highest number that is known to exist.
    next: u64,
    /// Numbers given up as lost.
    lost: u64,
    /// Records below this number are older than the bridge's acquaintance with the node.
    met_at: u64,
}

impl StreamRecords {
    /// A stream of which the records before `first` are not wanted, and those before `met_at` tell of a time
    /// before the node was met.
    #[must_use]
    pub fn wanted_from(first: u64, met_at: u64) -> Self {
        let mut settled = Intervals::default();
        // Numbers begin at 1.
        settled.insert_range(0, first.saturating_sub(1));
        Self {
            settled,
            next: first,
            lost: 0,
            met_at,
        }
    }

    /// Takes a record in; whether it is new.
    pub fn take(&mut self, seq: u64) -> bool {
        let new = self.settled.insert(seq);
        self.announce(seq.saturating_add(1));
        self.lost += self.settled.give_up_excess();
        new
    }

    /// A record that was taken in could not be stored: it is missing again.
    pub fn release(&mut self, seq: u64) {
        self.settled.remove(seq);
    }

    /// Whether a record is from before the node was met.
    #[must_use]
    pub const fn is_from_before(&self, seq: u64) -> bool {
        seq < self.met_at
    }

    /// Learns that every number below `next` exists.
    pub fn announce(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    /// Gives up the numbers of `from..=to` that are missing: nobody has them any more.
    pub fn give_up(&mut self, from: u64, to: u64) {
        let lost = self.settled.insert_range(from, to);
        self.lost = self.lost.saturating_add(lost);
    }

    /// Gives up all that is missing.
    pub fn give_up_missing(&mut self) {
        self.give_up(1, self.next.saturating_sub(1));
    }

    /// The first run of missing numbers of `from..=to`.
    #[must_use]
    pub fn gap_between(&self, from: u64, to: u64) -> Option<(u64, u64)> {
        self.settled
            .first_gap(from, to.min(self.next.saturating_sub(1)))
    }

    /// The first run of missing numbers.
    #[must_use]
    pub fn gap(&self) -> Option<(u64, u64)> {
        self.gap_between(1, u64::MAX)
    }

    /// How many records are missing.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.settled.missing_between(1, self.next.saturating_sub(1))
    }

    /// How many records were given up as lost.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_in_the_numbers_is_a_gap() {
        let mut records = StreamRecords::wanted_from(1, 1);
        assert!(records.take(1));
        assert!(records.take(5));
        assert!(!records.take(5));
        assert_eq!(records.gap(), Some((2, 4)));
        assert_eq!(records.missing(), 3);
    }

    #[test]
    fn what_came_before_the_beginning_of_interest_is_not_missing() {
        let mut records = StreamRecords::wanted_from(100, 100);
        records.take(101);
        assert_eq!(records.gap(), Some((100, 100)));
        assert!(!records.take(99));
    }

    #[test]
    fn an_announced_end_is_a_gap_too() {
        let mut records = StreamRecords::wanted_from(1, 1);
        records.take(1);
        records.announce(4);
        assert_eq!(records.gap(), Some((2, 3)));
    }

    #[test]
    fn what_is_given_up_counts_as_lost_once() {
        let mut records = StreamRecords::wanted_from(1, 1);
        records.take(10);
        records.give_up(3, 4);
        records.give_up(3, 4);
        assert_eq!(records.lost(), 2);
        records.give_up_missing();
        assert_eq!((records.lost(), records.missing()), (9, 0));
    }

    #[test]
    fn what_could_not_be_stored_is_missing_again() {
        let mut records = StreamRecords::wanted_from(1, 1);
        (1..=3).for_each(|seq| assert!(records.take(seq)));
        records.release(2);
        assert_eq!(records.gap(), Some((2, 2)));
        assert!(records.take(2));
    }

    #[test]
    fn the_largest_number_breaks_nothing() {
        let mut records = StreamRecords::wanted_from(1, 1);
        assert!(records.take(u64::MAX));
        assert_eq!(records.gap(), Some((1, u64::MAX - 1)));
        records.give_up_missing();
        assert_eq!(records.gap(), None);
    }
}
