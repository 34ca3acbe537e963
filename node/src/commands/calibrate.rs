//! Offsets and gains measured, and written into the configuration file.

use std::io::{BufRead, IsTerminal, Write, stdin, stdout};

use anyhow::{Context, bail};
use releve_control::Monotonic;
use releve_control::sample::{Measurement, Sample};
use releve_node::hardware::input::Calibration;
use releve_node::hardware::start_sensors;
use releve_node::sensors::Sensors;
use releve_node::settings::{self, Settings};
use releve_node::setup::battery_volts;
use releve_node::setup::calibration::{
    GAIN_AMPERES_LEAST, GAIN_VOLTS_LEAST, matched, steady, zeroed,
};
use releve_node::setup::config_file::{self, ConfigText};
use tokio::time::{Duration, sleep};

use crate::cli::{Calibrate, CalibratedInput, CalibratedQuantity};

/// How many samples a calibration takes.
const SAMPLES: u8 = 10;
const BETWEEN: Duration = Duration::from_millis(300);

/// Measures, and writes what that changes. It switches nothing.
///
/// # Errors
/// If the input is not measured, what it shows is no calibration, or nobody agrees: the file is what it was.
pub async fn calibrate(arguments: &Calibrate) -> anyhow::Result<()> {
    let file = &arguments.site.config;
    let read = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let settings = settings::check_text(file, &read)?;
    let (input, quantity) = (arguments.input, arguments.quantity);
    if input == CalibratedInput::Battery && quantity == CalibratedQuantity::Amperes {
        bail!("the current of input battery is not used: it is derived from the other two");
    }
    if arguments.reference.is_none() && quantity == CalibratedQuantity::Volts {
        bail!("the zero of a voltage is not calibrated: give what a meter shows, --meter VOLTS");
    }
    let now = calibration_of(&settings, input, quantity);
    println!("{}", instruction(arguments));
    agree(arguments.yes, "Write yes when it is so: ")?;
    let figure = measured(&settings, input, quantity).await?;
    let new = match arguments.reference {
        None => zeroed(now, figure),
        Some(reference) => matched(now, figure, reference, least(quantity)),
    }
    .map_err(anyhow::Error::msg)?;
    let (unit, after) = (quantity.unit(), corrected(now, new, figure));
    println!("It shows {figure:.4} {unit} and will show {after:.4} {unit}:");
    println!("  offset {} → {}", now.offset, new.offset);
    println!("  gain   {} → {}", now.gain, new.gain);
    agree(arguments.yes, "Write yes to write that: ")?;
    let text = with_calibration(&read, input, quantity, new).map_err(anyhow::Error::msg)?;
    settings::check_text(file, &text).context("with that calibration")?;
    let copy = config_file::replace_read(file, &read, &text)
        .with_context(|| format!("{} was not written", file.display()))?;
    if let Some(copy) = copy {
        println!(
            "{} is written; what it was is in {}.",
            file.display(),
            copy.display()
        );
    }
    println!("It holds from the next start of the node.");
    Ok(())
}

fn instruction(arguments: &Calibrate) -> String {
    let input = arguments.input.name();
    let Some(reference) = arguments.reference else {
        return format!(
            "The zero of input {input}: NO current may flow through its shunt. Nothing is switched for it: stop the node (systemctl stop releve-node), then pull the {input}'s plug or fuse, or take a lead off the shunt."
        );
    };
    format!(
        "The gain of input {input}: a reference meter shows {reference} {} in the same circuit, and nothing changes meanwhile. Stop the node first (systemctl stop releve-node).",
        arguments.quantity.unit()
    )
}

fn agree(yes: bool, question: &str) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !stdin().is_terminal() {
        bail!("nothing was written: agree at a terminal, or with --yes");
    }
    print!("{question}");
    stdout().flush()?;
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer)?;
    if answer.trim() == "yes" {
        return Ok(());
    }
    bail!("nothing was written")
}

