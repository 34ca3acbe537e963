//! What a single look does not tell: whether missing readings become fewer, and which were lost lately. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use releve_protocol::{NodeId, Timestamp};
use serde::{Deserialize, Serialize};

/// A loss is news for so long.
pub const LOSS_IS_NEWS: Duration = Duration::from_hours(1);

/// What was seen of one node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Seen {
    /// The fewest missing readings since some are missing, and since when.
    fewest: Option<(u64, Timestamp)>,
    /// Readings that were lost when it was last looked.
    lost: u64,
    /// How many had been lost before the last losses, when these began, and when the newest came.
    losing: Option<(u64, Timestamp, Timestamp)>,
}

/// What was seen of all nodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trends {
    nodes: BTreeMap<NodeId, Seen>,
}

/// What the trends say of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trend {
    /// Since when missing readings did not become fewer.
    pub stuck_since: Option<Timestamp>,
    /// Readings that were lost lately, and since when.
    pub lost: Option<(u64, Timestamp)>,
}

impl Trends {
    /// Forgets a node that was removed.
    pub fn forget(&mut self, node: &NodeId) {
        self.nodes.remove(node);
    }

    /// Looks at a node. Whether it can be `asked` for its missing readings: while not, they cannot become fewer.
    pub fn look(
        &mut self,
        node: &NodeId,
        asked: bool,
        missing: u64,
        lost: u64,
        now: Timestamp,
    ) -> Trend {
        if !self.nodes.contains_key(node) {
            // What was lost before is no news.
            let seen = Seen {
                lost,
                ..Seen::default()
            };
            self.nodes.insert(node.clone(), seen);
        }
        let Some(seen) = self.nodes.get_mut(node) else {
            return Trend::default();
        };
        seen.fewest = match seen.fewest {
            _ if missing == 0 => None,
            Some((fewest, at)) if asked && missing >= fewest => Some((fewest, at)),
            _ => Some((missing, now)),
        };
        if lost > seen.lost {
            let (before, began) = match seen.losing {
                Some((before, began, _)) => (before, began),
                None => (seen.lost, now),
            };
            seen.losing = Some((before, began, now));
        }
        seen.lost = lost;
        seen.losing = (seen.losing).filter(|(_, _, newest)| now.since(*newest) < LOSS_IS_NEWS);
        Trend {
            stuck_since: seen.fewest.filter(|_| asked).map(|(_, at)| at),
            lost: (seen.losing).map(|(before, began, _)| (lost.saturating_sub(before), began)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn at(minute: i64) -> Timestamp {
        samples::later(samples::alarm_raised().at, minute * 60_000)
    }

    #[test]
    fn missing_readings_are_stuck_since_they_were_fewest() {
        let node = samples::node();
        let mut trends = Trends::default();
        let mut stuck = |minute, asked, missing| {
            trends
                .look(&node, asked, missing, 0, at(minute))
                .stuck_since
        };
        assert_eq!(stuck(0, true, 0), None);
        assert_eq!(stuck(1, true, 500), Some(at(1)));
        assert_eq!(stuck(2, true, 480), Some(at(2)));
        assert_eq!(stuck(3, true, 490), Some(at(2)));
        assert_eq!(stuck(4, true, 480), Some(at(2)));
        // While the node is away nobody can ask it.
        assert_eq!(stuck(5, false, 480), None);
        assert_eq!(stuck(6, true, 480), Some(at(5)));
        assert_eq!(stuck(7, true, 0), None);
    }

    #[test]
    fn losses_add_up_until_an_hour_passes_without_one() {
        let node = samples::node();
        let mut trends = Trends::default();
        let mut lost = |minute, lost| trends.look(&node, true, 0, lost, at(minute)).lost;
        assert_eq!(lost(0, 7), None, "from before the node was met");
        assert_eq!(lost(1, 10), Some((3, at(1))));
        assert_eq!(lost(50, 12), Some((5, at(1))));
        assert_eq!(lost(109, 12), Some((5, at(1))));
        assert_eq!(lost(110, 12), None);
        assert_eq!(lost(111, 13), Some((1, at(111))));
    }
}
