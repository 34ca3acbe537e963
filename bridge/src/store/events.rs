//! Questions for events, and for messages that were set aside.

use releve_protocol::{NodeId, Timestamp, VERSION};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value, json};

use super::StoreError;
use super::append::UNREADABLE_BYTES;
use super::names::node_number;

/// An answer ends with the event with which it has more bytes, for one around an edge has 25 kB.
const MOST_BYTES: usize = 2 << 20;

/// A place among the events of a node: those before it are older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// An event as it was published.
pub type Event = Map<String, Value>;

/// Events of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// As they were published, the newest first.
    pub events: Vec<Event>,
    /// Where the next page begins; `None` where there is none.
    pub next: Option<Cursor>,
}

/// The places of the newest events of a node before a place, found without a look at any other event: each sentence
/// goes along an index from there on.
const OF_ANY_KIND: &str = "SELECT at, number FROM event
    WHERE node = ?1 AND at >= ?2 AND (at, number) < (?3, ?4)
    ORDER BY at DESC, number DESC LIMIT ?5";
/// The same of one kind. Of several kinds each is asked for by itself: no index has them in the order of time.
const OF_A_KIND: &str = "SELECT at, number FROM event
    WHERE node = ?1 AND at >= ?2 AND (at, number) < (?3, ?4) AND kind = ?6
    ORDER BY at DESC, number DESC LIMIT ?5";

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
    let (mut bytes, mut last) = (0, None);
    for place in places(connection, node, wanted)? {
        if page.events.len() >= wanted.most || bytes >= MOST_BYTES {
            page.next = last;
            break;
        }
        // One that was cut a moment ago is none any more.
        if let Some((event, size)) = event(connection, place)? {
            page.events.push(event);
            bytes += size;
        }
        last = Some(place);
    }
    Ok(page)
}

/// The moment of the newest event of the node, ms since 1970.
///
/// # Errors
/// If the disk does not tell.
pub fn newest_at(connection: &Connection, node: &NodeId) -> Result<Option<i64>, StoreError> {
    let Some(node) = node_number(connection, node)? else {
        return Ok(None);
    };
    let mut find = connection.prepare_cached("SELECT max(at) FROM event WHERE node = ?1")?;
    Ok(find.query_row([node], |row| row.get(0))?)
}

/// The places of the wanted events, the newest first; one more than wanted, where there is one.
fn places(connection: &Connection, node: i64, wanted: &Wanted) -> Result<Vec<Cursor>, StoreError> {
    let end = Cursor {
        at: wanted.to,
        number: i64::MIN,
    };
    let end = wanted.before.map_or(end, |before| before.min(end));
    let most = wanted.most.saturating_add(1);
    let place = |row: &Row<'_>| {
        Ok(Cursor {
            at: row.get(0)?,
            number: row.get(1)?,
        })
    };
    let mut places = Vec::new();
    if wanted.kinds.is_empty() {
        let mut find = connection.prepare_cached(OF_ANY_KIND)?;
        let bounds = params![node, wanted.from, end.at, end.number, most];
        for found in find.query_map(bounds, place)? {
            places.push(found?);
        }
    }
    for kind in &wanted.kinds {
        let mut find = connection.prepare_cached(OF_A_KIND)?;
        let bounds = params![node, wanted.from, end.at, end.number, most, kind];
        for found in find.query_map(bounds, place)? {
            places.push(found?);
        }
    }
    places.sort_unstable_by(|one, other| other.cmp(one));
    // A kind may be named twice.
    places.dedup();
    places.truncate(most);
    Ok(places)
}

/// The event there, and how many bytes it has.
fn event(connection: &Connection, place: Cursor) -> Result<Option<(Event, usize)>, StoreError> {
    let find = "SELECT journal.epoch, event.seq, event.body
        FROM event JOIN journal ON journal.number = event.journal WHERE event.number = ?1";
    let mut find = connection.prepare_cached(find)?;
    let found = find.query_row([place.number], |row| {
        let (epoch, seq): (String, i64) = (row.get(0)?, row.get(1)?);
        Ok((epoch, seq, row.get::<_, String>(2)?))
    });
    let Some((epoch, seq, body)) = found.optional()? else {
        return Ok(None);
    };
    let mut event: Event = serde_json::from_str(&body)?;
    event.insert("v".to_owned(), json!(VERSION));
    event.insert("epoch".to_owned(), json!(epoch));
    event.insert("seq".to_owned(), json!(seq as u64));
    let moment = Timestamp::from_unix_millis(place.at);
    event.insert("at".to_owned(), json!(moment));
    Ok(Some((event, body.len())))
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

#[cfg(test)]
mod tests;
