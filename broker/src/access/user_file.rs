//! Changing the users file: a user is set or removed, and everything else in the file stays as it is.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, fs, io};

use releve_files::{Lock, Ownership, Refusal, replace};
use releve_protocol::NodeId;
use toml_edit::{DocumentMut, Item, Table, value};

use super::password::{self, PasswordFault};
use super::permissions::Role;
use super::users::{self, Users};

/// What stands at the head of a new file.
const HEAD: &str = "\
# The users of releve-broker. Write them with releve-broker passwd, which keeps what stands here: a running broker
# takes the change within seconds, and cuts the connections of users who were changed or removed.
";

/// A new file can be read by its owner alone.
const NEW_FILE_MODE: u32 = 0o600;

/// How long to wait for another program that changes the file: it takes fractions of a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// A users file that is to be changed. While it is open no other program can change it.
#[derive(Debug)]
pub struct UserFile {
    path: PathBuf,
    document: DocumentMut,
    _lock: Lock,
}

/// What is to be set of a user. The password is never printed.
pub struct NewUser<'a> {
    /// Its name.
    pub name: &'a str,
    /// The name of its role; `None` keeps the one it has.
    pub role: Option<&'a str>,
    /// Which node or bridge it is; `None`: the one that it was, or else the one of the user's own name.
    pub id: Option<&'a str>,
    /// Its password.
    pub password: &'a str,
    /// Whether Mosquitto is to take it, too. A user that it takes already stays one of its.
    pub for_mosquitto: bool,
}

impl fmt::Debug for NewUser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("name", &self.name)
            .field("role", &self.role)
            .field("id", &self.id)
            .field("for_mosquitto", &self.for_mosquitto)
            .finish_non_exhaustive()
    }
}

/// Why the users cannot be changed. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum UserFileError {
    /// The file is not sound.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The file cannot be read or written.
    #[error("{}: {why}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why. Not as a source: whoever prints those too would say it twice.
        why: io::Error,
    },
    /// What is asked for cannot be.
    #[error("{0}")]
    Wrong(String),
    /// The password cannot be.
    #[error(transparent)]
    Password(#[from] PasswordFault),
}

impl UserFile {
    /// Opens the file; one that is not there begins empty. Waits a while for another program that changes it.
    ///
    /// # Errors
    /// If it cannot be read, or holds something else, or is being changed all the while.
    pub fn open(path: &Path) -> Result<Self, UserFileError> {
        Self::open_within(path, PATIENCE)
    }

