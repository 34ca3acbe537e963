//! What the bridge keeps: readings, events, and what it needs to know after a restart.
//!
//! One database, one thread that writes (`writer`); the rows of readings are the log that everything else is
//! derived from (`docs/decisions/0015`).

mod append;
mod error;
pub mod events;
pub mod history;
mod ledger;
mod lock;
mod memory;
mod names;
mod number;
pub mod queue;
mod reader;
pub mod readings;
mod retention;
pub mod rollup;
mod row;
mod schema;
#[cfg(test)]
mod tests;
mod upkeep;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use releve_protocol::{EventRecord, NodeId, Reading, Timestamp};
use tokio::sync::{mpsc, oneshot};
use tracing::error;

pub use append::{UNREADABLE_BYTES, UNREADABLE_KEPT};
pub use error::{OpenError, StoreError};
pub use memory::{MailChanges, Recovered, Remembered, Written};
pub use names::Status;
pub(crate) use number::put_unsigned;
pub use reader::{Reader, Usage};
pub use readings::StoredReading;
pub use retention::Keep;
pub use row::Figures;
pub use writer::Thread;

use writer::Job;

/// The database's name in the state directory.
const FILE_NAME: &str = "bridge.db";
/// Damaged files that are kept.
const DAMAGED_KEPT: u32 = 9;
/// Jobs that wait for the thread.
const JOBS: usize = 16;

/// Makes room for a new file and leaves the damaged one for a person to look at.
fn put_aside(damaged: &Path, why: &str) -> Result<(), StoreError> {
    let beside = |ending: &str| {
        let mut name = damaged.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let free = (1..=DAMAGED_KEPT).map(|number| beside(&format!(".damaged-{number}")));
    let mut free = free.filter(|name| !name.exists());
    let aside = free.next().ok_or_else(|| {
        StoreError::Damaged(format!(
            "{why}; remove the files .damaged-1 to .damaged-{DAMAGED_KEPT} beside it"
        ))
    })?;
    std::fs::rename(damaged, &aside)?;
    for of_the_old in ["-wal", "-shm"] {
        match std::fs::remove_file(beside(of_the_old)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let aside = aside.display();
    error!(why, %aside, "the store was damaged and is put aside; a new one begins, and the nodes are asked for what they still have");
    Ok(())
}

/// What is written of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A reading.
    Reading {
        /// Whose.
        node: NodeId,
        /// The reading.
        reading: Box<Reading>,
        /// Whether site time is not real time.
        accelerated: bool,
    },
    /// An event.
    Event {
        /// Whose.
        node: NodeId,
        /// The event.
        record: Box<EventRecord>,
    },
    /// A message that cannot be read, set aside for a person to look at.
    Unreadable {
        /// When it came.
        received: Timestamp,
        /// Its topic.
        topic: String,
        /// What is wrong with it.
        problem: String,
        /// Its beginning.
        payload: Vec<u8>,
    },
}

/// The store. Clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    // Dropped first: whoever closes the file last takes its log in, and one who only reads could not.
    reader: Arc<Reader>,
    jobs: mpsc::Sender<Job>,
}

/// Keeps other bridges out of the directory.
type Lock = Arc<std::fs::File>;

/// A store that was opened.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What an earlier run had saved.
    pub recovered: Recovered,
    /// The thread that writes; it ends with the last clone of the store.
    pub thread: Thread,
}

impl Store {
    /// Opens the store in that directory, or makes both; in memory where there is none. Keeps as much as is
    /// usual.
    ///
    /// # Errors
    /// Says what is wrong with the directory or the file, and what to do.
    pub fn open(directory: Option<&Path>) -> Result<Opened, OpenError> {
        let keep = match directory {
            Some(_) => Keep::default(),
            None => Keep::IN_MEMORY,
        };
        Self::open_keeping(directory, keep)
    }

    /// The same, keeping so much.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_keeping(directory: Option<&Path>, keep: Keep) -> Result<Opened, OpenError> {
        let path = directory.map(|directory| directory.join(FILE_NAME));
        Self::open_or_begin_anew(directory, path.clone(), keep).map_err(|reason| OpenError {
            path: path.unwrap_or_else(|| PathBuf::from("in memory")),
            reason,
        })
    }

    fn open_or_begin_anew(
        directory: Option<&Path>,
        path: Option<PathBuf>,
        keep: Keep,
    ) -> Result<Opened, StoreError> {
        let lock = match directory {
            Some(directory) => {
                std::fs::create_dir_all(directory)?;
                Some(Arc::new(lock::take(directory)?))
            }
            None => None,
        };
        match (Self::open_at(path.clone(), keep, lock.clone()), &path) {
            (Err(StoreError::Damaged(why)), Some(damaged)) => {
                // A bridge that watches for alarms is worth more than its history.
                put_aside(damaged, &why)?;
                Self::open_at(path, keep, lock)
            }
            (opened, _) => opened,
        }
    }

    fn open_at(
        path: Option<PathBuf>,
        keep: Keep,
        lock: Option<Lock>,
    ) -> Result<Opened, StoreError> {
        let reader = Arc::new(Reader::open(path)?);
        let (jobs, queue) = mpsc::channel(JOBS);
        let (writer, recovered) = writer::Writer::open(Arc::clone(&reader), keep, lock)?;
        let thread = writer.spawn(queue)?;
        let store = Self { reader, jobs };
        Ok(Opened {
            store,
            recovered,
            thread,
        })
    }

    /// Writes records and, now and then, what must be known after a restart, as of these records; all in one
    /// transaction. Once it is done they outlive a kill of the bridge.
    ///
    /// # Errors
    /// If the disk does not take them: nothing of it is written.
    pub async fn write(
        &self,
        records: Arc<Vec<Record>>,
        remembered: Option<Remembered>,
    ) -> Result<(), StoreError> {
        self.ask(|done| Job::Write(records, remembered, done)).await
    }

    /// Keeps a thing under its name, in the place of the one before.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub async fn put(&self, name: &'static str, body: String) -> Result<(), StoreError> {
        self.ask(|done| Job::Put(name, body, done)).await
    }

    /// Whoever asks about what was written.
    #[must_use]
    pub fn reader(&self) -> &Arc<Reader> {
        &self.reader
    }

    async fn ask(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<(), StoreError>>) -> Job,
    ) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        let sent = self.jobs.send(job(done)).await;
        sent.map_err(|_| StoreError::Stopped)?;
        answer.await.unwrap_or(Err(StoreError::Stopped))
    }
}
