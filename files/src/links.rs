//! Symbolic links on the way to a file.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The longest chain of links, as the kernel has it.
const MOST_LINKS: usize = 40;

/// Where a file is, or would be, once its own links are followed; those of the folders on its way may stay.
pub(crate) fn followed(file: &Path) -> io::Result<PathBuf> {
    let mut at = file.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&at) {
            Ok(target) => at = at.parent().unwrap_or(Path::new("")).join(target),
            // No link, or nothing yet.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::NotFound
                ) =>
            {
                return Ok(at);
            }
            Err(error) => return Err(error),
        }
    }
    let why = format!("{} leads from link to link without end", file.display());
    Err(io::Error::other(why))
}