    fn open_within(path: &Path, patience: Duration) -> Result<Self, UserFileError> {
        let failed = |why| UserFileError::Io {
            path: path.to_owned(),
            why,
        };
        let lock = Lock::of(path, patience).map_err(failed)?;
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => HEAD.to_owned(),
            Err(why) => return Err(failed(why)),
        };
        Users::parse(path, &text)?;
        let document = text
            .parse()
            .map_err(|error: toml_edit::TomlError| UserFileError::Wrong(error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            document,
            _lock: lock,
        })
    }

    /// Whether there is such a user.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.document.contains_key(name)
    }

    /// Whether Mosquitto takes that user, too.
    #[must_use]
    pub fn is_for_mosquitto(&self, name: &str) -> bool {
        let user = self.document.get(name);
        user.and_then(|user| user.get("mosquitto")).is_some()
    }

    /// Whether that could be set, whatever the password. Gives what the user will be, for people.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn check(&self, user: &NewUser<'_>) -> Result<String, UserFileError> {
        Ok(self.role(user)?.to_string())
    }

    /// Sets a user. Nothing is written before [`save`](Self::save).
    ///
    /// # Errors
    /// If it cannot be so.
    pub fn set(&mut self, user: &NewUser<'_>) -> Result<(), UserFileError> {
        let role = self.role(user)?;
        password::check(user.password)?;
        let argon2id = password::hash(user.password)?;
        let mosquitto = match user.for_mosquitto || self.is_for_mosquitto(user.name) {
            true => Some(password::mosquitto_hash(user.password)?),
            false => None,
        };
        // What stands in a file without users stays at its head.
        let head = if self.document.is_empty() {
            let head = self.document.trailing().as_str().unwrap_or_default();
            let head = format!("{}\n\n", head.trim_end());
            self.document.set_trailing("");
            head
        } else {
            "\n".to_owned()
        };
        let entry = self.document.entry(user.name).or_insert_with(|| {
            let mut table = Table::new();
            table
                .decor_mut()
                .set_prefix(head.trim_start_matches("\n\n"));
            Item::Table(table)
        });
        let Some(entry) = entry.as_table_like_mut() else {
            return Err(UserFileError::Wrong(format!("{} is no user", user.name)));
        };
        entry.insert("role", value(role.name()));
        match role.id() {
            Some(id) => entry.insert("id", value(id.as_str())),
            None => entry.remove("id"),
        };
        entry.insert("argon2id", value(argon2id));
        match mosquitto {
            Some(hash) => entry.insert("mosquitto", value(hash)),
            None => entry.remove("mosquitto"),
        };
        Ok(())
    }

    /// Removes a user. False if there was none.
    pub fn remove(&mut self, name: &str) -> bool {
        self.document.remove(name).is_some()
    }

    /// Puts the new file in the old one's place, with the owner and permissions of the old one, and lets others
    /// change it.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn save(self) -> Result<(), UserFileError> {
        let mut text = self.document.to_string();
        if text.trim().is_empty() {
            // A running broker takes an empty file for one that is being written.
            text = HEAD.to_owned();
        }
        Users::parse(&self.path, &text)?;
        let replaced = Ownership::of(&self.path, NEW_FILE_MODE)
            .and_then(|ownership| replace(&self.path, text.as_bytes(), |new| ownership.give(new)));
        replaced.map_err(|why| UserFileError::Io {
            path: self.path.clone(),
            why,
        })
    }

    fn role(&self, user: &NewUser<'_>) -> Result<Role, UserFileError> {
        users::check_name(user.name).map_err(UserFileError::Wrong)?;
        let was = |key: &str| self.document.get(user.name)?.get(key)?.as_str();
        let Some(role) = user.role.or_else(|| was("role")) else {
            let why = format!(
                "{} is new: what is its role? Give it with --role",
                user.name
            );
            return Err(UserFileError::Wrong(why));
        };
        let id = match (role, user.id) {
            ("node" | "bridge", None) => {
                let kept = was("id").filter(|_| was("role") == Some(role));
                Some(kept.unwrap_or(user.name))
            }
            (_, id) => id,
        };
        let id = id.map(str::parse::<NodeId>).transpose();
        let id = id.map_err(|error| {
            let hint = match user.id {
                None => ". Give another one with --id: the id that the node or the bridge has",
                Some(_) => "",
            };
            UserFileError::Wrong(format!("{error}{hint}"))
        })?;
        Role::from_name(role, id).map_err(UserFileError::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    fn user<'a>(name: &'a str, role: Option<&'a str>) -> NewUser<'a> {
        NewUser {
            name,
            role,
            id: None,
            password: "correct horse",
            for_mosquitto: false,
        }
    }

    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.toml");
        (folder, path)
    }

    #[test]
    fn users_are_set_changed_and_removed() {
        let (_folder, path) = file();
        let mut users = UserFile::open(&path).unwrap();
        users.set(&user("cabin", Some("node"))).unwrap();
        users.set(&user("anna", Some("viewer"))).unwrap();
        users.save().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, NEW_FILE_MODE);

        let mut users = UserFile::open(&path).unwrap();
        let change = NewUser {
            for_mosquitto: true,
            password: "another one",
            ..user("cabin", None)
        };
        users.set(&change).unwrap();
        assert!(users.remove("anna") && !users.remove("anna"));
        users.save().unwrap();
        let read = Users::load(&path).unwrap();
        assert_eq!(read.len(), 1);
        let cabin = read.get("cabin").unwrap();
        assert_eq!(cabin.role, Role::Node("cabin".parse().unwrap()));
        assert!(password::is_right("another one", Some(&cabin.argon2id)));
        let first = cabin.mosquitto.clone();
        assert!(first.is_some());

        // Without a word of Mosquitto: its hash would otherwise be the old password's, or be gone.
        let mut users = UserFile::open(&path).unwrap();
        users.set(&user("cabin", None)).unwrap();
        users.save().unwrap();
        let read = Users::load(&path).unwrap();
        let second = read.get("cabin").unwrap().mosquitto.clone();
        assert!(second.is_some() && second != first);
    }

    #[test]
    fn a_password_is_not_printed() {
        let printed = format!("{:?}", user("anna", Some("viewer")));
        assert!(printed.contains("anna"), "{printed}");
        assert!(!printed.contains("correct horse"), "{printed}");
    }

    #[test]
    fn a_file_without_users_is_not_empty() {
        let (_folder, path) = file();
        let mut users = UserFile::open(&path).unwrap();
        users.set(&user("anna", Some("viewer"))).unwrap();
        users.save().unwrap();
        let mut users = UserFile::open(&path).unwrap();
        assert!(users.remove("anna"));
        users.save().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), HEAD);
        assert_eq!(Users::load(&path).unwrap().len(), 0);
    }

    #[test]
    fn one_program_at_a_time_changes_the_file() {
        let (folder, path) = file();
        let mut first = UserFile::open(&path).unwrap();
        first.set(&user("anna", Some("viewer"))).unwrap();
        let why = UserFile::open_within(&path, Duration::ZERO).unwrap_err();
        assert!(why.to_string().contains("another program"), "{why}");
        assert!(std::error::Error::source(&why).is_none(), "it is said once");
        first.save().unwrap();
        let mut second = UserFile::open_within(&path, Duration::ZERO).unwrap();
        second.set(&user("otto", Some("operator"))).unwrap();
        second.save().unwrap();
        assert_eq!(Users::load(&path).unwrap().len(), 2);
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "nothing else is left");
    }

    #[test]
    fn what_a_person_wrote_stays() {
        let (_folder, path) = file();
        fs::write(&path, "# Mine.\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let mut users = UserFile::open(&path).unwrap();
        users.set(&user("anna", Some("viewer"))).unwrap();
        users.save().unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("# Mine.\n"));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_user_that_cannot_be_is_refused() {
        let (_folder, path) = file();
        let mut users = UserFile::open(&path).unwrap();
        for (user, told) in [
            (user("a b", Some("viewer")), "a user's name has"),
            (user("anna", None), "what is its role?"),
            (user("anna", Some("king")), "there is no role"),
            (user("a.b", Some("node")), "with --id"),
            (
                NewUser {
                    id: Some("x"),
                    ..user("anna", Some("viewer"))
                },
                "has no id",
            ),
            (
                NewUser {
                    password: "short",
                    ..user("anna", Some("viewer"))
                },
                "at least",
            ),
        ] {
            let why = users.set(&user).unwrap_err().to_string();
            assert!(why.contains(told), "{user:?}: {why}");
            assert!(!users.contains(user.name));
        }
        drop(users);
        fs::write(&path, "[anna]\nrole = 1\n").unwrap();
        let refusal = UserFile::open(&path).unwrap_err().to_string();
        assert!(refusal.contains("line 2"), "{refusal}");
    }
}
