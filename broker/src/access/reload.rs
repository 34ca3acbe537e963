//! Follows the changes of the users file.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{error, info};

use super::{Gate, Users};
use crate::changed_file::ChangedFile;

/// Looks at the file again and again, and hands on what it holds. While it cannot be read, or followed, the
/// users stay as they were, which is logged once.
pub(crate) async fn follow(
    mut file: ChangedFile,
    every: Duration,
    users: watch::Sender<Arc<Users>>,
    gate: Arc<Gate>,
) {
    let mut is_missing = false;
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
        match looked {
            Ok(false) => is_missing = false,
            Ok(true) => {
                is_missing = false;
                take(&file, &users, &gate);
            }
            Err(error) => {
                if !is_missing {
                    let file = file.path().display();
                    error!("{file}: {error}; the users stay as they were");
                }
                is_missing = true;
            }
        }
    }
}

fn take(file: &ChangedFile, users: &watch::Sender<Arc<Users>>, gate: &Gate) {
    let text = String::from_utf8_lossy(file.content());
    match Users::parse(file.path(), &text) {
        Ok(new) => {
            info!(users = new.len(), "the users file has changed");
            users.send_replace(Arc::new(new));
            gate.users_changed();
        }
        Err(refusal) => error!("{refusal}; the users stay as they were"),
    }
}
