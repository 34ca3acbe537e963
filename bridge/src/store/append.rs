//! Writes records as rows.

use std::time::Instant;

use releve_protocol::{EventRecord, NodeId, Reading};
use rusqlite::{Connection, params};

use super::memory::{Remembered, remember};
use super::names::Numbers;
use super::rollup::hour::NodeHour;
use super::rollup::marks::Marks;
use super::{Record, StoreError, row};

/// Messages set aside that are kept; the oldest make room.
pub const UNREADABLE_KEPT: u32 = 1_000;
/// Of the payload of a message that cannot be read, at most so many bytes are kept.
pub const UNREADABLE_BYTES: usize = 4_096;

/// The numbers of the last rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// Of readings.
    pub reading: i64,
    /// Of events.
    pub event: i64,
}

/// Writes the records behind `last`, and what is to be remembered as of them, in one transaction; gives the
/// numbers of the last rows then.
pub fn append(
    connection: &Connection,
    numbers: &mut Numbers,
    marks: &mut Marks,
    last: Last,
    records: &[Record],
    remembered: Option<&Remembered>,
) -> Result<Last, StoreError> {
    let written = write(connection, numbers, marks, last, records, remembered);
    if written.is_err() {
        // What was given a number in the transaction has none now, and what was marked may not be.
        numbers.forget();
        marks.forget();
    }
    written
}

fn write(
    connection: &Connection,
    numbers: &mut Numbers,
    marks: &mut Marks,
    mut last: Last,
    records: &[Record],
    remembered: Option<&Remembered>,
) -> Result<Last, StoreError> {
    let now = Instant::now();
    let transaction = connection.unchecked_transaction()?;
    let mut bytes = Vec::new();
    for record in records {
        match record {
            Record::Reading {
                node,
                reading,
                accelerated,
            } => {
                last.reading += 1;
                let layout = numbers.of_layout(&transaction)?;
                row::write(reading, *accelerated, layout, &mut bytes);
                let of_node =
                    put_reading(&transaction, numbers, last.reading, node, reading, &bytes)?;
                let hour = NodeHour::ending(of_node, reading.at.as_unix_millis());
                marks.mark(&transaction, hour, now)?;
            }
            Record::Event { node, record } => {
                last.event += 1;
                put_event(&transaction, numbers, last.event, node, record)?;
            }
            Record::Unreadable {
                received,
                topic,
                problem,
                payload,
            } => {
                let kept = &payload[..payload.len().min(UNREADABLE_BYTES)];
                let make = "INSERT INTO unreadable (received, topic, problem, payload) VALUES (?1, ?2, ?3, ?4)";
                let values = params![received.as_unix_millis(), topic, problem, kept];
                transaction.prepare_cached(make)?.execute(values)?;
                let cut = "DELETE FROM unreadable WHERE number <= ?1";
                let newest = transaction.last_insert_rowid();
                (transaction.prepare_cached(cut)?)
                    .execute([newest - i64::from(UNREADABLE_KEPT)])?;
            }
        }
    }
    if let Some(remembered) = remembered {
        remember(&transaction, remembered, last)?;
    }
    transaction.commit()?;
    Ok(last)
}

/// Writes the reading and gives its node's number.
fn put_reading(
    connection: &Connection,
    numbers: &mut Numbers,
    number: i64,
    node: &NodeId,
    reading: &Reading,
    body: &[u8],
) -> Result<i64, StoreError> {
    let (of_node, journal) = numbers.of_journal(connection, node, reading.epoch.as_str())?;
    let status = numbers.of_status(connection, node, reading)?;
    let make = "INSERT INTO reading (number, node, at, journal, seq, status, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.prepare_cached(make)?.execute(params![
        number,
        of_node,
        reading.at.as_unix_millis(),
        journal,
        // Bits, not an amount: numbers beyond those of a signed one come back as they were.
        reading.seq as i64,
        status,
        body,
    ])?;
    Ok(of_node)
}

fn put_event(
    connection: &Connection,
    numbers: &mut Numbers,
    number: i64,
    node: &NodeId,
    record: &EventRecord,
) -> Result<(), StoreError> {
    let (of_node, journal) = numbers.of_journal(connection, node, record.epoch.as_str())?;
    let body = serde_json::to_value(&record.event)?;
    let kind = body["event"].as_str().unwrap_or_default();
    let make = "INSERT INTO event (number, node, at, journal, seq, kind, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.prepare_cached(make)?.execute(params![
        number,
        of_node,
        record.at.as_unix_millis(),
        journal,
        record.seq as i64,
        kind,
        body.to_string(),
    ])?;
    Ok(())
}