/// The mean of what the input shows, while it is steady.
async fn measured(
    settings: &Settings,
    input: CalibratedInput,
    quantity: CalibratedQuantity,
) -> anyhow::Result<f64> {
    let mut sensors = start_sensors(&settings.hardware).context("the sensors cannot be started")?;
    // The chips may have to be configured first.
    sensors.sample(Monotonic::START);
    let mut figures = Vec::new();
    for _ in 0..SAMPLES {
        sleep(BETWEEN).await;
        let sample = sensors.sample(Monotonic::START);
        if let Measurement::Value(volts) = sample.battery_volts
            && let Some(reason) = battery_volts::refusal(volts)
        {
            bail!("{reason}");
        }
        match of(&sample, input, quantity) {
            Measurement::Value(figure) => figures.push(figure),
            Measurement::OverRange(bound) => {
                bail!(
                    "the input is at the end of its range, {bound:.2} {}",
                    quantity.unit()
                )
            }
            Measurement::Missing(_) => bail!(
                "input {} is not measured: see releve-node probe",
                input.name()
            ),
        }
    }
    steady(&figures).map_err(anyhow::Error::msg)
}

const fn of(sample: &Sample, input: CalibratedInput, quantity: CalibratedQuantity) -> Measurement {
    use CalibratedInput::{Battery, Charger, Load};
    use CalibratedQuantity::{Amperes, Volts};
    match (input, quantity) {
        (Battery, _) => sample.battery_volts,
        (Charger, Volts) => sample.charger_volts,
        (Charger, Amperes) => sample.charger_amperes,
        (Load, Volts) => sample.load_volts,
        (Load, Amperes) => sample.load_amperes,
    }
}

fn calibration_of(
    settings: &Settings,
    input: CalibratedInput,
    quantity: CalibratedQuantity,
) -> Calibration {
    let hardware = &settings.hardware;
    let (_, input) = match input {
        CalibratedInput::Battery => &hardware.battery,
        CalibratedInput::Charger => &hardware.charger,
        CalibratedInput::Load => &hardware.load,
    };
    match quantity {
        CalibratedQuantity::Volts => input.volts,
        CalibratedQuantity::Amperes => input.amperes,
    }
}

const fn least(quantity: CalibratedQuantity) -> f64 {
    match quantity {
        CalibratedQuantity::Volts => GAIN_VOLTS_LEAST,
        CalibratedQuantity::Amperes => GAIN_AMPERES_LEAST,
    }
}

/// What the input would show with another calibration.
fn corrected(now: Calibration, new: Calibration, figure: f64) -> f64 {
    (figure / now.gain + now.offset - new.offset) * new.gain
}

fn with_calibration(
    text: &str,
    input: CalibratedInput,
    quantity: CalibratedQuantity,
    new: Calibration,
) -> Result<String, String> {
    let mut config = ConfigText::of(text)?;
    let (entry, name) = (input.name(), quantity.name());
    for (word, value) in [("offset", new.offset), ("gain", new.gain)] {
        config.set(&["meter", entry, &format!("{word}_{name}")], value)?;
    }
    Ok(config.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_calibration_is_written_into_its_entry_and_nothing_else_changes() {
        let new = Calibration {
            offset: -0.0125,
            gain: 1.0,
        };
        let (input, quantity) = (CalibratedInput::Charger, CalibratedQuantity::Amperes);
        let before = config_file::COMMENTED;
        let text = with_calibration(before, input, quantity, new).expect("written");
        let entry = "address = 0x41\nshunt_ohms = 0.1\n";
        let added = format!("{entry}offset_amperes = -0.0125\ngain_amperes = 1.0\n");
        assert_eq!(text, before.replace(entry, &added));
        let settings = settings::check_text(Path::new("new"), &text).expect("sound");
        assert_eq!(calibration_of(&settings, input, quantity), new);
        let again = with_calibration(&text, input, quantity, Calibration::NONE).expect("written");
        assert_eq!(again, text.replace("-0.0125", "0.0"));
    }

    #[test]
    fn after_a_calibration_the_input_shows_what_is_true() {
        let now = Calibration {
            offset: 0.01,
            gain: 0.98,
        };
        let new = zeroed(now, 0.0147).expect("an offset");
        assert!(corrected(now, new, 0.0147).abs() < 1e-6);
        let new = matched(now, 2.0, 2.05, GAIN_AMPERES_LEAST).expect("a gain");
        assert!((corrected(now, new, 2.0) - 2.05).abs() < 1e-5);
    }
}
