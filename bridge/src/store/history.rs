//! Questions for what was: buckets of any step, from what is rolled up and, where that is stale, from the readings
//! themselves. Whoever asks several of them about the same moment asks [`at_one_moment`].

use std::collections::HashMap;

use releve_protocol::{NodeId, Timestamp};
use rusqlite::Connection;

use super::StoreError;
use super::names::{Status, layouts, node_number};
use super::readings::{self, StoredReading};
use super::rollup::bucket::{Bucket, Filling};
use super::rollup::hour::NodeHour;
use super::rollup::tables::{self, RolledUp, Table};
use crate::spans::{FIVE_MINUTES_MS, HOUR_MS};

/// Asks several questions about one moment of the store: what is rolled up, stale and cut belongs together.
///
/// # Errors
/// What the questions give.
pub fn at_one_moment<T>(
    connection: &Connection,
    questions: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    // It only reads: nothing is lost where it ends.
    let moment = connection.unchecked_transaction()?;
    questions(&moment)
}

/// Buckets one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// When the first one begins, ms since 1970: a multiple of the step.
    pub start: i64,
    /// The length of each, ms: a multiple of five minutes; above an hour, of an hour.
    pub step: i64,
    /// How many they are.
    pub count: usize,
}

impl Grid {
    /// The buckets of that step that hold `from..to` (ms since 1970), which is not empty.
    #[must_use]
    pub fn around(from: i64, to: i64, step: i64) -> Self {
        let first = from.div_euclid(step);
        let end = to.saturating_sub(1).div_euclid(step) + 1;
        Self {
            start: first * step,
            step,
            count: usize::try_from(end - first).unwrap_or(0),
        }
    }

    /// When the last one ends, ms since 1970.
    #[must_use]
    pub const fn end(&self) -> i64 {
        self.start + self.step * self.count as i64
    }

    const fn place(&self, start: i64) -> usize {
        ((start - self.start).div_euclid(self.step)) as usize
    }
}

/// What is held of a node: nothing outside of it has an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The moment from which on readings are held as they came, ms since 1970; `i64::MIN` where none was cut.
    pub readings_from: i64,
    /// The same of buckets of five minutes.
    pub minutes_from: i64,
}

impl Held {
    /// Nothing was cut.
    pub const EVERYTHING: Self = Self {
        readings_from: i64::MIN,
        minutes_from: i64::MIN,
    };
}

/// What is held of the node; `None` where the store does not know it.
///
/// # Errors
/// If the disk does not tell.
pub fn held(connection: &Connection, node: &NodeId) -> Result<Option<Held>, StoreError> {
    let Some(node) = node_number(connection, node)? else {
        return Ok(None);
    };
    let horizons = tables::horizons(connection, node)?;
    let moment = |hour: i64| hour.saturating_mul(HOUR_MS);
    Ok(Some(Held {
        readings_from: moment(horizons.readings),
        minutes_from: moment(horizons.minutes),
    }))
}

/// The buckets of the grid, in their order; `None` where no window ends.
///
/// # Errors
/// If the disk does not give them.
pub fn buckets(
    connection: &Connection,
    node: &NodeId,
    grid: Grid,
) -> Result<Vec<Option<Bucket>>, StoreError> {
    let mut filled: Vec<Option<Filling>> = vec![None; grid.count];
    if let Some(node) = node_number(connection, node)? {
        each_bucket(connection, node, grid, |start, bucket| {
            if let Some(filling) = filled.get_mut(grid.place(start)) {
                filling.get_or_insert_default().add_bucket(bucket);
            }
        })?;
    }
    let finished = filled.into_iter().map(|filling| filling?.finish());
    Ok(finished.collect())
}

/// Gives what is rolled up within the grid, with the moment at which each begins: buckets of five minutes where the
/// grid's step is shorter than an hour, else of an hour.
fn each_bucket(
    connection: &Connection,
    node: i64,
    grid: Grid,
    mut take: impl FnMut(i64, &Bucket),
) -> Result<(), StoreError> {
    let layouts = layouts(connection)?;
    let table = if grid.step < HOUR_MS {
        Table::Minutes
    } else {
        Table::Hours
    };
    let hour = |hour: i64| NodeHour { node, hour };
    let from = hour(grid.start.div_euclid(HOUR_MS));
    let to = hour((grid.end() - 1).div_euclid(HOUR_MS) + 1);
    let stale = tables::stale(connection, from, to)?;
    let mut take = |start: i64, bucket: &Bucket| {
        if (grid.start..grid.end()).contains(&start) {
            take(start, bucket);
        }
    };
    tables::each(connection, &layouts, table, from, to, |of, buckets| {
        if stale.binary_search(&of).is_err() {
            for (place, bucket) in &buckets {
                take(of.start() + i64::from(*place) * FIVE_MINUTES_MS, bucket);
            }
        }
    })?;
    let horizons = tables::horizons(connection, node)?;
    for of in stale {
        let RolledUp { minutes, hour } = tables::compute(connection, &layouts, of, horizons)?;
        match table {
            Table::Minutes => {
                for (place, bucket) in &minutes {
                    take(of.start() + i64::from(*place) * FIVE_MINUTES_MS, bucket);
                }
            }
            Table::Hours => {
                if let Some(bucket) = &hour {
                    take(of.start(), bucket);
                }
            }
        }
    }
    Ok(())
}

/// The readings of the node of `from <= at < to` (ms since 1970), in the order of their moments; `None` where they
/// are more than `most`.
///
/// # Errors
/// If the disk does not give them.
pub fn readings(
    connection: &Connection,
    node: &NodeId,
    (from, to): (i64, i64),
    most: usize,
) -> Result<Option<Vec<StoredReading>>, StoreError> {
    let Some(number) = node_number(connection, node)? else {
        return Ok(Some(Vec::new()));
    };
    let count = "SELECT count(*) FROM
        (SELECT 1 FROM reading WHERE node = ?1 AND at >= ?2 AND at < ?3 LIMIT ?4)";
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut count = connection.prepare_cached(count)?;
    let count: usize = count.query_row([number, from, to, limit], |row| row.get(0))?;
    if count > most {
        return Ok(None);
    }
    let mut found = Vec::with_capacity(count);
    let [from, to] = [from, to].map(Timestamp::from_unix_millis);
    readings::between(connection, node, from, to, |reading| found.push(reading))?;
    Ok(Some(found))
}

/// The statuses of these buckets, by their numbers.
///
/// # Errors
/// If the disk does not give them.
pub fn statuses<'a>(
    connection: &Connection,
    buckets: impl Iterator<Item = &'a Bucket>,
) -> Result<HashMap<i64, Status>, StoreError> {
    let mut statuses = HashMap::new();
    let mut find = connection.prepare_cached("SELECT body FROM status WHERE number = ?1")?;
    for (number, _) in buckets.flat_map(|bucket| &bucket.statuses) {
        if !statuses.contains_key(number) {
            let body: String = find.query_row([number], |row| row.get(0))?;
            statuses.insert(*number, serde_json::from_str(&body)?);
        }
    }
    Ok(statuses)
}
