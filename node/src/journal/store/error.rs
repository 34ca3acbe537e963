//! What the disk may do to the journal.

use std::io;

use releve_control::decision::StorageFault;
use rusqlite::ErrorCode;

/// The disk does not do what the journal needs.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room.
    #[error("the disk is full: make room on it")]
    Full,
    /// Another program has the database open.
    #[error("another program has it open: two nodes must not share a state directory and an id")]
    InUse,
    /// What is there is no journal of ours.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The file is not there any more.
    #[error("{0}: is the disk still mounted?")]
    Gone(&'static str),
    /// A newer program has written it.
    #[error(
        "it is of version {found}, and this program knows versions up to {known}: update the node"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// The disk, or the database on it, does not work.
    #[error("{0}")]
    Disk(String),
}

impl StoreError {
    /// What the controller is told.
    #[must_use]
    pub const fn fault(&self) -> StorageFault {
        match self {
            Self::Full => StorageFault::Full,
            _ => StorageFault::Fails,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Disk(error.to_string()),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::StorageFull {
            Self::Full
        } else {
            Self::Disk(error.to_string())
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Disk(format!("a record cannot be written: {error}"))
    }
}
