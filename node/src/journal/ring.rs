//! A stream of numbered records that keeps the newest ones.

use std::collections::VecDeque;

use releve_protocol::journal::Extent;

/// Records numbered from 1; the newest `capacity` of them are kept.
pub struct Ring<T> {
    records: VecDeque<T>,
    next: u64,
    capacity: usize,
}

impl<T> Ring<T> {
    /// An empty stream that keeps `capacity` records, at least one.
    pub fn new(capacity: usize) -> Self {
        Self::after(0, capacity)
    }

    /// A stream that goes on after the record of number `last`, which it does not hold.
    pub fn after(last: u64, capacity: usize) -> Self {
        Self {
            records: VecDeque::new(),
            next: last.saturating_add(1),
            capacity: capacity.max(1),
        }
    }

    /// Writes a record, made from its number; the oldest one makes room.
    pub fn push(&mut self, record: impl FnOnce(u64) -> T) -> &T {
        while self.records.len() >= self.capacity {
            self.records.pop_front();
        }
        let record = record(self.next);
        self.next += 1;
        let index = self.records.len();
        self.records.push_back(record);
        &self.records[index]
    }

    /// Which numbers are held.
    pub fn extent(&self) -> Extent {
        Extent {
            first: self.next - self.records.len() as u64,
            next: self.next,
        }
    }

    /// The records held of that number and later ones, the oldest first.
    pub fn since(&self, from: u64) -> impl Iterator<Item = &T> {
        let skip = from.saturating_sub(self.extent().first);
        (self.records.iter()).skip(usize::try_from(skip).unwrap_or(usize::MAX))
    }

    /// Forgets what is older than that number.
    pub fn forget_before(&mut self, number: u64) {
        let gone = number.saturating_sub(self.extent().first);
        let gone = usize::try_from(gone).unwrap_or(usize::MAX);
        self.records.drain(..gone.min(self.records.len()));
    }

    /// Forgets what is older than that number and numbers the rest anew, from 1. What has made room meanwhile
    /// keeps its numbers, so that it counts as lost.
    pub fn begin_anew(&mut self, from: u64, mut number: impl FnMut(&mut T, u64)) {
        let lost = self.extent().first.saturating_sub(from);
        self.forget_before(from);
        self.next = 1 + lost;
        for record in &mut self.records {
            number(record, self.next);
            self.next += 1;
        }
    }
}

impl<T: Clone> Ring<T> {
    /// The records held whose numbers lie in `from..=to`.
    pub fn range(&self, from: u64, to: u64) -> Vec<T> {
        let from = from.max(self.extent().first);
        let end = to.saturating_add(1).min(self.next);
        let take = usize::try_from(end.saturating_sub(from)).unwrap_or(usize::MAX);
        self.since(from).take(take).cloned().collect()
    }
}
