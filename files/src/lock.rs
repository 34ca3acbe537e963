//! One program at a time changes a file.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::claim::claim;
use crate::links::followed;
use crate::with_suffix;

/// How often whoever waits looks again.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Held from reading a file to replacing it, so that no change by another program is lost in between. Ends when
/// dropped, and with the process.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _held: File,
}

impl Lock {
    /// Locks a file, which need not be there yet, against others who do so. Waits so long for them. While it is held
    /// there is a file beside it, with the ending `.lock`.
    ///
    /// # Errors
    /// If another program holds it all the while, or the disk does not take it.
    pub fn of(file: &Path, patience: Duration) -> io::Result<Self> {
        let path = with_suffix(&followed(file)?, ".lock");
        let deadline = Instant::now() + patience;
        loop {
            if let Some(held) = claim(&path)? {
                return Ok(Self { path, _held: held });
            }
            if Instant::now() >= deadline {
                let why = format!(
                    "another program is changing it, and holds {}: try again when it is done",
                    path.display()
                );
                return Err(io::Error::new(io::ErrorKind::WouldBlock, why));
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While the lock is held, or it would be somebody else's file. One that stays is cleared away by the next.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_waits_for_the_first_and_nothing_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("users.toml");
        let link = folder.path().join("link.toml");
        std::os::unix::fs::symlink("users.toml", &link).expect("linked");
        let first = Lock::of(&file, Duration::ZERO).expect("free");
        for name in [&file, &link] {
            let why = Lock::of(name, Duration::ZERO)
                .expect_err("held")
                .to_string();
            assert!(why.contains("users.toml.lock"), "{why}");
        }
        let waiting = {
            let file = file.clone();
            thread::spawn(move || Lock::of(&file, Duration::from_mins(1)).is_ok())
        };
        drop(first);
        assert!(waiting.join().expect("no panic"), "it got its turn");
        let left = fs::read_dir(folder.path()).expect("listed").count();
        assert_eq!(left, 1, "the link alone");
    }
}
