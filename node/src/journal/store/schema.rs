//! The database: how it is opened, and the sentences spoken to it.

use std::path::Path;

use releve_files::create_private;
use releve_protocol::Stream;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// The version of the tables; a newer program that changes them reads older ones itself.
const SCHEMA_VERSION: i64 = 1;
/// Marks the file as a journal of ours, for `file` and people.
const APPLICATION_ID: i64 = 0x5265_6c76;

/// Rows of a stream are numbered by journal and record; `crc` is that of the body, for a card may alter a
/// digit without telling.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS journal (
        number INTEGER PRIMARY KEY,
        epoch TEXT NOT NULL UNIQUE,
        boot TEXT NOT NULL,
        reading_first INTEGER NOT NULL, reading_next INTEGER NOT NULL,
        event_first INTEGER NOT NULL, event_next INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS reading (row INTEGER PRIMARY KEY, crc INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS event (row INTEGER PRIMARY KEY, crc INTEGER NOT NULL, body BLOB NOT NULL);
";

/// Opens the file, or makes it; its directory must be there.
pub fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    create_private(path)?;
    let connection = Connection::open_with_flags(path, flags)?;
    // Nobody else: a second node would number its records the same. It also spares the shared index.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A quarter of a megabyte of pages; the tables grow at one end.
    connection.pragma_update(None, "cache_size", -256)?;
    // So that the log beside it does not stay as large as the largest write ever was.
    connection.pragma_update(None, "journal_size_limit", 4 << 20)?;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        let known = SCHEMA_VERSION;
        return Err(StoreError::Newer { found, known });
    }
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    Ok(connection)
}

/// Whether each commit waits for the disk. Without, the log of a power cut ends with some whole commit.
pub fn sync_each_commit(connection: &Connection, sync: bool) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", if sync { "FULL" } else { "NORMAL" })
}

/// Bytes of the file that are in use.
pub fn bytes_used(connection: &Connection) -> rusqlite::Result<u64> {
    let ask = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, u64>(0));
    let pages = ask("page_count")?.saturating_sub(ask("freelist_count")?);
    Ok(pages.saturating_mul(ask("page_size")?))
}

pub const fn insert(stream: Stream) -> &'static str {
    match stream {
        Stream::Reading => "INSERT INTO reading (row, crc, body) VALUES (?1, ?2, ?3)",
        Stream::Event => "INSERT INTO event (row, crc, body) VALUES (?1, ?2, ?3)",
    }
}

/// Both ends included.
pub const fn select(stream: Stream) -> &'static str {
    match stream {
        Stream::Reading => "SELECT crc, body FROM reading WHERE row BETWEEN ?1 AND ?2 ORDER BY row",
        Stream::Event => "SELECT crc, body FROM event WHERE row BETWEEN ?1 AND ?2 ORDER BY row",
    }
}

/// The end not included.
pub const fn delete(stream: Stream) -> &'static str {
    match stream {
        Stream::Reading => "DELETE FROM reading WHERE row >= ?1 AND row < ?2",
        Stream::Event => "DELETE FROM event WHERE row >= ?1 AND row < ?2",
    }
}

/// The highest row, if there is any, of those in between, both ends included.
pub const fn newest(stream: Stream) -> &'static str {
    match stream {
        Stream::Reading => "SELECT max(row) FROM reading WHERE row BETWEEN ?1 AND ?2",
        Stream::Event => "SELECT max(row) FROM event WHERE row BETWEEN ?1 AND ?2",
    }
}
