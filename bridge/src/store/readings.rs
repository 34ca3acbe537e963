//! Questions for readings as they came.

use std::collections::HashMap;
use std::sync::Arc;

use releve_protocol::{Epoch, NodeId, Timestamp};
use rusqlite::{Connection, Row, params};

use super::StoreError;
use super::names::{Status, layouts, node_number};
use super::rollup::hour::NodeHour;
use super::row::{self, Body, Figures, Order};
use crate::spans::HOUR_MS;

/// A reading as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredReading {
    /// Its row: rows are numbered in the order in which readings came.
    pub number: i64,
    /// Whose.
    pub node: NodeId,
    /// Its journal.
    pub epoch: Epoch,
    /// Its number in the journal.
    pub seq: u64,
    /// The end of its window, in site time.
    pub at: Timestamp,
    /// How the site stood then.
    pub status: Arc<Status>,
    /// Whether site time was not real time.
    pub accelerated: bool,
    /// Length of the window in seconds.
    pub window_s: f64,
    /// Charge missing since the battery was last full, Ah.
    pub missing_ah: Option<f64>,
    /// State of charge by counting, percent.
    pub state_of_charge: Option<f64>,
    /// The quantities, in the catalog's order.
    pub quantities: Vec<Figures>,
}

/// What every question selects.
const COLUMNS: &str = "SELECT number, node, at, journal, seq, status, body FROM reading";

/// The readings behind row `number`, in the order in which they came; at most `most`.
///
/// # Errors
/// If the disk does not give them.
pub fn behind(
    connection: &Connection,
    number: i64,
    most: usize,
) -> Result<Vec<StoredReading>, StoreError> {
    let sentence = format!("{COLUMNS} WHERE number > ?1 ORDER BY number LIMIT ?2");
    let mut readings = Vec::new();
    each(connection, &sentence, params![number, most], |reading| {
        readings.push(reading);
    })?;
    Ok(readings)
}

/// How many rows lie behind row `number`, and the moment of the first of them.
///
/// # Errors
/// If the disk does not tell.
pub fn pending(
    connection: &Connection,
    number: i64,
) -> Result<(u64, Option<Timestamp>), StoreError> {
    // Rows are numbered without holes, but for what was cut at the beginning.
    let find = "SELECT min(number), max(number) FROM reading WHERE number > ?1";
    let ends = connection
        .prepare_cached(find)?
        .query_row([number], |row| {
            Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?))
        })?;
    let (Some(first), Some(last)) = ends else {
        return Ok((0, None));
    };
    let find = "SELECT at FROM reading WHERE number = ?1";
    let at = (connection.prepare_cached(find)?).query_row([first], |row| row.get(0))?;
    let count = u64::try_from(last - first + 1).unwrap_or(0);
    Ok((count, Some(Timestamp::from_unix_millis(at))))
}

/// Gives the readings of the node of `from <= at < to`, in the order of their moments, one after the other.
///
/// # Errors
/// If the disk does not give them.
pub fn between(
    connection: &Connection,
    node: &NodeId,
    from: Timestamp,
    to: Timestamp,
    take: impl FnMut(StoredReading),
) -> Result<(), StoreError> {
    let Some(node) = node_number(connection, node)? else {
        return Ok(());
    };
    let sentence =
        format!("{COLUMNS} WHERE node = ?1 AND at >= ?2 AND at < ?3 ORDER BY at, number");
    let bounds = params![node, from.as_unix_millis(), to.as_unix_millis()];
    each(connection, &sentence, bounds, take)
}

/// The readings of the node behind `behind` (moment in ms since 1970 and row number) and before `to` (ms), in the
/// order of their moments; at most `most`.
///
/// # Errors
/// If the disk does not give them.
pub fn page(
    connection: &Connection,
    node: &NodeId,
    behind: (i64, i64),
    to: i64,
    most: usize,
) -> Result<Vec<StoredReading>, StoreError> {
    let Some(node) = node_number(connection, node)? else {
        return Ok(Vec::new());
    };
    let sentence = format!(
        "{COLUMNS} WHERE node = ?1 AND (at, number) > (?2, ?3) AND at < ?4 ORDER BY at, number LIMIT ?5"
    );
    let mut readings = Vec::new();
    let bounds = params![node, behind.0, behind.1, to, most];
    each(connection, &sentence, bounds, |reading| {
        readings.push(reading);
    })?;
    Ok(readings)
}

/// The last readings of the node up to `to`, whatever their journal, in the order of their moments; at most
/// `most`.
///
/// # Errors
/// If the disk does not give them.
pub fn last(
    connection: &Connection,
    node: &NodeId,
    to: Timestamp,
    most: usize,
) -> Result<Vec<StoredReading>, StoreError> {
    let Some(node) = node_number(connection, node)? else {
        return Ok(Vec::new());
    };
    let sentence =
        format!("{COLUMNS} WHERE node = ?1 AND at <= ?2 ORDER BY at DESC, number DESC LIMIT ?3");
    let mut readings = Vec::new();
    let bounds = params![node, to.as_unix_millis(), most];
    each(connection, &sentence, bounds, |reading| {
        readings.push(reading)
    })?;
    readings.reverse();
    Ok(readings)
}

