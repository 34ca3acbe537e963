//! The self-test: a message to ourselves through the router, now and then.
//!
//! It runs in a thread of its own, so that it also notices a router that blocks every other task.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tracing::error;

use crate::router::{ProbeLink, RouterGone, RouterHandle};

/// Runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Watchdog {
    /// Dropping the sender ends the thread.
    _stop: mpsc::Sender<()>,
    failed: watch::Receiver<Option<String>>,
}

impl Watchdog {
    /// Starts testing the router every `every`; it counts as dead when a message takes longer than
    /// `within`. Blocks until the router has answered once.
    pub fn start_blocking(
        router: &Arc<RouterHandle>,
        every: Duration,
        within: Duration,
    ) -> Result<Self, WatchdogFault> {
        let probe = router.open_probe_blocking()?;
        let (stop, stopped) = mpsc::channel();
        let (report, failed) = watch::channel(None);
        std::thread::Builder::new()
            .name("broker-self-test".to_owned())
            .spawn(move || watch(probe, &stopped, &report, every, within))?;
        Ok(Self {
            _stop: stop,
            failed,
        })
    }

    /// Waits until the router is dead; says how it was noticed.
    pub async fn failed(&self) -> String {
        let mut failed = self.failed.clone();
        let why = failed
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|why| why.clone());
        match why {
            Some(why) => why,
            // The thread has ended without a report: the watchdog was stopped.
            None => std::future::pending().await,
        }
    }
}

/// Why the self-test could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchdogFault {
    #[error(transparent)]
    RouterGone(#[from] RouterGone),
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

fn watch(
    mut probe: ProbeLink,
    stopped: &mpsc::Receiver<()>,
    report: &watch::Sender<Option<String>>,
    every: Duration,
    within: Duration,
) {
    loop {
        match stopped.recv_timeout(every) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
        if probe.round_trip(Instant::now() + within).is_err() {
            let why =
                format!("the message router did not return a message to itself within {within:?}");
            error!("{why}");
            report.send_replace(Some(why));
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;

    #[tokio::test]
    async fn a_dead_router_is_reported() {
        let router = RouterHandle::spawn(&Limits::default());
        let time = Duration::from_millis(50);
        let watchdog = Watchdog::start_blocking(&router, time, Duration::from_secs(5)).unwrap();
        router.kill();
        let why = tokio::time::timeout(Duration::from_secs(20), watchdog.failed())
            .await
            .unwrap();
        assert!(why.contains("router"), "{why}");
    }

    #[tokio::test]
    async fn a_living_router_is_not_reported() {
        let router = RouterHandle::spawn(&Limits::default());
        let probe = router.open_probe_blocking();
        let mut probe = probe.unwrap();
        for _ in 0..250 {
            probe
                .round_trip(Instant::now() + Duration::from_secs(10))
                .unwrap();
        }
    }
}
