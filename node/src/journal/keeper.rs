//! Writes the journal to its disk beside the control loop, which never waits for it.
//!
//! What is published goes through here and comes back once its record is on the disk. A disk that refuses,
//! or that does not answer, is left alone for a while; the journal goes on in memory meanwhile, and is
//! written as soon as the disk takes it.

mod writer;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use releve_control::decision::StorageFault;
use releve_protocol::Epoch;
use releve_protocol::backlog::Backlog;
use releve_protocol::journal::{JournalExtent, Resend, Standing};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::{Instant, timeout};
use tracing::{error, warn};

use super::Record;
use super::store::{Boot, Bounds, Store, StoreError};
use crate::core::Publication;

/// Orders that may wait for the disk: many times what come of themselves until it counts as stalled. A flood of
/// commands fills them sooner, and the disk counts as stalled then; each may hold the answers to a batch of
/// commands, so this bounds what a flood takes of the memory.
const ORDERS: usize = 256;
/// Without an answer for this long the disk counts as stalled.
const STALLED_AFTER: Duration = Duration::from_secs(10);
/// How long a disk that refused is left alone.
const RETRY: Duration = Duration::from_mins(1);
/// What nothing presses for is on the disk after this long, so as not to wear it.
const SYNC_EVERY: Duration = Duration::from_mins(5);

/// Where a journal is kept.
#[derive(Debug, Clone)]
pub struct Place {
    /// The database.
    pub path: PathBuf,
    /// Which run of the machine this is.
    pub boot: Boot,
    /// How much it may keep.
    pub bounds: Bounds,
}

impl Place {
    /// Opens the store there; `fresh` names the journal that begins, if one does.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn open(&self, fresh: Epoch) -> Result<Store, StoreError> {
        Store::open(&self.path, self.boot.clone(), fresh, self.bounds)
    }
}

/// What the disk has done.
#[derive(Debug)]
pub enum Report {
    /// Records are written: what belongs to them may be published.
    Written {
        /// What was handed in with them.
        publications: Vec<Publication>,
        /// What the disk holds.
        standing: Standing,
    },
    /// The records that were asked for.
    Read(Backlog),
    /// It refused; what was handed in goes on without it.
    Refused {
        /// Why.
        fault: StorageFault,
        /// What was handed in.
        publications: Vec<Publication>,
    },
    /// It has taken a journal in, that of memory.
    Adopted(Standing),
    /// It refused to.
    NotAdopted(StorageFault),
}

/// Whether the disk takes what it was handed.
#[derive(Debug)]
#[must_use = "what comes back must be published"]
pub enum Handed {
    /// It does; a report follows.
    Taken,
    /// It refuses since some time: the journal is in memory, and this can be published as it is.
    NotNeeded(Vec<Publication>),
    /// It has just turned out to refuse.
    Refused(Vec<Publication>),
}

/// What the disk shall do.
enum Order {
    Write {
        records: Vec<Record>,
        sync: bool,
        publications: Vec<Publication>,
    },
    Read(Resend),
    Adopt {
        abandoned: Option<JournalExtent>,
        epoch: Epoch,
        records: Vec<Record>,
    },
}

/// How it stands with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disk {
    Works,
    /// It refused, or was given up; from then on it is tried again.
    LeftAlone {
        until: Instant,
    },
    /// It was asked to take the journal of memory in.
    Asked,
}

/// The control loop's end: hands records to the disk and hears of them.
pub struct Keeper {
    orders: mpsc::Sender<Order>,
    reports: mpsc::Receiver<Report>,
    /// When each order was given that has no report yet, the oldest first.
    waiting: VecDeque<Instant>,
    disk: Disk,
    synced: Instant,
    reading: bool,
}

impl Keeper {
    /// Begins with an open store, or with a place whose disk refused.
    #[must_use]
    pub fn start(place: Place, store: Option<Store>) -> Self {
        let (orders, inbox) = mpsc::channel(ORDERS);
        // One for each order, and one to spare.
        let (outbox, reports) = mpsc::channel(ORDERS + 1);
        let disk = if store.is_some() {
            Disk::Works
        } else {
            Disk::LeftAlone {
                until: Instant::now() + RETRY,
            }
        };
        let span = tracing::Span::current();
        let writer = std::thread::Builder::new().name("journal".to_owned());
        let started = writer.spawn(move || {
            span.in_scope(|| writer::work(&place, store, inbox, &outbox));
        });
        if let Err(error) = started {
            error!("no thread for the journal: {error}. Records are kept in memory alone");
        }
        Self {
            orders,
            reports,
            waiting: VecDeque::new(),
            disk,
            synced: Instant::now(),
            reading: false,
        }
    }

