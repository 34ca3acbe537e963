//! Readings that differ as a site's do.

use releve_protocol::{Reading, Timestamp};

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
