//! Why a file that a person wrote is refused: with its line.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    file: PathBuf,
    line: Option<usize>,
    reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// A text and where it comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The file.
    pub file: &'a Path,
    /// What it holds.
    pub text: &'a str,
}

impl Source<'_> {
    /// The refusal of what stands at those bytes; of the whole file where there are none.
    pub fn refuse(self, at: Option<Range<usize>>, reason: impl Into<String>) -> Refusal {
        let line_of = |bytes: Range<usize>| {
            let before = self.text.as_bytes().iter().take(bytes.start);
            before.filter(|byte| **byte == b'\n').count() + 1
        };
        Refusal {
            file: self.file.to_owned(),
            line: at.map(line_of),
            reason: reason.into(),
        }
    }
}
