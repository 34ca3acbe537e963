//! The configuration file of a new site, from questions and from what hangs on its buses.

mod questions;

use std::io::{BufRead, IsTerminal, stdin};

use anyhow::{Context, bail};
use releve_control::profile::Profile;
use releve_control::{Relays, Wiring};
use releve_node::hardware::bus::Bus;
use releve_node::hardware::{Sleep, gpio_chip};
use releve_node::settings;
use releve_node::setup::new_site::{ChipAt, NewBoard, NewInput, NewSite, NewThermometer};
use releve_node::setup::scan::{self, Found, Kind};
use releve_node::setup::{battery_volts, config_file};

use crate::cli::Init;
use questions::Questions;

/// Asks, and writes the file.
///
/// # Errors
/// If there is one already, an answer is missing or cannot be followed, or the battery is none of 12 V:
/// nothing was written then.
pub fn init(arguments: &Init) -> anyhow::Result<()> {
    let file = &arguments.site.config;
    if file.exists() && !arguments.force {
        bail!(
            "{} exists already: --force replaces it and keeps a copy",
            file.display()
        );
    }
    let mut questions = Questions::new(&arguments.answer, stdin().lock(), stdin().is_terminal())?;
    let site = interview(&mut questions)?;
    questions.done()?;
    let text = site.text().map_err(anyhow::Error::msg)?;
    settings::check_text(file, &text).context("with these answers")?;
    let copy = config_file::replace(file, &text)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    println!("{} is written.", file.display());
    if let Some(copy) = copy {
        println!("What it was is in {}.", copy.display());
    }
    println!(
        "Next: releve-node probe, for the signs of the currents; probe --boot-level; probe --toggle for each relay."
    );
    Ok(())
}

fn interview<R: BufRead>(questions: &mut Questions<R>) -> anyhow::Result<NewSite> {
    let node = questions.ask(("node", "The node's id in topics?"), None, text)?;
    let name = questions.ask(("name", "The site's name for people?"), Some(&node), text)?;
    let broker = ("broker.address", "The MQTT broker, HOST:PORT?");
    let broker = questions.ask(broker, Some("127.0.0.1:1883"), text)?;
    let profile = questions.ask(
        (
            "battery.profile",
            "The chemistry of the 12 V battery: agm, gel, flooded or lifepo4?",
        ),
        None,
        |text| Profile::from_name(text).ok_or_else(|| "write agm, gel, flooded or lifepo4".into()),
    )?;
    let wiring = questions.ask(
        (
            "battery.wiring",
            "Where input \"charger\" sits: battery_lead or common_bus?",
        ),
        Some(Wiring::BatteryLead.name()),
        |text| Wiring::from_name(text).ok_or_else(|| "write battery_lead or common_bus".into()),
    )?;
    let capacity_ampere_hours = questions.ask(
        (
            "battery.capacity_ampere_hours",
            "Its rated capacity, Ah, or unknown?",
        ),
        Some("unknown"),
        |text| match text {
            "unknown" => Ok(None),
            text => number(text).map(Some),
        },
    )?;
    let (bus, found) = scanned(questions)?;
    let mut meters = proposals(&found, Kind::is_meter).into_iter();
    let battery = input(questions, "battery", meters.next())?;
    refuse_other_than_12_volts(&found, &battery)?;
    let charger = input(questions, "charger", meters.next())?;
    let load = input(questions, "load", meters.next())?;
    let thermometer = thermometer(questions, &found)?;
    let (board, active_low, relays) = relays(questions)?;
    Ok(NewSite {
        node,
        name,
        broker,
        profile,
        wiring,
        capacity_ampere_hours,
        bus,
        battery,
        charger,
        load,
        thermometer,
        board,
        active_low,
        relays,
    })
}

