//! The journal, its disk, and records that are sent again.

use releve_control::decision::StorageFault;
use releve_control::{Contact, MainsState};
use releve_protocol::backlog::Backlog;
use releve_protocol::journal::{JournalExtent, Resend, Standing};
use releve_protocol::{Epoch, Stream};

use super::resend::ResendQueue;
use super::{Core, Publication};
use crate::journal::Record;

/// The next message of records to send again.
#[derive(Debug, Clone, PartialEq)]
pub enum NextBacklog {
    /// There it is, and the number up to which it answers.
    Message(Publication, u64),
    /// The disk must be asked for it.
    OnDisk(Resend),
}

impl Core {
    /// The records that the disk has not been handed yet; from now on it has.
    pub fn hand_on(&mut self) -> Vec<Record> {
        self.journal.hand_on()
    }

    /// Whether these records must survive a power cut from now on: what happened, and everything on battery
    /// and under alarm.
    #[must_use]
    pub fn press(&self, records: &[Record]) -> bool {
        if records
            .iter()
            .any(|record| record.stream() == Stream::Event)
        {
            return true;
        }
        let view = self.controller.view();
        view.relays.mains.wanted == Contact::Open
            || view.mains == MainsState::Lost
            || !view.alarms.is_empty()
    }

    /// The disk holds that; whether it is of the journal that is written now, and not of one that was given
    /// up meanwhile.
    pub fn journal_written(&mut self, standing: Standing) -> bool {
        self.journal.written(standing)
    }

    /// The disk does not take records: they are in memory from now on, under that epoch. What was to be
    /// published of them under their old numbers must not be.
    pub fn journal_refused(&mut self, epoch: Epoch, fault: StorageFault) {
        self.storage_fault = Some(fault);
        self.journal.fall_back(epoch);
        // Whoever waits for records of the disk asks again.
        self.resends = ResendQueue::default();
        // The records have other numbers, which `state` tells.
        self.retained_not_sent();
    }

    /// What the disk does not do for the snapshot, if anything; what it does for the journal is another matter.
    pub const fn snapshot_disk(&mut self, fault: Option<StorageFault>) {
        self.snapshot_fault = fault;
    }

    /// What a disk that works again must take in: the journal that it had been writing, the epoch of the one
    /// in memory, and its records.
    #[must_use]
    pub fn journal_in_memory(&self) -> (Option<JournalExtent>, Epoch, Vec<Record>) {
        let abandoned = self.journal.abandoned().cloned();
        let epoch = self.journal.epoch().clone();
        let everything = self.journal.beyond(&JournalExtent::empty(epoch.clone()));
        (abandoned, epoch, everything)
    }

    /// The disk has taken it in; what came meanwhile, if anything did, and must be taken in, too.
    pub fn journal_adopted(&mut self, standing: Standing) -> Option<(Epoch, Vec<Record>)> {
        let held = standing.current.clone();
        if self.journal.is_on_disk(standing) {
            self.storage_fault = None;
            // Earlier records can be asked for again.
            self.retained_not_sent();
            return None;
        }
        Some((self.journal.epoch().clone(), self.journal.beyond(&held)))
    }

    /// Whether there are records to send again.
    #[must_use]
    pub fn has_backlog(&self) -> bool {
        !self.resends.is_empty()
    }

    /// The next message of records to send again; the same until [`Core::backlog_sent`].
    #[must_use]
    pub fn next_backlog(&self) -> Option<NextBacklog> {
        let wanted = self.resends.next()?;
        Some(match self.journal.backlog(wanted) {
            Some(backlog) => NextBacklog::Message(self.publisher.backlog(&backlog), backlog.to),
            None => NextBacklog::OnDisk(wanted.clone()),
        })
    }

    /// The message that the disk was asked for; `None` where nobody waits for it any more.
    #[must_use]
    pub fn backlog_from_disk(&self, backlog: &Backlog) -> Option<Publication> {
        let wanted = self.resends.is_next(backlog) && !self.journal.is_off_disk();
        wanted.then(|| self.publisher.backlog(backlog))
    }

    /// The connection took the message, which answers up to that number.
    pub fn backlog_sent(&mut self, to: u64) {
        self.resends.sent(to);
    }
}
