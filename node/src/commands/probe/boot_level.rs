//! Where the relays stand while no program holds their lines, as at boot and after a crash.

use anyhow::bail;
use releve_control::{Contact, RelayName};
use releve_node::hardware::contact::ContactKind;
use releve_node::hardware::idle_lines::{IdleLine, idle_lines};
use releve_node::hardware::relay_board::BoardWiring;
use releve_node::hardware::relay_lines::ActiveLevel;

/// Reads the lines and says whether mains and charger are closed.
///
/// # Errors
/// If they are not, if somebody holds the lines, or if the lines tell nothing.
pub fn boot_level(wiring: &BoardWiring) -> anyhow::Result<()> {
    let BoardWiring::Lines(wiring) = wiring else {
        bail!(
            "an EP-0099 has no lines: its microcontroller decides where the relays stand at power-up. Switch its supply off and on, and look at its lamps: all must be dark"
        );
    };
    let lines = idle_lines(wiring)?;
    let mut wrong = Vec::new();
    let mut driven = false;
    for (relay, line) in lines.iter() {
        let contact = stands(*line, wiring.active, wiring.contacts[relay]);
        println!("{}", told(relay, wiring.lines[relay], *line, contact));
        driven |= line.driven;
        if contact == Contact::Open && matches!(relay, RelayName::Mains | RelayName::Charger) {
            wrong.push(relay.name());
        }
    }
    if driven {
        bail!(
            "a line is still an output, as the last program left it, which says nothing of the level at boot: start the computer again without the node, and repeat this"
        );
    }
    if !wrong.is_empty() {
        bail!(
            "NOT SAFE: {} would be open whenever no program holds the lines. Either active is wrong (now {:?}), or the board needs resistors that pull its inputs the other way: on a Raspberry Pi GPIO 0 to 8 are pulled high at boot, 9 to 27 low",
            wrong.join(" and "),
            name(wiring.active)
        );
    }
    println!("Safe: without a program mains and charger are closed.");
    Ok(())
}

const fn name(active: ActiveLevel) -> &'static str {
    match active {
        ActiveLevel::Low => "low",
        ActiveLevel::High => "high",
    }
}

/// Where a contact stands whose line has that level.
const fn stands(line: IdleLine, active: ActiveLevel, kind: ContactKind) -> Contact {
    let energised = match active {
        ActiveLevel::Low => !line.high,
        ActiveLevel::High => line.high,
    };
    kind.contact(energised)
}

fn told(relay: RelayName, number: u32, line: IdleLine, contact: Contact) -> String {
    format!(
        "{relay}: line {number} is {} {}, so the contact is {contact}",
        if line.driven {
            "driven"
        } else {
            "an input and"
        },
        if line.high { "high" } else { "low" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_the_active_level_and_the_contact_decide() {
        let stands = |high, active, kind| {
            stands(
                IdleLine {
                    high,
                    driven: false,
                },
                active,
                kind,
            )
        };
        let kind = ContactKind::NormallyClosed;
        assert_eq!(stands(true, ActiveLevel::Low, kind), Contact::Closed);
        assert_eq!(stands(false, ActiveLevel::Low, kind), Contact::Open);
        assert_eq!(stands(false, ActiveLevel::High, kind), Contact::Closed);
        assert_eq!(stands(true, ActiveLevel::High, kind), Contact::Open);
        let kind = ContactKind::NormallyOpen;
        assert_eq!(stands(true, ActiveLevel::Low, kind), Contact::Open);
    }
}
