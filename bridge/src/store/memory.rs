//! What the bridge must know after a restart: saved now and then, and brought up to date from the rows behind it.

use std::collections::BTreeMap;

use releve_protocol::{Epoch, NodeId, Stream, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::StoreError;
use super::append::Last;
use super::names::give_node;
use crate::fleet::NodeMemory;

/// The row that says which rows of readings and events what is saved includes.
const THROUGH: &str = "through";

/// What is saved.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// Of the nodes of which something changed.
    pub nodes: Vec<(NodeId, NodeMemory)>,
    /// Other things by their names, as JSON.
    pub things: Vec<(&'static str, String)>,
    /// The mails that wait.
    pub mails: MailChanges,
}

/// What changes in the table of mails that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailChanges {
    /// Mails that wait now, under their numbers, as JSON.
    pub put: Vec<(i64, String)>,
    /// Numbers of mails that wait no longer.
    pub gone: Vec<i64>,
}

/// What is known after a restart.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Of each node, as it was saved.
    pub nodes: BTreeMap<NodeId, NodeMemory>,
    /// Other things by their names, as JSON.
    pub things: BTreeMap<String, String>,
    /// Mails that wait, by their numbers, as JSON.
    pub mails: Vec<(i64, String)>,
    /// Records that were written after that, in their order.
    pub since: Vec<Written>,
}

/// A record that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Whose.
    pub node: NodeId,
    /// In which journal.
    pub epoch: Epoch,
    /// Of which stream.
    pub stream: Stream,
    /// Its number in it.
    pub seq: u64,
    /// Its moment.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Through {
    reading: i64,
    event: i64,
}

/// Saves it as of the rows up to `last`.
pub fn remember(
    connection: &Connection,
    remembered: &Remembered,
    last: Last,
) -> Result<(), StoreError> {
    for (node, memory) in &remembered.nodes {
        let number = give_node(connection, node)?;
        let put = "INSERT OR REPLACE INTO node_memory (node, body) VALUES (?1, ?2)";
        let body = serde_json::to_string(memory)?;
        (connection.prepare_cached(put)?).execute(params![number, body])?;
    }
    for (name, body) in &remembered.things {
        put_thing(connection, name, body)?;
    }
    keep_mails(connection, &remembered.mails)?;
    let through = Through {
        reading: last.reading,
        event: last.event,
    };
    put_thing(connection, THROUGH, &serde_json::to_string(&through)?)
}

fn keep_mails(connection: &Connection, changes: &MailChanges) -> Result<(), StoreError> {
    for (number, body) in &changes.put {
        let put = "INSERT OR REPLACE INTO mail (number, body) VALUES (?1, ?2)";
        (connection.prepare_cached(put)?).execute(params![number, body])?;
    }
    for number in &changes.gone {
        let cut = "DELETE FROM mail WHERE number = ?1";
        connection.prepare_cached(cut)?.execute([number])?;
    }
    Ok(())
}

/// Keeps a thing under its name.
pub fn put_thing(connection: &Connection, name: &str, body: &str) -> Result<(), StoreError> {
    let put = "INSERT OR REPLACE INTO memory (name, body) VALUES (?1, ?2)";
    connection.prepare_cached(put)?.execute([name, body])?;
    Ok(())
}

/// What was saved, the numbers of the last rows, and of the last ones as of which it was saved.
pub fn recover(connection: &Connection) -> Result<(Recovered, Last, Last), StoreError> {
    let mut things = load_things(connection)?;
    things.remove(THROUGH);
    let (last, through) = last_rows(connection)?;
    let (nodes, unreadable) = load_nodes(connection)?;
    let mut since = Vec::new();
    for stream in Stream::ALL {
        let table = stream.name();
        let last = match stream {
            Stream::Reading => through.reading,
            Stream::Event => through.event,
        };
        for node in &unreadable {
            // The rows are the log: they say again what was held.
            let of_node = format!("{table}.number <= ?1 AND node.id = ?2");
            since.extend(written(connection, stream, &of_node, params![last, node])?);
        }
        let later = format!("{table}.number > ?1");
        since.extend(written(connection, stream, &later, params![last])?);
    }
    let recovered = Recovered {
        nodes,
        things,
        mails: load_mails(connection)?,
        since,
    };
    Ok((recovered, last, through))
}

