//! The retained messages on disk: an SQLite database with a row for each topic.

use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rumqttd::protocol::QoS;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use tokio::time::Instant;
use tracing::warn;

use super::{Changes, file};
use crate::codec::{read_properties, write_properties};
use crate::message::Message;

/// The version of the table; a newer program that changes it reads older ones itself.
const SCHEMA_VERSION: i64 = 1;
/// Marks the file as ours: a file of another program is not touched.
const APPLICATION_ID: i64 = 0x5265_6c62;
const PAGE_BYTES: usize = 4096;
/// A broker that is just ending may still have it open.
const OPENING_TIME: Duration = Duration::from_secs(5);

/// `expires` is in milliseconds since 1970, or null.
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS retained (
        topic TEXT PRIMARY KEY NOT NULL,
        qos INTEGER NOT NULL,
        expires INTEGER,
        properties BLOB NOT NULL,
        payload BLOB NOT NULL
    );
";

/// The open database.
pub(super) struct Database {
    connection: Connection,
}

/// What the disk may do to the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiskFault {
    /// There is no room, on the disk or within the bound.
    #[error("there is no room: make some on the disk, or raise limits.retained_disk_megabytes")]
    Full,
    /// Another program has the database open.
    #[error("another program has it open")]
    InUse,
    /// What is there is no database of ours.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It is a file that people write.
    #[error("it is a text, not a database, and is left alone: give another name")]
    Text,
    /// It is another program's.
    #[error("it is a database of another program, and is left alone: give another name")]
    Foreign,
    /// A newer program has written it.
    #[error("it is of version {0}, which is newer than this program")]
    Newer(i64),
    /// The disk, or the database on it, does not work.
    #[error("{0}")]
    Disk(String),
}

impl Database {
    /// Opens the file, or makes it, and reads what it holds. One that is damaged is put aside, for a person to
    /// look at.
    pub fn open(path: &Path, most_bytes: usize) -> Result<(Self, Vec<Message>), DiskFault> {
        match Self::open_as_it_is(path, most_bytes) {
            // A slip of the configuration must not move somebody's users file away.
            Err(DiskFault::Damaged(_)) if file::is_text(path) => return Err(DiskFault::Text),
            Err(DiskFault::Damaged(why)) => {
                let aside = file::put_aside(path).map_err(in_words)?;
                let (path, aside) = (path.display(), aside.display());
                warn!(
                    "{path} is damaged ({why}): it is now {aside}, and all retained messages are gone"
                );
            }
            opened => return opened,
        }
        Self::open_as_it_is(path, most_bytes)
    }

