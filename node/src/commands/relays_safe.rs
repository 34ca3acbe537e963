//! Relays left safe by a program that does nothing else: after a crash of the node, and early at boot.

use anyhow::{Context, bail};
use releve_control::Contact;
use releve_node::hardware::relay_board::SiteBoard;
use releve_node::relays::RelayBoard;
use releve_node::settings;

use super::safe_positions::SafePositions;
use crate::cli::Configured;

/// Puts the relays there and says where they are.
///
/// # Errors
/// If the configuration cannot be followed, or the board did not take it.
pub fn relays_safe(arguments: &Configured) -> anyhow::Result<()> {
    let settings = settings::load(&arguments.config)?;
    let SafePositions { safe, hot, unknown } = SafePositions::of(&settings);
    if let Some(reason) = unknown {
        // A dead charger empties the battery, and nobody may come for days.
        eprintln!(
            "{reason}: nobody knows whether the battery is too hot, so its charger is closed"
        );
    }
    let mut board =
        SiteBoard::start(settings.hardware.relays).context("the relays cannot be switched")?;
    board
        .leave(safe)
        .context("the relays are where they were")?;
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
