//! The journal on disk: an SQLite database that holds the newest records of this journal and of earlier ones.
//!
//! A journal goes on where it ended only if the machine has not stopped since. What the disk had not yet
//! taken before a power cut may have been published under its number already, so the next start begins a
//! new journal, and what is left of the old one can still be fetched.
//!
//! A record's row is numbered by journal and record together, so that each stream is one tree that grows at
//! its end and is cut at its beginning.

mod error;
mod journals;
mod schema;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use releve_files::with_suffix;
use releve_protocol::backlog::{Backlog, MAX_RECORDS, Records};
use releve_protocol::journal::{EARLIER_MAX, JournalExtent, Resend, Standing};
use releve_protocol::{Epoch, Stream, Timestamp, VERSION};
use rusqlite::{Connection, params};
use tracing::{error, warn};

use super::{Capacity, Record};
pub use error::StoreError;
use journals::{Kept, row_of};

/// How many records at a time make room for new ones.
const CUT: u64 = 64;

/// How much the store may keep, of all its journals together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The most records of each stream.
    pub records: Capacity,
    /// The most bytes that the database may use.
    pub bytes: u64,
}

/// Which run of the machine this is: two runs are told apart by an unlike text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boot(String);

impl Boot {
    /// This run, as the kernel names it. Where it names none, no two looks are at the same run.
    #[must_use]
    pub fn current() -> Self {
        let named = fs::read_to_string("/proc/sys/kernel/random/boot_id");
        Self(named.map_or_else(
            |_| format!("unknown {}", rand::random::<u64>()),
            |id| id.trim().to_owned(),
        ))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// No run of any machine: what was written in it never goes on.
    const fn none() -> Self {
        Self(String::new())
    }

    /// A run of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// The open database.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    /// The file that was opened: its path may come to name another one, or none.
    inode: u64,
    bounds: Bounds,
    /// The journal that is written.
    current: Kept,
    /// Earlier ones of which anything is held, the oldest first.
    earlier: Vec<Kept>,
}

impl Store {
    /// Opens the database, or makes one. One that is damaged is put aside, for a person to look at. The
    /// journal that an earlier run in this run of the machine has left goes on; else one of the name
    /// `fresh` begins.
    ///
    /// # Errors
    /// If the disk does not give or take what it must, or another program has the database open.
    pub fn open(path: &Path, boot: Boot, fresh: Epoch, bounds: Bounds) -> Result<Self, StoreError> {
        match Self::open_as_it_is(path, boot.clone(), fresh.clone(), bounds) {
            Err(StoreError::Damaged(why)) => {
                put_aside(path, &why)?;
                Self::open_as_it_is(path, boot, fresh, bounds)
            }
            opened => opened,
        }
    }

    fn open_as_it_is(
        path: &Path,
        boot: Boot,
        fresh: Epoch,
        bounds: Bounds,
    ) -> Result<Self, StoreError> {
        let connection = schema::connect(path)?;
        let mut earlier = journals::load(&connection)?;
        let goes_on = earlier.pop_if(|last| last.boot == boot.0);
        let current = match goes_on {
            Some(journal) => journal,
            None => {
                let journal = Kept::after(earlier.last(), fresh, &boot);
                schema::sync_each_commit(&connection, true)?;
                journals::save(&connection, &journal)?;
                journal
            }
        };
        Ok(Self {
            inode: fs::metadata(path)?.ino(),
            path: path.to_owned(),
            connection,
            bounds,
            current,
            earlier,
        })
    }

    /// What the store holds, the journal that is written and the earlier ones.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let earlier = &self.earlier[self.earlier.len().saturating_sub(EARLIER_MAX)..];
        Standing {
            current: self.current.extent.clone(),
            earlier: (earlier.iter().map(|journal| journal.extent.clone())).collect(),
        }
    }

    /// The newest record of each stream of the journal that is written.
    ///
    /// # Errors
    /// If the disk does not give them.
    pub fn newest(&self) -> Result<Vec<Record>, StoreError> {
        let mut newest = Vec::new();
        for stream in Stream::ALL {
            let extent = self.current.of(stream);
            if extent.first < extent.next {
                let last = extent.next - 1;
                newest.extend(self.records(self.current.number, stream, last, last)?);
            }
        }
        Ok(newest)
    }

