//! The retained store: the last message published with the retain flag on each topic.
//!
//! The router's own store is not used: it deletes on an empty message that is *not* retained, and
//! sends at most 100 messages to a new subscriber. This one lives in memory; it remembers what has
//! changed, and `keeper` carries that to a `database` on disk where there is one; `durability` tells how far it is.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

pub(crate) use self::durability::{Durability, PATIENCE};
pub(crate) use self::keeper::Keeper;
use crate::message::Message;
use crate::topics;

mod database;
mod durability;
mod file;
mod keeper;
mod writer;

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

/// The store, shared with the thread that writes it down.
pub(crate) type SharedStore = Arc<Mutex<RetainedStore>>;

/// Bounded store of retained messages. Each change has a number, counted from 1.
pub(crate) struct RetainedStore {
    by_topic: BTreeMap<Arc<str>, Arc<Message>>,
    /// Those that expire, so that a full store need not be searched for them.
    by_expiry: BTreeSet<(Instant, Arc<str>)>,
    sequence: u64,
    bytes: usize,
    max_messages: usize,
    max_bytes: usize,
    unwritten: Unwritten,
    /// Called after each change, where somebody writes them.
    on_change: Option<Box<dyn Fn() + Send>>,
}

/// What somebody who writes changes down has not taken yet.
#[derive(Default)]
struct Unwritten {
    topics: HashSet<String>,
    /// More topics than it is worth remembering: everything has to be written.
    everything: bool,
}

/// What is to be written down.
pub(crate) struct Changes {
    /// Number of the last change that is in here.
    pub sequence: u64,
    /// What is not in here is not in the store.
    pub everything: bool,
    /// The message of each topic, or that there is none.
    pub topics: Vec<(String, Option<Arc<Message>>)>,
}

impl RetainedStore {
    /// An empty store with its bounds.
    pub fn new(max_messages: usize, max_bytes: usize) -> Self {
        Self {
            by_topic: BTreeMap::new(),
            by_expiry: BTreeSet::new(),
            sequence: 0,
            bytes: 0,
            max_messages,
            max_bytes,
            unwritten: Unwritten::default(),
            on_change: None,
        }
    }

    /// Number and bytes of its messages.
    pub fn size(&self) -> (usize, usize) {
        (self.by_topic.len(), self.bytes)
    }

    /// Fills an empty store with what was written down, within the bounds. Gives how many messages it took.
    pub fn restore(&mut self, messages: Vec<Message>, now: Instant) -> usize {
        for message in messages {
            if message.is_expired(now) || !self.has_room(&message) {
                self.unwritten
                    .topics
                    .insert(message.topic_name().to_owned());
            } else {
                self.replace(&message);
            }
        }
        self.by_topic.len()
    }

    /// From now on what changes is remembered until it is taken, and `tell` is called after each change.
    pub fn tell_changes_to(&mut self, tell: Box<dyn Fn() + Send>) {
        self.on_change = Some(tell);
    }

    /// What has changed since the last time, if anything has.
    pub fn take_changes(&mut self) -> Option<Changes> {
        let Unwritten { topics, everything } = std::mem::take(&mut self.unwritten);
        if topics.is_empty() && !everything {
            return None;
        }
        let topics = if everything {
            let all = self.by_topic.iter();
            all.map(|(topic, message)| (topic.to_string(), Some(Arc::clone(message))))
                .collect()
        } else {
            let changed = topics.into_iter();
            changed
                .map(|topic| {
                    let message = self.by_topic.get(&*topic).cloned();
                    (topic, message)
                })
                .collect()
        };
        Some(Changes {
            sequence: self.sequence,
            everything,
            topics,
        })
    }

    /// They could not be written.
    pub fn give_back(&mut self, changes: Changes) {
        self.unwritten.everything |= changes.everything;
        for (topic, _) in changes.topics {
            self.remember(&topic);
        }
    }

    fn remember(&mut self, topic: &str) {
        let unwritten = &mut self.unwritten;
        if unwritten.everything {
            return;
        }
        // Those that are there, and as many that were.
        if unwritten.topics.len() >= self.max_messages.saturating_mul(2) {
            unwritten.topics.clear();
            unwritten.everything = true;
        } else if !unwritten.topics.contains(topic) {
            unwritten.topics.insert(topic.to_owned());
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
        if self.on_change.is_some() {
            self.remember(message.topic_name());
        }
        if let Some(tell) = &self.on_change {
            tell();
        }
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
        let Some((topic, old)) = self.by_topic.remove_entry(topic) else {
            return;
        };
        self.bytes -= cost(&old);
        if let Some(expires) = old.expires {
            self.by_expiry.remove(&(expires, topic));
        }
    }

    fn replace(&mut self, message: &Message) {
        self.delete(message.topic_name());
        let kept = Arc::new(message.detached());
        self.bytes += cost(&kept);
        let topic: Arc<str> = kept.topic_name().into();
        if let Some(expires) = kept.expires {
            self.by_expiry.insert((expires, Arc::clone(&topic)));
        }
        self.by_topic.insert(topic, kept);
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
        while let Some((expires, topic)) = self.by_expiry.first()
            && *expires <= now
        {
            let topic = Arc::clone(topic);
            self.delete(&topic);
            if self.on_change.is_some() {
                self.remember(&topic);
            }
        }
    }
}

fn cost(message: &Message) -> usize {
    ENTRY_BYTES + message.size_bytes()
}

#[cfg(test)]
mod tests;
