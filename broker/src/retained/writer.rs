//! What is written to the disk when: changes at once, a sync now and then, and what the disk refused again later.
//!
//! Time is an argument here; the thread is `keeper`'s.

use std::sync::PoisonError;
use std::time::{Duration, Instant as Moment};

use tracing::{error, info};

use super::database::{Database, DiskFault};
use super::durability::Report;
use super::{Changes, SharedStore};

/// What a power cut may take.
const SYNC_EVERY: Duration = Duration::from_secs(30);

/// Pause after the disk has refused, at first and at most.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_LAST: Duration = Duration::from_secs(60);

/// What is written to.
pub(super) trait Disk {
    /// Writes changes, all or none of them.
    fn apply(&mut self, changes: &Changes) -> Result<(), DiskFault>;

    /// Makes what was written safe from a power cut.
    fn sync(&mut self) -> Result<(), DiskFault>;
}

impl Disk for Database {
    fn apply(&mut self, changes: &Changes) -> Result<(), DiskFault> {
        Self::apply(self, changes)
    }

    fn sync(&mut self) -> Result<(), DiskFault> {
        Self::sync(self)
    }
}

/// Carries the store's changes to a disk.
pub(super) struct Writer<D> {
    disk: D,
    store: SharedStore,
    report: Report,
    writing: Attempts,
    syncing: Attempts,
    /// When what is written is to be made safe from a power cut; `None` where there is nothing.
    sync_at: Option<Moment>,
}

/// When something is tried again that the disk refused: after 1, 2, 4 … 60 s.
struct Attempts {
    pause: Duration,
    /// `None` while the disk takes it.
    next: Option<Moment>,
}

impl<D: Disk> Writer<D> {
    /// One that has written nothing yet.
    pub fn new(disk: D, store: SharedStore, report: Report) -> Self {
        Self {
            disk,
            store,
            report,
            writing: Attempts::none(),
            syncing: Attempts::none(),
            sync_at: None,
        }
    }

    /// Whether changes are written as they come: not while the disk refuses them.
    pub fn takes_changes(&self) -> bool {
        self.writing.next.is_none()
    }

    /// When there is something to do although nothing changes.
    pub fn due(&self) -> Option<Moment> {
        let times = [self.writing.next, self.sync_at];
        times.into_iter().flatten().min()
    }

    /// Does what there is to do now; at the end everything, whatever was refused before.
    pub fn turn(&mut self, now: Moment, is_last: bool) {
        let may_write = self.writing.next.is_none_or(|next| next <= now);
        if may_write || is_last {
            self.write(now);
        }
        if self.sync_at.is_some_and(|at| at <= now || is_last) {
            self.sync(now);
        }
    }

    fn write(&mut self, now: Moment) {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(changes) = store.take_changes() else {
            self.writing = Attempts::none();
            return;
        };
        drop(store);
        match self.disk.apply(&changes) {
            Ok(()) => {
                self.writing = Attempts::none();
                self.sync_at.get_or_insert(now + SYNC_EVERY);
                self.report.written(changes.sequence);
            }
            Err(fault) => {
                let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
                store.give_back(changes);
                self.writing.refused(now);
                self.report.refused(&fault);
            }
        }
    }

    fn sync(&mut self, now: Moment) {
        let was_refused = self.syncing.next.is_some();
        match self.disk.sync() {
            Ok(()) => {
                self.sync_at = None;
                self.syncing = Attempts::none();
                if was_refused {
                    info!("retained messages are safe from a power cut again");
                }
            }
            Err(fault) => {
                self.sync_at = Some(self.syncing.refused(now));
                if !was_refused {
                    error!("retained messages cannot be made safe from a power cut: {fault}");
                }
            }
        }
    }
}

impl Attempts {
    /// Nothing was refused.
    fn none() -> Self {
        Self {
            pause: RETRY_FIRST,
            next: None,
        }
    }

