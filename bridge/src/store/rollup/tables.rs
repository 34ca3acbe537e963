//! The rows of rolled-up hours: how they are computed from readings, and read.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::bucket::{Bucket, Filling};
use super::encoding;
use super::hour::{NodeHour, place};
use crate::store::row::Order;
use crate::store::{StoreError, readings};

/// Buckets of five minutes in an hour.
const PLACES: usize = 12;

/// The orders of quantities, by the number of their layout.
pub type Layouts = HashMap<u8, Order>;

/// An hour, rolled up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RolledUp {
    /// Its buckets of five minutes with their places in it; those without a reading are left out.
    pub minutes: Vec<(u8, Bucket)>,
    /// The whole of it.
    pub hour: Option<Bucket>,
}

/// From which hours on a node's rows are kept: what lies before was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizons {
    /// Readings. Rows before it came late: what is rolled up tells of others besides.
    pub readings: i64,
    /// Buckets of five minutes.
    pub minutes: i64,
}

impl Horizons {
    /// Nothing was cut.
    pub const NONE: Self = Self {
        readings: i64::MIN,
        minutes: i64::MIN,
    };
}

/// From where on the node's rows are kept.
///
/// # Errors
/// If the disk does not tell.
pub fn horizons(connection: &Connection, node: i64) -> Result<Horizons, StoreError> {
    let find = "SELECT readings, minutes FROM cut WHERE node = ?1";
    let found = connection.prepare_cached(find)?.query_row([node], |row| {
        Ok(Horizons {
            readings: row.get(0)?,
            minutes: row.get(1)?,
        })
    });
    Ok(found.optional()?.unwrap_or(Horizons::NONE))
}

/// Computes an hour from its readings, and from what is rolled up already of those that were cut.
///
/// # Errors
/// If the disk does not give them.
pub fn compute(
    connection: &Connection,
    layouts: &Layouts,
    of: NodeHour,
    horizons: Horizons,
) -> Result<RolledUp, StoreError> {
    let mut minutes: [Option<Filling>; PLACES] = [const { None }; PLACES];
    let mut hour = Filling::default();
    if of.hour < horizons.readings {
        let earlier = read(connection, layouts, of)?;
        for (place, bucket) in &earlier.minutes {
            if let Some(filling) = minutes.get_mut(usize::from(*place)) {
                filling.get_or_insert_default().add_bucket(bucket);
            }
        }
        if let Some(bucket) = &earlier.hour {
            hour.add_bucket(bucket);
        }
    }
    readings::each_of_hour(connection, layouts, of, |at, status, body| {
        hour.add_reading(at, status, &body);
        if let Some(filling) = minutes.get_mut(usize::from(place(at))) {
            let filling = filling.get_or_insert_default();
            filling.add_reading(at, status, &body);
        }
    })?;
    let minutes = minutes.into_iter().zip(0_u8..);
    let minutes = minutes.filter_map(|(filling, place)| Some((place, filling?.finish()?)));
    Ok(RolledUp {
        minutes: minutes.collect(),
        hour: hour.finish(),
    })
}

/// Computes a stale hour anew and writes it; whether that could be done. It cannot yet where readings of an
/// hour that was cut lie behind row `through`: they are cut with it, and what the bridge knows after a restart
/// is not saved as of them.
///
/// # Errors
/// If the disk does not take it.
pub fn refresh(
    connection: &Connection,
    layouts: &Layouts,
    layout: u8,
    of: NodeHour,
    through: i64,
) -> Result<bool, StoreError> {
    let horizons = horizons(connection, of.node)?;
    let was_cut = of.hour < horizons.readings;
    if was_cut && readings::last_row_of_hour(connection, of)? > through {
        return Ok(false);
    }
    let RolledUp { minutes, hour } = compute(connection, layouts, of, horizons)?;
    let with_places = |(place, bucket): &(u8, Bucket)| (*place, bucket.clone());
    let minutes: Vec<_> = minutes.iter().map(with_places).collect();
    let minutes = (of.hour >= horizons.minutes && !minutes.is_empty()).then_some(minutes);
    put(connection, "minutes", of, layout, minutes.as_deref())?;
    let hour = hour.map(|hour| [(0, hour)]);
    put(
        connection,
        "hours",
        of,
        layout,
        hour.as_ref().map(|hour| &hour[..]),
    )?;
    let done = "DELETE FROM stale WHERE key = ?1";
    connection.prepare_cached(done)?.execute([of.key()])?;
    if was_cut {
        readings::cut_hour(connection, of)?;
    }
    Ok(true)
}

