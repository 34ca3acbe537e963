//! Questions for events, and for messages that were set aside.

use releve_protocol::{NodeId, Timestamp, VERSION};
use rusqlite::{Connection, Row, params};
use serde_json::{Map, Value, json};

use super::StoreError;
use super::append::UNREADABLE_BYTES;
use super::names::node_number;

/// An answer ends with the event with which it has more bytes, for one around an edge has 25 kB.
const MOST_BYTES: usize = 2 << 20;

/// A place among the events of a node: those before it are older.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The moment of the event there, ms since 1970.
    pub at: i64,
    /// The number of its row.
    pub number: i64,
}

/// Which events are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The first moment, ms since 1970.
    pub from: i64,
    /// The first moment that is too late, ms since 1970.
    pub to: i64,
    /// Of these kinds; of every kind where none is named.
    pub kinds: Vec<&'static str>,
    /// Only those before this one.
    pub before: Option<Cursor>,
    /// At most so many.
    pub most: usize,
}

/// Events of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// As they were published, the newest first.
    pub events: Vec<Map<String, Value>>,
    /// Where the next page begins; `None` where there is none.
    pub next: Option<Cursor>,
}

/// The newest of the wanted events of the node.
///
/// # Errors
/// If the disk does not give them.
pub fn newest(connection: &Connection, node: &NodeId, wanted: &Wanted) -> Result<Page, StoreError> {
    let mut page = Page {
        events: Vec::new(),
        next: None,
    };
    let Some(node) = node_number(connection, node)? else {
        return Ok(page);
    };
    let of_kinds = match &wanted.kinds[..] {
        [] => String::new(),
        kinds => format!("AND kind IN ('{}')", kinds.join("', '")),
    };
    let find = format!(
        "SELECT event.number, event.at, journal.epoch, event.seq, event.body
         FROM event JOIN journal ON journal.number = event.journal
         WHERE event.node = ?1 AND event.at >= ?2 AND event.at < ?3
         AND (event.at, event.number) < (?4, ?5) {of_kinds}
         ORDER BY event.at DESC, event.number DESC"
    );
    let before = wanted.before.unwrap_or(Cursor {
        at: i64::MAX,
        number: i64::MAX,
    });
    let mut find = connection.prepare_cached(&find)?;
    let mut rows = find.query([node, wanted.from, wanted.to, before.at, before.number])?;
    let (mut bytes, mut last) = (0, None);
    while let Some(row) = rows.next()? {
        if page.events.len() >= wanted.most || bytes >= MOST_BYTES {
            page.next = last;
            break;
        }
        let (cursor, event, size) = event(row)?;
        page.events.push(event);
        last = Some(cursor);
        bytes += size;
    }
    Ok(page)
}

fn event(row: &Row<'_>) -> Result<(Cursor, Map<String, Value>, usize), StoreError> {
    let (number, at) = (row.get(0)?, row.get(1)?);
    let damaged = || StoreError::Damaged(format!("the event in row {number}"));
    let body = row.get_ref(4)?.as_str().map_err(|_| damaged())?;
    let mut event: Map<String, Value> = serde_json::from_str(body)?;
    event.insert("v".to_owned(), json!(VERSION));
    event.insert("epoch".to_owned(), json!(row.get::<_, String>(2)?));
    event.insert("seq".to_owned(), json!(row.get::<_, i64>(3)? as u64));
    let moment = Timestamp::from_unix_millis(at);
    event.insert("at".to_owned(), json!(moment));
    Ok((Cursor { at, number }, event, body.len()))
}

/// A message that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// When it came.
    pub received: Timestamp,
    /// Its topic.
    pub topic: String,
    /// What is wrong with it.
    pub problem: String,
    /// Its beginning.
    pub payload: Vec<u8>,
}

impl Unreadable {
    /// Whether the payload may go on behind what is kept of it.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.payload.len() >= UNREADABLE_BYTES
    }
}

/// The newest messages that were set aside, the newest first; at most `most`.
///
/// # Errors
/// If the disk does not give them.
pub fn unreadable(connection: &Connection, most: usize) -> Result<Vec<Unreadable>, StoreError> {
    let find =
        "SELECT received, topic, problem, payload FROM unreadable ORDER BY number DESC LIMIT ?1";
    let mut find = connection.prepare_cached(find)?;
    let rows = find.query_map(params![most], |row| {
        Ok(Unreadable {
            received: Timestamp::from_unix_millis(row.get(0)?),
            topic: row.get(1)?,
            problem: row.get(2)?,
            payload: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
