//! Where the relays of a site are safe while no node runs.

use releve_control::snapshot::Snapshot;
use releve_control::{Contact, Relays};
use releve_node::settings::Settings;
use releve_node::snapshot::{Found, SnapshotFile};

/// Safe positions, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SafePositions {
    /// Mains closed, and the charger closed unless `hot`.
    pub safe: Relays<Contact>,
    /// Whether heat or cold forbade charging when the node last ran.
    pub hot: bool,
}

impl SafePositions {
    /// Those of that site, by what its node has written down.
    pub fn of(settings: &Settings) -> Self {
        let hot = (settings.node.state_directory.as_deref())
            .map(|directory| SnapshotFile::of(directory, &settings.node.node))
            .is_some_and(|file| was_hot(&file));
        let charger = if hot { Contact::Open } else { Contact::Closed };
        let safe = Relays {
            charger,
            ..Relays::PLAIN
        };
        Self { safe, hot }
    }
}

/// Whether a thermal interlock held the charger open when the node last wrote down where it stood. A file
/// that nobody can read holds nothing open: a dead charger empties the battery.
fn was_hot(file: &SnapshotFile) -> bool {
    match file.read::<Snapshot>() {
        Ok(Found::Snapshot(snapshot)) => snapshot.latches.thermal(),
        Ok(Found::Nothing) => false,
        Ok(Found::Unreadable(reason)) => {
            eprintln!("{} cannot be used ({reason})", file.path().display());
            false
        }
        Err(error) => {
            eprintln!("{} cannot be read ({error})", file.path().display());
            false
        }
    }
}
