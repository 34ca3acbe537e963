//! Which hour of readings is the next to be cut.

use rusqlite::Connection;

use crate::spans::HOUR_MS;
use crate::store::rollup::hour::NodeHour;
use crate::store::rollup::tables;
use crate::store::{StoreError, readings};

/// The first of the node's hours of readings of which all lie in rows up to `through`; none where the oldest hour has
/// later ones. Of hours that were cut the late readings may have: the others do not wait for them.
pub fn hour_of_node(
    connection: &Connection,
    node: i64,
    through: i64,
) -> Result<Option<NodeHour>, StoreError> {
    let can_be_cut = |of: NodeHour| -> Result<bool, StoreError> {
        Ok(readings::last_row_of_hour(connection, of)? <= through)
    };
    let Some(of) = behind(connection, node, i64::MIN)? else {
        return Ok(None);
    };
    if can_be_cut(of)? {
        return Ok(Some(of));
    }
    let kept_from = tables::horizons(connection, node)?.readings;
    if of.hour >= kept_from {
        return Ok(None);
    }
    let next = behind(connection, node, kept_from.saturating_mul(HOUR_MS))?;
    Ok(match next {
        Some(next) if can_be_cut(next)? => Some(next),
        _ => None,
    })
}

/// The hour of the node's oldest reading behind that moment, ms since 1970.
fn behind(connection: &Connection, node: i64, moment: i64) -> Result<Option<NodeHour>, StoreError> {
    let find = "SELECT min(at) FROM reading WHERE node = ?1 AND at > ?2";
    let mut find = connection.prepare_cached(find)?;
    let oldest: Option<i64> = find.query_row([node, moment], |row| row.get(0))?;
    Ok(oldest.map(|at| NodeHour::ending(node, at)))
}

/// The oldest hour of any node that can be cut next, where rows up to `through` can.
pub fn hour(
    connection: &Connection,
    nodes: &[i64],
    through: i64,
) -> Result<Option<i64>, StoreError> {
    let mut oldest = None;
    for node in nodes {
        if let Some(NodeHour { hour, .. }) = hour_of_node(connection, *node, through)? {
            oldest = Some(oldest.map_or(hour, |oldest: i64| oldest.min(hour)));
        }
    }
    Ok(oldest)
}