/// The bus, and what was found on it.
fn scanned<R: BufRead>(questions: &mut Questions<R>) -> anyhow::Result<(u8, Vec<Found>)> {
    let buses: Vec<_> = (scan::buses().into_iter())
        .map(|number| (number, scan::scan(&mut Bus::new(number), &mut Sleep)))
        .collect();
    for (number, found) in &buses {
        println!("I2C bus {number}:");
        if found.is_empty() {
            println!("  no chip that this program knows");
        }
        for chip in found {
            println!("  {}", told(chip));
        }
    }
    if buses.is_empty() {
        println!("There is no I2C bus: is I2C enabled (dtparam=i2c_arm=on), and i2c-dev loaded?");
    }
    let fullest = buses.iter().max_by_key(|(_, found)| found.len());
    let proposed = fullest.map(|(number, _)| number.to_string());
    let bus = questions.ask(
        ("i2c.bus", "The I2C bus with the meter?"),
        proposed.as_deref(),
        |text| {
            text.parse()
                .map_err(|_| "write its number, 0 to 255".to_owned())
        },
    )?;
    let found = buses.into_iter().find(|(number, _)| *number == bus);
    Ok((bus, found.map(|(_, found)| found).unwrap_or_default()))
}

fn told(chip: &Found) -> String {
    let kinds: Vec<_> = chip.kinds.iter().map(|kind| kind.name()).collect();
    let what = match kinds.as_slice() {
        [] => "a chip that this program does not know".to_owned(),
        kinds => kinds.join(" or "),
    };
    let volts = chip
        .volts
        .map_or_else(String::new, |volts| format!(", {volts:.2} V at its input"));
    format!("{:#04x}: {what}{volts}", chip.address)
}

/// The chips of that sort which leave no doubt.
fn proposals(found: &[Found], sort: impl Fn(Kind) -> bool) -> Vec<ChipAt> {
    let sure = found.iter().filter_map(|chip| match chip.kinds.as_slice() {
        [kind] if sort(*kind) => Some(ChipAt {
            kind: *kind,
            address: chip.address,
        }),
        _ => None,
    });
    sure.collect()
}

fn input<R: BufRead>(
    questions: &mut Questions<R>,
    role: &str,
    proposed: Option<ChipAt>,
) -> anyhow::Result<NewInput> {
    let proposed = proposed.map(|chip| chip.to_string());
    let chip = questions.ask(
        (
            &format!("meter.{role}"),
            &format!("The chip of input {role}, as ina219@0x40?"),
        ),
        proposed.as_deref(),
        |text| {
            let chip: ChipAt = text.parse()?;
            let meter = chip.kind.is_meter();
            meter
                .then_some(chip)
                .ok_or_else(|| format!("{chip} is no meter"))
        },
    )?;
    let shunt = (
        &*format!("meter.{role}.shunt_ohms"),
        "Its shunt, Ω (R100 is 0.1, R010 is 0.01)?",
    );
    let shunt_ohms = questions.ask(shunt, Some("0.1"), number)?;
    Ok(NewInput { chip, shunt_ohms })
}

fn refuse_other_than_12_volts(found: &[Found], battery: &NewInput) -> anyhow::Result<()> {
    let chip = found
        .iter()
        .find(|chip| chip.address == battery.chip.address);
    match chip
        .and_then(|chip| chip.volts)
        .and_then(battery_volts::refusal)
    {
        None => Ok(()),
        Some(reason) => bail!("{reason}"),
    }
}

fn thermometer<R: BufRead>(
    questions: &mut Questions<R>,
    found: &[Found],
) -> anyhow::Result<NewThermometer> {
    let proposed = proposals(found, |kind| !kind.is_meter())
        .first()
        .map(ChipAt::to_string);
    questions.ask(
        (
            "thermometer",
            "The thermometer at the battery, as lm75@0x48, or kernel:NAME for one that the kernel reads?",
        ),
        proposed.as_deref(),
        str::parse,
    )
}

