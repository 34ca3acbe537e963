//! The snapshot file: read at the start, replaced whole, put aside when it cannot be used.

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use releve_files::{replace, with_suffix};
use releve_protocol::NodeId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::format::{self, Unreadable};

/// The longest file that is read, bytes: many times what a snapshot takes.
const LENGTH_MAX: u64 = 1 << 20;

/// Its permissions.
const MODE: u32 = 0o644;

/// Where a node's snapshot is kept. Every call may wait for the disk.
#[derive(Debug, Clone)]
pub struct SnapshotFile {
    path: PathBuf,
}

/// What was found at the start.
#[derive(Debug)]
pub enum Found<S> {
    /// The snapshot of an earlier run.
    Snapshot(S),
    /// No file: the first start.
    Nothing,
    /// A file that is no snapshot to go on from.
    Unreadable(Unreadable),
}

impl SnapshotFile {
    /// The file of that node in that directory.
    #[must_use]
    pub fn of(directory: &Path, node: &NodeId) -> Self {
        Self {
            path: directory.join(format!("{node}.snapshot")),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it.
    ///
    /// # Errors
    /// If the disk does not give what it has; it may do so another time.
    pub fn read<S: DeserializeOwned>(&self) -> io::Result<Found<S>> {
        let mut bytes = Vec::new();
        match File::open(&self.path) {
            // One byte more, so that a longer file is not taken for its beginning.
            Ok(file) => file.take(LENGTH_MAX + 1).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(error),
        };
        Ok(match format::decode(&bytes) {
            Ok(snapshot) => Found::Snapshot(snapshot),
            Err(unreadable) => Found::Unreadable(unreadable),
        })
    }

    /// Replaces it: whoever reads sees the old one or the new one, even after a power cut.
    ///
    /// # Errors
    /// If the disk does not take it; the old one stays then.
    pub fn write(&self, snapshot: &impl Serialize) -> io::Result<()> {
        let bytes = format::encode(snapshot)?;
        if let Some(directory) = self.path.parent() {
            fs::create_dir_all(directory)?;
        }
        // Whoever runs the node or its tools next, as another user, must find what was latched; nothing in it is
        // secret, and the directory says who comes that far.
        let readable = |new: &File| new.set_permissions(Permissions::from_mode(MODE));
        replace(&self.path, &bytes, readable)
    }

    /// Puts it aside with the ending `.bad`, for people to look at; says where it is now. An earlier
    /// one that was put aside is replaced.
    ///
    /// # Errors
    /// If the disk does not let it be moved.
    pub fn put_aside(&self) -> io::Result<PathBuf> {
        let bad = with_suffix(&self.path, ".bad");
        fs::rename(&self.path, &bad)?;
        Ok(bad)
    }

    /// Keeps a copy of it with the ending `.bad`; says where.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn copy_aside(&self) -> io::Result<PathBuf> {
        let bad = with_suffix(&self.path, ".bad");
        fs::copy(&self.path, &bad)?;
        Ok(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(directory: &Path) -> SnapshotFile {
        SnapshotFile::of(directory, &"site-1".parse().expect("an id"))
    }

    fn found(file: &SnapshotFile) -> Found<String> {
        file.read().expect("a disk that answers")
    }

    #[test]
    fn what_was_written_last_is_found() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = file(&directory.path().join("state"));
        assert!(matches!(found(&file), Found::Nothing));
        for text in ["first", "second"] {
            file.write(&text).expect("written");
            assert!(matches!(found(&file), Found::Snapshot(found) if found == text));
        }
        let names = fs::read_dir(directory.path().join("state")).expect("a directory");
        assert_eq!(names.count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_half_written_new_one_does_not_count() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = file(directory.path());
        file.write(&"whole").expect("written");
        fs::write(with_suffix(file.path(), ".new"), b"releve-snap").expect("written");
        assert!(matches!(found(&file), Found::Snapshot(text) if text == "whole"));
        file.write(&"next").expect("written");
        assert!(matches!(found(&file), Found::Snapshot(text) if text == "next"));
    }

    #[test]
    fn a_bad_one_is_put_aside_whole() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = file(directory.path());
        fs::write(file.path(), b"torn").expect("written");
        assert!(matches!(found(&file), Found::Unreadable(_)));
        let bad = file.put_aside().expect("moved");
        assert_eq!(bad.extension().and_then(|name| name.to_str()), Some("bad"));
        assert_eq!(fs::read(bad).expect("still there"), b"torn");
        assert!(matches!(found(&file), Found::Nothing));
    }

    #[test]
    fn a_disk_that_refuses_is_an_error_and_keeps_the_old_one() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = file(directory.path());
        file.write(&"old").expect("written");
        fs::create_dir(with_suffix(file.path(), ".new")).expect("in the way");
        assert!(file.write(&"new").is_err());
        assert!(matches!(found(&file), Found::Snapshot(text) if text == "old"));
        let inside_a_file = SnapshotFile::of(file.path(), &"b".parse().expect("an id"));
        assert!(inside_a_file.write(&"anything").is_err());
        assert!(inside_a_file.read::<String>().is_err());
    }
}
