//! How far the server has come, and what was counted on the way; kept through restarts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// The name under which it is kept in the store.
pub const NAME: &str = "remote_write";

/// Samples that were not sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dropped {
    /// Their site's time is not real time.
    pub accelerated: u64,
    /// The server will never take them.
    pub refused: u64,
    /// Old rows were cut before the server had them.
    pub expired: u64,
    /// Their rows are damaged.
    pub damaged: u64,
}

/// What is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    /// The last row that is settled; `None`: none yet, so what was cut before is no loss.
    pub row: Option<i64>,
    /// Samples that the server took.
    pub samples: u64,
    /// Samples that were dropped.
    pub dropped: Dropped,
    /// Requests that were made again.
    pub retries: u64,
}

/// How sending stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// What is kept.
    pub saved: Saved,
    /// Whether the server answered the last request for good; `None` before the first.
    pub up: Option<bool>,
}

/// How sending stands, for whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    standing: Mutex<Standing>,
}

impl Progress {
    /// As an earlier run left it.
    ///
    /// # Errors
    /// If what it left cannot be read.
    pub fn recover(kept: Option<&String>) -> Result<Self, serde_json::Error> {
        let saved = kept.map(|kept| serde_json::from_str(kept)).transpose()?;
        let standing = Standing {
            saved: saved.unwrap_or_default(),
            up: None,
        };
        Ok(Self {
            standing: Mutex::new(standing),
        })
    }

    /// How it stands now.
    #[must_use]
    pub fn now(&self) -> Standing {
        *self.lock()
    }

    /// Changes it.
    pub fn change(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        (self.standing.lock()).unwrap_or_else(PoisonError::into_inner)
    }
}
