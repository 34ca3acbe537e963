//! What an earlier run has left, at the start: taken up, or kept aside and reported.

use std::io;

use releve_control::snapshot::Snapshot;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};

use super::file::{Found, SnapshotFile};

/// The snapshot of an earlier run, if there is one to go on from. Whatever else lies there is kept
/// aside and reported.
pub async fn recall(file: &SnapshotFile) -> Option<Snapshot> {
    let reading = {
        let file = file.clone();
        spawn_blocking(move || file.read())
    };
    let place = file.path().display();
    match reading
        .await
        .unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
    {
        Ok(Found::Snapshot(snapshot)) => Some(snapshot),
        Ok(Found::Nothing) => {
            info!(
                "{place} does not exist yet: this site remembers nothing and begins as configured"
            );
            None
        }
        Ok(Found::Unreadable(why)) => {
            put_aside(file, &why.to_string()).await;
            None
        }
        Err(problem) => {
            put_aside(file, &format!("it cannot be read ({problem})")).await;
            None
        }
    }
}

/// Says what could not be taken over, and keeps the file aside, for it will be written anew.
pub async fn report_left_out(file: &SnapshotFile, left_out: &[String]) {
    if left_out.is_empty() {
        return;
    }
    let place = file.path().display();
    for sentence in left_out {
        warn!("{place}: {sentence}");
    }
    let copying = {
        let file = file.clone();
        spawn_blocking(move || file.copy_aside())
    };
    match copying
        .await
        .unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
    {
        Ok(copy) => warn!("{place} as it was is kept as {}", copy.display()),
        Err(problem) => error!("{place} could not be kept aside: {problem}"),
    }
}

async fn put_aside(file: &SnapshotFile, why: &str) {
    let place = file.path().display();
    let moving = {
        let file = file.clone();
        spawn_blocking(move || file.put_aside())
    };
    let aside = match moving
        .await
        .unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
    {
        Ok(bad) => format!("It is kept as {}", bad.display()),
        Err(problem) => format!("It could not be put aside ({problem}) and will be replaced"),
    };
    error!(
        "{place} cannot be used: {why}. {aside}. This site begins as configured: check its mode, limits and schedule"
    );
}
