//! Writes snapshots beside the control loop, which never waits for it.

use std::io;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep, timeout};
use tracing::{Instrument, error, info, warn};

use super::due::{Due, Remembered};
use super::file::SnapshotFile;
use crate::log_throttle::LogThrottle;

/// How long after a failure the disk is tried again, unless there is something newer to write.
const RETRY: Duration = Duration::from_secs(30);
/// How often a disk that refuses is reported.
const REPORT_EVERY: Duration = Duration::from_secs(10 * 60);

/// Hands snapshots to the task that writes them. Dropped, it lets that task write the last one.
pub struct Recorder<S> {
    due: Due<S>,
    newest: watch::Sender<Option<S>>,
    task: JoinHandle<()>,
}

impl<S: Remembered + Serialize + Send + Sync + 'static> Recorder<S> {
    /// Writes to that file, which holds `on_disk`.
    #[must_use]
    pub fn start(file: SnapshotFile, on_disk: Option<S>) -> Self {
        let (newest, receiver) = watch::channel(None);
        Self {
            due: Due::new(on_disk, Instant::now()),
            newest,
            task: tokio::spawn(write_newest(file, receiver).in_current_span()),
        }
    }

    /// Takes note of a snapshot; returns at once.
    pub fn offer(&mut self, snapshot: &S) {
        if self.due.is_due(snapshot, Instant::now()) {
            self.newest.send_replace(Some(snapshot.clone()));
        }
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
) {
    let mut failing = LogThrottle::new(REPORT_EVERY);
    while newest.changed().await.is_ok() {
        loop {
            let Some(snapshot) = newest.borrow_and_update().clone() else {
                break;
            };
            let Err(problem) = write(&file, snapshot).await else {
                if failing.ended() {
                    info!("{} is written again", file.path().display());
                }
                break;
            };
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

    /// A decision and a counter.
    #[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
    struct Small(u32, u32);

    impl Remembered for Small {
        fn without_counters(&self) -> Self {
            Self(self.0, 0)
        }
    }

    const PATIENCE: Duration = Duration::from_secs(60);

    fn file(directory: &Path) -> SnapshotFile {
        SnapshotFile::of(directory, &"site-1".parse().expect("an id"))
    }

    fn on_disk(file: &SnapshotFile) -> Option<Small> {
        match file.read().expect("a disk that answers") {
            Found::Snapshot(snapshot) => Some(snapshot),
            Found::Nothing => None,
            Found::Unreadable(why) => panic!("{why}"),
        }
    }

    async fn until_written(file: &SnapshotFile, wanted: &Small) {
        let written = async {
            while on_disk(file).as_ref() != Some(wanted) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, written).await.expect("written");
    }

    #[tokio::test]
    async fn decisions_are_written_at_once_and_the_last_word_is_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = file(directory.path());
        let mut recorder = Recorder::start(file.clone(), None);
        recorder.offer(&Small(1, 1));
        until_written(&file, &Small(1, 1)).await;
        recorder.offer(&Small(1, 2));
        recorder.offer(&Small(2, 3));
        until_written(&file, &Small(2, 3)).await;
        recorder.offer(&Small(2, 4));
        recorder.finish(Small(2, 5), PATIENCE).await;
        assert_eq!(on_disk(&file), Some(Small(2, 5)));
    }

    #[tokio::test]
    async fn a_disk_that_refuses_is_tried_with_the_next_news() {
        let directory = tempfile::tempdir().expect("a directory");
        let in_the_way = directory.path().join("state");
        fs::write(&in_the_way, b"no directory").expect("written");
        let file = file(&in_the_way);
        let mut recorder = Recorder::start(file.clone(), None);
        recorder.offer(&Small(1, 0));
        fs::remove_file(&in_the_way).expect("removed");
        recorder.offer(&Small(2, 0));
        until_written(&file, &Small(2, 0)).await;
        recorder.finish(Small(3, 0), PATIENCE).await;
        assert_eq!(on_disk(&file), Some(Small(3, 0)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_refuses_is_tried_again_by_itself() {
        let directory = tempfile::tempdir().expect("a directory");
        let in_the_way = directory.path().join("state");
        fs::write(&in_the_way, b"no directory").expect("written");
        let file = file(&in_the_way);
        let mut recorder = Recorder::start(file.clone(), None);
        recorder.offer(&Small(1, 0));
        tokio::time::sleep(RETRY / 2).await;
        fs::remove_file(&in_the_way).expect("removed");
        until_written(&file, &Small(1, 0)).await;
    }
}
