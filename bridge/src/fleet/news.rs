//! What goes into the fold, and what comes out.

use releve_protocol::{EventRecord, NodeId, Reading, State};

/// A message as it came from the broker.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Its topic.
    pub topic: &'a str,
    /// Its payload.
    pub payload: &'a [u8],
    /// Whether the broker had kept it.
    pub retained: bool,
}

/// What a message brought.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// A reading, for the first time; late ones come from the node's journal.
    Reading {
        /// Whose.
        node: NodeId,
        /// The reading.
        reading: Box<Reading>,
        /// Whether it comes from the backlog.
        late: bool,
    },
    /// An event, for the first time.
    Event {
        /// Whose.
        node: NodeId,
        /// The event.
        record: Box<EventRecord>,
        /// Whether it happened before the node was met: it belongs into the history and calls nobody.
        from_before: bool,
    },
    /// How a site stands.
    State {
        /// Whose.
        node: NodeId,
        /// Its state.
        state: Box<State>,
    },
    /// A node was removed: everything that the broker kept of it was cleared.
    Removed {
        /// Which one.
        node: NodeId,
    },
    /// The first payload of its node and kind that cannot be read.
    Malformed {
        /// The topic.
        topic: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The first message of a node too many.
    TooManyNodes {
        /// The bound.
        bound: usize,
    },
}
