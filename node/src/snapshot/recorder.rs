//! Writes snapshots beside the control loop, which never waits for it.

use std::io;
use std::time::Duration;

use releve_control::decision::StorageFault;
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep, timeout};
use tracing::{Instrument, error, info, warn};

use super::file::SnapshotFile;
use crate::log_throttle::LogThrottle;

/// How long after a failure the disk is tried again, unless there is something newer to write.
const RETRY: Duration = Duration::from_secs(30);
/// What only counts is written this often, so as not to wear the disk.
const COUNTERS_EVERY: Duration = Duration::from_mins(5);
/// Without an answer for this long the disk counts as stalled, as for the journal.
const STALLED_AFTER: Duration = Duration::from_secs(10);
/// How often a disk that refuses is reported.
const REPORT_EVERY: Duration = Duration::from_mins(10);

/// Hands snapshots to the task that writes them. Dropped, it lets that task write the last one.
pub struct Recorder<S> {
    recorded: Option<Instant>,
    newest: watch::Sender<Option<S>>,
    fault: watch::Receiver<Option<StorageFault>>,
    task: JoinHandle<()>,
}

impl<S: Serialize + Clone + Send + Sync + 'static> Recorder<S> {
    /// Writes to that file.
    #[must_use]
    pub fn start(file: SnapshotFile) -> Self {
        let (newest, receiver) = watch::channel(None);
        let (outcome, fault) = watch::channel(None);
        Self {
            recorded: None,
            newest,
            fault,
            task: tokio::spawn(write_newest(file, receiver, outcome).in_current_span()),
        }
    }

    /// Whether a snapshot is worth a write: at once if anything happened, or nothing was written yet,
    /// and else now and then for the counters.
    #[must_use]
    pub fn is_due(&self, happened: bool) -> bool {
        let counted = |recorded: Instant| recorded.elapsed() >= COUNTERS_EVERY;
        happened || self.recorded.is_none_or(counted)
    }

    /// What the disk does not do with the newest snapshot, if anything.
    #[must_use]
    pub fn fault(&self) -> Option<StorageFault> {
        *self.fault.borrow()
    }

    /// Takes a snapshot to be written; returns at once.
    pub fn record(&mut self, snapshot: S) {
        self.recorded = Some(Instant::now());
        self.newest.send_replace(Some(snapshot));
    }

    /// Writes that snapshot, the last one, and waits for it, but for no longer than `patience`.
    pub async fn finish(self, last: S, patience: Duration) {
        let Self { newest, task, .. } = self;
        newest.send_replace(Some(last));
        drop(newest);
        if timeout(patience, task).await.is_err() {
            warn!("the disk did not take the last snapshot in {patience:?}");
        }
    }
}

/// Writes whatever is newest until nobody hands in anything more.
async fn write_newest<S: Serialize + Clone + Send + Sync + 'static>(
    file: SnapshotFile,
    mut newest: watch::Receiver<Option<S>>,
    fault: watch::Sender<Option<StorageFault>>,
) {
    let mut failing = LogThrottle::new(REPORT_EVERY);
    while newest.changed().await.is_ok() {
        loop {
            let Some(snapshot) = newest.borrow_and_update().clone() else {
                break;
            };
            let Err(problem) = answered(write(&file, snapshot), &fault).await else {
                fault.send_replace(None);
                if failing.ended() {
                    info!("{} is written again", file.path().display());
                }
                break;
            };
            fault.send_replace(Some(fault_of(&problem)));
            if let Some(again) = failing.occurred() {
                error!(
                    "{} cannot be written: {problem}. The node goes on; after a restart it would not know its mode, limits and latches of now. Make room or set the permissions right{again}",
                    file.path().display()
                );
            }
            tokio::select! {
                () = sleep(RETRY) => {}
                changed = newest.changed() => if changed.is_err() {
                    // Nobody waits for a disk that refused a moment ago.
                    return;
                }
            }
        }
    }
}

/// Waits for the disk, and says meanwhile when it takes too long.
async fn answered<T>(
    writing: impl Future<Output = T>,
    fault: &watch::Sender<Option<StorageFault>>,
) -> T {
    tokio::pin!(writing);
    if let Ok(done) = timeout(STALLED_AFTER, &mut writing).await {
        return done;
    }
    warn!("the disk of the snapshot has not answered for {STALLED_AFTER:?}");
    fault.send_replace(Some(StorageFault::Stalls));
    writing.await
}

