//! What was folded and is to be written: records, and the messages to acknowledge once that is done.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use releve_protocol::Stream;
use rumqttc::v5::mqttbytes::v5::Publish;

use crate::mqtt::Acknowledge;
use crate::store::{Record, UNREADABLE_KEPT, Written};

/// A write that takes longer keeps nothing waiting: what comes meanwhile is asked for again later.
pub const STALLED_AFTER: Duration = Duration::from_secs(10);

/// What is to be written together.
#[derive(Debug, Default)]
pub struct Batch {
    /// The records.
    pub records: Vec<Record>,
    /// The messages that brought them, and others before and between them, in their order.
    messages: Vec<(Box<Publish>, Acknowledge)>,
}

impl Batch {
    /// Adds a message, whose records are added already.
    pub fn acknowledge_later(&mut self, message: Box<Publish>, by: Acknowledge) {
        self.messages.push((message, by));
    }

    /// How many messages wait for it.
    #[must_use]
    pub const fn messages(&self) -> usize {
        self.messages.len()
    }

    /// Acknowledges its messages, in their order: they are stored, or will be asked for.
    pub fn acknowledge(&mut self) {
        for (message, by) in self.messages.drain(..) {
            by.stored(&message);
        }
    }
}

/// Messages that cannot be read and could not be written: nobody can be asked for them again, so they are kept until
/// the store works. As many as the store keeps; there, too, the oldest make room.
#[derive(Debug, Default)]
pub struct Unwritten {
    records: VecDeque<Record>,
}

impl Unwritten {
    /// Keeps those that are among these records.
    pub fn keep(&mut self, records: &[Record]) {
        let unreadable = |record: &&Record| matches!(record, Record::Unreadable { .. });
        self.records
            .extend(records.iter().filter(unreadable).cloned());
        let excess = self.records.len().saturating_sub(UNREADABLE_KEPT as usize);
        self.records.drain(..excess);
    }

    /// Takes them out to be written.
    pub fn take(&mut self) -> impl Iterator<Item = Record> {
        self.records.drain(..)
    }
}

/// Which numbered records are among them.
pub fn numbered(records: &[Record]) -> impl Iterator<Item = Written> {
    records.iter().filter_map(|record| match record {
        Record::Reading { node, reading, .. } => Some(Written {
            node: node.clone(),
            epoch: reading.epoch.clone(),
            stream: Stream::Reading,
            seq: reading.seq,
            at: reading.at,
        }),
        Record::Event { node, record } => Some(Written {
            node: node.clone(),
            epoch: record.epoch.clone(),
            stream: Stream::Event,
            seq: record.seq,
            at: record.at,
        }),
        Record::Unreadable { .. } => None,
    })
}

/// How writing goes: tells of a failure once, and of its end.
#[derive(Debug, Default)]
pub struct Health {
    failed_since: Option<Instant>,
    errors: u64,
}

impl Health {
    /// Of a store on which so many writes failed in earlier runs.
    #[must_use]
    pub const fn after(errors: u64) -> Self {
        Self {
            failed_since: None,
            errors,
        }
    }

    /// Writing failed; whether that is news.
    pub fn failed(&mut self, now: Instant) -> bool {
        self.errors += 1;
        let is_news = self.failed_since.is_none();
        self.failed_since.get_or_insert(now);
        is_news
    }

    /// A write does not come to its end; whether that is news. It counts once.
    pub fn stalled(&mut self, now: Instant) -> bool {
        self.is_well() && self.failed(now)
    }

    /// Writing worked; for how long it had not, if it had not.
    pub fn worked(&mut self, now: Instant) -> Option<Duration> {
        let since = self.failed_since.take()?;
        Some(now.saturating_duration_since(since))
    }

    /// Whether the last write worked.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        self.failed_since.is_none()
    }

    /// Since when writing fails, while it does.
    #[must_use]
    pub const fn failing_since(&self) -> Option<Instant> {
        self.failed_since
    }

    /// Writes that failed so far.
    #[must_use]
    pub const fn errors(&self) -> u64 {
        self.errors
    }
}
