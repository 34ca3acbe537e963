//! One bridge to a directory: two would number their rows the same.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::StoreError;

/// The file that is locked, in the state directory.
const FILE_NAME: &str = "bridge.lock";
/// A bridge that is just ending still holds it.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often it is tried.
const EVERY: Duration = Duration::from_millis(50);

/// Takes the directory for this bridge, for as long as the file is open.
///
/// # Errors
/// If another one has it, or the disk does not give it.
pub fn take(directory: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(directory.join(FILE_NAME))?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Err(TryLockError::WouldBlock) if began.elapsed() >= PATIENCE => {
                return Err(StoreError::InUse);
            }
            Err(TryLockError::WouldBlock) => sleep(EVERY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_waits_for_the_first_to_end_but_not_for_ever() {
        let directory = tempfile::tempdir().expect("a directory");
        let first = take(directory.path()).expect("taken");
        let refused = take(directory.path()).expect_err("taken already");
        assert!(refused.to_string().contains("two bridges"), "{refused}");
        let path = directory.path().to_owned();
        let second = std::thread::spawn(move || take(&path).map(drop));
        drop(first);
        second.join().expect("no panic").expect("free again");
    }
}
