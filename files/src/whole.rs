//! Files that are replaced whole: whoever reads sees the old one or the new one, even after a power cut.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::claim::claim;
use crate::links::followed;
use crate::with_suffix;

/// Names for a new file, so many of which other programs may hold.
const MOST_NAMES: usize = 100;

/// Puts those bytes in the file's place; a link to the file stays one. What is written first lies beside it, with a
/// name that ends with `.new`, for its owner's eyes alone until `prepare` gives it its owner and permissions, which
/// is before anything is in it.
///
/// # Errors
/// If the disk does not take it; the file is what it was then, and nothing is left beside it.
pub fn replace(
    file: &Path,
    bytes: &[u8],
    prepare: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let file = followed(file)?;
    let (new, output) = beside(&file)?;
    let put = fill(&output, bytes, prepare).and_then(|()| fs::rename(&new, &file));
    if put.is_err() {
        // Of two errors the first one says more.
        let _ = fs::remove_file(&new);
    }
    put?;
    // The new name, too, must be on the disk.
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A new file of this process's own beside that one.
fn beside(file: &Path) -> io::Result<(PathBuf, File)> {
    for number in 1..=MOST_NAMES {
        let suffix = match number {
            1 => ".new".to_owned(),
            _ => format!(".{number}.new"),
        };
        let path = with_suffix(file, suffix);
        if let Some(new) = claim(&path)? {
            return Ok((path, new));
        }
    }
    let why = format!("too many programs write {}", file.display());
    Err(io::Error::new(io::ErrorKind::AlreadyExists, why))
}

fn fill(
    mut new: &File,
    bytes: &[u8],
    prepare: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    prepare(new)?;
    new.write_all(bytes)?;
    new.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    fn read(path: &Path) -> String {
        fs::read_to_string(path).expect("read")
    }

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).expect("listed").count()
    }

    #[test]
    fn only_its_owner_can_read_a_new_file_from_its_first_moment_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("users.toml");
        let prepare = |new: &File| {
            assert_eq!(new.metadata()?.mode() & 0o777, 0o600);
            Ok(())
        };
        replace(&file, b"secret", prepare).expect("written");
        assert_eq!(fs::metadata(&file).expect("a file").mode() & 0o777, 0o600);
        assert_eq!(names(folder.path()), 1, "nothing else is left");
    }

    #[test]
    fn links_stay_and_what_they_lead_to_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("another folder");
        let file = elsewhere.path().join("file");
        let first = folder.path().join("first");
        symlink("second", &first).expect("linked");
        symlink(&file, folder.path().join("second")).expect("linked");
        // A link that leads to nothing yet is one, too.
        for text in ["new", "newer"] {
            replace(&first, text.as_bytes(), |_| Ok(())).expect("replaced");
            assert_eq!(read(&file), text);
            assert!(fs::symlink_metadata(&first).expect("there").is_symlink());
        }
        let round = folder.path().join("round");
        symlink("round", &round).expect("linked");
        assert!(replace(&round, b"", |_| Ok(())).is_err());
    }

    #[test]
    fn two_who_write_at_the_same_time_both_write_whole_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        let between = |_: &File| replace(&file, b"of the second", |_| Ok(()));
        replace(&file, b"of the first", between).expect("both are written");
        assert_eq!(read(&file), "of the first", "it was there last");
        assert_eq!(names(folder.path()), 1);
    }

    #[test]
    fn what_a_dead_writer_left_is_cleared_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(with_suffix(&file, ".new"), "half of a text that was lon").expect("left");
        replace(&file, b"whole", |_| Ok(())).expect("replaced");
        assert_eq!(read(&file), "whole");
        assert_eq!(names(folder.path()), 1);
    }

    #[test]
    fn an_error_leaves_the_file_as_it_was_and_nothing_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "old").expect("written");
        let refused = replace(&file, b"new", |_| Err(io::Error::other("not like this")));
        assert_eq!(refused.expect_err("refused").to_string(), "not like this");
        assert_eq!(read(&file), "old");
        assert_eq!(names(folder.path()), 1);
    }
}