fn fault_of(problem: &io::Error) -> StorageFault {
    match problem.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StorageFault::Full,
        _ => StorageFault::Fails,
    }
}

async fn write<S: Serialize + Send + 'static>(file: &SnapshotFile, snapshot: S) -> io::Result<()> {
    let file = file.clone();
    match spawn_blocking(move || file.write(&snapshot)).await {
        Ok(written) => written,
        Err(stopped) => Err(io::Error::other(stopped)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::snapshot::Found;

    const PATIENCE: Duration = Duration::from_mins(1);

    fn file(directory: &Path) -> SnapshotFile {
        SnapshotFile::of(directory, &"site-1".parse().expect("an id"))
    }

    fn on_disk(file: &SnapshotFile) -> Option<u32> {
        match file.read().expect("a disk that answers") {
            Found::Snapshot(snapshot) => Some(snapshot),
            Found::Nothing => None,
            Found::Unreadable(why) => panic!("{why}"),
        }
    }

    async fn until_written(file: &SnapshotFile, wanted: u32) {
        let written = async {
            while on_disk(file) != Some(wanted) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, written).await.expect("written");
    }

    async fn until_fault(recorder: &Recorder<u32>, wanted: Option<StorageFault>) {
        let seen = async {
            while recorder.fault() != wanted {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, seen).await.expect("told");
    }

    #[test]
    fn a_full_disk_is_told_from_one_that_fails() {
        for (kind, fault) in [
            (io::ErrorKind::StorageFull, StorageFault::Full),
            (io::ErrorKind::QuotaExceeded, StorageFault::Full),
            (io::ErrorKind::ReadOnlyFilesystem, StorageFault::Fails),
        ] {
            assert_eq!(fault_of(&kind.into()), fault);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_does_not_answer_is_a_fault_until_it_does() {
        let (fault, seen) = watch::channel(None);
        let writing = async {
            sleep(STALLED_AFTER - Duration::from_secs(1)).await;
            assert_eq!(*seen.borrow(), None);
            sleep(Duration::from_secs(2)).await;
            assert_eq!(*seen.borrow(), Some(StorageFault::Stalls));
            7
        };
        assert_eq!(answered(writing, &fault).await, 7);
    }

    #[tokio::test]
    async fn the_newest_is_written_and_so_is_the_last_word() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = file(directory.path());
        let mut recorder = Recorder::start(file.clone());
        recorder.record(1);
        until_written(&file, 1).await;
        recorder.record(2);
        recorder.record(3);
        until_written(&file, 3).await;
        recorder.finish(4, PATIENCE).await;
        assert_eq!(on_disk(&file), Some(4));
    }

    #[tokio::test]
    async fn what_a_crash_leaves_behind_is_still_written() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = file(directory.path());
        let mut recorder = Recorder::start(file.clone());
        recorder.record(1);
        drop(recorder);
        until_written(&file, 1).await;
    }

    #[tokio::test(start_paused = true)]
    async fn counters_are_written_now_and_then_and_what_happened_at_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut recorder = Recorder::start(file(directory.path()));
        assert!(recorder.is_due(false), "nothing was written yet");
        recorder.record(1);
        assert!(!recorder.is_due(false));
        assert!(recorder.is_due(true));
        tokio::time::advance(COUNTERS_EVERY).await;
        assert!(recorder.is_due(false));
    }

    #[tokio::test]
    async fn a_disk_that_refuses_is_tried_with_the_next_news() {
        let directory = tempfile::tempdir().expect("a directory");
        let in_the_way = directory.path().join("state");
        fs::write(&in_the_way, b"no directory").expect("written");
        let file = file(&in_the_way);
        let mut recorder = Recorder::start(file.clone());
        recorder.record(1);
        until_fault(&recorder, Some(StorageFault::Fails)).await;
        fs::remove_file(&in_the_way).expect("removed");
        recorder.record(2);
        until_written(&file, 2).await;
        until_fault(&recorder, None).await;
        recorder.finish(3, PATIENCE).await;
        assert_eq!(on_disk(&file), Some(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_refuses_is_tried_again_by_itself() {
        let directory = tempfile::tempdir().expect("a directory");
        let in_the_way = directory.path().join("state");
        fs::write(&in_the_way, b"no directory").expect("written");
        let file = file(&in_the_way);
        let mut recorder = Recorder::start(file.clone());
        recorder.record(1);
        sleep(RETRY / 2).await;
        fs::remove_file(&in_the_way).expect("removed");
        until_written(&file, 1).await;
    }
}
