//! How far the retained messages are on disk, for whoever waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{error, info};

use super::database::DiskFault;

/// How long an answer waits for the disk before the disk counts as stalled.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

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

/// Where the thread that writes tells how far it is.
pub(super) struct Report {
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

    /// Of a disk that takes what it is given, or of a store that lives in memory.
    pub(super) fn of(takes: bool) -> (Report, Self) {
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

    /// Somebody has waited for too long for the change of that number: nobody waits any more, until the disk
    /// answers.
    pub fn give_up_waiting(&self, sequence: u64) {
        let was_stalled = self.is_stalled.swap(true, Ordering::AcqRel);
        if self.progress.borrow().written >= sequence {
            // It answered in this very moment, and takes the mark back only with its next answer.
            self.is_stalled.store(false, Ordering::Release);
        } else if !was_stalled {
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

impl Report {
    /// The changes up to that number are written.
    pub fn written(&self, sequence: u64) {
        let was = self.progress.send_replace(Progress {
            written: sequence,
            takes: true,
        });
        let was_stalled = self.is_stalled.swap(false, Ordering::AcqRel);
        if was_stalled || !was.takes {
            info!("the disk takes retained messages again");
        }
    }

    /// The disk did not take what it was given.
    pub fn refused(&self, fault: &DiskFault) {
        let mut is_news = false;
        self.progress.send_modify(|progress| {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_answers_in_the_last_moment_does_not_count_as_stalled() {
        let (report, durability) = Durability::of(true);
        report.written(7);
        durability.give_up_waiting(7);
        assert_eq!(durability.disk_takes(), Some(true));
        durability.give_up_waiting(8);
        assert_eq!(durability.disk_takes(), Some(false));
        report.written(8);
        assert_eq!(durability.disk_takes(), Some(true));
    }

    #[tokio::test]
    async fn nobody_waits_for_what_is_written_or_for_a_disk_that_refuses() {
        let (report, mut durability) = Durability::of(true);
        assert!(durability.may_tell(0) && !durability.may_tell(1));
        report.written(1);
        let far = Instant::now() + Duration::from_secs(60);
        durability.advanced(far).await;
        assert!(durability.may_tell(1) && !durability.may_tell(2));
        report.refused(&DiskFault::Full);
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
}
