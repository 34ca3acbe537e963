//! Follows the changes of the users file.
//!
//! Whoever is no longer in it is cut off, so what somebody is still writing must not count: an editor empties a file
//! before it writes it, and the half of a file may be sound. What `passwd` writes comes whole, but that cannot be told
//! from here.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{error, info};

use super::{Gate, Users};
use crate::changed_file::ChangedFile;

/// A change counts once so many looks, one after the other, have shown the same.
const LOOKS: u32 = 2;

/// Looks at the file again and again, and hands on what it holds. While it cannot be read, or followed, the
/// users stay as they were, which is logged once.
pub(crate) async fn follow(
    mut file: ChangedFile,
    every: Duration,
    users: watch::Sender<Arc<Users>>,
    gate: Arc<Gate>,
) {
    let mut is_missing = false;
    let mut settling = Settling::default();
    loop {
        sleep(every).await;
        let looking = spawn_blocking(move || {
            let looked = file.look();
            (file, looked)
        });
        let Ok((looked_at, looked)) = looking.await else {
            // The runtime is going.
            return;
        };
        file = looked_at;
        if settling.is_over(looked.as_ref().ok().copied()) {
            take(&file, &users, &gate);
        }
        if let Err(error) = &looked
            && !is_missing
        {
            let file = file.path().display();
            error!("{file}: {error}; the users stay as they were");
        }
        is_missing = looked.is_err();
    }
}

/// A change that has not been taken yet.
#[derive(Debug, Default)]
struct Settling {
    /// Looks that have shown the same, without a break; `None`: nothing waits.
    looks: Option<u32>,
}

impl Settling {
    /// After one more look, which has shown a change or has not; `None`: nothing at all. Whether to take what is
    /// there now.
    fn is_over(&mut self, is_new: Option<bool>) -> bool {
        let before = match is_new {
            Some(true) => Some(0),
            _ => self.looks,
        };
        let Some(before) = before else {
            return false;
        };
        let looks = if is_new.is_some() { before + 1 } else { 0 };
        let is_over = looks >= LOOKS;
        self.looks = (!is_over).then_some(looks);
        is_over
    }
}

fn take(file: &ChangedFile, users: &watch::Sender<Arc<Users>>, gate: &Gate) {
    let text = String::from_utf8_lossy(file.content());
    if text.trim().is_empty() {
        // Never meant: `passwd` leaves a comment where it removes the last user.
        let file = file.path().display();
        error!("{file} is empty; the users stay as they were. To have none, leave a comment in it");
        return;
    }
    match Users::parse(file.path(), &text) {
        Ok(new) => {
            info!(users = new.len(), "the users file has changed");
            users.send_replace(Arc::new(new));
            gate.users_changed();
        }
        Err(refusal) => error!("{refusal}; the users stay as they were"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$9Fxqxv3VOYRnAAbbxtaVyw$dPM5xqTpZkGVWfY3qXp1sDgY8J8Xc0aQ8Zt5yS2bP0s";
    const EVERY: Duration = Duration::from_secs(3);

    fn text(names: &[&str]) -> String {
        let user = |name| format!("[{name}]\nrole = \"viewer\"\nargon2id = \"{HASH}\"\n");
        names.iter().map(user).collect()
    }

    /// A users file that is followed, with two users.
    struct Followed {
        path: PathBuf,
        users: watch::Receiver<Arc<Users>>,
        _folder: tempfile::TempDir,
    }

    impl Followed {
        /// In the middle between two looks.
        async fn start() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("users.toml");
            fs::write(&path, text(&["anna", "otto"])).unwrap();
            let file = ChangedFile::open(&path).unwrap();
            let begin = Users::parse(&path, &text(&["anna", "otto"])).unwrap();
            let (sender, users) = watch::channel(Arc::new(begin));
            tokio::spawn(follow(file, EVERY, sender, Arc::new(Gate::open())));
            tokio::task::yield_now().await;
            sleep(EVERY / 2).await;
            Self {
                path,
                users,
                _folder: folder,
            }
        }

        /// Writes that into the file, as an editor does, and gives the number of users after so many looks.
        async fn after(&mut self, text: &str, looks: u32) -> usize {
            fs::write(&self.path, text).unwrap();
            sleep(EVERY * looks).await;
            self.users.borrow_and_update().len()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_counts_when_two_looks_agree() {
        let mut followed = Followed::start().await;
        let three = text(&["anna", "otto", "ines"]);
        assert_eq!(followed.after(&three, 1).await, 2);
        assert_eq!(followed.after(&three, 1).await, 3);
        // The half of a file, which is sound, and soon after it all of it.
        assert_eq!(followed.after(&text(&["anna"]), 1).await, 3);
        assert_eq!(followed.after(&three, 1).await, 3);
        assert_eq!(followed.after(&three, 10).await, 3);
        assert_eq!(followed.after(&text(&["anna"]), 2).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_file_and_one_that_cannot_be_followed_change_nothing() {
        let mut followed = Followed::start().await;
        for bad in ["", "\n", "[anna]\nrole = \"vie", "[anna]\nrole = 1\n"] {
            assert_eq!(followed.after(bad, 10).await, 2, "{bad:?}");
            assert!(!followed.users.has_changed().unwrap(), "{bad:?}");
        }
        assert_eq!(followed.after("# Nobody.\n", 2).await, 0);
    }

    #[test]
    fn looks_that_show_nothing_do_not_count() {
        let mut settling = Settling::default();
        for (shown, is_over) in [
            (Some(false), false),
            (Some(true), false),
            (None, false),
            (Some(false), false),
            (Some(false), true),
            (Some(false), false),
            (None, false),
            (Some(false), false),
            (Some(true), false),
            (Some(true), false),
            (Some(false), true),
        ] {
            assert_eq!(settling.is_over(shown), is_over, "{shown:?} {settling:?}");
        }
    }
}
