//! The last readings of a node's present journal as columns, for the sparklines of the web app.

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::{Epoch, NodeId};
use serde_json::{Map, Value, json};

use crate::fleet::RECENT_READINGS;
use crate::store::StoredReading;

/// So many readings hold those that are wanted, even where some of another journal lie between them.
pub const ASKED_FOR: usize = 2 * RECENT_READINGS;

/// Those of the readings, which are in the order of their moments, that a chart of the journal shows; one
/// column a quantity. `None` where there are none.
#[must_use]
pub fn columns(node: &NodeId, epoch: &Epoch, readings: &[StoredReading]) -> Option<Value> {
    let of_journal = readings.iter().filter(|reading| reading.epoch == *epoch);
    let mut shown: Vec<_> = of_journal.collect();
    // Their moments are in this order too, unless a node breaks the contract.
    shown.sort_by_key(|reading| reading.seq);
    shown.drain(..shown.len().saturating_sub(RECENT_READINGS));
    if shown.is_empty() {
        return None;
    }
    let mut columns = Map::new();
    columns.insert("node".into(), json!(node));
    columns.insert("epoch".into(), json!(epoch));
    columns.insert("seq".into(), shown.iter().map(|it| it.seq).collect());
    let at = shown.iter().map(|it| it.at.to_string()).collect();
    columns.insert("at".into(), at);
    for (index, quantity) in QUANTITIES.iter().enumerate() {
        let means = shown.iter().map(|it| it.quantities[index].mean).collect();
        columns.insert(quantity.key.into(), means);
    }
    Some(Value::Object(columns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, stored};

    fn shown(epoch: &str, readings: &[StoredReading]) -> Option<Value> {
        let epoch = epoch.parse().expect("an epoch");
        columns(&samples::node(), &epoch, readings)
    }

    #[test]
    fn a_chart_shows_the_last_readings_of_one_journal() {
        let readings: Vec<_> = (1..=RECENT_READINGS as u64 + 5)
            .flat_map(|seq| [stored("a", seq), stored("b", seq)])
            .collect();
        let columns = shown("a", &readings).expect("readings");
        let expected: Vec<u64> = (6..=RECENT_READINGS as u64 + 5).collect();
        assert_eq!(columns["seq"], json!(expected));
        assert_eq!(shown("c", &readings), None);
    }

    #[test]
    fn a_missing_value_is_null() {
        let columns = shown("a", &[stored("a", 1)]).expect("a reading");
        assert_eq!(columns["battery.voltage"], json!([13.62]));
        assert_eq!(columns["temperature"], json!([null]));
        assert_eq!(columns["at"][0], json!("2026-11-22T23:19:30.000Z"));
        let keys = columns.as_object().expect("an object").len();
        assert_eq!(keys, 4 + QUANTITIES.len());
    }
}
