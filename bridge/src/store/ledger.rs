//! What the one who cuts old readings, the one who sends readings on and those who show figures tell each other.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// The figures. Shared.
#[derive(Debug)]
pub struct Ledger {
    cut_for_room: AtomicU64,
    sent_through: AtomicI64,
}

impl Default for Ledger {
    /// Nothing was cut, and nothing is to be sent.
    fn default() -> Self {
        Self {
            cut_for_room: AtomicU64::new(0),
            sent_through: AtomicI64::new(i64::MAX),
        }
    }
}

impl Ledger {
    /// Readings that were cut because the store had reached its greatest size, in this and earlier runs.
    pub fn cut_for_room(&self) -> u64 {
        self.cut_for_room.load(Ordering::Relaxed)
    }

    /// So many were cut.
    pub fn set_cut_for_room(&self, readings: u64) {
        self.cut_for_room.store(readings, Ordering::Relaxed);
    }

    /// Rows behind this one are still to be sent.
    pub fn sent_through(&self) -> i64 {
        self.sent_through.load(Ordering::Relaxed)
    }

    /// Rows up to that one are sent, and it is kept that they are.
    pub fn set_sent_through(&self, row: i64) {
        self.sent_through.store(row, Ordering::Relaxed);
    }
}
