//! What outlives a restart of the bridge.

use releve_protocol::{Stream, Timestamp};
use serde::{Deserialize, Serialize};

use super::journals::Journals;
use super::malformed::Malformed;
use super::{Fleet, Node, Past};
use crate::store::{Recovered, Remembered, Written};

/// The name of what is remembered of no node alone.
const COUNTS: &str = "counts";

/// What is remembered of a node.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NodeMemory {
    journals: Journals,
    readings: u64,
    #[serde(default)]
    unstored: u64,
    duplicates: u64,
    last_reading_at: Option<Timestamp>,
    /// Seconds of site time in a second, as the node last said.
    #[serde(default)]
    clock_speed: Option<f64>,
    /// Whether it was removed.
    #[serde(default)]
    removed: bool,
}

/// A node that was removed.
#[derive(Debug)]
pub struct Former {
    memory: NodeMemory,
    is_saved: bool,
}

/// What is remembered of the fleet as a whole.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Counts {
    ignored: u64,
    malformed: Malformed,
}

impl From<&Node> for NodeMemory {
    fn from(node: &Node) -> Self {
        Self {
            journals: node.journals.clone(),
            readings: node.readings,
            unstored: node.unstored,
            duplicates: node.duplicates,
            last_reading_at: node.last_reading_at(),
            clock_speed: Some(node.clock_speed()),
            removed: false,
        }
    }
}

impl NodeMemory {
    /// The node as it was.
    fn into_node(self, past: Past) -> Node {
        let mut node = Node::wanting(past);
        node.journals = self.journals;
        node.journals.want(past);
        node.readings = self.readings;
        node.unstored = self.unstored;
        node.duplicates = self.duplicates;
        node.remembered_reading_at = self.last_reading_at;
        node.remembered_speed = self.clock_speed;
        node
    }
}

impl From<&Node> for Former {
    fn from(node: &Node) -> Self {
        let removed = true;
        let memory = NodeMemory {
            removed,
            ..node.into()
        };
        Self {
            memory,
            is_saved: false,
        }
    }
}

impl Former {
    /// The node is there again.
    pub fn back(self, past: Past) -> Node {
        self.memory.into_node(past)
    }
}

impl Fleet {
    /// Takes up where an earlier run ended.
    ///
    /// # Errors
    /// Says what of it cannot be read; the rest is taken up.
    pub fn recover(&mut self, recovered: &mut Recovered) -> Result<(), serde_json::Error> {
        for (id, memory) in std::mem::take(&mut recovered.nodes) {
            if memory.removed {
                let is_saved = true;
                self.former.insert(id, Former { memory, is_saved });
                continue;
            }
            let mut node = memory.into_node(self.past);
            node.is_saved = true;
            self.nodes.insert(id, node);
        }
        for written in std::mem::take(&mut recovered.since) {
            self.retake(&written);
        }
        let counts: Counts = match recovered.things.get(COUNTS) {
            Some(body) => serde_json::from_str(body)?,
            None => Counts::default(),
        };
        self.ignored = counts.ignored;
        self.malformed = counts.malformed;
        Ok(())
    }

    /// A record that was written after the last time that the node was saved.
    fn retake(&mut self, written: &Written) {
        let node = self.node_mut(&written.node);
        let is_new = (node.journals).take(&written.epoch, written.stream, written.seq);
        if is_new && written.stream == Stream::Reading {
            node.count_reading();
            node.remembered_reading_at = node.remembered_reading_at.max(Some(written.at));
        }
    }

    /// Whether a stream of records was met of which nothing is saved yet. That must not wait: after a kill it would
    /// be met later, and what happened between would count as from before and call nobody.
    #[must_use]
    pub const fn must_be_saved(&self) -> bool {
        self.has_met
    }

    /// What is not saved yet. From now on it counts as saved, until it changes or [`Fleet::not_saved`] says
    /// otherwise.
    pub fn take_unsaved(&mut self) -> Remembered {
        let mut nodes = Vec::new();
        self.has_met = false;
        for (id, node) in &mut self.nodes {
            if !std::mem::replace(&mut node.is_saved, true) {
                nodes.push((id.clone(), NodeMemory::from(&*node)));
            }
        }
        for (id, former) in &mut self.former {
            if !std::mem::replace(&mut former.is_saved, true) {
                nodes.push((id.clone(), former.memory.clone()));
            }
        }
        let counts = Counts {
            ignored: self.ignored,
            malformed: self.malformed.clone(),
        };
        // Numbers and names: there is nothing that JSON does not know.
        let counts = serde_json::to_string(&counts).unwrap_or_default();
        Remembered {
            nodes,
            things: vec![(COUNTS, counts)],
            ..Remembered::default()
        }
    }

    /// What was to be saved is not.
    pub fn not_saved(&mut self) {
        self.has_met = true;
        for node in self.nodes.values_mut() {
            node.is_saved = false;
        }
        for former in self.former.values_mut() {
            former.is_saved = false;
        }
    }

    /// The record could not be stored, so it counts as missing.
    pub fn not_stored(&mut self, written: &Written) {
        let (journals, unstored) = if let Some(node) = self.nodes.get_mut(&written.node) {
            node.is_saved = false;
            (&mut node.journals, &mut node.unstored)
        } else if let Some(former) = self.former.get_mut(&written.node) {
            former.is_saved = false;
            (&mut former.memory.journals, &mut former.memory.unstored)
        } else {
            return;
        };
        journals.release(&written.epoch, written.stream, written.seq);
        if written.stream == Stream::Reading {
            *unstored += 1;
        }
    }
}