    /// The disk refused it now; gives when it is tried again.
    fn refused(&mut self, now: Moment) -> Moment {
        let next = now + self.pause;
        self.next = Some(next);
        self.pause = (self.pause * 2).min(RETRY_LAST);
        next
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use rumqttd::protocol::QoS;

    use super::*;
    use crate::message::Message;
    use crate::retained::{Durability, RetainedStore};

    /// A disk that refuses what it is told to, and remembers what was tried.
    #[derive(Default)]
    struct Fake {
        refuses_writes: bool,
        refuses_syncs: bool,
        tried: Vec<&'static str>,
    }

    impl Disk for Fake {
        fn apply(&mut self, _: &Changes) -> Result<(), DiskFault> {
            self.tried.push("write");
            if self.refuses_writes {
                return Err(DiskFault::Full);
            }
            Ok(())
        }

        fn sync(&mut self) -> Result<(), DiskFault> {
            self.tried.push("sync");
            if self.refuses_syncs {
                return Err(DiskFault::Full);
            }
            Ok(())
        }
    }

    /// A writer in virtual time, which begins with the test.
    struct Stage {
        writer: Writer<Fake>,
        durability: Durability,
        began: Moment,
    }

    impl Stage {
        fn new() -> Self {
            let mut store = RetainedStore::new(10, 10_000);
            store.tell_changes_to(Box::new(|| {}));
            let store = Arc::new(Mutex::new(store));
            let (report, durability) = Durability::of(true);
            Self {
                writer: Writer::new(Fake::default(), store, report),
                durability,
                began: Moment::now(),
            }
        }

        /// A retained message comes; gives the number of the change.
        fn change(&self) -> u64 {
            let message = Message {
                topic: "t".into(),
                payload: "x".into(),
                qos: QoS::AtLeastOnce,
                retain: true,
                properties: None,
                expires: None,
            };
            let mut store = self.writer.store.lock().unwrap();
            store.record(&message, tokio::time::Instant::now()).unwrap()
        }

        /// What is tried at that second.
        fn turn(&mut self, second: u64) -> Vec<&'static str> {
            let now = self.began + Duration::from_secs(second);
            self.writer.turn(now, false);
            std::mem::take(&mut self.writer.disk.tried)
        }

        /// At which second there is something to do although nothing changes.
        fn due(&self) -> Option<u64> {
            let due = self.writer.due()?;
            Some((due - self.began).as_secs())
        }
    }

    #[test]
    fn what_is_written_is_synced_once_within_its_time() {
        let mut stage = Stage::new();
        assert_eq!(stage.due(), None);
        let first = stage.change();
        assert_eq!(stage.turn(0), ["write"]);
        assert!(stage.durability.may_tell(first));
        stage.change();
        assert_eq!(stage.turn(10), ["write"]);
        assert_eq!(stage.due(), Some(30));
        assert_eq!(stage.turn(30), ["sync"]);
        assert_eq!((stage.turn(40), stage.due()), (vec![], None));
    }

    #[test]
    fn a_sync_that_failed_is_tried_again_soon() {
        let mut stage = Stage::new();
        stage.change();
        stage.turn(0);
        stage.writer.disk.refuses_syncs = true;
        for second in [30, 31, 33, 37, 45, 61, 93, 153, 213] {
            assert_eq!(stage.due(), Some(second));
            assert_eq!(stage.turn(second), ["sync"]);
        }
        stage.writer.disk.refuses_syncs = false;
        assert_eq!(stage.turn(273), ["sync"]);
        assert_eq!(stage.due(), None);
        // The next failure is a first one again.
        stage.change();
        stage.turn(300);
        stage.writer.disk.refuses_syncs = true;
        stage.turn(330);
        assert_eq!(stage.due(), Some(331));
    }

    #[test]
    fn a_sync_does_not_wait_for_a_disk_that_refuses_writes() {
        let mut stage = Stage::new();
        stage.change();
        stage.turn(0);
        let refused = stage.change();
        stage.writer.disk.refuses_writes = true;
        assert_eq!(stage.turn(29), ["write"]);
        assert!(!stage.writer.takes_changes());
        assert!(stage.durability.may_tell(refused), "nobody waits for it");
        assert_eq!(stage.turn(30), ["write", "sync"]);
        // Paused until 32; what changes meanwhile is written then.
        stage.change();
        assert_eq!((stage.turn(31), stage.due()), (vec![], Some(32)));
        stage.writer.disk.refuses_writes = false;
        assert_eq!(stage.turn(32), ["write"]);
        assert!(stage.writer.takes_changes());
    }

    #[test]
    fn the_end_waits_for_no_pause() {
        let mut stage = Stage::new();
        stage.change();
        stage.writer.disk.refuses_writes = true;
        stage.turn(0);
        stage.writer.disk.refuses_writes = false;
        stage.writer.turn(stage.began, true);
        assert_eq!(stage.writer.disk.tried, ["write", "sync"]);
    }
}
