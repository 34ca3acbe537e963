//! The database: how it is opened, and its tables.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// The version of the tables; a newer program that changes them reads older ones itself.
const SCHEMA_VERSION: i64 = 1;
/// Marks the file as ours, for `file` and people: "Relh".
const APPLICATION_ID: i64 = 0x5265_6c68;
/// A bridge that is just ending may still write.
const PATIENCE: Duration = Duration::from_secs(5);
/// Sentences that are kept ready.
const SENTENCES: usize = 64;

/// `number` counts rows in the order in which they came. Moments are milliseconds since 1970. A `status` is
/// what a reading says in words: it changes seldom, so each is kept once. `stale`, `minutes` and `hours` belong to
/// the hours of nodes, by [`NodeHour::key`]; `cut` says from which hours on a node's rows are kept.
///
/// [`NodeHour::key`]: super::rollup::hour::NodeHour::key
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS node (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
    CREATE TABLE IF NOT EXISTS journal (
        number INTEGER PRIMARY KEY,
        node INTEGER NOT NULL REFERENCES node,
        epoch TEXT NOT NULL,
        UNIQUE (node, epoch)
    );
    CREATE TABLE IF NOT EXISTS layout (number INTEGER PRIMARY KEY, quantities TEXT NOT NULL UNIQUE);
    CREATE TABLE IF NOT EXISTS status (number INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE);
    CREATE TABLE IF NOT EXISTS reading (
        number INTEGER PRIMARY KEY,
        node INTEGER NOT NULL,
        at INTEGER NOT NULL,
        journal INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        status INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS reading_by_time ON reading (node, at);
    CREATE TABLE IF NOT EXISTS event (
        number INTEGER PRIMARY KEY,
        node INTEGER NOT NULL,
        at INTEGER NOT NULL,
        journal INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS event_by_time ON event (node, at);
    CREATE TABLE IF NOT EXISTS unreadable (
        number INTEGER PRIMARY KEY,
        received INTEGER NOT NULL,
        topic TEXT NOT NULL,
        problem TEXT NOT NULL,
        payload BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS event_by_kind ON event (node, kind, at);
    CREATE TABLE IF NOT EXISTS stale (key INTEGER PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS minutes (key INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS hours (key INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS cut (
        node INTEGER PRIMARY KEY,
        readings INTEGER NOT NULL,
        minutes INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS mail (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS node_memory (node INTEGER PRIMARY KEY, body TEXT NOT NULL);
";

/// Marks every hour that has a reading; see `NodeHour::key`.
const ALL_STALE: &str = "INSERT OR IGNORE INTO stale
    SELECT DISTINCT node * 4294967296 + (at - 1) / 3600000 + 2147483648 FROM reading";

/// Opens the file for the one who writes, or makes it; its directory must be there.
pub fn open_for_writing(path: &Path) -> Result<Connection, StoreError> {
    make_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A power cut may undo the last transactions; the nodes still have what was in them.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // Sixteen megabytes of pages: the ends of a thousand nodes' indexes.
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    prepare(&connection)?;
    Ok(connection)
}

/// Opens the file for one who reads.
pub fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(SENTENCES);
    Ok(connection)
}

/// A database in memory.
pub fn open_in_memory() -> Result<Connection, StoreError> {
    let connection = Connection::open_in_memory()?;
    prepare(&connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(SENTENCES);
    let ask = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && ask("application_id")? != APPLICATION_ID {
        return Err(StoreError::Foreign);
    }
    let found = ask("user_version")?;
    if found > SCHEMA_VERSION {
        let known = SCHEMA_VERSION;
        return Err(StoreError::Newer { found, known });
    }
    let rolls_up = "SELECT count(*) FROM sqlite_schema WHERE name = 'stale'";
    let rolls_up = connection.query_row(rolls_up, [], |row| row.get::<_, i64>(0))? > 0;
    let transaction = connection.unchecked_transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.execute_batch(TABLES)?;
    if tables > 0 && !rolls_up {
        // Readings of a program that rolled nothing up.
        transaction.execute_batch(ALL_STALE)?;
    }
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    Ok(transaction.commit()?)
}

/// Makes a file that its owner alone can read; SQLite gives those beside it the same rights.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map(drop)
}