    fn open_as_it_is(path: &Path, most_bytes: usize) -> Result<(Self, Vec<Message>), DiskFault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        releve_files::create_private(path).map_err(in_words)?;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(OPENING_TIME)?;
        // Nobody else: two brokers would write over one another.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        check_whose(&connection)?;
        file::close_to_others(path);
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A commit is safe from the end of this program at once, and from a power cut after the next `sync`.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "journal_size_limit", 4 << 20)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if found > SCHEMA_VERSION {
            return Err(DiskFault::Newer(found));
        }
        connection.execute_batch(&format!(
            "BEGIN; {TABLE} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        ))?;
        let pages = i64::try_from(most_bytes / PAGE_BYTES).unwrap_or(i64::MAX);
        // It answers with the bound that holds, which is no lower than what there is already.
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        let sound: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        if sound != "ok" {
            return Err(DiskFault::Damaged(sound));
        }
        let database = Self { connection };
        let messages = database.load()?;
        Ok((database, messages))
    }

    /// Writes changes, all or none of them.
    pub fn apply(&mut self, changes: &Changes) -> Result<(), DiskFault> {
        let transaction = self.connection.transaction()?;
        if changes.everything {
            transaction.execute("DELETE FROM retained", [])?;
        }
        {
            let mut put = transaction.prepare_cached(
                "INSERT OR REPLACE INTO retained (topic, qos, expires, properties, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            let mut delete = transaction.prepare_cached("DELETE FROM retained WHERE topic = ?1")?;
            for (topic, message) in &changes.topics {
                let Some(message) = message else {
                    delete.execute(params![topic])?;
                    continue;
                };
                // The same properties came in with a packet, so they can be written.
                let properties = write_properties(message.properties.clone()).unwrap_or_default();
                put.execute(params![
                    topic,
                    i64::from(message.qos != QoS::AtMostOnce),
                    message.expires.map(wall_clock),
                    &properties[..],
                    &message.payload[..],
                ])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Makes what was written safe from a power cut.
    pub fn sync(&self) -> Result<(), DiskFault> {
        // Asks for a checkpoint, which waits for the disk; the answer is a row.
        let asked = self
            .connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        Ok(asked?)
    }

    fn load(&self) -> Result<Vec<Message>, DiskFault> {
        let mut statement = self
            .connection
            .prepare("SELECT topic, qos, expires, properties, payload FROM retained")?;
        let rows = statement.query_map([], |row| {
            let qos: i64 = row.get(1)?;
            Ok(Message {
                topic: Bytes::from(row.get::<_, String>(0)?),
                payload: Bytes::from(row.get::<_, Vec<u8>>(4)?),
                qos: if qos == 0 {
                    QoS::AtMostOnce
                } else {
                    QoS::AtLeastOnce
                },
                retain: true,
                properties: read_properties(&row.get::<_, Vec<u8>>(3)?),
                expires: row.get::<_, Option<i64>>(2)?.map(monotonic),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl From<rusqlite::Error> for DiskFault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Disk(error.to_string()),
        }
    }
}

/// Refuses what another program has written. A file without our mark is ours as long as there is nothing else in it.
fn check_whose(connection: &Connection) -> Result<(), DiskFault> {
    let mark: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let others = "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'retained'";
    let others: i64 = connection.query_row(others, [], |row| row.get(0))?;
    if mark == APPLICATION_ID || (mark == 0 && others == 0) {
        return Ok(());
    }
    Err(DiskFault::Foreign)
}

fn in_words(error: std::io::Error) -> DiskFault {
    DiskFault::Disk(error.to_string())
}

/// A moment of the monotonic clock, which does not outlive the program, on the wall clock, in milliseconds.
fn wall_clock(at: Instant) -> i64 {
    let left = at.saturating_duration_since(Instant::now());
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from((since_1970 + left).as_millis()).unwrap_or(i64::MAX)
}

fn monotonic(wall_clock_ms: i64) -> Instant {
    let at = Duration::from_millis(u64::try_from(wall_clock_ms).unwrap_or_default());
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let now = Instant::now();
    // What cannot be represented is further away than anybody waits.
    now.checked_add(at.saturating_sub(since_1970))
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rumqttd::protocol::PublishProperties;

    use super::*;

    fn message(topic: &str, payload: &str) -> Message {
        Message {
            topic: Bytes::copy_from_slice(topic.as_bytes()),
            payload: Bytes::copy_from_slice(payload.as_bytes()),
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: None,
            expires: None,
        }
    }

    fn changes(topics: Vec<(&str, Option<Message>)>, everything: bool) -> Changes {
        let topics = topics
            .into_iter()
            .map(|(topic, message)| (topic.to_owned(), message.map(Arc::new)))
            .collect();
        Changes {
            sequence: 1,
            everything,
            topics,
        }
    }

    fn open(path: &Path) -> (Database, Vec<String>) {
        let (database, messages) = Database::open(path, 1 << 20).unwrap();
        let mut texts: Vec<_> = messages
            .iter()
            .map(|message| {
                let payload = String::from_utf8_lossy(&message.payload);
                format!("{} {payload}", message.topic_name())
            })
            .collect();
        texts.sort_unstable();
        (database, texts)
    }

    #[test]
    fn what_is_written_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("retained.db");
        let (mut database, texts) = open(&path);
        assert!(texts.is_empty());
        let mut rich = message("état/x", "1");
        rich.qos = QoS::AtMostOnce;
        rich.expires = Some(Instant::now() + Duration::from_mins(1));
        rich.properties = Some(PublishProperties {
            user_properties: vec![("key".into(), "value".into())],
            ..PublishProperties::default()
        });
        let first = vec![
            ("état/x", Some(rich.clone())),
            ("a", Some(message("a", "1"))),
            ("b", Some(message("b", "1"))),
        ];
        database.apply(&changes(first, false)).unwrap();
        let second = vec![("a", None), ("b", Some(message("b", "2"))), ("c", None)];
        database.apply(&changes(second, false)).unwrap();
        database.sync().unwrap();
        drop(database);
        let (database, messages) = Database::open(&path, 1 << 20).unwrap();
        let read = messages
            .iter()
            .find(|read| read.topic == rich.topic)
            .unwrap();
        assert_eq!(read.properties, rich.properties);
        assert_eq!(read.qos, QoS::AtMostOnce);
        let (read, was) = (read.expires.unwrap(), rich.expires.unwrap());
        assert!(read.max(was) - read.min(was) < Duration::from_secs(5));
        drop(database);
        let (mut database, texts) = open(&path);
        assert_eq!(texts, ["b 2", "état/x 1"]);
        let all = changes(vec![("z", Some(message("z", "1")))], true);
        database.apply(&all).unwrap();
        drop(database);
        assert_eq!(open(&path).1, ["z 1"]);
    }

    #[test]
    fn no_room_is_told_and_what_was_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("retained.db");
        let (mut database, _) = open(&path);
        let small = vec![("a", Some(message("a", "1")))];
        database.apply(&changes(small, false)).unwrap();
        let large = vec![("a", None), ("b", Some(message("b", &"x".repeat(2 << 20))))];
        let fault = database.apply(&changes(large, false)).unwrap_err();
        assert!(matches!(fault, DiskFault::Full), "{fault}");
        drop(database);
        assert_eq!(open(&path).1, ["a 1"]);
    }

    #[test]
    fn what_is_damaged_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("retained.db");
        std::fs::write(
            &path,
            "no database at all\0, and longer than its header would be",
        )
        .unwrap();
        let (_, texts) = open(&path);
        assert!(texts.is_empty());
        let aside = folder.path().join("retained.db.damaged-1");
        let aside = std::fs::read_to_string(aside).unwrap();
        assert!(aside.starts_with("no database"), "{aside}");
    }

    #[test]
    fn a_text_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.toml");
        let text = "[anna]\nrole = \"viewer\"\n";
        std::fs::write(&path, text).unwrap();
        let refused = Database::open(&path, 1 << 20).map(drop).unwrap_err();
        assert!(refused.to_string().contains("it is a text"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn one_of_another_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for (number, content) in [
            "CREATE TABLE theirs (x);",
            "PRAGMA application_id = 7;",
            "PRAGMA application_id = 7; CREATE TABLE retained (x);",
        ]
        .into_iter()
        .enumerate()
        {
            let path = folder.path().join(format!("{number}.db"));
            Connection::open(&path)
                .unwrap()
                .execute_batch(content)
                .unwrap();
            let before = std::fs::read(&path).unwrap();
            let opened = Database::open(&path, 1 << 20);
            assert!(matches!(opened, Err(DiskFault::Foreign)), "{content}");
            assert_eq!(std::fs::read(&path).unwrap(), before, "{content}");
        }
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 3, "nothing was put beside them");
    }

    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("retained.db");
        let (mut database, _) = open(&path);
        let one = vec![("a", Some(message("a", "1")))];
        database.apply(&changes(one, false)).unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
        }
    }

    #[test]
    fn one_of_a_newer_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("retained.db");
        let (database, _) = open(&path);
        let newer = SCHEMA_VERSION + 1;
        database
            .connection
            .pragma_update(None, "user_version", newer)
            .unwrap();
        drop(database);
        assert!(matches!(
            Database::open(&path, 1 << 20),
            Err(DiskFault::Newer(_))
        ));
    }
}
