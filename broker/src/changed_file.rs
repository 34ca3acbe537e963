//! Notices when a file has changed.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// File systems stamp in steps: a file that changed so recently may change again within the same stamp.
const STAMPS_SETTLE: Duration = Duration::from_secs(2);

/// A file that is looked at now and then.
#[derive(Debug)]
pub(crate) struct ChangedFile {
    path: PathBuf,
    seen: Option<Stamp>,
    content: Option<Vec<u8>>,
}

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl ChangedFile {
    /// Begins with what the file holds now.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = Self {
            path: path.to_owned(),
            seen: None,
            content: None,
        };
        file.look()?;
        Ok(file)
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it held when it was looked at last.
    pub fn content(&self) -> &[u8] {
        self.content.as_deref().unwrap_or_default()
    }

    /// Looks again. True when it holds something else than last time.
    pub fn look(&mut self) -> io::Result<bool> {
        let stamp = settled_stamp(&fs::metadata(&self.path)?);
        if stamp.is_some() && stamp == self.seen {
            return Ok(false);
        }
        let content = fs::read(&self.path)?;
        self.seen = stamp;
        let is_new = self.content.as_ref() != Some(&content);
        self.content = Some(content);
        Ok(is_new)
    }
}

/// `None` while another change could leave the same stamp.
fn settled_stamp(metadata: &Metadata) -> Option<Stamp> {
    let changed = u64::try_from(metadata.ctime()).ok()?;
    let age = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH + Duration::from_secs(changed))
        .ok()?;
    (age > STAMPS_SETTLE).then(|| Stamp {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.size(),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_noticed_whatever_the_stamps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "1").unwrap();
        let mut file = ChangedFile::open(&path).unwrap();
        assert_eq!(file.content(), b"1");
        for number in 2..10 {
            assert!(!file.look().unwrap());
            // The same size, and mostly the same stamp.
            fs::write(&path, number.to_string()).unwrap();
            assert!(file.look().unwrap(), "{number}");
        }
        fs::remove_file(&path).unwrap();
        assert!(file.look().is_err());
        assert_eq!(file.content(), b"9", "what it held is still known");
        fs::write(&path, "9").unwrap();
        assert!(!file.look().unwrap(), "nothing has changed");
    }
}
