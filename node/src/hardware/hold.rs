//! Keeping other programs of Releve from a device by a lock on its file.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// The claim to a device for as long as its file exists.
///
/// The lock is on a descriptor of its own: a transfer that fails, and a device that is opened anew, leave it
/// alone. It ends with the program, whatever ends that, and when the file has gone: a device can only vanish
/// from the kernel once nobody holds its file.
#[derive(Debug)]
pub struct Hold {
    path: PathBuf,
    file: Option<File>,
}

/// Why the device is not held.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// Another program holds it.
    #[error("another program holds it")]
    Taken,
    /// There is no such file, or it cannot be opened.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Hold {
    /// The claim to the device of that file; nothing is locked yet.
    #[must_use]
    pub const fn of(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// Makes sure that the device is held.
    ///
    /// # Errors
    /// If it is not, or is not there.
    pub fn ensure(&mut self) -> Result<(), HoldError> {
        if !self.stands() {
            // Let go first: a device that was taken out can return only then.
            self.file = None;
            let file = File::open(&self.path)?;
            match file.try_lock() {
                Ok(()) => self.file = Some(file),
                Err(TryLockError::WouldBlock) => return Err(HoldError::Taken),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Whether the file that is locked is still the one that others open.
    fn stands(&self) -> bool {
        let Some(held) = self.file.as_ref().and_then(|file| file.metadata().ok()) else {
            return false;
        };
        let same = |now: fs::Metadata| (now.dev(), now.ino()) == (held.dev(), held.ino());
        fs::metadata(&self.path).is_ok_and(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_holds_a_device_until_its_file_is_gone() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("i2c-1");
        let (mut first, mut second) = (Hold::of(path.clone()), Hold::of(path.clone()));
        assert!(matches!(first.ensure(), Err(HoldError::Io(_))));
        fs::write(&path, "").expect("written");
        for _ in 0..2 {
            first.ensure().expect("free");
            assert!(matches!(second.ensure(), Err(HoldError::Taken)));
        }

        fs::remove_file(&path).expect("taken out");
        assert!(matches!(first.ensure(), Err(HoldError::Io(_))));
        assert!(first.file.is_none(), "nothing keeps it from vanishing");
        fs::write(&path, "").expect("written");
        second.ensure().expect("free");
        assert!(matches!(first.ensure(), Err(HoldError::Taken)));
        drop(second);
        first.ensure().expect("free");
    }

    #[test]
    fn another_device_of_the_same_name_is_locked_anew() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("i2c-1");
        fs::write(&path, "").expect("written");
        let mut hold = Hold::of(path.clone());
        hold.ensure().expect("free");
        let other = directory.path().join("other");
        fs::write(&other, "").expect("written");
        fs::rename(&other, &path).expect("in its place");
        hold.ensure().expect("free");
        assert!(matches!(Hold::of(path).ensure(), Err(HoldError::Taken)));
    }
}
