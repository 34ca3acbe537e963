//! The users and their permissions in the form that Mosquitto reads: from the same file and the same table that
//! this broker uses.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use releve_files::{Ownership, replace};

use super::permissions::Direction;
use super::user_file::UserFileError;
use super::users::Users;

/// Mosquitto's password file.
pub const PASSWORD_FILE: &str = "password_file";
/// Mosquitto's access list.
pub const ACL_FILE: &str = "acl_file";

/// New files can be read by their owner alone.
const NEW_FILE_MODE: u32 = 0o600;

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// How many users the files hold.
    pub users: usize,
    /// The files that were not there before: only who wrote them can read them now.
    pub new: Vec<PathBuf>,
}

/// Writes both files into the folder `out`, each in the place of the one before.
///
/// # Errors
/// If the users file cannot be followed, if a user has no hash for Mosquitto, or if the disk does not take it.
pub fn write(users: &Path, out: &Path) -> Result<Written, UserFileError> {
    let users = Users::load(users)?;
    let passwords = password_file(&users).map_err(UserFileError::Wrong)?;
    // The list first: a new user without rights is better than one with somebody else's.
    let mut written = Written {
        users: users.len(),
        new: Vec::new(),
    };
    for (name, text) in [(ACL_FILE, acl_file(&users)), (PASSWORD_FILE, passwords)] {
        let path = out.join(name);
        let is_new = !path.exists();
        put(&path, &text)?;
        if is_new {
            written.new.push(path);
        }
    }
    Ok(written)
}

/// The text of the password file.
fn password_file(users: &Users) -> Result<String, String> {
    let mut text = String::new();
    let mut without = Vec::new();
    for (name, user) in users.sorted() {
        match &user.mosquitto {
            Some(hash) => {
                // Writing to a text cannot fail.
                let _ = writeln!(text, "{name}:{hash}");
            }
            None => without.push(name),
        }
    }
    if without.is_empty() {
        return Ok(text);
    }
    Err(format!(
        "no hash for Mosquitto: {}. Set these users' passwords again with releve-broker passwd --mosquitto, or \
         remove them; argon2id hashes cannot be converted",
        without.join(", ")
    ))
}

/// The text of the access list.
fn acl_file(users: &Users) -> String {
    let mut text =
        "# Written by releve-broker mosquitto-files. Change the users file instead.\n".to_owned();
    for (name, user) in users.sorted() {
        let _ = write!(text, "\n# {}\nuser {name}\n", user.role);
        for (direction, pattern) in user.role.rules() {
            let word = match direction {
                Direction::Read => "read",
                Direction::Publish => "write",
                Direction::Both => "readwrite",
            };
            let _ = writeln!(text, "topic {word} {pattern}");
        }
    }
    text
}

fn put(path: &Path, text: &str) -> Result<(), UserFileError> {
    let put = Ownership::of(path, NEW_FILE_MODE)
        .and_then(|ownership| replace(path, text.as_bytes(), |new| ownership.give(new)));
    put.map_err(|why: io::Error| UserFileError::Io {
        path: PathBuf::from(path),
        why,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::access::user_file::{NewUser, UserFile};

    #[test]
    fn both_files_come_from_the_users_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.toml");
        let mut file = UserFile::open(&path).unwrap();
        let mut user = NewUser {
            name: "cabin",
            role: Some("node"),
            id: None,
            password: "correct horse",
            for_mosquitto: true,
        };
        file.set(&user).unwrap();
        file.save().unwrap();
        let written = write(&path, folder.path()).unwrap();
        assert_eq!((written.users, written.new.len()), (1, 2));
        let again = write(&path, folder.path()).unwrap();
        assert_eq!(again.new, Vec::<PathBuf>::new());
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(read(PASSWORD_FILE).starts_with("cabin:$7$10000$"));
        let list = read(ACL_FILE);
        assert!(
            list.contains("\nuser cabin\ntopic readwrite releve/cabin/#\n"),
            "{list}"
        );
        assert!(
            list.contains("\ntopic read homeassistant/status\n"),
            "{list}"
        );

        let mut file = UserFile::open(&path).unwrap();
        user.for_mosquitto = false;
        user.name = "north";
        file.set(&user).unwrap();
        file.save().unwrap();
        let why = write(&path, folder.path()).unwrap_err().to_string();
        assert!(why.contains("no hash for Mosquitto: north."), "{why}");
        assert_eq!(read(ACL_FILE), list, "nothing was changed");
    }
}