    /// Hands records on; what belongs to them comes back with [`Report::Written`]. `pressing` has them on the
    /// disk at once.
    pub fn write(
        &mut self,
        records: Vec<Record>,
        pressing: bool,
        publications: Vec<Publication>,
    ) -> Handed {
        if self.disk != Disk::Works {
            return Handed::NotNeeded(publications);
        }
        if records.is_empty() && publications.is_empty() {
            return Handed::Taken;
        }
        let sync = !records.is_empty() && (pressing || self.synced.elapsed() >= SYNC_EVERY);
        if sync {
            self.synced = Instant::now();
        }
        let order = Order::Write {
            records,
            sync,
            publications,
        };
        match self.give(order) {
            Ok(()) => Handed::Taken,
            Err(Order::Write { publications, .. }) => {
                self.is_behind();
                Handed::Refused(publications)
            }
            Err(Order::Read(_) | Order::Adopt { .. }) => Handed::Taken,
        }
    }

    /// Asks for records; they come with [`Report::Read`]. Does nothing while others are awaited.
    pub fn read(&mut self, wanted: Resend) {
        if self.disk == Disk::Works && !self.reading {
            self.reading = self.give(Order::Read(wanted)).is_ok();
        }
    }

    /// Has the journal of memory written, after the disk refused: see [`Report::Adopted`].
    pub fn adopt(&mut self, abandoned: Option<JournalExtent>, epoch: Epoch, records: Vec<Record>) {
        let order = Order::Adopt {
            abandoned,
            epoch,
            records,
        };
        if self.give(order).is_ok() {
            self.disk = Disk::Asked;
        } else {
            self.is_behind();
        }
    }

    /// An order found no room.
    fn is_behind(&mut self) {
        if self.orders.is_closed() {
            warn!("the thread of the journal has ended: records are kept in memory alone");
        } else {
            warn!(
                "the disk of the journal is {ORDERS} orders behind: it counts as stalled, and records are kept in memory"
            );
        }
        self.leave_alone();
    }

    /// Gives the order back where [`ORDERS`] wait, or the thread is gone.
    fn give(&mut self, order: Order) -> Result<(), Order> {
        match self.orders.try_send(order) {
            Ok(()) => {
                self.waiting.push_back(Instant::now());
                Ok(())
            }
            Err(TrySendError::Full(order) | TrySendError::Closed(order)) => Err(order),
        }
    }

    /// The next report. Never, once the thread that writes is gone.
    pub async fn report(&mut self) -> Report {
        let Some(report) = self.reports.recv().await else {
            return std::future::pending().await;
        };
        self.waiting.pop_front();
        match &report {
            Report::Read(_) => self.reading = false,
            // The journal says whether that was all.
            Report::Adopted(_) => {}
            Report::Refused { .. } | Report::NotAdopted(_) => self.leave_alone(),
            Report::Written { .. } => {}
        }
        report
    }

    /// The disk has everything that memory has: it takes records again.
    pub fn is_level(&mut self) {
        self.disk = Disk::Works;
    }

    /// Whether the disk does not take records.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.disk != Disk::Works
    }

    /// Whether the disk has just been found to be stalled: from now on it is left alone.
    pub fn has_stalled(&mut self) -> bool {
        let waited = |since: &Instant| since.elapsed() >= STALLED_AFTER;
        let stalled = self.disk == Disk::Works && self.waiting.front().is_some_and(waited);
        if stalled {
            warn!(
                "the disk of the journal has not answered for {STALLED_AFTER:?}: records are kept in memory"
            );
            self.leave_alone();
        }
        stalled
    }

    /// Whether it is time to try the disk again: it was left alone for a while, and has answered everything.
    #[must_use]
    pub fn is_due_again(&self) -> bool {
        let Disk::LeftAlone { until } = self.disk else {
            return false;
        };
        self.waiting.is_empty() && Instant::now() >= until
    }

    fn leave_alone(&mut self) {
        self.reading = false;
        self.disk = Disk::LeftAlone {
            until: Instant::now() + RETRY,
        };
    }

    /// Writes the last records and waits for them, for no longer than `patience`; gives back what may be
    /// published then.
    pub async fn finish(mut self, last: Vec<Record>, patience: Duration) -> Vec<Publication> {
        if !last.is_empty() {
            let _ = self.write(last, true, Vec::new());
        }
        let Self {
            orders,
            mut reports,
            disk,
            ..
        } = self;
        let works = disk == Disk::Works;
        // The thread ends with the last order.
        drop(orders);
        let mut publications = Vec::new();
        let rest = async {
            while let Some(report) = reports.recv().await {
                match report {
                    Report::Written {
                        publications: more, ..
                    } if works => publications.extend(more),
                    Report::Written {
                        publications: mut more,
                        ..
                    }
                    | Report::Refused {
                        publications: mut more,
                        ..
                    } => {
                        more.retain(|publication| !publication.tells_of_records);
                        publications.extend(more);
                    }
                    Report::Read(_) | Report::Adopted(_) | Report::NotAdopted(_) => {}
                }
            }
        };
        if timeout(patience, rest).await.is_err() {
            warn!("the disk did not take the last records in {patience:?}");
        }
        publications
    }
}

#[cfg(test)]
mod tests;
