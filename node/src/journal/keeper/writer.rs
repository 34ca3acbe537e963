//! The thread that may wait for the disk.

use std::time::Duration;

use releve_control::decision::StorageFault;
use releve_protocol::Epoch;
use releve_protocol::journal::JournalExtent;
use tokio::sync::mpsc;
use tracing::{error, info};

use super::{Order, Place, Report};
use crate::journal::Record;
use crate::journal::store::{Store, StoreError, put_aside};
use crate::log_throttle::LogThrottle;
use crate::wake::new_epoch;

/// How often a disk that refuses is reported.
const REPORT_EVERY: Duration = Duration::from_mins(10);

/// Does what it is told, in order, each with one report, until nobody gives orders any more.
pub(super) fn work(
    place: &Place,
    store: Option<Store>,
    mut orders: mpsc::Receiver<Order>,
    reports: &mpsc::Sender<Report>,
) {
    let mut writer = Writer {
        place,
        fault: StorageFault::Fails,
        store,
        failing: LogThrottle::new(REPORT_EVERY),
        damaged: None,
    };
    while let Some(order) = orders.blocking_recv() {
        if reports.blocking_send(writer.carry_out(order)).is_err() {
            return;
        }
    }
}

struct Writer<'a> {
    place: &'a Place,
    /// `None` while the disk refuses.
    store: Option<Store>,
    /// Why it refused last.
    fault: StorageFault,
    failing: LogThrottle,
    /// What is damaged, where something is that the database met only while it worked.
    damaged: Option<String>,
}

impl Writer<'_> {
    fn carry_out(&mut self, order: Order) -> Report {
        match order {
            Order::Write {
                records,
                sync,
                publications,
            } => match self.attempt(|store| {
                store.append(&records, sync)?;
                Ok(store.standing())
            }) {
                Some(standing) => Report::Written {
                    publications,
                    standing,
                },
                None => Report::Refused {
                    fault: self.fault,
                    publications,
                },
            },
            Order::Read(wanted) => match self.attempt(|store| store.backlog(&wanted)) {
                Some(backlog) => Report::Read(backlog),
                None => Report::Refused {
                    fault: self.fault,
                    publications: Vec::new(),
                },
            },
            Order::Adopt {
                abandoned,
                epoch,
                records,
            } => self.adopt(abandoned.as_ref(), &epoch, &records),
        }
    }

    /// Does it with the store, if there is one; a store that refuses is closed.
    fn attempt<T>(&mut self, act: impl FnOnce(&mut Store) -> Result<T, StoreError>) -> Option<T> {
        match act(self.store.as_mut()?) {
            Ok(done) => Some(done),
            Err(error) => {
                self.refused(&error);
                None
            }
        }
    }

    fn adopt(
        &mut self,
        abandoned: Option<&JournalExtent>,
        epoch: &Epoch,
        records: &[Record],
    ) -> Report {
        match self.take_in(abandoned, epoch, records) {
            Ok(store) => {
                let standing = store.standing();
                self.store = Some(store);
                if self.failing.ended() {
                    info!("{} is written again", self.place.path.display());
                }
                Report::Adopted(standing)
            }
            Err(error) => {
                self.refused(&error);
                Report::NotAdopted(self.fault)
            }
        }
    }

    fn take_in(
        &mut self,
        abandoned: Option<&JournalExtent>,
        epoch: &Epoch,
        records: &[Record],
    ) -> Result<Store, StoreError> {
        if let Some(mut store) = self.store.take() {
            // It was taken in a moment ago; this is what came meanwhile.
            store.adopt(epoch, records)?;
            return Ok(store);
        }
        if let Some(why) = self.damaged.take() {
            put_aside(&self.place.path, &why)?;
        }
        let mut store = self.place.open(new_epoch())?;
        if let Some(abandoned) = abandoned {
            store.take_back(abandoned)?;
        }
        store.adopt(epoch, records)?;
        Ok(store)
    }

    fn refused(&mut self, error: &StoreError) {
        self.store = None;
        self.fault = error.fault();
        if let StoreError::Damaged(why) = error {
            self.damaged = Some(why.clone());
        }
        if let Some(again) = self.failing.occurred() {
            error!(
                "{} cannot be used: {error}. Records are kept in memory meanwhile, and a power cut would lose them{again}",
                self.place.path.display()
            );
        }
    }
}
