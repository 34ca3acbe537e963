//! Carries changes of the retained store to the disk, on a thread of its own.
//!
//! Clients are answered once their change is written; a disk that is full, fails or does not answer ends the
//! waiting, not the serving: then the store lives in memory alone, which the log says, until the disk takes it again.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant as Moment};

use tokio::time::Instant;
use tracing::info;

use super::SharedStore;
use super::database::{Database, DiskFault};
use super::durability::Durability;
use super::writer::{Disk, Writer};

/// The thread that writes. Dropping it ends it, once everything is written that the disk takes.
#[derive(Debug)]
pub(crate) struct Keeper {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

/// Wakes the thread.
#[derive(Debug, Default)]
struct Bell {
    rung: Mutex<Rung>,
    condition: Condvar,
}

#[derive(Debug, Default)]
struct Rung {
    is_changed: bool,
    is_stopping: bool,
}

impl Keeper {
    /// Opens the database, fills the store from it, and begins to write what changes.
    pub fn start_blocking(
        path: &Path,
        most_bytes: usize,
        store: &SharedStore,
    ) -> Result<(Self, Durability), DiskFault> {
        let (database, messages) = Database::open(path, most_bytes)?;
        let count = messages.len();
        let bell = Arc::new(Bell::default());
        let kept = {
            let waker = Arc::clone(&bell);
            let mut store = lock(store);
            let kept = store.restore(messages, Instant::now());
            store.tell_changes_to(Box::new(move || waker.ring()));
            kept
        };
        bell.ring();
        info!(
            messages = kept,
            "retained messages were read from {}",
            path.display()
        );
        if kept < count {
            let dropped = count - kept;
            info!("{dropped} more had expired, or are beyond the bounds, and are dropped");
        }
        let (report, durability) = Durability::of(true);
        let writer = Writer::new(database, Arc::clone(store), report);
        let heard = Arc::clone(&bell);
        let thread = thread::Builder::new()
            .name("retained-store".to_owned())
            .spawn(move || run(&heard, writer))
            .map_err(|error| DiskFault::Disk(error.to_string()))?;
        let keeper = Self {
            bell,
            thread: Some(thread),
        };
        Ok((keeper, durability))
    }

    /// Ends it, and waits until everything is written that the disk takes.
    pub fn stop_blocking(mut self) {
        self.bell.stop();
        if let Some(thread) = self.thread.take() {
            // Its panic was reported already.
            let _ = thread.join();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.bell.stop();
    }
}

impl Bell {
    fn ring(&self) {
        lock(&self.rung).is_changed = true;
        self.condition.notify_all();
    }

    fn stop(&self) {
        lock(&self.rung).is_stopping = true;
        self.condition.notify_all();
    }

    /// Waits until it rings, where changes are to be heard, or `time` has passed; false once it is to stop.
    fn wait(&self, time: Option<Duration>, hears_changes: bool) -> bool {
        let rung = lock(&self.rung);
        let idle = |rung: &mut Rung| !(rung.is_stopping || (rung.is_changed && hears_changes));
        let mut rung = match time {
            None => (self.condition)
                .wait_while(rung, idle)
                .unwrap_or_else(PoisonError::into_inner),
            Some(time) => {
                (self.condition)
                    .wait_timeout_while(rung, time, idle)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
        if hears_changes {
            rung.is_changed = false;
        }
        !rung.is_stopping
    }
}

fn run<D: Disk>(bell: &Bell, mut writer: Writer<D>) {
    loop {
        let due = writer.due();
        let time = due.map(|due| due.saturating_duration_since(Moment::now()));
        let goes_on = bell.wait(time, writer.takes_changes());
        writer.turn(Moment::now(), !goes_on);
        if !goes_on {
            return;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retained::RetainedStore;

    #[test]
    fn the_last_changes_are_written_before_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("retained.db");
        let open = || {
            let store = Arc::new(Mutex::new(RetainedStore::new(1000, 1 << 20)));
            let (keeper, durability) = Keeper::start_blocking(&path, 1 << 20, &store).unwrap();
            (store, keeper, durability)
        };
        for round in 0..20_usize {
            let (store, keeper, durability) = open();
            let held = lock(&store).matching("#", Instant::now()).messages.len();
            assert_eq!(held, round * 10, "round {round}");
            let mut last = 0;
            for number in 0..10 {
                let message = crate::message::Message {
                    topic: format!("t/{round}/{number}").into(),
                    payload: "x".into(),
                    qos: rumqttd::protocol::QoS::AtLeastOnce,
                    retain: true,
                    properties: None,
                    expires: None,
                };
                last = lock(&store).record(&message, Instant::now()).unwrap();
            }
            keeper.stop_blocking();
            assert!(durability.may_tell(last));
        }
    }
}
