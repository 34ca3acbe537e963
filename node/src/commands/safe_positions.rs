//! Where the relays of a site are safe while no node runs.

use releve_control::snapshot::Snapshot;
use releve_control::{Contact, Relays};
use releve_node::settings::Settings;
use releve_node::snapshot::{Found, SnapshotFile};

/// Safe positions, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafePositions {
    /// Mains closed, and the charger closed unless `hot`.
    pub safe: Relays<Contact>,
    /// Whether heat or cold forbade charging when the node last ran.
    pub hot: bool,
    /// Why nobody knows that, where nobody does.
    pub unknown: Option<String>,
}

impl SafePositions {
    /// Those of that site, by what its node has written down.
    pub fn of(settings: &Settings) -> Self {
        let file = (settings.node.state_directory.as_deref())
            .map(|directory| SnapshotFile::of(directory, &settings.node.node));
        let (hot, unknown) = match file.as_ref().map_or(Ok(false), was_hot) {
            Ok(hot) => (hot, None),
            Err(reason) => (false, Some(reason)),
        };
        let charger = if hot { Contact::Open } else { Contact::Closed };
        let safe = Relays {
            charger,
            ..Relays::PLAIN
        };
        Self { safe, hot, unknown }
    }
}

/// Whether a thermal interlock held the charger open when the node last wrote down where it stood.
///
/// # Errors
/// Why nobody can read it.
fn was_hot(file: &SnapshotFile) -> Result<bool, String> {
    let place = file.path().display();
    match file.read::<Snapshot>() {
        Ok(Found::Snapshot(snapshot)) => Ok(snapshot.latches.thermal()),
        Ok(Found::Nothing) => Ok(false),
        Ok(Found::Unreadable(reason)) => Err(format!("{place} cannot be used ({reason})")),
        Err(error) => Err(format!("{place} cannot be read ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_read_is_neither_hot_nor_not() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = SnapshotFile::of(directory.path(), &"site-1".parse().expect("an id"));
        assert_eq!(was_hot(&file), Ok(false), "a node that never ran");
        std::fs::write(file.path(), b"torn").expect("written");
        assert!(was_hot(&file).is_err_and(|reason| reason.contains("cannot be used")));
        std::fs::remove_file(file.path()).expect("removed");
        std::fs::create_dir(file.path()).expect("made");
        assert!(was_hot(&file).is_err_and(|reason| reason.contains("cannot be read")));
    }
}
