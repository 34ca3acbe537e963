//! Files that nobody else may read.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Makes an empty file that nobody else may read, unless there is one. For databases: what SQLite puts beside the file
/// gets the same permissions. One that is there is not opened: closing it would end this program's locks on it.
///
/// # Errors
/// If the disk does not take it.
pub fn create_private(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_file_is_its_owners_and_an_old_one_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let mode = || fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
        create_private(&path).expect("made");
        assert_eq!(mode(), 0o600);
        fs::write(&path, "x").expect("written");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("set");
        create_private(&path).expect("there");
        assert_eq!(
            (mode(), fs::read(&path).expect("read")),
            (0o640, b"x".to_vec())
        );
    }
}
