//! Files that one process alone has for as long as it lives. What a dead one left behind is cleared away: the
//! kernel's lock on a file, unlike the file, goes with its holder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Who makes the file may read it, and nobody else.
const MODE: u32 = 0o600;
/// Others may come in between so often.
const ATTEMPTS: usize = 10;

/// A new, empty file at that path, which is this process's own while it is open; `None`: a living process has one
/// there.
pub(crate) fn claim(path: &Path) -> io::Result<Option<File>> {
    for _ in 0..ATTEMPTS {
        let created = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(MODE)
            .open(path);
        match created {
            // Before it was locked, another process may have taken it for a dead one's.
            Ok(file) if locks(&file)? && is_at(&file, path)? => return Ok(Some(file)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !cleared(path)? {
                    return Ok(None);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Removes what a dead process left there; false where it is a living one's.
fn cleared(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => {
            let why = format!("{} is in the way: it is no plain file", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    }
    // Over NFS an exclusive lock needs a file that may be written.
    let opened = OpenOptions::new().read(true).write(true).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        // Another user's, of which nothing can be told.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(false),
        Err(error) => return Err(error),
    };
    if !locks(&file)? {
        return Ok(false);
    }
    // A living process may have put another one there meanwhile. Whoever removes it holds its lock: that is us now.
    if is_at(&file, path)? {
        fs::remove_file(path)?;
    }
    Ok(true)
}

fn locks(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether that path is still this file's.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let (open, there) = match fs::symlink_metadata(path) {
        Ok(there) => (file.metadata()?, there),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_it_and_a_dead_one_keeps_nobody_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("claimed");
        let first = claim(&path).expect("a disk").expect("it is free");
        assert!(claim(&path).expect("a disk").is_none());
        // As when its process ends: the file stays, the lock does not.
        drop(first);
        assert!(path.exists());
        let second = claim(&path).expect("a disk").expect("nobody has it");
        assert_eq!(second.metadata().expect("a file").mode() & 0o777, MODE);
    }

    #[test]
    fn what_is_no_plain_file_stays_and_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let victim = folder.path().join("victim");
        fs::write(&victim, "kept").expect("written");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&victim, &link).expect("linked");
        for path in [&link, folder.path()] {
            let why = claim(path).expect_err("in the way").to_string();
            assert!(why.contains("in the way"), "{why}");
        }
        assert_eq!(fs::read_to_string(&victim).expect("read"), "kept");
    }
}
