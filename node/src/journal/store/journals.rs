//! The journals that a store holds, and how their records are numbered in it.

use releve_protocol::journal::{Extent, JournalExtent};
use releve_protocol::{Epoch, Stream};
use rusqlite::{Connection, params};

use super::{Boot, StoreError, schema};

/// Bits of a row's number that are the record's; the journal's stand above.
const SEQ_BITS: u32 = 40;
const SEQ_MAX: u64 = (1 << SEQ_BITS) - 1;

/// One journal of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The store's own number for it.
    pub number: i64,
    /// The run of the machine in which it was written.
    pub boot: String,
    /// Its name, and which numbers it holds.
    pub extent: JournalExtent,
}

impl Kept {
    /// An empty one, the next after `last`.
    pub fn after(last: Option<&Self>, epoch: Epoch, boot: &Boot) -> Self {
        Self {
            number: last.map_or(1, |last| last.number + 1),
            boot: boot.0.clone(),
            extent: JournalExtent::empty(epoch),
        }
    }

    /// Which numbers of a stream it holds.
    pub const fn of(&self, stream: Stream) -> Extent {
        self.extent.of(stream)
    }

    pub const fn of_mut(&mut self, stream: Stream) -> &mut Extent {
        match stream {
            Stream::Reading => &mut self.extent.reading,
            Stream::Event => &mut self.extent.event,
        }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        (Stream::ALL.into_iter().map(|stream| self.of(stream)))
            .all(|extent| extent.first == extent.next)
    }
}

/// The row of a record.
pub fn row_of(journal: i64, seq: u64) -> i64 {
    (journal << SEQ_BITS) | i64::try_from(seq.min(SEQ_MAX)).unwrap_or(i64::MAX)
}

/// Every journal, the oldest first. A journal's own row is brought up to date now and then only; its records
/// say how far it goes.
pub fn load(connection: &Connection) -> Result<Vec<Kept>, StoreError> {
    let mut select = connection.prepare(
        "SELECT number, epoch, boot, reading_first, reading_next, event_first, event_next
         FROM journal ORDER BY number",
    )?;
    let found = select.query_map([], |row| {
        let extent = |first, next| {
            Ok::<_, rusqlite::Error>(Extent {
                first: row.get(first)?,
                next: row.get(next)?,
            })
        };
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            extent(3, 4)?,
            extent(5, 6)?,
        ))
    })?;
    let mut journals = Vec::new();
    for row in found {
        let (number, epoch, boot, reading, event) = row?;
        let epoch = epoch
            .parse()
            .map_err(|_| StoreError::Damaged(format!("{epoch:?} names no journal")))?;
        let extent = JournalExtent {
            epoch,
            reading,
            event,
        };
        let mut journal = Kept {
            number,
            boot,
            extent,
        };
        for stream in Stream::ALL {
            let range = params![row_of(number, 0), row_of(number, SEQ_MAX)];
            let newest: Option<i64> =
                connection.query_row(schema::newest(stream), range, |row| row.get(0))?;
            let extent = journal.of_mut(stream);
            let after = newest.map_or(1, |row| (row.unsigned_abs() & SEQ_MAX) + 1);
            extent.next = extent.next.max(after);
            if extent.first == 0 || extent.first > extent.next {
                return Err(StoreError::Damaged("its table of journals".to_owned()));
            }
        }
        journals.push(journal);
    }
    Ok(journals)
}

/// Notes a journal and what it holds.
pub fn save(connection: &Connection, journal: &Kept) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO journal
         (number, epoch, boot, reading_first, reading_next, event_first, event_next)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            journal.number,
            journal.extent.epoch.as_str(),
            journal.boot,
            journal.extent.reading.first,
            journal.extent.reading.next,
            journal.extent.event.first,
            journal.extent.event.next
        ],
    )?;
    Ok(())
}

/// Forgets a journal that holds nothing.
pub fn forget(connection: &Connection, journal: &Kept) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM journal WHERE number = ?1", [journal.number])?;
    Ok(())
}
