//! The parts of a running bridge: one that ends before the bridge is stopped is noticed.
//!
//! None is started anew by itself: what a panic left in memory cannot be trusted, and a whole new start reads
//! everything from the store, which a kill at any moment does not harm. So the program ends with an error, and
//! whoever started it starts it again.

use std::sync::{Arc, OnceLock};
use std::thread;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::error;

/// Which part ended first, if one did. Clones share it.
#[derive(Debug, Clone)]
pub struct Parts {
    first: Arc<OnceLock<String>>,
    failed: CancellationToken,
    stop: CancellationToken,
}

/// Noticed when it is dropped, in a panic too.
struct End {
    name: &'static str,
    parts: Parts,
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.parts.stop.is_cancelled() {
            self.parts.ended(self.name, thread::panicking());
        }
    }
}

impl Parts {
    /// None yet; they may end once `stop` is cancelled.
    #[must_use]
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            first: Arc::default(),
            failed: CancellationToken::new(),
            stop,
        }
    }

    /// Runs a part.
    pub fn spawn(
        &self,
        name: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        let end = End {
            name,
            parts: self.clone(),
        };
        tokio::spawn(async move {
            let _end = end;
            work.await;
        })
    }

    fn ended(&self, name: &'static str, panicked: bool) {
        let how = if panicked {
            "has failed"
        } else {
            "has ended by itself"
        };
        let reason = format!("the bridge's part {name:?} {how}: start the bridge anew");
        error!(%reason, "the bridge cannot go on");
        // Others may end because of the first one.
        self.first.get_or_init(|| reason);
        self.failed.cancel();
    }

    /// Whether all of them run.
    ///
    /// # Errors
    /// Says which one does not.
    pub fn check(&self) -> Result<(), String> {
        self.first.get().cloned().map_or(Ok(()), Err)
    }

    /// Waits until one of them has ended; which one, in a sentence.
    pub async fn failed(&self) -> String {
        self.failed.cancelled().await;
        self.first.get().cloned().unwrap_or_default()
    }
}
