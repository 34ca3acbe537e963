//! How much a browser has to download.

use super::compress::with_suffix;
use super::files_below;
use anyhow::{Context, Result};
use std::fmt;
use std::path::{Path, PathBuf};

/// What the whole UI may weigh, as a browser that understands brotli downloads it.
const BROTLI_BUDGET_BYTES: u64 = 180_000;

/// The sizes of what is served, file by file.
pub struct Sizes {
    files: Vec<FileSize>,
}

struct FileSize {
    name: PathBuf,
    raw_bytes: u64,
    gzip_bytes: Option<u64>,
    brotli_bytes: Option<u64>,
}

impl Sizes {
    /// Reads the sizes in a folder that is ready to be served.
    pub fn of(folder: &Path) -> Result<Self> {
        let mut files = Vec::new();
        for name in files_below(folder)? {
            let is_compressed_form = name
                .extension()
                .is_some_and(|kind| kind == "br" || kind == "gz");
            if is_compressed_form {
                continue;
            }
            let path = folder.join(&name);
            let raw_bytes = path
                .metadata()
                .with_context(|| format!("could not read {}", path.display()))?
                .len();
            let compressed_bytes = |suffix| {
                with_suffix(&path, suffix)
                    .metadata()
                    .ok()
                    .map(|file| file.len())
            };
            let (gzip_bytes, brotli_bytes) = (compressed_bytes("gz"), compressed_bytes("br"));
            files.push(FileSize {
                name,
                raw_bytes,
                gzip_bytes,
                brotli_bytes,
            });
        }
        Ok(Self { files })
    }

    /// What a browser that understands brotli downloads in all.
    fn total_brotli_bytes(&self) -> u64 {
        self.files
            .iter()
            .map(|file| file.brotli_bytes.unwrap_or(file.raw_bytes))
            .sum()
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kilobytes = |bytes: u64| format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100);
        let compressed = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), kilobytes);
        writeln!(
            f,
            "  {:<28} {:>10} {:>10} {:>10}",
            "file", "raw", "gzip", "brotli"
        )?;
        for file in &self.files {
            let name = file.name.display().to_string();
            let (raw, gzip, brotli) = (
                kilobytes(file.raw_bytes),
                compressed(file.gzip_bytes),
                compressed(file.brotli_bytes),
            );
            writeln!(f, "  {name:<28} {raw:>10} {gzip:>10} {brotli:>10}")?;
        }
        let (total, budget) = (
            kilobytes(self.total_brotli_bytes()),
            kilobytes(BROTLI_BUDGET_BYTES),
        );
        writeln!(
            f,
            "  a browser downloads {total} in all (budget {budget}, compressed)"
        )
    }
}
