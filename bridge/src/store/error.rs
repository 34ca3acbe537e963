//! What the disk may do to the store.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

/// The store does not do what the bridge needs.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// There is no room.
    #[error("the disk is full: make room on it")]
    Full,
    /// Another program has the database open.
    #[error("another program has it open: two bridges must not share a state directory")]
    InUse,
    /// What is there is no store of ours.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The file belongs to another program.
    #[error("it is a database of another program: give the bridge a directory of its own")]
    Foreign,
    /// A newer program has written it.
    #[error(
        "it is of version {found}, and this program knows versions up to {known}: update the bridge"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// Too many questions wait for the disk.
    #[error("its disk does not answer as fast as it is asked: try again later")]
    Busy,
    /// The thread that writes has ended.
    #[error("the bridge is stopping")]
    Stopped,
    /// The disk, or the database on it, does not work.
    #[error("{0}")]
    Disk(String),
}

/// Why the bridge cannot start with that store.
#[derive(Debug, thiserror::Error)]
#[error("the store {} cannot be used: {reason}; --state names its directory", path.display())]
pub struct OpenError {
    /// The database.
    pub path: PathBuf,
    /// Why not.
    pub reason: StoreError,
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
        Self::Disk(format!("a record cannot be written or read: {error}"))
    }
}