fn put(
    connection: &Connection,
    table: &str,
    of: NodeHour,
    layout: u8,
    buckets: Option<&[(u8, Bucket)]>,
) -> Result<(), StoreError> {
    let Some(buckets) = buckets else {
        let remove = format!("DELETE FROM {table} WHERE key = ?1");
        connection.prepare_cached(&remove)?.execute([of.key()])?;
        return Ok(());
    };
    let buckets = buckets.iter().map(|(place, bucket)| (*place, bucket));
    let body = encoding::write(buckets, of.start(), layout);
    let put = format!("INSERT OR REPLACE INTO {table} (key, body) VALUES (?1, ?2)");
    (connection.prepare_cached(&put)?).execute(params![of.key(), body])?;
    Ok(())
}

fn read(connection: &Connection, layouts: &Layouts, of: NodeHour) -> Result<RolledUp, StoreError> {
    let mut rolled_up = RolledUp::default();
    let next = NodeHour {
        hour: of.hour + 1,
        ..of
    };
    each(connection, layouts, Table::Minutes, of, next, |_, found| {
        rolled_up.minutes = found;
    })?;
    each(connection, layouts, Table::Hours, of, next, |_, found| {
        rolled_up.hour = found.into_iter().next().map(|(_, bucket)| bucket);
    })?;
    Ok(rolled_up)
}

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// The buckets of five minutes, those of an hour in one row.
    Minutes,
    /// The hours.
    Hours,
}

/// Gives the rows of `from <= hour < to`, in their order.
///
/// # Errors
/// If the disk does not give them.
pub fn each(
    connection: &Connection,
    layouts: &Layouts,
    table: Table,
    from: NodeHour,
    to: NodeHour,
    mut take: impl FnMut(NodeHour, Vec<(u8, Bucket)>),
) -> Result<(), StoreError> {
    let find = match table {
        Table::Minutes => "SELECT key, body FROM minutes WHERE key >= ?1 AND key < ?2 ORDER BY key",
        Table::Hours => "SELECT key, body FROM hours WHERE key >= ?1 AND key < ?2 ORDER BY key",
    };
    let mut find = connection.prepare_cached(find)?;
    let mut rows = find.query([from.key(), to.key()])?;
    while let Some(row) = rows.next()? {
        let of = NodeHour::of_key(row.get(0)?);
        let damaged = || StoreError::Damaged(format!("what is rolled up of {of:?}"));
        let body = row.get_ref(1)?.as_blob().map_err(|_| damaged())?;
        let buckets = encoding::read(body, of.start(), |layout| layouts.get(&layout));
        take(of, buckets.ok_or_else(damaged)?);
    }
    Ok(())
}

/// The stale hours of `from <= hour < to`, in their order.
///
/// # Errors
/// If the disk does not tell.
pub fn stale(
    connection: &Connection,
    from: NodeHour,
    to: NodeHour,
) -> Result<Vec<NodeHour>, StoreError> {
    let find = "SELECT key FROM stale WHERE key >= ?1 AND key < ?2 ORDER BY key";
    let mut find = connection.prepare_cached(find)?;
    let rows = find.query_map([from.key(), to.key()], |row| row.get(0))?;
    rows.map(|key| Ok(NodeHour::of_key(key?))).collect()
}
