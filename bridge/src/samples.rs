//! Payloads for the tests: the golden ones of the contract.

use std::sync::Arc;
use std::time::Duration;

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::{EventRecord, Info, NodeId, Reading, State, Timestamp};

use crate::moment::Moment;
use crate::store::{Status, StoredReading};

/// The node of the golden payloads.
pub fn node() -> NodeId {
    "col-de-porte".parse().expect("a node id")
}

/// The golden reading under another number, its window's end moved accordingly.
pub fn reading(epoch: &str, seq: u64) -> Reading {
    let golden = include_bytes!("../../protocol/golden/reading.json");
    let mut reading: Reading = releve_protocol::decode(golden).expect("the golden reading");
    let windows = i64::try_from(seq).unwrap_or(i64::MAX).saturating_sub(1);
    reading.at = later(reading.at, windows.saturating_mul(30_000));
    reading.epoch = epoch.parse().expect("an epoch");
    reading.seq = seq;
    reading
}

/// The golden reading under another number, as the store keeps it.
pub fn stored(epoch: &str, seq: u64) -> StoredReading {
    stored_in_row(0, node().as_str(), &reading(epoch, seq))
}

/// The golden state.
pub fn state() -> State {
    let golden = include_bytes!("../../protocol/golden/state.json");
    releve_protocol::decode(golden).expect("the golden state")
}

/// The golden info.
pub fn info() -> Info {
    let golden = include_bytes!("../../protocol/golden/info.json");
    releve_protocol::decode(golden).expect("the golden info")
}

/// The golden event "alarm raised".
pub fn alarm_raised() -> EventRecord {
    let golden = include_bytes!("../../protocol/golden/event/alarm_raised.json");
    releve_protocol::decode(golden).expect("the golden event")
}

/// The golden event "alarm cleared".
pub fn alarm_cleared() -> EventRecord {
    let golden = include_bytes!("../../protocol/golden/event/alarm_cleared.json");
    releve_protocol::decode(golden).expect("the golden event")
}

/// That many milliseconds later.
pub fn later(moment: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(moment.as_unix_millis().saturating_add(millis))
}

/// The moment `duration` after `moment`, on both clocks.
pub fn after(moment: Moment, duration: Duration) -> Moment {
    let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    Moment {
        instant: moment.instant + duration,
        wall: later(moment.wall, millis),
    }
}

/// The reading as the store keeps it in that row.
pub fn stored_in_row(number: i64, node: &str, reading: &Reading) -> StoredReading {
    let quantities = QUANTITIES.iter();
    StoredReading {
        number,
        node: node.parse().expect("a node id"),
        epoch: reading.epoch.clone(),
        seq: reading.seq,
        at: reading.at,
        status: Arc::new(Status::from(reading)),
        accelerated: false,
        window_s: reading.window_s,
        missing_ah: reading.missing_ah,
        state_of_charge: reading.state_of_charge,
        quantities: quantities
            .map(|quantity| (quantity.of)(reading).into())
            .collect(),
    }
}
