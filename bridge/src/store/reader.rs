//! Whoever asks about what was written. Blocks: on async threads, ask with [`Reader::ask`].

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fs, io};

use rusqlite::Connection;
use rustix::fs::statvfs;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::ledger::Ledger;
use super::{StoreError, schema};

/// Questions of async threads that are answered at the same time; more would only wait for the disk, each on a thread
/// that others need.
const AT_A_TIME: usize = 8;
/// The longest wait for one's turn.
const TURN: Duration = Duration::from_secs(10);
/// Connections that are kept open for the next question.
const IDLE_CONNECTIONS: usize = 4;

/// The database, for reading.
#[derive(Debug)]
pub struct Reader {
    /// None: it lies in memory, with a single connection.
    path: Option<PathBuf>,
    connections: Mutex<Vec<Connection>>,
    /// Places for questions of async threads.
    places: Arc<Semaphore>,
    ledger: Arc<Ledger>,
}

impl Reader {
    pub(super) fn open(path: Option<PathBuf>) -> Result<Self, StoreError> {
        let connections = match &path {
            Some(_) => Vec::new(),
            None => vec![schema::open_in_memory()?],
        };
        Ok(Self {
            path,
            connections: Mutex::new(connections),
            places: Arc::new(Semaphore::new(AT_A_TIME)),
            ledger: Arc::default(),
        })
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The connection of a database in memory.
    pub(super) fn only_connection(&self) -> OnlyConnection<'_> {
        OnlyConnection(self.lock())
    }

    pub(super) const fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Rows of readings up to that one are sent on, and it is kept that they are: later ones are cut only where the
    /// store is too large and holds nothing else. Where this is never said nothing is to be sent.
    pub fn set_sent_through(&self, row: i64) {
        self.ledger.set_sent_through(row);
    }

    /// Readings that were cut because the store had reached its greatest size, in this and earlier runs.
    #[must_use]
    pub fn readings_cut_for_room(&self) -> u64 {
        self.ledger.cut_for_room()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        (self.connections.lock()).unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks; blocks until the disk has answered.
    ///
    /// # Errors
    /// What the question gives, or what keeps the file from being opened.
    pub fn read<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(path) = &self.path else {
            return question(&self.only_connection());
        };
        let idle = self.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => schema::open_for_reading(path)?,
        };
        let answer = question(&connection);
        let mut idle = self.lock();
        if idle.len() < IDLE_CONNECTIONS {
            idle.push(connection);
        }
        answer
    }

    /// How much room it takes and has; `None` in memory, or where the disk does not tell.
    pub async fn usage(&self) -> Option<Usage> {
        let path = self.path.clone()?;
        let asked = tokio::task::spawn_blocking(move || usage(&path));
        asked.await.ok()?.ok()
    }

    /// Asks on a thread where waiting disturbs nobody.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = timeout(TURN, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(StoreError::Busy);
        };
        let reader = Arc::clone(self);
        let asked = tokio::task::spawn_blocking(move || {
            // Held by the thread: whoever asked may have given up, and the disk still not have answered.
            let _place = place;
            reader.read(question)
        });
        asked.await.unwrap_or(Err(StoreError::Stopped))
    }
}

/// Room that the store takes, and room that is left for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of its files.
    pub bytes: u64,
    /// Bytes that are free on its disk.
    pub free_bytes: u64,
}

fn usage(path: &Path) -> io::Result<Usage> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = fs::metadata(log).map_or(0, |log| log.len());
    let disk = statvfs(path)?;
    Ok(Usage {
        bytes: fs::metadata(path)?.len() + log,
        free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
    })
}

/// The connection of a database in memory, while it is used.
pub(super) struct OnlyConnection<'a>(MutexGuard<'a, Vec<Connection>>);

impl std::ops::Deref for OnlyConnection<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        // Made with the reader, and never taken out.
        &self.0[0]
    }
}
