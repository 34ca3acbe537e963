//! The configuration file of a new site: the commented one, with its entries filled in.

use std::str::FromStr;

use releve_control::profile::Profile;
use releve_control::{Relays, Wiring};
use toml_edit::{InlineTable, Value};

use super::config_file::{COMMENTED, ConfigText};
use super::scan::Kind;

/// A chip at an address, written `ina219@0x40`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChipAt {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub address: u8,
}

impl core::fmt::Display for ChipAt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}@{:#04x}", self.kind.name(), self.address)
    }
}

impl FromStr for ChipAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no chip at an address: write for example ina219@0x40");
        let (kind, address) = text.split_once('@').ok_or_else(wrong)?;
        let kind = [
            Kind::Ina219,
            Kind::Ina226,
            Kind::Lm75,
            Kind::Sht3x,
            Kind::Sht4x,
        ]
        .into_iter()
        .find(|known| known.name() == kind)
        .ok_or_else(wrong)?;
        let address = address_of(address).ok_or_else(wrong)?;
        Ok(Self { kind, address })
    }
}

fn address_of(text: &str) -> Option<u8> {
    match text.strip_prefix("0x") {
        Some(digits) => u8::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// An input of the meter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewInput {
    /// Its chip.
    pub chip: ChipAt,
    /// Its shunt, Ω.
    pub shunt_ohms: f64,
}

/// What measures the temperature: a chip, or a sensor of the kernel, written `kernel:tmp102`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewThermometer {
    /// On the bus.
    Chip(ChipAt),
    /// By its name.
    Kernel(String),
}

impl FromStr for NewThermometer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("kernel:") {
            return Ok(Self::Kernel(name.to_owned()));
        }
        let chip: ChipAt = text.parse()?;
        if chip.kind.is_meter() {
            return Err(format!("{chip} is no thermometer"));
        }
        Ok(Self::Chip(chip))
    }
}

/// The relay board: the label of a GPIO chip, or `ep0099@0x10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewBoard {
    /// On lines of the GPIO chip of that label.
    Lines(String),
    /// An EP-0099 at that address.
    Hat(u8),
}

impl FromStr for NewBoard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("ep0099@") {
            None => Ok(Self::Lines(text.to_owned())),
            Some(address) => (address_of(address).map(Self::Hat))
                .ok_or_else(|| format!("{text:?} has no address: write for example ep0099@0x10")),
        }
    }
}

/// What is asked of whoever sets a site up.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSite {
    /// Its id in topics.
    pub node: String,
    /// Its name for people.
    pub name: String,
    /// Host and port of the broker.
    pub broker: String,
    /// The battery's chemistry.
    pub profile: Profile,
    /// Where input "charger" sits.
    pub wiring: Wiring,
    /// Rated capacity, Ah; `None` where nobody knows it.
    pub capacity_ampere_hours: Option<f64>,
    /// The number of the I2C bus.
    pub bus: u8,
    /// Input 1.
    pub battery: NewInput,
    /// Input 2.
    pub charger: NewInput,
    /// Input 3.
    pub load: NewInput,
    /// At the battery.
    pub thermometer: NewThermometer,
    /// The relay board.
    pub board: NewBoard,
    /// Whether a low level gives a coil current; of no matter on an EP-0099.
    pub active_low: bool,
    /// The line or channel of each relay.
    pub relays: Relays<u32>,
}

impl NewSite {
    /// The file's text. It is checked by nobody yet.
    ///
    /// # Errors
    /// If the commented file has lost a table.
    pub fn text(&self) -> Result<String, String> {
        let mut config = ConfigText::of(&self.layout()?)?;
        config.set(&["node"], self.node.as_str())?;
        config.set(&["name"], self.name.as_str())?;
        config.set(&["broker", "address"], self.broker.as_str())?;
        config.set(&["battery", "profile"], self.profile.name())?;
        config.set(&["battery", "wiring"], self.wiring.name())?;
        if let Some(capacity_ampere_hours) = self.capacity_ampere_hours {
            config.set(&["battery", "capacity_ampere_hours"], capacity_ampere_hours)?;
        }
        config.set(&["i2c", "bus"], i64::from(self.bus))?;
        let inputs = [
            ("battery", self.battery),
            ("charger", self.charger),
            ("load", self.load),
        ];
        for (role, input) in inputs {
            config.set(&["meter", role, "chip"], input.chip.kind.name())?;
            config.set(
                &["meter", role, "address"],
                hexadecimal(input.chip.address)?,
            )?;
            config.set(&["meter", role, "shunt_ohms"], input.shunt_ohms)?;
        }
        self.put_thermometer(&mut config)?;
        self.put_relays(&mut config)?;
        Ok(config.to_string())
    }

    /// The commented file with the entries that this site has, so that each explanation stays where it is.
    fn layout(&self) -> Result<String, String> {
        let mut text = COMMENTED.to_owned();
        if self.capacity_ampere_hours.is_none() {
            const CAPACITY: &str = "capacity_ampere_hours = ";
            exchange(&mut text, CAPACITY, &format!("# {CAPACITY}"))?;
        }
        if let NewThermometer::Kernel(name) = &self.thermometer {
            let sensor = format!("kernel_sensor = {}\n", Value::from(name.as_str()));
            exchange(&mut text, "chip = \"lm75\"\naddress = 0x48\n", &sensor)?;
        }
        if let NewBoard::Hat(address) = self.board {
            let board = format!("board = \"ep0099\"\naddress = {address:#04x}\n");
            exchange(&mut text, "# board = \"gpio_lines\"\n", &board)?;
        }
        Ok(text)
    }

