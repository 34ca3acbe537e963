//! The shell's part in the journal: records go to the disk first, then to the broker.

use std::future::pending;

use releve_control::decision::StorageFault;

use super::{LAST_WRITE, Shell};
use crate::core::{NextBacklog, Publication};
use crate::journal::keeper::{Handed, Keeper, Report};
use crate::relays::RelayBoard;
use crate::sensors::Sensors;
use crate::wake::new_epoch;

impl<S: Sensors, B: RelayBoard> Shell<S, B> {
    /// Publishes what is to be published once its records are written.
    pub(super) fn write_and_publish(&mut self, publications: Vec<Publication>) {
        let Some(keeper) = &mut self.keeper else {
            self.publish(publications);
            return;
        };
        let records = self.core.hand_on();
        let pressing = !records.is_empty() && self.core.press(&records);
        match keeper.write(records, pressing, publications) {
            Handed::Taken => {}
            Handed::NotNeeded(publications) => self.publish(publications),
            Handed::Refused(publications) => {
                self.disk_refuses(StorageFault::Stalls, publications);
            }
        }
    }

    /// What the disk did with what it was told.
    pub(super) fn disk_reports(&mut self, report: Report) {
        match report {
            Report::Written {
                publications,
                standing,
            } => {
                let current = self.core.journal_written(standing);
                self.publish_if(current, publications);
            }
            Report::Read(backlog) => {
                if let (Some(link), Some(message)) =
                    (&self.link, self.core.backlog_from_disk(&backlog))
                    && link.publish(message).is_ok()
                {
                    self.core.backlog_sent(backlog.to);
                }
            }
            Report::Refused {
                fault,
                publications,
            } => self.disk_refuses(fault, publications),
            Report::Adopted(standing) => {
                let further = self.core.journal_adopted(standing);
                match (&mut self.keeper, further) {
                    (Some(keeper), Some((epoch, records))) => keeper.adopt(None, epoch, records),
                    (Some(keeper), None) => keeper.is_level(),
                    (None, _) => {}
                }
            }
            Report::NotAdopted(fault) => self.disk_refuses(fault, Vec::new()),
        }
    }

    /// The journal goes on in memory. What was to be said of its records under their old numbers is not said:
    /// whoever misses it asks for it under the new ones.
    fn disk_refuses(&mut self, fault: StorageFault, publications: Vec<Publication>) {
        self.core.journal_refused(new_epoch(), fault);
        self.publish_if(false, publications);
    }

    /// Publishes what does not tell of records; the rest only if it is `current`.
    fn publish_if(&mut self, current: bool, mut publications: Vec<Publication>) {
        publications.retain(|publication| current || !publication.tells_of_records);
        self.publish(publications);
    }

    /// Whether the disk still answers, and whether one that refused is to be tried again.
    pub(super) fn look_at_the_disk(&mut self) {
        if let Some(recorder) = &self.recorder {
            self.core.snapshot_disk(recorder.fault());
        }
        let Some(keeper) = &mut self.keeper else {
            return;
        };
        if keeper.has_stalled() {
            self.core.journal_refused(new_epoch(), StorageFault::Stalls);
        } else if keeper.is_due_again() {
            let (abandoned, epoch, records) = self.core.journal_in_memory();
            keeper.adopt(abandoned, epoch, records);
        }
    }

    /// The next message of records that somebody asked for.
    pub(super) fn send_backlog(&mut self) {
        let Some(link) = &self.link else {
            return;
        };
        match self.core.next_backlog() {
            Some(NextBacklog::Message(message, to)) => {
                let taken = link.publish(message);
                if taken.is_ok() {
                    self.core.backlog_sent(to);
                }
            }
            Some(NextBacklog::OnDisk(wanted)) => {
                if let Some(keeper) = &mut self.keeper {
                    keeper.read(wanted);
                }
            }
            None => {}
        }
    }

    /// Has the last records on the disk before the program ends, and publishes what waited for that.
    pub(super) async fn write_last_records(&mut self) {
        let last = self.core.hand_on();
        if let Some(mut keeper) = self.keeper.take() {
            if keeper.is_off() {
                // Perhaps it works again by now.
                let (abandoned, epoch, records) = self.core.journal_in_memory();
                keeper.adopt(abandoned, epoch, records);
            }
            let publications = keeper.finish(last, LAST_WRITE).await;
            self.publish(publications);
        }
    }
}

/// The disk's next report; never where there is none.
pub(super) async fn report_of(keeper: &mut Option<Keeper>) -> Report {
    match keeper {
        Some(keeper) => keeper.report().await,
        None => pending().await,
    }
}
