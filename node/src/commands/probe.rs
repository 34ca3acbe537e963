//! What the inputs measure, and what the relays do, on a terminal.

mod boot_level;
mod circuits;
mod toggle;

use std::time::Duration;

use anyhow::Context;
use releve_control::Monotonic;
use releve_control::sample::{MainsSense, Measurement, Sample, SensorFault};
use releve_node::hardware::start_sensors;
use releve_node::sensors::Sensors;
use releve_node::settings::{self, Settings};
use releve_node::setup::battery_volts;
use tokio::time::interval;

use super::asked_to_stop;
use crate::cli::Probe;

const EVERY: Duration = Duration::from_secs(1);
const HEADER: &str = "   battery     charger                load        temperature   mains";

/// Shows what the inputs measure until this program is asked to stop, or what the arguments ask for.
///
/// # Errors
/// If the configuration cannot be followed, or a relay does not do what it must.
pub async fn probe(arguments: &Probe) -> anyhow::Result<()> {
    let settings = settings::load(&arguments.site.config)?;
    println!("{}", settings.hardware.description());
    match arguments.toggle {
        Some(relay) => toggle::toggle(&settings, relay, arguments.yes).await,
        None if arguments.boot_level => boot_level::boot_level(&settings.hardware.relays),
        None => readings(&settings).await,
    }
}

async fn readings(settings: &Settings) -> anyhow::Result<()> {
    println!("{HEADER}");
    let mut sensors = start_sensors(&settings.hardware).context("the sensors cannot be started")?;
    let mut tick = interval(EVERY);
    let stop = asked_to_stop();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            signal = &mut stop => {
                signal?;
                return Ok(());
            }
            _ = tick.tick() => {
                let sample = sensors.sample(Monotonic::START);
                println!("{}", line(&sample));
                if let Some(refusal) = no_12_volts(&sample) {
                    println!("REFUSED: {refusal}");
                }
            }
        }
    }
}

/// Why this is no system for this program, by the battery's voltage.
fn no_12_volts(sample: &Sample) -> Option<String> {
    match sample.battery_volts {
        Measurement::Value(volts) | Measurement::OverRange(volts) => battery_volts::refusal(volts),
        Measurement::Missing(_) => None,
    }
}

fn line(sample: &Sample) -> String {
    format!(
        "{:>10} {:>10} {:>11} {:>10} {:>11} {:>11}   {}",
        figure(sample.battery_volts, "V"),
        figure(sample.charger_volts, "V"),
        figure(sample.charger_amperes, "A"),
        figure(sample.load_volts, "V"),
        figure(sample.load_amperes, "A"),
        figure(sample.temperature_celsius, "°C"),
        match sample.mains_sense {
            MainsSense::Present => "present",
            MainsSense::Lost => "lost",
            MainsSense::NotFitted => "–",
        }
    )
}

fn figure(measurement: Measurement, unit: &str) -> String {
    match measurement {
        Measurement::Value(value) => format!("{value:.3} {unit}"),
        Measurement::OverRange(bound) => format!("≥ {bound:.2} {unit}"),
        Measurement::Missing(fault) => match fault {
            SensorFault::NoAnswer => "no answer",
            SensorFault::BusHangs => "bus hangs",
            SensorFault::Reset => "was reset",
            SensorFault::Stalled => "nothing new",
            SensorFault::Nonsense => "nonsense",
            SensorFault::OutOfRange => "impossible",
        }
        .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_no_figure() {
        assert_eq!(figure(Measurement::Value(13.5124), "V"), "13.512 V");
        assert_eq!(figure(Measurement::OverRange(3.2), "A"), "≥ 3.20 A");
        assert_eq!(
            figure(Measurement::Missing(SensorFault::NoAnswer), "A"),
            "no answer"
        );
    }
}