    fn put_thermometer(&self, config: &mut ConfigText) -> Result<(), String> {
        let NewThermometer::Chip(chip) = &self.thermometer else {
            return Ok(());
        };
        config.set(&["thermometer", "chip"], chip.kind.name())?;
        config.set(&["thermometer", "address"], hexadecimal(chip.address)?)
    }

    fn put_relays(&self, config: &mut ConfigText) -> Result<(), String> {
        let number = match &self.board {
            NewBoard::Lines(label) => {
                let active = if self.active_low { "low" } else { "high" };
                config.set(&["relays", "gpio_chip"], label.as_str())?;
                config.set(&["relays", "active"], active)?;
                "line"
            }
            NewBoard::Hat(_) => {
                config.remove(&["relays", "gpio_chip"])?;
                config.remove(&["relays", "active"])?;
                "channel"
            }
        };
        for (relay, value) in self.relays.iter() {
            let mut entry = InlineTable::new();
            entry.insert(number, i64::from(*value).into());
            if !matches!(relay.name(), "mains" | "charger") {
                entry.insert("contact", "normally_open".into());
            }
            config.set(&["relays", relay.name()], entry)?;
        }
        Ok(())
    }
}

/// Puts one text in another's place, which the commented file has once.
fn exchange(text: &mut String, what: &str, instead: &str) -> Result<(), String> {
    if text.matches(what).count() != 1 {
        return Err(format!(
            "the commented configuration file has not one {what:?}"
        ));
    }
    *text = text.replace(what, instead);
    Ok(())
}

fn hexadecimal(address: u8) -> Result<Value, String> {
    let value = format!("{address:#04x}").parse::<Value>();
    value.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::hardware::relay_board::BoardWiring;
    use crate::settings;

    fn site() -> NewSite {
        let input = |address| NewInput {
            chip: ChipAt {
                kind: Kind::Ina226,
                address,
            },
            shunt_ohms: 0.002,
        };
        NewSite {
            node: "barn".into(),
            name: "Grange \"du\" Pré".into(),
            broker: "broker.lan:1883".into(),
            profile: Profile::Lifepo4,
            wiring: Wiring::CommonBus,
            capacity_ampere_hours: None,
            bus: 3,
            battery: input(0x44),
            charger: input(0x45),
            load: input(0x46),
            thermometer: NewThermometer::Kernel("tmp102".into()),
            board: NewBoard::Lines("pinctrl-bcm2835".into()),
            active_low: false,
            relays: Relays {
                mains: 5,
                charger: 6,
                aux1: 13,
                aux2: 19,
            },
        }
    }

    fn comments(text: &str) -> Vec<&str> {
        text.lines().filter(|line| line.starts_with('#')).collect()
    }

    #[test]
    fn what_is_written_can_be_followed_and_explains_every_entry() {
        let text = site().text().expect("written");
        let settings = settings::check_text(Path::new("new"), &text).expect("sound");
        assert_eq!(settings.node.node.as_str(), "barn");
        assert_eq!(settings.node.control.capacity_ampere_hours, None);
        assert_eq!(
            settings.hardware.description(),
            "bus 3: battery (INA226 at 0x44), charger (INA226 at 0x45), load (INA226 at 0x46), thermometer (tmp102 of the kernel); relays on pinctrl-bcm2835"
        );
        assert!(text.contains("address = 0x45"), "{text}");
        for comment in comments(COMMENTED) {
            assert!(text.contains(comment), "{comment} is lost");
        }

        let hat = NewSite {
            board: NewBoard::Hat(0x11),
            thermometer: "sht4x@0x47".parse().expect("sound"),
            relays: Relays {
                mains: 1,
                charger: 2,
                aux1: 3,
                aux2: 4,
            },
            ..site()
        };
        let text = hat.text().expect("written");
        let settings = settings::check_text(Path::new("new"), &text).expect("sound");
        let BoardWiring::Hat(wiring) = settings.hardware.relays else {
            panic!("{text}");
        };
        assert!(
            text.contains("The HAT's relays hang on a\n# microcontroller"),
            "{text}"
        );
        assert_eq!(
            (wiring.bus, wiring.address, wiring.channels.aux2),
            (3, 0x11, 4)
        );
    }

    #[test]
    fn answers_are_read_as_they_are_shown() {
        let chip = ChipAt {
            kind: Kind::Ina219,
            address: 0x4F,
        };
        assert_eq!(chip.to_string().parse(), Ok(chip));
        for wrong in ["ina219", "ina219@", "ina219@0x1FF", "ina218@0x40"] {
            assert!(wrong.parse::<ChipAt>().is_err(), "{wrong}");
        }
        assert!("ina219@0x40".parse::<NewThermometer>().is_err());
        assert_eq!("ep0099@16".parse(), Ok(NewBoard::Hat(0x10)));
        assert!("ep0099@x".parse::<NewBoard>().is_err());
    }
}
