//! The configuration file changed in place: its comments stay, and so does a copy of what it was.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use releve_files::{Ownership, with_suffix};
use toml_edit::{DocumentMut, Item, Table, Value};

/// Who may read a file that was not there: it holds no secret, and the service must.
const NEW_FILE_MODE: u32 = 0o644;

/// What `releve-node init` fills in: the file that explains every entry.
pub const COMMENTED: &str = include_str!("../../releve-node.toml");

/// A configuration file as its text is laid out.
#[derive(Debug, Clone)]
pub struct ConfigText(DocumentMut);

impl ConfigText {
    /// That text.
    ///
    /// # Errors
    /// If it is no TOML; says where.
    pub fn of(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|error: toml_edit::TomlError| error.to_string())
    }

    /// Gives an entry that value; tables on the way that do not exist are made.
    ///
    /// # Errors
    /// If something on the way is no table.
    pub fn set(&mut self, path: &[&str], value: impl Into<Value>) -> Result<(), String> {
        let (table, name) = self.table_of(path)?;
        let mut value = value.into();
        match table.get_mut(name).and_then(Item::as_value_mut) {
            Some(old) => {
                // What stands around it: the space before, a comment behind.
                *value.decor_mut() = old.decor().clone();
                *old = value;
            }
            None => drop(table.insert(name, Item::Value(value))),
        }
        Ok(())
    }

    /// Removes an entry, if there is one.
    ///
    /// # Errors
    /// If something on the way is no table.
    pub fn remove(&mut self, path: &[&str]) -> Result<(), String> {
        let (table, name) = self.table_of(path)?;
        table.remove(name);
        Ok(())
    }

    fn table_of<'path>(&mut self, path: &[&'path str]) -> Result<(&mut Table, &'path str), String> {
        let (name, tables) = path.split_last().ok_or("no entry was named")?;
        let mut table = self.0.as_table_mut();
        for part in tables {
            table = (table.entry(part).or_insert_with(toml_edit::table))
                .as_table_mut()
                .ok_or_else(|| {
                    format!("[{part}] is no table: write it as one, in lines of its own")
                })?;
        }
        Ok((table, name))
    }
}

impl core::fmt::Display for ConfigText {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// As [`replace`], for a text that came from what was `read` from the file: somebody may have edited it since.
///
/// # Errors
/// If the file is no longer what was read, or the disk does not take it: the file is left as it is then.
pub fn replace_read(file: &Path, read: &str, text: &str) -> io::Result<Option<PathBuf>> {
    if fs::read(file)? != read.as_bytes() {
        return Err(io::Error::other(
            "it has been edited since it was read, and is left as it is now. Run this again",
        ));
    }
    replace(file, text)
}

/// Puts that text in a file's place, whole or not at all; what the file was is kept beside it.
///
/// Gives back where the copy is, if there was a file. The new file has the old one's owner, group and permissions.
///
/// # Errors
/// If the disk does not take it: the file is what it was then.
pub fn replace(file: &Path, text: &str) -> io::Result<Option<PathBuf>> {
    // The copy lies beside the file itself, not beside a link to it.
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let file = target.as_path();
    // It may hold what others must not read, and the service must.
    let ownership = Ownership::of(file, NEW_FILE_MODE)?;
    let copy = match file.try_exists()? {
        true => Some(keep_copy(file, &ownership)?),
        false => None,
    };
    releve_files::replace(file, text.as_bytes(), |new| ownership.give(new))?;
    Ok(copy)
}

/// Copies the file to the first name beside it that is free.
fn keep_copy(file: &Path, ownership: &Ownership) -> io::Result<PathBuf> {
    let names = (1..u32::MAX).map(|number| with_suffix(file, format!(".old-{number}")));
    for copy in names {
        match copy.try_exists() {
            Ok(true) => {}
            Ok(false) => {
                let kept = fs::copy(file, &copy).and_then(|_| ownership.give(&File::open(&copy)?));
                if kept.is_err() {
                    // Of two errors the first one says more.
                    let _ = fs::remove_file(&copy);
                }
                return kept.map(|()| copy);
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("there is no free name for a copy"))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    use super::*;

    #[test]
    fn an_entry_is_changed_and_everything_around_it_stays() {
        let text = "# a site\nnode = \"a\" # its id\n\n# inputs\n[meter.load]\n# the shunt\nshunt_ohms = 0.1\n# end\n";
        let mut config = ConfigText::of(text).expect("sound");
        config.set(&["node"], "b").expect("set");
        config
            .set(&["meter", "load", "gain_amperes"], 1.5)
            .expect("set");
        let wanted = text
            .replace("\"a\" #", "\"b\" #")
            .replace("0.1\n", "0.1\ngain_amperes = 1.5\n");
        assert_eq!(config.to_string(), wanted);
        config
            .remove(&["meter", "load", "gain_amperes"])
            .expect("removed");
        assert_eq!(config.to_string(), text.replace("\"a\"", "\"b\""));
        assert!(config.set(&["node", "x"], 1).is_err());
    }

    #[test]
    fn what_a_file_was_is_kept_beside_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("releve-node.toml");
        assert_eq!(replace(&file, "1").expect("written"), None);
        let copy = replace(&file, "2").expect("written").expect("a copy");
        let second = replace(&file, "3").expect("written").expect("a copy");
        let read = |path: &Path| fs::read_to_string(path).expect("read");
        assert_eq!(
            (read(&file), read(&copy), read(&second)),
            ("3".into(), "1".into(), "2".into())
        );
        let files = fs::read_dir(directory.path()).expect("listed").count();
        assert_eq!(files, 3, "nothing else is left");
    }

    #[test]
    fn what_was_edited_meanwhile_is_left_as_it_is() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("releve-node.toml");
        fs::write(&file, "edited").expect("written");
        let refusal = replace_read(&file, "as it was", "new").expect_err("refused");
        assert!(refusal.to_string().contains("edited"), "{refusal}");
        assert_eq!(fs::read_to_string(&file).expect("read"), "edited");
        let files = fs::read_dir(directory.path()).expect("listed").count();
        assert_eq!(files, 1, "no copy either");
        replace_read(&file, "edited", "new").expect("replaced");
        assert_eq!(fs::read_to_string(&file).expect("read"), "new");
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_owner_its_permissions_and_the_links_to_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("releve-node.toml");
        fs::write(&file, "old").expect("written");
        fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("set");
        // Another owner can be given by root alone, as whom this runs in CI.
        let root = fs::metadata(&file).expect("a file").uid() == 0;
        let owner = if root {
            12_345
        } else {
            fs::metadata(&file).expect("a file").uid()
        };
        chown(&file, Some(owner), None).expect("given");
        let link = folder.path().join("link.toml");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        let copy = replace(&link, "new").expect("replaced").expect("a copy");
        assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
        for (path, text) in [(&file, "new"), (&copy, "old")] {
            assert_eq!(fs::read_to_string(path).expect("read"), text);
            let metadata = fs::metadata(path).expect("a file");
            assert_eq!(
                (metadata.mode() & 0o777, metadata.uid()),
                (0o640, owner),
                "{path:?}"
            );
        }
    }

    #[test]
    fn a_new_file_can_be_read_by_the_service() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("releve-node.toml");
        assert_eq!(replace(&file, "new").expect("written"), None);
        assert_eq!(fs::metadata(&file).expect("a file").mode() & 0o777, 0o644);
    }
}
