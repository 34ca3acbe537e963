//! The last readings of each node, in memory, for the sparklines of the web app.

use std::collections::{BTreeMap, VecDeque};

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::{Epoch, NodeId, Reading, Timestamp};
use serde_json::{Map, Value, json};

/// Readings kept of each node: two hours of windows of 30 s.
pub const CAPACITY: usize = 240;

/// The means of one reading, in the catalog's order.
#[derive(Debug, Clone)]
struct Row {
    seq: u64,
    at: Timestamp,
    means: Vec<Option<f64>>,
}

/// The last readings of one journal of a node, in the order of their numbers.
#[derive(Debug, Clone)]
struct Ring {
    epoch: Epoch,
    rows: VecDeque<Row>,
}

impl Ring {
    const fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            rows: VecDeque::new(),
        }
    }

    fn insert(&mut self, row: Row) {
        let place = self.rows.partition_point(|held| held.seq < row.seq);
        if self.rows.get(place).is_some_and(|held| held.seq == row.seq) {
            return;
        }
        self.rows.insert(place, row);
        if self.rows.len() > CAPACITY {
            self.rows.pop_front();
        }
    }

    fn column(&self, index: usize) -> Value {
        self.rows.iter().map(|row| row.means[index]).collect()
    }
}

/// The last readings of each node.
#[derive(Debug, Default)]
pub struct Recent {
    rings: BTreeMap<NodeId, Ring>,
}

impl Recent {
    /// Takes a reading in; a late one goes to its place. Readings of an older journal than the
    /// node's present one are left out: a chart shows one journal.
    pub fn record(&mut self, node: &NodeId, reading: &Reading, late: bool) {
        let ring = self
            .rings
            .entry(node.clone())
            .or_insert_with(|| Ring::new(reading.epoch.clone()));
        if ring.epoch != reading.epoch {
            if late {
                return;
            }
            *ring = Ring::new(reading.epoch.clone());
        }
        ring.insert(Row {
            seq: reading.seq,
            at: reading.at,
            means: QUANTITIES
                .iter()
                .map(|quantity| (quantity.of)(reading).mean)
                .collect(),
        });
    }

    /// Forgets a node.
    pub fn forget(&mut self, node: &NodeId) {
        self.rings.remove(node);
    }

    /// A node's readings, one column a quantity; `None` where there are none.
    #[must_use]
    pub fn columns(&self, node: &NodeId) -> Option<Value> {
        let ring = self.rings.get(node)?;
        let mut columns = Map::new();
        columns.insert("node".into(), json!(node));
        columns.insert("epoch".into(), json!(ring.epoch));
        columns.insert("seq".into(), ring.rows.iter().map(|row| row.seq).collect());
        let at = ring.rows.iter().map(|row| row.at.to_string()).collect();
        columns.insert("at".into(), at);
        for (index, quantity) in QUANTITIES.iter().enumerate() {
            columns.insert(quantity.key.into(), ring.column(index));
        }
        Some(Value::Object(columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn seqs(recent: &Recent) -> Value {
        recent.columns(&samples::node()).expect("a node")["seq"].clone()
    }

    #[test]
    fn late_readings_are_sorted_into_their_place_once() {
        let mut recent = Recent::default();
        for (seq, late) in [(1, false), (4, false), (2, true), (2, true), (3, true)] {
            recent.record(&samples::node(), &samples::reading("a", seq), late);
        }
        assert_eq!(seqs(&recent), json!([1, 2, 3, 4]));
    }

    #[test]
    fn the_oldest_reading_leaves_a_full_ring() {
        let mut recent = Recent::default();
        for seq in 1..=CAPACITY as u64 + 1 {
            recent.record(&samples::node(), &samples::reading("a", seq), false);
        }
        // Older than all that is held: nothing moves.
        recent.record(&samples::node(), &samples::reading("a", 1), true);
        let expected: Vec<u64> = (2..=CAPACITY as u64 + 1).collect();
        assert_eq!(seqs(&recent), json!(expected));
    }

    #[test]
    fn a_chart_shows_one_journal() {
        let mut recent = Recent::default();
        recent.record(&samples::node(), &samples::reading("a", 7), false);
        recent.record(&samples::node(), &samples::reading("b", 1), false);
        recent.record(&samples::node(), &samples::reading("a", 6), true);
        assert_eq!(seqs(&recent), json!([1]));
    }

    #[test]
    fn a_missing_value_is_null() {
        let mut recent = Recent::default();
        recent.record(&samples::node(), &samples::reading("a", 1), false);
        let columns = recent.columns(&samples::node()).expect("a node");
        assert_eq!(columns["battery.voltage"], json!([13.62]));
        assert_eq!(columns["temperature"], json!([null]));
        assert_eq!(columns["at"][0], json!("2026-11-22T23:19:30.000Z"));
        let keys = columns.as_object().expect("an object").len();
        assert_eq!(keys, 4 + QUANTITIES.len());
    }
}
