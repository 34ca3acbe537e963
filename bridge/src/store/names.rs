//! Names and words that many rows share, each kept once under a number.

use std::collections::HashMap;

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::{AlarmName, Contact, Mode, Phase, Relays};
use releve_protocol::{NodeId, Reading};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::row::Order;

/// What a reading says in words: how the site stood at the end of the window.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Status {
    /// The commanded position of each relay.
    pub relays: Relays<Contact>,
    /// The mode.
    pub mode: Mode,
    /// Where a consumption cycle stood.
    pub phase: Option<Phase>,
    /// The active alarms, the oldest first.
    pub alarms: Vec<AlarmName>,
}

impl From<&Reading> for Status {
    fn from(reading: &Reading) -> Self {
        Self {
            relays: reading.relays,
            mode: reading.mode,
            phase: reading.phase,
            alarms: reading.alarms.clone(),
        }
    }
}

impl Status {
    fn is_of(&self, reading: &Reading) -> bool {
        self.relays == reading.relays
            && self.mode == reading.mode
            && self.phase == reading.phase
            && self.alarms == reading.alarms
    }
}

/// The numbers that were given so far, as far as this run has met them.
#[derive(Debug, Default)]
pub struct Numbers {
    nodes: HashMap<NodeId, OfNode>,
    statuses: HashMap<Status, i64>,
    layout: Option<u8>,
}

/// What is known of a node's numbers: what its next row most likely needs.
#[derive(Debug)]
struct OfNode {
    number: i64,
    epoch: String,
    journal: i64,
    status: Option<(Status, i64)>,
}

/// More statuses than these are looked up again.
const MAX_STATUSES: usize = 10_000;

impl Numbers {
    /// Forgets everything: a transaction that gave numbers was undone.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The numbers of the node and of its journal.
    pub fn of_journal(
        &mut self,
        connection: &Connection,
        node: &NodeId,
        epoch: &str,
    ) -> Result<(i64, i64), StoreError> {
        if let Some(known) = self.nodes.get(node)
            && known.epoch == epoch
        {
            return Ok((known.number, known.journal));
        }
        let number = give_node(connection, node)?;
        let find = "SELECT number FROM journal WHERE node = ?1 AND epoch = ?2";
        let make = "INSERT INTO journal (node, epoch) VALUES (?1, ?2)";
        let journal = find_or_make(connection, find, make, params![number, epoch])?;
        let status = self.nodes.remove(node).and_then(|known| known.status);
        let epoch = epoch.to_owned();
        let known = OfNode {
            number,
            epoch,
            journal,
            status,
        };
        self.nodes.insert(node.clone(), known);
        Ok((number, journal))
    }

    /// The number of what the reading says in words.
    pub fn of_status(
        &mut self,
        connection: &Connection,
        node: &NodeId,
        reading: &Reading,
    ) -> Result<i64, StoreError> {
        let last = self.nodes.get(node).and_then(|of| of.status.as_ref());
        if let Some((_, number)) = last.filter(|(status, _)| status.is_of(reading)) {
            return Ok(*number);
        }
        let status = Status::from(reading);
        let number = match self.statuses.get(&status) {
            Some(number) => *number,
            None => {
                let body = serde_json::to_string(&status)?;
                let find = "SELECT number FROM status WHERE body = ?1";
                let make = "INSERT INTO status (body) VALUES (?1)";
                let number = find_or_make(connection, find, make, params![body])?;
                if self.statuses.len() >= MAX_STATUSES {
                    self.statuses.clear();
                }
                self.statuses.insert(status.clone(), number);
                number
            }
        };
        if let Some(of) = self.nodes.get_mut(node) {
            of.status = Some((status, number));
        }
        Ok(number)
    }

    /// The number of the layout that this program writes.
    pub fn of_layout(&mut self, connection: &Connection) -> Result<u8, StoreError> {
        if let Some(layout) = self.layout {
            return Ok(layout);
        }
        let quantities: Vec<&str> = QUANTITIES.iter().map(|quantity| quantity.key).collect();
        let quantities = quantities.join(" ");
        let find = "SELECT number FROM layout WHERE quantities = ?1";
        let make = "INSERT INTO layout (quantities) VALUES (?1)";
        let number = find_or_make(connection, find, make, params![quantities])?;
        let layout = u8::try_from(number)
            .map_err(|_| StoreError::Disk("more than 255 catalogs of quantities".into()))?;
        self.layout = Some(layout);
        Ok(layout)
    }
}

/// The number of the node; it gets one if it has none.
pub fn give_node(connection: &Connection, node: &NodeId) -> Result<i64, StoreError> {
    let find = "SELECT number FROM node WHERE id = ?1";
    let make = "INSERT INTO node (id) VALUES (?1)";
    find_or_make(connection, find, make, params![node.as_str()])
}

/// The number of the node, if it has one.
pub fn node_number(connection: &Connection, node: &NodeId) -> Result<Option<i64>, StoreError> {
    let mut find = connection.prepare_cached("SELECT number FROM node WHERE id = ?1")?;
    let number = find.query_row([node.as_str()], |row| row.get(0));
    Ok(number.optional()?)
}

/// The order of quantities in each layout.
pub fn layouts(connection: &Connection) -> Result<HashMap<u8, Order>, StoreError> {
    let mut all = connection.prepare_cached("SELECT number, quantities FROM layout")?;
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let place = |key: &str| QUANTITIES.iter().position(|quantity| quantity.key == key);
    rows.map(|row| {
        let (number, quantities) = row?;
        Ok((number, quantities.split(' ').map(place).collect()))
    })
    .collect()
}

fn find_or_make(
    connection: &Connection,
    find: &str,
    make: &str,
    what: &[&dyn rusqlite::ToSql],
) -> Result<i64, StoreError> {
    let mut find = connection.prepare_cached(find)?;
    if let Some(number) = find.query_row(what, |row| row.get(0)).optional()? {
        return Ok(number);
    }
    connection.prepare_cached(make)?.execute(what)?;
    Ok(connection.last_insert_rowid())
}
