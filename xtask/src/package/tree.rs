//! The folder that `dpkg-deb` makes the package of.

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// May be read by all, and written by its owner.
pub const DATA: u32 = 0o644;
/// The same, and run.
pub const PROGRAM: u32 = 0o755;

/// A folder that is filled with files.
pub struct Tree {
    root: PathBuf,
    bytes: u64,
}

impl Tree {
    /// An empty one, in the place of what lay there.
    ///
    /// # Errors
    /// If the folder cannot be emptied or made.
    pub fn begin(root: PathBuf) -> Result<Self> {
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        let tree = Self { root, bytes: 0 };
        tree.folder(&tree.root)?;
        Ok(tree)
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What its files take, kB, rounded up.
    pub fn kilobytes(&self) -> u64 {
        self.bytes.div_ceil(1024)
    }

    /// Adds a file with the folders above it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, path: &str, content: &[u8], mode: u32) -> Result<()> {
        let file = self.root.join(path);
        let folders = Path::new(path).parent().unwrap_or(Path::new(""));
        let mut folder = self.root.clone();
        for part in folders {
            folder.push(part);
            self.folder(&folder)?;
        }
        fs::write(&file, content).with_context(|| format!("could not write {}", file.display()))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
        self.bytes += content.len() as u64;
        Ok(())
    }

    /// A folder as in a system, whatever this process leaves out for others.
    fn folder(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
        fs::set_permissions(folder, fs::Permissions::from_mode(PROGRAM))?;
        Ok(())
    }
}

/// As `gzip -9n` does: without the name and the time of a file, so that the same is the same.
///
/// # Errors
/// None in memory.
pub fn compressed(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}