/// The numbers of the last rows, and of the last ones as of which it is saved what must be known after a restart.
pub fn last_rows(connection: &Connection) -> Result<(Last, Last), StoreError> {
    let find = "SELECT body FROM memory WHERE name = ?1";
    let body = connection.query_row(find, [THROUGH], |row| row.get::<_, String>(0));
    let through = match body.optional()? {
        Some(body) => serde_json::from_str(&body)?,
        None => Through {
            reading: 0,
            event: 0,
        },
    };
    let newest = |sentence: &str, saved: i64| -> Result<i64, StoreError> {
        let row = connection.query_row(sentence, [], |row| row.get::<_, Option<i64>>(0))?;
        // Old rows are cut, so the newest may have been among them.
        Ok(row.unwrap_or(0).max(saved))
    };
    let last = Last {
        reading: newest("SELECT max(number) FROM reading", through.reading)?,
        event: newest("SELECT max(number) FROM event", through.event)?,
    };
    let through = Last {
        reading: through.reading,
        event: through.event,
    };
    Ok((last, through))
}

fn load_things(connection: &Connection) -> Result<BTreeMap<String, String>, StoreError> {
    let mut all = connection.prepare("SELECT name, body FROM memory")?;
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn load_mails(connection: &Connection) -> Result<Vec<(i64, String)>, StoreError> {
    let mut all = connection.prepare("SELECT number, body FROM mail ORDER BY number")?;
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What is remembered of the nodes; and the names of those of which it cannot be read.
fn load_nodes(
    connection: &Connection,
) -> Result<(BTreeMap<NodeId, NodeMemory>, Vec<String>), StoreError> {
    let sentence = "SELECT node.id, node_memory.body FROM node_memory JOIN node ON node.number = node_memory.node";
    let mut all = connection.prepare(sentence)?;
    let rows = all.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut nodes = BTreeMap::new();
    let mut unreadable = Vec::new();
    for row in rows {
        let (id, body) = row?;
        let memory = serde_json::from_str(&body);
        match (id.parse(), memory) {
            (Ok(id), Ok(memory)) => {
                nodes.insert(id, memory);
            }
            (_, Err(problem)) => {
                warn!(node = id, %problem, "what was remembered of the node cannot be read; it is made out from what is stored of it");
                unreadable.push(id);
            }
            (Err(problem), _) => warn!(node = id, %problem, "no node can have that name"),
        }
    }
    Ok((nodes, unreadable))
}

/// The records of the stream in the rows of which `condition` holds with these values.
fn written(
    connection: &Connection,
    stream: Stream,
    condition: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Written>, StoreError> {
    let table = stream.name();
    let sentence = format!(
        "SELECT node.id, journal.epoch, {table}.seq, {table}.at FROM {table}
         JOIN journal ON journal.number = {table}.journal JOIN node ON node.number = {table}.node
         WHERE {condition} ORDER BY {table}.number"
    );
    let mut find = connection.prepare(&sentence)?;
    let rows = find.query_map(values, |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, i64>(2)?,
            row.get::<_, i64>(3)?,
        ))
    })?;
    rows.map(|row| {
        let (node, epoch, seq, at) = row?;
        let damaged = || StoreError::Damaged(format!("a row of node {node:?}, journal {epoch:?}"));
        Ok(Written {
            node: node.parse().map_err(|_| damaged())?,
            epoch: epoch.parse().map_err(|_| damaged())?,
            stream,
            seq: seq as u64,
            at: Timestamp::from_unix_millis(at),
        })
    })
    .collect()
}
