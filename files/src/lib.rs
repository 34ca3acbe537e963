//! Files that a person or a program writes: replaced whole, by [`Ownership`] with owner and permissions as they
//! were; changed by one
//! program at a time; and refused in words, with their line, where they cannot be followed.

mod claim;
mod links;
mod lock;
mod ownership;
mod private;
mod refusal;
mod whole;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

pub use lock::Lock;
pub use ownership::Ownership;
pub use private::create_private;
pub use refusal::{Refusal, Source, read_text};
pub use whole::replace;

/// The path with that at its end.
#[must_use]
pub fn with_suffix(path: &Path, suffix: impl AsRef<OsStr>) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
