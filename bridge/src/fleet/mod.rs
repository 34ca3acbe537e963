//! What is known of all nodes: a pure fold over (topic, payload, time).
//!
//! Nothing here does I/O or reads a clock. [`Fleet::fold`] takes a message in and says what is new
//! in it; [`Fleet::due_requests`] says which missing records to ask for.

mod fold;
#[cfg(test)]
mod fuzz;
mod intervals;
mod journals;
mod malformed;
mod memory;
mod news;
mod node;
mod recovery;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Bound;

use releve_protocol::journal::Resend;
use releve_protocol::{NodeId, Stream};

pub use fold::KINDS;
pub use journals::Past;
pub use malformed::Kind;
use memory::Former;
pub use memory::NodeMemory;
pub use news::{Message, News};
pub use node::{About, Node};

use crate::moment::Moment;
use malformed::Malformed;

/// Readings of a node that its first chart shows: two hours of windows of 30 s.
pub const RECENT_READINGS: usize = 240;

/// What is known of all nodes.
#[derive(Debug)]
pub struct Fleet {
    nodes: BTreeMap<NodeId, Node>,
    past: Past,
    /// Nodes that were removed: one that comes again goes on where it was.
    former: BTreeMap<NodeId, Former>,
    malformed: Malformed,
    ignored: u64,
    /// Whether a stream of a node was met that is not saved yet.
    has_met: bool,
    /// Makes the ids of requests differ from those of an earlier run, which nodes remember.
    run: String,
    requests: u64,
}

impl Fleet {
    /// An empty fleet; `run` is a short text that no earlier run of this bridge had, `past` how much is wanted
    /// of what was before a node was met.
    #[must_use]
    pub fn new(run: impl Into<String>, past: Past) -> Self {
        Self {
            nodes: BTreeMap::new(),
            past,
            former: BTreeMap::new(),
            malformed: Malformed::default(),
            ignored: 0,
            has_met: false,
            run: run.into(),
            requests: 0,
        }
    }

    /// Every node, by id.
    pub fn nodes(&self) -> impl Iterator<Item = (&NodeId, &Node)> {
        self.nodes.iter()
    }

    /// The nodes behind that one, by id.
    pub fn nodes_behind(&self, last: Bound<&NodeId>) -> impl Iterator<Item = (&NodeId, &Node)> {
        self.nodes.range::<NodeId, _>((last, Bound::Unbounded))
    }

    /// A node.
    #[must_use]
    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// How many payloads could not be read, by node and kind.
    pub fn malformed(&self) -> impl Iterator<Item = (Option<&NodeId>, Kind, u64)> {
        self.malformed.iter()
    }

    /// Messages ignored because there are too many nodes.
    #[must_use]
    pub const fn ignored_messages(&self) -> u64 {
        self.ignored
    }

    /// The connection to the broker is gone: nobody knows any more who is online.
    pub fn disconnected(&mut self) {
        for node in self.nodes.values_mut() {
            node.availability = None;
            node.journals.pause();
        }
    }

    /// The missing records to ask for now, with the id of each request; not more than `most`, the
    /// others are due the next time.
    pub fn due_requests(&mut self, now: Moment, most: usize) -> Vec<(NodeId, String, Resend)> {
        let Self {
            nodes,
            run,
            requests,
            ..
        } = self;
        let mut due = Vec::new();
        for (id, node) in nodes.iter_mut().filter(|(_, node)| node.is_online()) {
            if due.len() + Stream::ALL.len() > most {
                break;
            }
            let next_id = || {
                *requests += 1;
                format!("{run}-{requests}")
            };
            let requests = node.journals.due(now.instant, next_id);
            due.extend(
                requests
                    .into_iter()
                    .map(|(request, resend)| (id.clone(), request, resend)),
            );
        }
        due
    }
}