    /// The stamp of the newest record of all journals; `None` where there is none.
    ///
    /// # Errors
    /// If the disk does not give it.
    pub fn newest_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut newest = None;
        for journal in self.earlier.iter().chain([&self.current]) {
            for stream in Stream::ALL {
                let last = journal.of(stream).next - 1;
                let records = self.records(journal.number, stream, last, last)?;
                newest = newest.max(records.first().map(Record::at));
            }
        }
        Ok(newest)
    }

    /// Takes records of the journal that is written, all or none. With `sync` they, and everything before
    /// them, are on the disk when this returns; else a power cut may take them, and a stop of the program
    /// does not.
    ///
    /// # Errors
    /// If the disk does not take them.
    pub fn append(&mut self, records: &[Record], sync: bool) -> Result<(), StoreError> {
        if sync {
            self.still_there()?;
        }
        schema::sync_each_commit(&self.connection, sync)?;
        let transaction = self.connection.transaction()?;
        let grown = insert(&transaction, self.current.clone(), records)?;
        transaction.commit()?;
        self.current = grown;
        self.make_room()
    }

    /// Takes in the journal of memory, whose records went out while the disk refused: all of it or nothing. A
    /// journal of that name goes on behind what it has of it. The next start does not go on with it, for more
    /// of its numbers may have gone out than were written.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn adopt(&mut self, epoch: &Epoch, records: &[Record]) -> Result<(), StoreError> {
        self.still_there()?;
        schema::sync_each_commit(&self.connection, true)?;
        let transaction = self.connection.transaction()?;
        if self.current.extent.epoch == *epoch {
            let has = |record: &&Record| record.seq() >= self.current.of(record.stream()).next;
            let further: Vec<Record> = records.iter().filter(has).cloned().collect();
            let grown = insert(&transaction, self.current.clone(), &further)?;
            transaction.commit()?;
            self.current = grown;
        } else {
            journals::save(&transaction, &self.current)?;
            let journal = Kept::after(Some(&self.current), epoch.clone(), &Boot::none());
            journals::save(&transaction, &journal)?;
            let journal = insert(&transaction, journal, records)?;
            transaction.commit()?;
            self.earlier
                .push(std::mem::replace(&mut self.current, journal));
        }
        self.make_room()
    }

    /// Takes back what was written of the journal from these numbers on: nobody was told of it under them.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn take_back(&mut self, from: &JournalExtent) -> Result<(), StoreError> {
        let mut all = self.earlier.iter_mut().chain([&mut self.current]);
        let Some(journal) = all.find(|journal| journal.extent.epoch == from.epoch) else {
            return Ok(());
        };
        let mut shrunk = journal.clone();
        let transaction = self.connection.transaction()?;
        for (stream, next) in [
            (Stream::Reading, from.reading.next),
            (Stream::Event, from.event.next),
        ] {
            let extent = shrunk.of_mut(stream);
            if extent.next > next {
                transaction.execute(
                    schema::delete(stream),
                    params![
                        row_of(journal.number, next),
                        row_of(journal.number, extent.next)
                    ],
                )?;
                extent.next = next;
                extent.first = extent.first.min(next);
            }
        }
        journals::save(&transaction, &shrunk)?;
        transaction.commit()?;
        *journal = shrunk;
        Ok(())
    }

    /// The first message of the answer to `wanted`, as [`super::Journal::backlog`] gives it. What is damaged
    /// counts as lost.
    ///
    /// # Errors
    /// If the disk does not give it.
    pub fn backlog(&self, wanted: &Resend) -> Result<Backlog, StoreError> {
        let known = self
            .all()
            .find(|journal| journal.extent.epoch == wanted.epoch);
        // Of a journal that is not there, and beyond the end of one, there is nothing to give.
        let (number, held_from) = known
            .filter(|journal| wanted.from < journal.of(wanted.stream).next)
            .map_or((0, u64::MAX), |journal| {
                (
                    journal.number,
                    wanted.from.max(journal.of(wanted.stream).first),
                )
            });
        let to = wanted.to.min(held_from.saturating_add(MAX_RECORDS - 1));
        let records = self.records(number, wanted.stream, held_from, to)?;
        let message = Backlog {
            v: VERSION,
            epoch: wanted.epoch.clone(),
            from: wanted.from,
            to,
            lost: missing(&records, wanted.from, to),
            records: in_stream(wanted.stream, records),
        };
        Ok(message.up_to_a_transient())
    }

    /// The sound records of a journal whose numbers lie in `from..=to`.
    fn records(
        &self,
        journal: i64,
        stream: Stream,
        from: u64,
        to: u64,
    ) -> Result<Vec<Record>, StoreError> {
        if from > to {
            return Ok(Vec::new());
        }
        let mut select = self.connection.prepare_cached(schema::select(stream))?;
        let (first, last) = (row_of(journal, from), row_of(journal, to));
        let found = select.query_map(params![first, last], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        let mut records = Vec::new();
        for row in found {
            match row
                .map_err(|error| error.to_string())
                .and_then(|row| sound(stream, row))
            {
                Ok(record) => records.push(record),
                Err(problem) => warn!("a {} on the disk is lost: {problem}", stream.name()),
            }
        }
        Ok(records)
    }

    /// Gives up the oldest records where there are more than may be.
    fn make_room(&mut self) -> Result<(), StoreError> {
        for stream in Stream::ALL {
            let most = match stream {
                Stream::Reading => self.bounds.records.readings,
                Stream::Event => self.bounds.records.events,
            };
            if self.held(stream) > most as u64 {
                self.cut(stream, CUT)?;
            }
        }
        if schema::bytes_used(&self.connection)? > self.bounds.bytes {
            // Readings make up nearly all of it.
            self.cut(Stream::Reading, CUT)?;
        }
        Ok(())
    }

    fn held(&self, stream: Stream) -> u64 {
        self.all()
            .map(|journal| journal.of(stream))
            .map(|extent| extent.next - extent.first)
            .sum()
    }

    /// Gives up the oldest records, but never the newest one.
    fn cut(&mut self, stream: Stream, mut count: u64) -> Result<(), StoreError> {
        count = count.min(self.held(stream).saturating_sub(1));
        let mut earlier = self.earlier.clone();
        let mut current = self.current.clone();
        let transaction = self.connection.transaction()?;
        for journal in earlier.iter_mut().chain([&mut current]) {
            let number = journal.number;
            let extent = journal.of_mut(stream);
            let here = count.min(extent.next - extent.first);
            if here == 0 {
                continue;
            }
            let end = extent.first + here;
            transaction.execute(
                schema::delete(stream),
                params![row_of(number, extent.first), row_of(number, end)],
            )?;
            extent.first = end;
            count -= here;
            journals::save(&transaction, journal)?;
        }
        for journal in earlier.extract_if(.., |journal| journal.is_empty()) {
            journals::forget(&transaction, &journal)?;
        }
        transaction.commit()?;
        (self.earlier, self.current) = (earlier, current);
        Ok(())
    }

    /// Every journal, the oldest first.
    fn all(&self) -> impl Iterator<Item = &Kept> {
        self.earlier.iter().chain([&self.current])
    }

    /// A file that was removed, or whose card was, still takes everything, and keeps nothing.
    fn still_there(&self) -> Result<(), StoreError> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.ino() == self.inode => Ok(()),
            Ok(_) => Err(StoreError::Gone("another file has taken its place")),
            Err(_) => Err(StoreError::Gone("the file was removed")),
        }
    }
}

