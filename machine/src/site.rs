//! The site that the node is configured for.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::board::{BATTERY, CHARGER, LOAD, RELAY_HAT, THERMOMETER};
use crate::mqtt::BROKER;

/// The node's id.
pub const NODE: &str = "machine";

/// The line of each relay, in the order of [`RELAYS`].
pub const LINES: [u8; 4] = [5, 2, 7, 0];
/// The relays; the first two and the last lie on normally-closed contacts, the third on a normally-open one.
pub const RELAYS: [&str; 4] = ["mains", "charger", "aux1", "aux2"];
/// The line of the relay in the mains.
pub const MAINS_LINE: u8 = LINES[0];
/// The line of the relay in the charging circuit.
pub const CHARGER_LINE: u8 = LINES[1];
/// The line of the relay whose coil has current while its contact is closed.
pub const AUX1_LINE: u8 = LINES[2];
/// The same relays on the board on the bus.
pub const CHARGER_CHANNEL: u8 = 2;
/// The one whose coil has current while its contact is closed.
pub const AUX1_CHANNEL: u8 = 3;

/// The line of the sense input of mains, low while it is there.
pub const SENSE_LINE: u8 = 3;

/// Ω: a step of the shunt's voltage, 10 µV, is 1 mA of the charger's current and 0.1 mA of the load's.
pub const CHARGER_OHMS: f64 = 0.01;
/// Of the load's shunt.
pub const LOAD_OHMS: f64 = 0.1;

/// The entry of the configuration for the sense input of mains.
pub fn mains_sense(place: &Place) -> String {
    format!(
        "[mains_sense]\ngpio_chip = \"{}\"\nline = {SENSE_LINE}\npresent = \"low\"\n",
        place.gpio_label
    )
}

/// Where the kernel has put what the site hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The number of the bus.
    pub bus: u8,
    /// The label of the GPIO chip.
    pub gpio_label: String,
}

/// Which relay board the site has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relays {
    /// The one on the lines.
    Lines,
    /// The one on the bus; its channels are in the order of [`RELAYS`].
    Hat,
}

impl Relays {
    fn entries(self, place: &Place) -> String {
        let gpio_label = &place.gpio_label;
        let [mains, charger, aux1, aux2] = LINES;
        match self {
            Self::Lines => format!(
                r#"gpio_chip = "{gpio_label}"
active = "low"
mains = {{ line = {mains} }}
charger = {{ line = {charger} }}
aux1 = {{ line = {aux1}, contact = "normally_open" }}
aux2 = {{ line = {aux2} }}
"#
            ),
            Self::Hat => format!(
                r#"board = "ep0099"
address = {RELAY_HAT}
mains = {{ channel = 1 }}
charger = {{ channel = {CHARGER_CHANNEL} }}
aux1 = {{ channel = {AUX1_CHANNEL}, contact = "normally_open" }}
aux2 = {{ channel = 4 }}
"#
            ),
        }
    }
}

/// Writes the configuration of a node that remembers only what one of the same `memory` has left.
///
/// # Errors
/// If it cannot be written.
pub fn configure(place: &Place, memory: &str) -> Result<PathBuf> {
    configure_with(Relays::Lines, place, memory)
}

/// As [`configure`], with that relay board.
///
/// # Errors
/// If it cannot be written.
pub fn configure_with(relays: Relays, place: &Place, memory: &str) -> Result<PathBuf> {
    let state = Path::new("/tmp").join(memory);
    fs::create_dir_all(&state)?;
    let file = state.join("releve-node.toml");
    let (state, bus, relays) = (state.display(), place.bus, relays.entries(place));
    fs::write(
        &file,
        format!(
            r#"node = "{NODE}"
state_directory = "{state}"

[clock]
patience_minutes = 0

[broker]
address = "{BROKER}"

[battery]
profile = "agm"
wiring = "battery_lead"

[i2c]
bus = {bus}

[meter.battery]
chip = "ina219"
address = {BATTERY}
shunt_ohms = 0.1

[meter.charger]
chip = "ina219"
address = {CHARGER}
shunt_ohms = {CHARGER_OHMS}

[meter.load]
chip = "ina219"
address = {LOAD}
shunt_ohms = {LOAD_OHMS}

[thermometer]
chip = "lm75"
address = {THERMOMETER}

[relays]
{relays}"#
        ),
    )?;
    Ok(file)
}
