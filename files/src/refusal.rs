//! Why a file that a person wrote is refused: with its line.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

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
pub struct Source<'a> {
    /// The file.
    pub file: &'a Path,
    /// What it holds.
    pub text: &'a str,
}

impl Source<'_> {
    /// The refusal of what stands at those bytes; of the whole file where there are none.
    #[must_use]
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

/// What a file holds.
///
/// # Errors
/// If it cannot be read, or is no text.
pub fn read_text(file: &Path) -> Result<String, Refusal> {
    fs::read_to_string(file).map_err(|error| {
        let nothing = Source { file, text: "" };
        nothing.refuse(None, format!("it cannot be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_file_the_line_and_the_reason() {
        let source = Source {
            file: Path::new("site.toml"),
            text: "a = 1\nb = 2\n",
        };
        let told = |at| source.refuse(at, "no").to_string();
        assert_eq!(told(Some(0..1)), "site.toml, line 1: no");
        assert_eq!(told(Some(6..7)), "site.toml, line 2: no");
        assert_eq!(told(None), "site.toml: no");
        let missing = read_text(Path::new("/nowhere/site.toml")).expect_err("missing");
        let missing = missing.to_string();
        assert!(
            missing.starts_with("/nowhere/site.toml: it cannot be read: "),
            "{missing}"
        );
    }
}
