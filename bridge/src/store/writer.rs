//! The thread that writes: a disk may take seconds, and nothing else waits for it.

use std::sync::Arc;
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::append::{Last, append};
use super::memory::{self, Recovered, Remembered};
use super::names::Numbers;
use super::reader::Reader;
use super::{Lock, Record, StoreError, schema};

/// Whoever waits for the outcome.
pub type Done = oneshot::Sender<Result<(), StoreError>>;

/// What the thread is asked for, one after the other.
#[derive(Debug)]
pub enum Job {
    /// Write these records and, where there is something, what must be known after a restart.
    Write(Arc<Vec<Record>>, Option<Remembered>, Done),
    /// Keep a thing under its name.
    Put(&'static str, String, Done),
}

/// Where it is written.
enum Place {
    /// A connection of its own to the file.
    File(Box<Connection>),
    /// The reader's, for a database in memory has but one.
    Memory(Arc<Reader>),
}

/// The one who writes.
pub struct Writer {
    place: Place,
    numbers: Numbers,
    last: Last,
    /// Held as long as anything is written.
    _lock: Option<Lock>,
}

/// The thread that writes.
#[derive(Debug)]
pub struct Thread {
    handle: thread::JoinHandle<()>,
}

impl Thread {
    /// Waits for its end. Blocks.
    pub fn join(self) {
        // It has no panic of its own; the log has that of another's.
        let _ = self.handle.join();
    }
}

impl Writer {
    /// A writer on the reader's database, and what an earlier run had saved there.
    pub fn open(reader: Arc<Reader>, lock: Option<Lock>) -> Result<(Self, Recovered), StoreError> {
        let place = match reader.path() {
            Some(path) => Place::File(Box::new(schema::open_for_writing(path)?)),
            None => Place::Memory(reader),
        };
        let (recovered, last) = match &place {
            Place::File(connection) => memory::recover(connection)?,
            Place::Memory(reader) => memory::recover(&reader.only_connection())?,
        };
        let writer = Self {
            place,
            numbers: Numbers::default(),
            last,
            _lock: lock,
        };
        Ok((writer, recovered))
    }

    /// Does what comes from `queue` until nobody can ask any more.
    pub fn spawn(mut self, mut queue: mpsc::Receiver<Job>) -> Result<Thread, StoreError> {
        let thread = thread::Builder::new().name("store".to_owned());
        let handle = thread.spawn(move || {
            while let Some(job) = queue.blocking_recv() {
                self.work(job);
            }
        })?;
        Ok(Thread { handle })
    }

    fn work(&mut self, job: Job) {
        let Self {
            place,
            numbers,
            last,
            ..
        } = self;
        let with = |connection: &Connection| {
            let (outcome, done) = match job {
                Job::Write(records, remembered, done) => {
                    let written = append(connection, numbers, *last, &records, remembered.as_ref());
                    (written.map(|now| *last = now), done)
                }
                Job::Put(name, body, done) => (memory::put_thing(connection, name, &body), done),
            };
            // Nobody waits any more where the bridge stops.
            let _ = done.send(outcome);
        };
        match place {
            Place::File(connection) => with(connection),
            Place::Memory(reader) => with(&reader.only_connection()),
        }
    }
}
