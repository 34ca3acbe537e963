//! What a scrape shows of the fleet, copied out of it: who takes messages in waits for some nodes to be copied, not
//! for megabytes of text to be written and fetched.

use std::ops::Bound;
use std::sync::Arc;

use releve_protocol::{NodeId, Reading, Timestamp};

use crate::fleet::{About, Fleet, Kind, Node};
use crate::moment::Moment;

/// Nodes that are copied in one go: a fraction of a millisecond.
pub const NODES_AT_ONCE: usize = 256;

/// What is shown of a node.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Which node.
    pub id: NodeId,
    /// What it tells of itself.
    pub about: Option<About>,
    /// Whether it is connected to the broker.
    pub is_online: bool,
    /// Its newest reading; `None` where that does not stand for the present, or goes another way.
    pub reading: Option<Arc<Reading>>,
    /// When its newest reading was taken.
    pub last_reading_at: Option<Timestamp>,
    /// From the end of the window to the arrival of its newest reading, s.
    pub delay_s: Option<f64>,
    /// Readings taken in, each once.
    pub readings: u64,
    /// Records that had been taken in before.
    pub duplicates: u64,
    /// Readings that are missing and may still come.
    pub missing: u64,
    /// Readings that were lost for good.
    pub lost: u64,
    /// Requests for missing records so far.
    pub resend_requests: u64,
}

/// What a scrape shows of the fleet.
#[derive(Debug)]
pub struct Snapshot {
    now: Moment,
    shows_readings: bool,
    /// The nodes, by id.
    pub nodes: Vec<Shown>,
    /// How many payloads could not be read, by node and kind.
    pub malformed: Vec<(Option<NodeId>, Kind, u64)>,
    /// Messages ignored because there are too many nodes.
    pub ignored_messages: u64,
}

impl Snapshot {
    /// An empty one, as of `now`; to be filled by [`Snapshot::copy_some`].
    #[must_use]
    pub const fn new(now: Moment, shows_readings: bool) -> Self {
        Self {
            now,
            shows_readings,
            nodes: Vec::new(),
            malformed: Vec::new(),
            ignored_messages: 0,
        }
    }

    /// Copies the next nodes; whether there are more.
    pub fn copy_some(&mut self, fleet: &Fleet) -> bool {
        let behind = match self.nodes.last() {
            Some(last) => Bound::Excluded(last.id.clone()),
            None => Bound::Unbounded,
        };
        let before = self.nodes.len();
        let next = fleet.nodes_behind(behind.as_ref()).take(NODES_AT_ONCE);
        let next = next.map(|(id, node)| shown(id, node, self.now, self.shows_readings));
        self.nodes.extend(next);
        if self.nodes.len() - before == NODES_AT_ONCE {
            return true;
        }
        let malformed = fleet.malformed();
        let malformed = malformed.map(|(node, kind, count)| (node.cloned(), kind, count));
        self.malformed = malformed.collect();
        self.ignored_messages = fleet.ignored_messages();
        false
    }
}

fn shown(id: &NodeId, node: &Node, now: Moment, shows_reading: bool) -> Shown {
    let reading = node.fresh_reading(now).filter(|_| shows_reading);
    Shown {
        id: id.clone(),
        about: node.about.clone(),
        is_online: node.is_online(),
        reading: reading.cloned(),
        last_reading_at: node.last_reading_at(),
        delay_s: node.reading_delay_seconds(),
        readings: node.readings,
        duplicates: node.duplicates,
        missing: node.missing_readings(),
        lost: node.lost_readings(),
        resend_requests: node.resend_requests(),
    }
}
