//! Relays left safe by a program that does nothing else: after a crash of the node, and early at boot.

use anyhow::{Context, bail};
use releve_control::snapshot::Snapshot;
use releve_control::{Contact, Relays};
use releve_node::hardware::relay_lines::RelayLines;
use releve_node::relays::RelayBoard;
use releve_node::settings;
use releve_node::snapshot::{Found, SnapshotFile};

use crate::cli::Configured;

/// Puts the relays there and says where they are.
///
/// # Errors
/// If the configuration cannot be followed, or the board did not take it.
pub fn relays_safe(arguments: &Configured) -> anyhow::Result<()> {
    let settings = settings::load(&arguments.config)?;
    let hot = (settings.node.state_directory.as_deref())
        .map(|directory| SnapshotFile::of(directory, &settings.node.node))
        .is_some_and(|file| was_hot(&file));
    let safe = Relays {
        charger: if hot { Contact::Open } else { Contact::Closed },
        ..Relays::PLAIN
    };
    let mut board = RelayLines::new(settings.hardware.relays);
    board.set(safe).context("the relays are where they were")?;
    let stand = board.read();
    for (relay, contact) in stand.iter() {
        match contact {
            Some(contact) if *contact == safe[relay] => println!("{relay}: {contact}"),
            other => bail!(
                "{relay} should be {} and reads back {}",
                safe[relay],
                other.map_or("nothing", Contact::name)
            ),
        }
    }
    if hot {
        println!(
            "The charger is open because the battery was too hot or too cold when the node last ran."
        );
    }
    Ok(())
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
