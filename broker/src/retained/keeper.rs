//! Carries changes of the retained store to the disk, on a thread of its own, and tells how far it is.
//!
//! Clients are answered once their change is written; a disk that is full, fails or does not answer ends the
//! waiting, not the serving: then the store lives in memory alone, which the log says, until the disk takes it again.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant as Moment};

use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{error, info};

use super::RetainedStore;
use super::database::{Database, DiskFault};

/// How long an answer waits for the disk before the disk counts as stalled.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// What a power cut may take.
const SYNC_EVERY: Duration = Duration::from_secs(30);

/// Pause after the disk has refused, at first and at most.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_LAST: Duration = Duration::from_secs(60);

/// The store, shared with the thread that writes it.
pub(crate) type SharedStore = Arc<Mutex<RetainedStore>>;

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

/// How far the disk is. Each connection has one of its own.
#[derive(Debug, Clone)]
pub(crate) struct Durability {
    progress: watch::Receiver<Progress>,
    is_stalled: Arc<AtomicBool>,
    is_on_disk: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Progress {
    /// Number of the last change that is written.
    written: u64,
    /// The disk takes what it is given.
    takes: bool,
}

/// Where the thread tells how far it is.
struct Report {
    progress: watch::Sender<Progress>,
    is_stalled: Arc<AtomicBool>,
}

impl Durability {
    /// Of a store that lives in memory: nobody waits.
    pub fn in_memory() -> Self {
        Self::of(false).1
    }

    /// Of a disk that has written nothing yet.
    #[cfg(test)]
    pub fn of_a_disk() -> Self {
        Self::of(true).1
    }

    fn of(takes: bool) -> (Report, Self) {
        let progress = Progress { written: 0, takes };
        let (sender, receiver) = watch::channel(progress);
        let is_stalled = Arc::new(AtomicBool::new(false));
        let report = Report {
            progress: sender,
            is_stalled: Arc::clone(&is_stalled),
        };
        let durability = Self {
            progress: receiver,
            is_stalled,
            is_on_disk: takes,
        };
        (report, durability)
    }

    /// Whether a client may be told that the change of that number is taken.
    pub fn may_tell(&self, sequence: u64) -> bool {
        let progress = *self.progress.borrow();
        sequence <= progress.written || !progress.takes || self.is_stalled.load(Ordering::Relaxed)
    }

    /// Whether the disk takes what it is given; `None` for a store that lives in memory.
    pub fn disk_takes(&self) -> Option<bool> {
        let takes = self.progress.borrow().takes && !self.is_stalled.load(Ordering::Relaxed);
        self.is_on_disk.then_some(takes)
    }

    /// Somebody has waited for too long: nobody waits any more, until the disk answers.
    pub fn give_up_waiting(&self) {
        if !self.is_stalled.swap(true, Ordering::Relaxed) {
            error!(
                "the disk has not answered for {PATIENCE:?}: retained messages are in memory alone until it does"
            );
        }
    }

    /// Waits until the disk is further, or until `due`.
    pub async fn advanced(&mut self, due: Instant) {
        let waited = tokio::time::timeout_at(due, self.progress.changed()).await;
        if let Ok(Err(_)) = waited {
            // There is no thread any more that could tell.
            tokio::time::sleep_until(due).await;
        }
    }
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
        let writer = Writer {
            database,
            store: Arc::clone(store),
            bell: Arc::clone(&bell),
            report,
            retry: RETRY_FIRST,
            unsynced_since: None,
        };
        let thread = thread::Builder::new()
            .name("retained-store".to_owned())
            .spawn(move || writer.run())
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

    /// Waits until it rings or `time` has passed; false once it is to stop.
    fn wait(&self, time: Option<Duration>) -> bool {
        let mut rung = lock(&self.rung);
        let idle = |rung: &mut Rung| !rung.is_changed && !rung.is_stopping;
        rung = match time {
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
        rung.is_changed = false;
        !rung.is_stopping
    }

    /// Waits for `time`, whatever changes; false once it is to stop.
    fn pause(&self, time: Duration) -> bool {
        let rung = lock(&self.rung);
        let (rung, _) = (self.condition)
            .wait_timeout_while(rung, time, |rung| !rung.is_stopping)
            .unwrap_or_else(PoisonError::into_inner);
        !rung.is_stopping
    }
}

/// What the thread has.
struct Writer {
    database: Database,
    store: SharedStore,
    bell: Arc<Bell>,
    report: Report,
    retry: Duration,
    /// Since when something is written that a power cut would take.
    unsynced_since: Option<Moment>,
}

impl Writer {
    fn run(mut self) {
        loop {
            let goes_on = self.bell.wait(self.time_to_sync());
            let is_written = self.write();
            if self.time_to_sync().is_some_and(|left| left.is_zero()) || !goes_on {
                self.sync();
            }
            if !goes_on {
                return;
            }
            if !is_written {
                let pause = self.retry;
                self.retry = (self.retry * 2).min(RETRY_LAST);
                // What changes meanwhile is written with the next attempt, which is made in any case.
                self.bell.pause(pause);
                self.bell.ring();
            }
        }
    }

    fn time_to_sync(&self) -> Option<Duration> {
        self.unsynced_since
            .map(|since| SYNC_EVERY.saturating_sub(since.elapsed()))
    }

    /// Writes what has changed. False where the disk did not take it.
    fn write(&mut self) -> bool {
        let Some(changes) = lock(&self.store).take_changes() else {
            return true;
        };
        match self.database.apply(&changes) {
            Ok(()) => {
                self.unsynced_since.get_or_insert_with(Moment::now);
                self.retry = RETRY_FIRST;
                self.tell_written(changes.sequence);
                true
            }
            Err(fault) => {
                lock(&self.store).give_back(changes);
                self.tell_refused(&fault);
                false
            }
        }
    }

    fn sync(&mut self) {
        if self.unsynced_since.take().is_some()
            && let Err(fault) = self.database.sync()
        {
            error!("retained messages cannot be made safe from a power cut: {fault}");
        }
    }

    fn tell_written(&self, sequence: u64) {
        let was = self.report.progress.send_replace(Progress {
            written: sequence,
            takes: true,
        });
        let was_stalled = self.report.is_stalled.swap(false, Ordering::Relaxed);
        if was_stalled || !was.takes {
            info!("the disk takes retained messages again");
        }
    }

    fn tell_refused(&self, fault: &DiskFault) {
        let mut is_news = false;
        self.report.progress.send_modify(|progress| {
            is_news = progress.takes;
            progress.takes = false;
        });
        if is_news {
            error!(
                "retained messages are in memory alone, and would not outlive this program: {fault}"
            );
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_waits_for_what_is_written_or_for_a_disk_that_refuses() {
        let (report, mut durability) = Durability::of(true);
        assert!(durability.may_tell(0) && !durability.may_tell(1));
        report.progress.send_replace(Progress {
            written: 1,
            takes: true,
        });
        let far = Instant::now() + Duration::from_secs(60);
        durability.advanced(far).await;
        assert!(durability.may_tell(1) && !durability.may_tell(2));
        report.progress.send_replace(Progress {
            written: 1,
            takes: false,
        });
        durability.advanced(far).await;
        assert!(durability.may_tell(2));
        assert!(Durability::in_memory().may_tell(7));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_with_its_time_also_where_there_is_no_thread_any_more() {
        let mut durability = Durability::of_a_disk();
        let due = Instant::now() + PATIENCE;
        durability.advanced(due).await;
        assert!(Instant::now() >= due);
    }

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
