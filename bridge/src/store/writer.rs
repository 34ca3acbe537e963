//! The thread that writes: a disk may take seconds, and nothing else waits for it.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::append::{Last, append};
use super::memory::{self, Recovered, Remembered};
use super::names::Numbers;
use super::reader::Reader;
use super::retention::{At, CUT_FOR_ROOM, Cutting, Keep};
use super::rollup::marks::Marks;
use super::upkeep::Upkeep;
use super::{Lock, Record, StoreError, schema};
use crate::moment::Moment;

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
    marks: Marks,
    upkeep: Upkeep,
    rows: Rows,
    /// Held as long as anything is written.
    _lock: Option<Lock>,
}

/// How far the rows go.
#[derive(Debug)]
struct Rows {
    /// The last ones.
    last: Last,
    /// The last ones as of which it is saved what must be known after a restart.
    through: Last,
    /// A write failed: what of it is in the file all the same, the file alone can tell.
    is_doubtful: bool,
}

impl Rows {
    /// Lets rows be written behind the last ones.
    fn advance(
        &mut self,
        connection: &Connection,
        remembers: bool,
        write: impl FnOnce(Last) -> Result<Last, StoreError>,
    ) -> Result<(), StoreError> {
        if self.is_doubtful {
            (self.last, self.through) = memory::last_rows(connection)?;
            self.is_doubtful = false;
        }
        let written = write(self.last);
        self.is_doubtful = written.is_err();
        self.last = written?;
        if remembers {
            self.through = self.last;
        }
        Ok(())
    }
}

/// The thread that writes.
#[derive(Debug)]
pub struct Thread {
    handle: thread::JoinHandle<()>,
    end: CancellationToken,
}

impl Thread {
    /// Cancelled once it has ended, however it did.
    #[must_use]
    pub fn end(&self) -> CancellationToken {
        self.end.clone()
    }

    /// Waits for its end. Blocks.
    pub fn join(self) {
        // The log has its panic, and whoever watches the end knows of it.
        let _ = self.handle.join();
    }
}

impl Writer {
    /// A writer on the reader's database, and what an earlier run had saved there.
    pub fn open(
        reader: Arc<Reader>,
        keep: Keep,
        lock: Option<Lock>,
    ) -> Result<(Self, Recovered), StoreError> {
        let ledger = Arc::clone(reader.ledger());
        let place = match reader.path() {
            Some(path) => Place::File(Box::new(schema::open_for_writing(path)?)),
            None => Place::Memory(reader),
        };
        let (recovered, last, through) = match &place {
            Place::File(connection) => memory::recover(connection)?,
            Place::Memory(reader) => memory::recover(&reader.only_connection())?,
        };
        let cut_so_far = recovered.things.get(CUT_FOR_ROOM);
        let cut_so_far = cut_so_far.and_then(|count| count.parse().ok());
        ledger.set_cut_for_room(cut_so_far.unwrap_or(0));
        let upkeep = Upkeep::new(Cutting::new(keep, ledger));
        let writer = Self {
            place,
            numbers: Numbers::default(),
            marks: Marks::default(),
            upkeep,
            rows: Rows {
                last,
                through,
                is_doubtful: false,
            },
            _lock: lock,
        };
        Ok((writer, recovered))
    }

    /// Does what comes from `queue` until nobody can ask any more.
    pub fn spawn(mut self, mut queue: mpsc::Receiver<Job>) -> Result<Thread, StoreError> {
        let thread = thread::Builder::new().name("store".to_owned());
        let end = CancellationToken::new();
        let ending = end.clone().drop_guard();
        let handle = thread.spawn(move || {
            // Dropped in a panic, too.
            let _ending = ending;
            while let Some(job) = queue.blocking_recv() {
                self.work(job);
                // The next job comes within seconds: what must be known after a restart is saved that often.
                while queue.is_empty() && !queue.is_closed() && self.keep_in_order() {}
            }
        })?;
        Ok(Thread { handle, end })
    }

    fn work(&mut self, job: Job) {
        let Self {
            place,
            numbers,
            marks,
            rows,
            ..
        } = self;
        let with = |connection: &Connection| {
            let (outcome, done) = match job {
                Job::Write(records, remembered, done) => {
                    let remembered = remembered.as_ref();
                    let write =
                        |last| append(connection, numbers, marks, last, &records, remembered);
                    (rows.advance(connection, remembered.is_some(), write), done)
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

    /// Does a little of what keeps the store in order; whether there is more to do now.
    fn keep_in_order(&mut self) -> bool {
        let Self {
            place,
            numbers,
            marks,
            upkeep,
            rows,
            ..
        } = self;
        let at = At {
            now: Instant::now(),
            wall: Moment::now().wall,
            through: rows.through,
        };
        match place {
            Place::File(connection) => upkeep.slice(connection, numbers, marks, at),
            Place::Memory(reader) => upkeep.slice(&reader.only_connection(), numbers, marks, at),
        }
    }
}
