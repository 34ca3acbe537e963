//! A users file for tests.

use std::path::PathBuf;
use std::time::Duration;

use releve_broker::Config;
use releve_broker::users::{NewUser, UserFile};
use tempfile::TempDir;

/// The users of [`UsersFixture::new`], with their roles. Each one's password is its name and `-password`.
pub const USERS: [(&str, &str); 6] = [
    ("cabin", "node"),
    ("other", "node"),
    ("main", "bridge"),
    ("anna", "viewer"),
    ("otto", "operator"),
    ("ha", "home_assistant"),
];

/// A users file in a folder of its own.
pub struct UsersFixture {
    folder: TempDir,
}

impl UsersFixture {
    /// One with all [`USERS`].
    pub fn new() -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let mut file = UserFile::open(&fixture.path()).unwrap();
        for (name, role) in USERS {
            file.set(&user(name, Some(role), &password(name))).unwrap();
        }
        file.save().unwrap();
        fixture
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("users.toml")
    }

    /// Lets a broker use it, and look at it often.
    pub fn configure(&self, config: &mut Config) {
        config.users = Some(self.path());
        config.limits.files_looked_at_every = Duration::from_millis(20);
    }

    pub fn set(&self, name: &str, role: &str, password: &str) {
        let mut file = UserFile::open(&self.path()).unwrap();
        file.set(&user(name, Some(role), password)).unwrap();
        file.save().unwrap();
    }

    pub fn remove(&self, name: &str) {
        let mut file = UserFile::open(&self.path()).unwrap();
        assert!(file.remove(name));
        file.save().unwrap();
    }
}

/// The password of one of [`USERS`].
pub fn password(name: &str) -> String {
    format!("{name}-password")
}

fn user<'a>(name: &'a str, role: Option<&'a str>, password: &'a str) -> NewUser<'a> {
    NewUser {
        name,
        role,
        id: None,
        password,
        for_mosquitto: true,
    }
}
