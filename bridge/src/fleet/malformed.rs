//! Payloads that could not be read: counted, each kind reported once for each node.

use std::collections::BTreeMap;

use releve_protocol::NodeId;
use serde::{Deserialize, Serialize};

use super::fold::KINDS;

/// What was published, by the last level of its topic.
pub type Kind = &'static str;

/// The kind of a topic that is none of the contract.
pub const UNKNOWN_TOPIC: Kind = "topic";
/// Different pairs of node and kind that are counted apart; further ones are counted together.
const MAX_ENTRIES: usize = 10_000;

/// How many payloads could not be read, by node and kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Count>", into = "Vec<Count>")]
pub struct Malformed {
    counts: BTreeMap<(Option<NodeId>, Kind), u64>,
}

/// One count, as it is remembered.
#[derive(Serialize, Deserialize)]
struct Count {
    node: Option<NodeId>,
    kind: String,
    count: u64,
}

impl From<Vec<Count>> for Malformed {
    fn from(counts: Vec<Count>) -> Self {
        let known = |kind: &str| KINDS.into_iter().find(|known| *known == kind);
        let counts = counts.into_iter().map(|held| {
            let kind = known(&held.kind).unwrap_or(UNKNOWN_TOPIC);
            ((held.node, kind), held.count)
        });
        Self {
            counts: counts.collect(),
        }
    }
}

impl From<Malformed> for Vec<Count> {
    fn from(malformed: Malformed) -> Self {
        let counts = malformed.counts.into_iter();
        counts
            .map(|((node, kind), count)| Count {
                node,
                kind: kind.to_owned(),
                count,
            })
            .collect()
    }
}

impl Malformed {
    /// Counts one; whether it is the first of its node and kind.
    pub fn note(&mut self, node: Option<&NodeId>, kind: Kind) -> bool {
        let mut key = (node.cloned(), kind);
        if self.counts.len() >= MAX_ENTRIES && !self.counts.contains_key(&key) {
            key.0 = None;
        }
        let count = self.counts.entry(key).or_default();
        *count = count.saturating_add(1);
        *count == 1
    }

    /// The counts; no node where the topic names none, or where there are too many.
    pub fn iter(&self) -> impl Iterator<Item = (Option<&NodeId>, Kind, u64)> {
        self.counts
            .iter()
            .map(|((node, kind), count)| (node.as_ref(), *kind, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_its_kind_is_told_apart() {
        let mut malformed = Malformed::default();
        let node: NodeId = "a".parse().expect("a node id");
        assert!(malformed.note(Some(&node), "state"));
        assert!(!malformed.note(Some(&node), "state"));
        assert!(malformed.note(Some(&node), "info"));
        assert!(malformed.note(None, "state"));
    }

    #[test]
    fn the_counts_are_bounded() {
        let mut malformed = Malformed::default();
        for number in 0..MAX_ENTRIES + 5 {
            let node: NodeId = format!("n{number}").parse().expect("a node id");
            malformed.note(Some(&node), "state");
        }
        assert_eq!(malformed.iter().count(), MAX_ENTRIES + 1);
        assert_eq!(malformed.iter().next(), Some((None, "state", 5)));
    }
}
