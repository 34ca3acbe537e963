//! Files that are replaced whole: whoever reads sees the old one or the new one, even after a power cut.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Puts those bytes in the file's place. `prepare` gives the new file its owner and permissions before anything
/// is in it. What is written first lies beside it, with the ending `.new`.
///
/// # Errors
/// If the disk does not take it; the file is what it was then.
pub(crate) fn replace(
    file: &Path,
    bytes: &[u8],
    prepare: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let new = with_suffix(file, ".new");
    let mut output = File::create(&new)?;
    prepare(&output)?;
    output.write_all(bytes)?;
    output.sync_all()?;
    fs::rename(&new, file)?;
    // The new name, too, must be on the disk.
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// The path with that at its end.
#[must_use]
pub(crate) fn with_suffix(path: &Path, suffix: impl AsRef<OsStr>) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
