//! The retained store: the last message published with the retain flag on each topic.
//!
//! The router's own store is not used: it deletes on an empty message that is *not* retained, and
//! sends at most 100 messages to a new subscriber. This one lives in memory, behind the few
//! functions that a store on disk has to offer as well.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use tokio::time::Instant;

use crate::message::Message;
use crate::topics;

/// Fixed cost of an entry besides its topic, payload and properties, in bytes (a rough figure).
const ENTRY_BYTES: usize = 200;

/// The retained messages under one filter at one moment.
pub(crate) struct Snapshot {
    /// Number of the last change that these messages reflect.
    pub sequence: u64,
    /// In the order of their topics.
    pub messages: Vec<Arc<Message>>,
}

/// The store would grow over a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store of retained messages is full ({messages} messages, {bytes} bytes)")]
pub(crate) struct Full {
    pub messages: usize,
    pub bytes: usize,
}

/// Bounded store of retained messages. Each change has a number, counted from 1.
pub(crate) struct RetainedStore {
    by_topic: BTreeMap<String, Arc<Message>>,
    sequence: u64,
    bytes: usize,
    max_messages: usize,
    max_bytes: usize,
}

impl RetainedStore {
    /// An empty store with its bounds.
    pub fn new(max_messages: usize, max_bytes: usize) -> Self {
        Self {
            by_topic: BTreeMap::new(),
            sequence: 0,
            bytes: 0,
            max_messages,
            max_bytes,
        }
    }

    /// Records a message published with the retain flag: an empty payload deletes its topic's
    /// message, another one replaces it. Returns the number of this change.
    pub fn record(&mut self, message: &Message, now: Instant) -> Result<u64, Full> {
        if message.payload.is_empty() {
            self.delete(message.topic_name());
        } else {
            self.make_room(message, now)?;
            self.replace(message);
        }
        self.sequence += 1;
        Ok(self.sequence)
    }

    /// The messages under `filter` that have not expired.
    pub fn matching(&self, filter: &str, now: Instant) -> Snapshot {
        let prefix = topics::literal_prefix(filter);
        let messages = self
            .by_topic
            .range::<str, _>((
                std::ops::Bound::Included(prefix),
                std::ops::Bound::Unbounded,
            ))
            .take_while(|(topic, _)| topic.starts_with(prefix))
            .filter(|(topic, message)| topics::matches(topic, filter) && !message.is_expired(now))
            .map(|(_, message)| Arc::clone(message))
            .collect();
        Snapshot {
            sequence: self.sequence,
            messages,
        }
    }

    fn delete(&mut self, topic: &str) {
        if let Some(old) = self.by_topic.remove(topic) {
            self.bytes -= cost(&old);
        }
    }

    fn replace(&mut self, message: &Message) {
        let kept = Arc::new(message.detached());
        self.bytes += cost(&kept);
        match self.by_topic.entry(kept.topic_name().to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(kept);
            }
            Entry::Occupied(mut entry) => self.bytes -= cost(&entry.insert(kept)),
        }
    }

    fn make_room(&mut self, message: &Message, now: Instant) -> Result<(), Full> {
        if self.has_room(message) {
            return Ok(());
        }
        self.remove_expired(now);
        if self.has_room(message) {
            return Ok(());
        }
        Err(Full {
            messages: self.by_topic.len(),
            bytes: self.bytes,
        })
    }

    fn has_room(&self, message: &Message) -> bool {
        let old = self.by_topic.get(message.topic_name());
        let messages = self.by_topic.len() + usize::from(old.is_none());
        let bytes = self.bytes - old.map_or(0, |old| cost(old)) + cost(message);
        messages <= self.max_messages && bytes <= self.max_bytes
    }

    fn remove_expired(&mut self, now: Instant) {
        let bytes = &mut self.bytes;
        self.by_topic.retain(|_, message| {
            let keep = !message.is_expired(now);
            if !keep {
                *bytes -= cost(message);
            }
            keep
        });
    }
}

fn cost(message: &Message) -> usize {
    ENTRY_BYTES + message.size_bytes()
}

#[cfg(test)]
mod tests;
