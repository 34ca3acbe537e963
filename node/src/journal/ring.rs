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
        Self {
            records: VecDeque::new(),
            next: 1,
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

    /// The newest record.
    pub fn last(&self) -> Option<&T> {
        self.records.back()
    }

    /// Which numbers are held.
    pub fn extent(&self) -> Extent {
        Extent {
            first: self.next - self.records.len() as u64,
            next: self.next,
        }
    }
}

impl<T: Clone> Ring<T> {
    /// The records held whose numbers lie in `from..=to`.
    pub fn range(&self, from: u64, to: u64) -> Vec<T> {
        let Extent { first, next } = self.extent();
        let from = from.max(first);
        let end = to.saturating_add(1).min(next);
        if from >= end {
            return Vec::new();
        }
        let skip = usize::try_from(from - first).unwrap_or(usize::MAX);
        let take = usize::try_from(end - from).unwrap_or(usize::MAX);
        self.records.iter().skip(skip).take(take).cloned().collect()
    }
}