/// The record of a row, if the disk gives what it took.
fn sound(stream: Stream, (crc, body): (i64, Vec<u8>)) -> Result<Record, String> {
    if i64::from(crc32fast::hash(&body)) != crc {
        return Err("it was altered".to_owned());
    }
    Record::from_bytes(stream, &body).map_err(|error| error.to_string())
}

/// Inserts records into a journal; gives it as it is then.
fn insert(
    connection: &Connection,
    mut journal: Kept,
    records: &[Record],
) -> Result<Kept, StoreError> {
    let firsts = |journal: &Kept| Stream::ALL.map(|stream| journal.of(stream).first);
    let before = firsts(&journal);
    for record in records {
        let body = record.to_bytes()?;
        let mut insert = connection.prepare_cached(schema::insert(record.stream()))?;
        insert.execute(params![
            row_of(journal.number, record.seq()),
            crc32fast::hash(&body),
            body
        ])?;
        let extent = journal.of_mut(record.stream());
        if extent.first == extent.next {
            // A journal of memory may have lost its beginning.
            extent.first = record.seq();
        }
        extent.next = record.seq() + 1;
    }
    if firsts(&journal) != before {
        journals::save(connection, &journal)?;
    }
    Ok(journal)
}

/// The intervals of `from..=to` of which there is no record.
fn missing(records: &[Record], from: u64, to: u64) -> Vec<(u64, u64)> {
    let mut missing = Vec::new();
    let mut next = from;
    for record in records {
        if record.seq() > next {
            missing.push((next, record.seq() - 1));
        }
        next = record.seq() + 1;
    }
    if next <= to {
        missing.push((next, to));
    }
    missing
}

fn in_stream(stream: Stream, records: Vec<Record>) -> Records {
    let (mut readings, mut events) = (Vec::new(), Vec::new());
    for record in records {
        match record {
            Record::Reading(reading) => readings.push(reading),
            Record::Event(event) => events.push(event),
        }
    }
    match stream {
        Stream::Reading => Records::Reading(readings),
        Stream::Event => Records::Event(events),
    }
}

/// Keeps a damaged database, for a person to look at, out of the way.
///
/// # Errors
/// If the disk refuses even that.
pub fn put_aside(path: &Path, why: &str) -> Result<(), StoreError> {
    let aside = with_suffix(path, ".bad");
    error!(
        "{} is damaged ({why}): it is kept as {}, and the journal begins anew. What nobody had fetched of it is lost",
        path.display(),
        aside.display()
    );
    fs::rename(path, &aside)?;
    // They belong to the file that was put aside.
    for beside in ["-wal", "-journal"] {
        let _ = fs::remove_file(with_suffix(path, beside));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
