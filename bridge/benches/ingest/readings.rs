//! What nodes publish: readings that differ as a site's do, an alarm, and what they say of themselves.

use releve_protocol::journal::JournalExtent;
use releve_protocol::{EventRecord, Info, Reading, State, Timestamp};

use super::rivals::Outcome;

/// The reading of that number: the golden one of the contract, moved in time and a little in its figures.
pub fn reading(seq: u64) -> Outcome<Reading> {
    let golden = include_bytes!("../../../protocol/golden/reading.json");
    let mut reading: Reading = releve_protocol::decode(golden)?;
    let millis = i64::try_from(seq)?.saturating_mul(30_000);
    reading.at = Timestamp::from_unix_millis(reading.at.as_unix_millis() + millis);
    reading.seq = seq;
    let moved = (seq % 50) as f64 / 100.0;
    for voltage in [
        &mut reading.battery.voltage,
        &mut reading.charger.voltage,
        &mut reading.load.voltage,
    ] {
        for figure in [&mut voltage.mean, &mut voltage.min, &mut voltage.max] {
            *figure = figure.map(|volts| ((volts + moved) * 1e4).round() / 1e4);
        }
    }
    Ok(reading)
}

/// The first event of a node: an alarm, at the end of that reading's window.
pub fn alarm_raised(seq: u64) -> Outcome<EventRecord> {
    let golden = include_bytes!("../../../protocol/golden/event/alarm_raised.json");
    let mut record: EventRecord = releve_protocol::decode(golden)?;
    record.seq = 1;
    record.at = reading(seq)?.at;
    Ok(record)
}

/// What a node says of itself, and how it stands before its first record.
pub fn retained(node: &str) -> Outcome<(Info, State)> {
    let mut info: Info =
        releve_protocol::decode(include_bytes!("../../../protocol/golden/info.json"))?;
    info.node = node.parse()?;
    info.clock.speed = 1.0;
    let mut state: State =
        releve_protocol::decode(include_bytes!("../../../protocol/golden/state.json"))?;
    state.alarms.clear();
    state.journal.current = JournalExtent::empty(reading(1)?.epoch);
    Ok((info, state))
}