fn relays<R: BufRead>(
    questions: &mut Questions<R>,
) -> anyhow::Result<(NewBoard, bool, Relays<u32>)> {
    let labels = gpio_chip::labels().unwrap_or_default();
    println!(
        "GPIO chips: {}",
        if labels.is_empty() {
            "none".to_owned()
        } else {
            labels.join(", ")
        }
    );
    // The header's chip, where it is a Raspberry Pi's; a chip that happens to be alone otherwise.
    let proposed = (labels.iter().find(|label| label.starts_with("pinctrl-")))
        .or_else(|| labels.first().filter(|_| labels.len() == 1));
    let board: NewBoard = questions.ask(
        (
            "relays",
            "The relay board: the label of the GPIO chip that it hangs on, or ep0099@0x10 for that HAT?",
        ),
        proposed.map(String::as_str),
        str::parse,
    )?;
    let on_lines = matches!(board, NewBoard::Lines(_));
    let active_low = !on_lines
        || questions.ask(
            (
                "relays.active",
                "The level that gives a coil current: low or high?",
            ),
            None,
            |text| match text {
                "low" => Ok(true),
                "high" => Ok(false),
                _ => Err("write low or high".to_owned()),
            },
        )?;
    let (what, defaults) = if on_lines {
        ("line, its BCM number", ["26", "20", "21", "16"])
    } else {
        ("channel", ["1", "2", "3", "4"])
    };
    let mut ask = |name: &str, proposed: &str| {
        questions.ask(
            (
                &format!("relays.{name}"),
                &format!("Relay {name}: its {what}?"),
            ),
            Some(proposed),
            |text| text.parse().map_err(|_| "write a whole number".to_owned()),
        )
    };
    let [mains, charger, aux1, aux2] = defaults;
    let relays = Relays {
        mains: ask("mains", mains)?,
        charger: ask("charger", charger)?,
        aux1: ask("aux1", aux1)?,
        aux2: ask("aux2", aux2)?,
    };
    Ok((board, active_low, relays))
}

fn text(text: &str) -> Result<String, String> {
    let text = text.trim();
    (!text.is_empty())
        .then(|| text.to_owned())
        .ok_or_else(|| "it must not be empty".to_owned())
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("{text:?} is no number: write for example 0.1, with a point"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leaves_no_doubt_is_proposed() {
        let found = |address, kinds: &[Kind], volts| Found {
            address,
            kinds: kinds.to_vec(),
            volts,
        };
        let chips = [
            found(0x40, &[Kind::Ina219], Some(13.6)),
            found(0x48, &[Kind::Ina219, Kind::Lm75], None),
            found(0x49, &[], None),
            found(0x4A, &[Kind::Lm75], None),
        ];
        let shown = |sort: fn(Kind) -> bool| {
            let chips = proposals(&chips, sort);
            chips.iter().map(ChipAt::to_string).collect::<Vec<_>>()
        };
        assert_eq!(shown(Kind::is_meter), ["ina219@0x40"]);
        assert_eq!(shown(|kind| !kind.is_meter()), ["lm75@0x4a"]);
        assert_eq!(told(&chips[0]), "0x40: ina219, 13.60 V at its input");
        assert_eq!(told(&chips[1]), "0x48: ina219 or lm75");
    }

    #[test]
    fn a_24_volt_battery_ends_it() {
        let battery = NewInput {
            chip: "ina219@0x40".parse().expect("sound"),
            shunt_ohms: 0.1,
        };
        let found = |volts| {
            [Found {
                address: 0x40,
                kinds: vec![Kind::Ina219],
                volts: Some(volts),
            }]
        };
        assert!(refuse_other_than_12_volts(&found(13.6), &battery).is_ok());
        let refusal = refuse_other_than_12_volts(&found(25.4), &battery);
        assert!(
            refusal
                .expect_err("refused")
                .to_string()
                .contains("no 12 V system")
        );
    }
}
