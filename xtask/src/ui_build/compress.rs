//! Compresses the files of a folder once, at build time, as well as it can be done.

use super::files_below;
use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// File types that are text or code; pictures and fonts are compressed already.
const COMPRESSIBLE: [&str; 8] = [
    "css",
    "html",
    "js",
    "json",
    "svg",
    "txt",
    "wasm",
    "webmanifest",
];

/// Writes `<file>.br` and `<file>.gz` beside each compressible file, where they are smaller.
pub fn folder(folder: &Path) -> Result<()> {
    for file in files_below(folder)? {
        let is_compressible = file.extension().is_some_and(|kind| {
            COMPRESSIBLE
                .iter()
                .any(|compressible| kind == *compressible)
        });
        if is_compressible {
            compress_file(&folder.join(file))?;
        }
    }
    Ok(())
}

fn compress_file(path: &Path) -> Result<()> {
    let plain = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    for (suffix, compressed) in [("br", brotli(&plain)?), ("gz", gzip(&plain)?)] {
        if compressed.len() < plain.len() {
            let target = with_suffix(path, suffix);
            fs::write(&target, compressed)
                .with_context(|| format!("could not write {}", target.display()))?;
        }
    }
    Ok(())
}

/// The path of a file's compressed form: `app.js` and `br` give `app.js.br`.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn brotli(plain: &[u8]) -> Result<Vec<u8>> {
    let best = BrotliEncoderParams {
        quality: 11,
        size_hint: plain.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*plain, &mut compressed, &best)
        .context("brotli compression failed")?;
    Ok(compressed)
}

fn gzip(plain: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(plain)
        .context("gzip compression failed")?;
    encoder.finish().context("gzip compression failed")
}

#[cfg(test)]
mod tests {
    use super::folder;
    use std::fs;
    use std::io::Read;

    #[test]
    fn text_gets_both_forms_and_pictures_none() -> anyhow::Result<()> {
        let scratch = tempfile::tempdir()?;
        let text = "relay closed, relay open\n".repeat(100);
        fs::create_dir_all(scratch.path().join("snippets"))?;
        fs::write(scratch.path().join("snippets/a.js"), &text)?;
        fs::write(scratch.path().join("icon.png"), &text)?;
        fs::write(scratch.path().join("tiny.txt"), "x")?;
        folder(scratch.path())?;

        let mut unpacked = String::new();
        let brotli = fs::read(scratch.path().join("snippets/a.js.br"))?;
        brotli::Decompressor::new(&*brotli, 4096).read_to_string(&mut unpacked)?;
        assert_eq!(unpacked, text);
        unpacked.clear();
        let gzip = fs::read(scratch.path().join("snippets/a.js.gz"))?;
        flate2::read::GzDecoder::new(&*gzip).read_to_string(&mut unpacked)?;
        assert_eq!(unpacked, text);
        assert!(!scratch.path().join("icon.png.br").exists());
        assert!(
            !scratch.path().join("tiny.txt.gz").exists(),
            "it would be larger than the file itself"
        );
        Ok(())
    }
}
