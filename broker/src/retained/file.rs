//! The file of the database, and those that SQLite puts beside it.

use std::fs::{self, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tracing::warn;

use releve_files::with_suffix;

/// What belongs to a database, by the ends of the names.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// Bytes that tell a text.
const TEXT_LOOKED_AT: u64 = 4096;

/// Damaged databases that are kept; one more, and the oldest goes.
const KEPT_ASIDE: usize = 5;

/// Takes what everybody may do with them from files that an older program made.
pub(super) fn close_to_others(path: &Path) {
    for part in PARTS.map(|suffix| with_suffix(path, suffix)) {
        let Ok(metadata) = fs::metadata(&part) else {
            continue;
        };
        let mode = metadata.permissions().mode();
        if mode & 0o007 == 0 {
            continue;
        }
        if let Err(error) = fs::set_permissions(&part, Permissions::from_mode(mode & !0o007)) {
            let part = part.display();
            warn!("everybody on this machine can read {part}, and that cannot be changed: {error}");
        }
    }
}

/// Whether a person can read it: no database, however damaged, is such a file.
pub(super) fn is_text(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read =
        fs::File::open(path).and_then(|file| file.take(TEXT_LOOKED_AT).read_to_end(&mut beginning));
    let is_control = |byte: &u8| byte.is_ascii_control() && !b"\t\r\n".contains(byte);
    read.is_ok() && !beginning.is_empty() && !beginning.iter().any(is_control)
}

/// Renames the database and what belongs to it. Gives its new name.
pub(super) fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = place_aside(path);
    for suffix in PARTS {
        let (from, to) = (with_suffix(path, suffix), with_suffix(&aside, suffix));
        let moved = match fs::rename(from, &to) {
            // Nor may one from before stay there: it would be taken for this one's.
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::remove_file(&to),
            moved => moved,
        };
        match moved {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

/// The first name that is free, or else that of the oldest.
fn place_aside(path: &Path) -> PathBuf {
    let name = |number: usize| with_suffix(path, format!(".damaged-{number}"));
    let changed = |path: &PathBuf| fs::metadata(path).and_then(|file| file.modified()).ok();
    let oldest = (1..=KEPT_ASIDE).map(name).min_by_key(changed);
    oldest.unwrap_or_else(|| name(1))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use releve_files::create_private;

    use super::*;

    #[test]
    fn a_text_is_told_from_a_database() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (bytes, text) in [
            (&b"[anna]\nrole = \"viewer\"\n"[..], true),
            (b"SQLite format 3\0damaged", false),
            (b"", false),
            (&[0xff, 0x00, 0x12], false),
        ] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(is_text(&path), text, "{bytes:?}");
        }
        assert!(!is_text(&folder.path().join("none")));
    }

    #[test]
    fn each_damaged_one_is_kept_until_there_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("retained.db");
        let number_of = |aside: PathBuf| {
            let name = aside.file_name().unwrap().to_str().unwrap().to_owned();
            let number = name.strip_prefix("retained.db.damaged-").unwrap();
            number.parse::<usize>().unwrap()
        };
        let began = SystemTime::now();
        for round in 0..KEPT_ASIDE + 2 {
            let file = fs::File::create(&path).unwrap();
            file.set_modified(began + Duration::from_secs(round as u64))
                .unwrap();
            if round == 0 {
                fs::write(with_suffix(&path, "-wal"), "log").unwrap();
            }
            let number = number_of(put_aside(&path).unwrap());
            assert_eq!(number, round % KEPT_ASIDE + 1, "round {round}");
            assert!(!path.exists());
            let has_log = with_suffix(&path, ".damaged-1-wal").exists();
            assert_eq!(has_log, round < KEPT_ASIDE, "round {round}");
        }
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            KEPT_ASIDE,
            "no more than that"
        );
    }

    #[test]
    fn others_lose_what_they_could_do_and_the_group_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("retained.db");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        create_private(&path).unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        create_private(&path).unwrap();
        close_to_others(&path);
        assert_eq!(mode(), 0o640);
    }
}