/// Gives the readings whose windows end in that hour, in the order of their moments: when each window ended (ms
/// since 1970), the number of its status, and its figures.
///
/// # Errors
/// If the disk does not give them.
pub(super) fn each_of_hour(
    connection: &Connection,
    layouts: &HashMap<u8, Order>,
    of: NodeHour,
    mut take: impl FnMut(i64, i64, Body),
) -> Result<(), StoreError> {
    let find = "SELECT at, status, body, number FROM reading
        WHERE node = ?1 AND at > ?2 AND at <= ?3 ORDER BY at, number";
    let mut find = connection.prepare_cached(find)?;
    let mut rows = find.query([of.node, of.start(), of.start() + HOUR_MS])?;
    while let Some(row) = rows.next()? {
        let damaged = || StoreError::Damaged(format!("a reading in {of:?}"));
        let body = row.get_ref(2)?.as_blob().map_err(|_| damaged())?;
        let body = row::read(body, |layout| layouts.get(&layout)).ok_or_else(damaged)?;
        take(row.get(0)?, row.get(1)?, body);
    }
    Ok(())
}

/// The greatest row number of the readings of that hour; 0 where there is none.
///
/// # Errors
/// If the disk does not tell.
pub(super) fn last_row_of_hour(connection: &Connection, of: NodeHour) -> Result<i64, StoreError> {
    let find = "SELECT max(number) FROM reading WHERE node = ?1 AND at > ?2 AND at <= ?3";
    let mut find = connection.prepare_cached(find)?;
    let bounds = [of.node, of.start(), of.start() + HOUR_MS];
    let last = find.query_row(bounds, |row| row.get::<_, Option<i64>>(0))?;
    Ok(last.unwrap_or(0))
}

/// Cuts the readings of that hour; how many they were.
///
/// # Errors
/// If the disk does not take it.
pub(super) fn cut_hour(connection: &Connection, of: NodeHour) -> Result<usize, StoreError> {
    let cut = "DELETE FROM reading WHERE node = ?1 AND at > ?2 AND at <= ?3";
    let bounds = [of.node, of.start(), of.start() + HOUR_MS];
    Ok(connection.prepare_cached(cut)?.execute(bounds)?)
}

fn each(
    connection: &Connection,
    sentence: &str,
    values: &[&dyn rusqlite::ToSql],
    mut take: impl FnMut(StoredReading),
) -> Result<(), StoreError> {
    let mut words = Words::new(connection)?;
    let mut find = connection.prepare_cached(sentence)?;
    let mut rows = find.query(values)?;
    while let Some(row) = rows.next()? {
        take(words.reading(row)?);
    }
    Ok(())
}

/// The words behind numbers, as far as rows have used them.
struct Words<'a> {
    connection: &'a Connection,
    layouts: HashMap<u8, Order>,
    nodes: HashMap<i64, NodeId>,
    epochs: HashMap<i64, Epoch>,
    statuses: HashMap<i64, Arc<Status>>,
}

impl<'a> Words<'a> {
    fn new(connection: &'a Connection) -> Result<Self, StoreError> {
        Ok(Self {
            connection,
            layouts: layouts(connection)?,
            nodes: HashMap::new(),
            epochs: HashMap::new(),
            statuses: HashMap::new(),
        })
    }

    fn reading(&mut self, row: &Row<'_>) -> Result<StoredReading, StoreError> {
        let number = row.get(0)?;
        let damaged = || StoreError::Damaged(format!("the reading in row {number}"));
        let connection = self.connection;
        let node = word(
            connection,
            &mut self.nodes,
            "node",
            "id",
            row.get(1)?,
            |text| text.parse().ok(),
        )?;
        let epoch = word(
            connection,
            &mut self.epochs,
            "journal",
            "epoch",
            row.get(3)?,
            |text| text.parse().ok(),
        )?;
        let status = word(
            connection,
            &mut self.statuses,
            "status",
            "body",
            row.get(5)?,
            |text| serde_json::from_str(text).ok().map(Arc::new),
        )?;
        let body = row.get_ref(6)?.as_blob().map_err(|_| damaged())?;
        let body = row::read(body, |layout| self.layouts.get(&layout)).ok_or_else(damaged)?;
        Ok(StoredReading {
            number,
            node,
            epoch,
            seq: row.get::<_, i64>(4)? as u64,
            at: Timestamp::from_unix_millis(row.get(2)?),
            status,
            accelerated: body.accelerated,
            window_s: body.window_s,
            missing_ah: body.missing_ah,
            state_of_charge: body.state_of_charge,
            quantities: body.quantities,
        })
    }
}

/// The word of that number, from `known` or from the table.
fn word<T: Clone>(
    connection: &Connection,
    known: &mut HashMap<i64, T>,
    table: &str,
    column: &str,
    number: i64,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    if let Some(word) = known.get(&number) {
        return Ok(word.clone());
    }
    let sentence = format!("SELECT {column} FROM {table} WHERE number = ?1");
    let mut find = connection.prepare_cached(&sentence)?;
    let text: String = find.query_row([number], |row| row.get(0))?;
    let damaged = || StoreError::Damaged(format!("{table} {number}: {text:?}"));
    let word = read(&text).ok_or_else(damaged)?;
    known.insert(number, word.clone());
    Ok(word)
}
