//! Tells whether `ui/dist` is what the present sources would give: nothing is compressed twice.

use super::{Variant, files_below};
use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

/// The file that every complete build has.
const ENTRY_PAGE: &str = "index.html";

/// A short text that changes with anything that the build depends on: the variant, the compiled
/// UI, the static files, and the program that does the build.
pub fn of(variant: Variant, wasm: &Path, web: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    variant.hash(&mut hasher);
    builder_identity()?.hash(&mut hasher);
    contents(wasm)?.hash(&mut hasher);
    for file in files_below(web)? {
        file.hash(&mut hasher);
        contents(&web.join(&file))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Whether `dist` was made from what `stamp` stands for.
pub fn is_current(stamp_file: &Path, stamp: &str, dist: &Path) -> bool {
    dist.join(ENTRY_PAGE).is_file()
        && fs::read_to_string(stamp_file).is_ok_and(|written| written == stamp)
}

/// Remembers what `dist` was made from.
pub fn write(stamp_file: &Path, stamp: &str) -> Result<()> {
    fs::write(stamp_file, stamp).context("could not write the stamp of ui/dist")
}

/// Size and time of this program: compiled anew, it may compress or generate differently.
fn builder_identity() -> Result<(u64, std::time::SystemTime)> {
    let program = env::current_exe().context("could not find this program's own file")?;
    let file = program
        .metadata()
        .context("could not read this program's own file")?;
    Ok((file.len(), file.modified()?))
}

fn contents(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{Variant, is_current, of, write};
    use std::fs;

    #[test]
    fn a_changed_static_file_or_variant_makes_the_folder_stale() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let (wasm, web, dist) = (
            folder.path().join("ui.wasm"),
            folder.path().join("web"),
            folder.path().join("dist"),
        );
        fs::create_dir_all(&web)?;
        fs::create_dir_all(&dist)?;
        fs::write(&wasm, b"\0asm")?;
        fs::write(web.join("app.css"), "body { }")?;
        fs::write(dist.join("index.html"), "<!doctype html>")?;
        let stamp_file = folder.path().join("dist.stamp");

        let stamp = of(Variant::Release, &wasm, &web)?;
        assert!(
            !is_current(&stamp_file, &stamp, &dist),
            "nothing was built yet"
        );
        write(&stamp_file, &stamp)?;
        assert!(is_current(
            &stamp_file,
            &of(Variant::Release, &wasm, &web)?,
            &dist
        ));
        assert!(!is_current(
            &stamp_file,
            &of(Variant::Development, &wasm, &web)?,
            &dist
        ));

        fs::write(web.join("app.css"), "body { margin: 0 }")?;
        assert!(!is_current(
            &stamp_file,
            &of(Variant::Release, &wasm, &web)?,
            &dist
        ));
        fs::write(web.join("app.css"), "body { }")?;
        fs::remove_file(dist.join("index.html"))?;
        assert!(
            !is_current(&stamp_file, &stamp, &dist),
            "what was built is gone"
        );
        Ok(())
    }
}
