//! What the command line says of the controller: its limits and guards, what it begins with, and where
//! it keeps what it remembers.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use releve_control::guards::Guards;
use releve_control::{LimitName, Mode, Schedule};
use releve_node::config::Beginning;
use releve_node::simulated::SimulatedConfig;

/// The environment variables serve containers.
#[derive(Debug, Args)]
pub struct ControlOptions {
    /// The guards of the modes: careful, or concept, with which voltages alone decide the consumption
    /// cycle. The interlocks hold under both.
    #[arg(long, env = "RELEVE_GUARDS", default_value = "careful", value_parser = guards)]
    guards: Guards,
    /// The battery's rated capacity as the controller is told it, Ah; unknown: nothing is counted
    /// [default: that of the simulated battery].
    #[arg(long, env = "RELEVE_CAPACITY", value_name = "AH", value_parser = capacity)]
    capacity: Option<Capacity>,
    /// A limit that differs from the battery profile's, for example overcharge_cut=14.3; can be
    /// repeated.
    #[arg(long = "limit", env = "RELEVE_LIMITS", value_name = "NAME=VALUE", value_delimiter = ',', value_parser = limit)]
    limits: Vec<(LimitName, f64)>,
    /// Lets the charge voltages follow the battery's temperature by its profile's law.
    #[arg(long, env = "RELEVE_TEMPERATURE_COMPENSATION")]
    temperature_compensation: bool,
    /// The mode that a site which remembers nothing begins in.
    #[arg(long, env = "RELEVE_MODE", default_value = "observer", value_parser = mode)]
    mode: Mode,
    /// A file with the schedule that a site which remembers nothing begins with: JSON as for
    /// set/schedule.
    #[arg(long, env = "RELEVE_SCHEDULE", value_name = "FILE", value_parser = schedule)]
    schedule: Option<Schedule>,
    /// Where to remember mode, limits, schedule, latches and counters across a restart; without it they
    /// are lost when the program ends.
    #[arg(long, env = "RELEVE_STATE_DIR", value_name = "DIRECTORY")]
    state_dir: Option<PathBuf>,
}

/// A capacity as the controller is told it.
#[derive(Debug, Clone, Copy)]
struct Capacity(Option<f64>);

impl ControlOptions {
    /// The configuration with these options in it.
    pub fn put_into(self, mut config: SimulatedConfig) -> SimulatedConfig {
        if let Some(Capacity(ampere_hours)) = self.capacity {
            config.capacity_ampere_hours = ampere_hours;
        }
        config.guards = self.guards;
        config.limits = self.limits;
        config.temperature_compensation = self.temperature_compensation;
        config.beginning = Beginning {
            mode: self.mode,
            schedule: self.schedule,
        };
        config.state_directory = self.state_dir;
        config
    }
}

fn guards(text: &str) -> Result<Guards, String> {
    match text {
        "careful" => Ok(Guards::default()),
        "concept" => Ok(Guards::concept()),
        _ => Err("write careful or concept".to_owned()),
    }
}

fn capacity(text: &str) -> Result<Capacity, String> {
    match text {
        "unknown" => Ok(Capacity(None)),
        // The controller checks its bounds.
        _ => text
            .parse()
            .map(|ampere_hours| Capacity(Some(ampere_hours)))
            .map_err(|_| "write a number of ampere-hours, or unknown".to_owned()),
    }
}

fn limit(text: &str) -> Result<(LimitName, f64), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write NAME=VALUE, for example overcharge_cut=14.3")?;
    let limit = LimitName::from_name(name).ok_or_else(|| {
        let names: Vec<_> = LimitName::ALL.iter().map(|limit| limit.name()).collect();
        format!("there is no limit {name}; there are: {}", names.join(", "))
    })?;
    // The controller checks its bounds.
    let value = value
        .parse()
        .map_err(|_| format!("{value} is no number in {}", limit.unit()))?;
    Ok((limit, value))
}

fn mode(text: &str) -> Result<Mode, String> {
    Mode::from_name(text).ok_or_else(|| {
        let names: Vec<_> = Mode::ALL.iter().map(|mode| mode.name()).collect();
        format!("write {}", names.join(", "))
    })
}

fn schedule(path: &str) -> Result<Schedule, String> {
    let text =
        fs::read_to_string(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    serde_json::from_str(&text).map_err(|error| {
        format!(
            "the file is no schedule ({error}): write an object with time_zone, critical, allowed and cycle_every_days, as docs/mqtt.md shows it"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        assert!(guards("bold").is_err_and(|text| text.contains("careful")));
        assert!(capacity("much").is_err_and(|text| text.contains("unknown")));
        assert!(limit("overcharge_cut").is_err_and(|text| text.contains('=')));
        assert!(limit("cut=14").is_err_and(|text| text.contains("overcharge_cut")));
        assert!(limit("overcharge_cut=high").is_err_and(|text| text.contains('V')));
        assert!(mode("eco").is_err_and(|text| text.contains("consumption_cycle")));
        assert!(schedule("/nowhere").is_err_and(|text| text.contains("read")));
    }

    #[test]
    fn what_is_right_is_taken() {
        assert_eq!(guards("concept"), Ok(Guards::concept()));
        assert!(matches!(capacity("unknown"), Ok(Capacity(None))));
        assert!(matches!(capacity("18"), Ok(Capacity(Some(18.0)))));
        assert_eq!(
            limit("reserve_runtime=60"),
            Ok((LimitName::ReserveRuntime, 60.0))
        );
        assert_eq!(mode("consumption_cycle"), Ok(Mode::ConsumptionCycle));
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("schedule.json");
        fs::write(
            &file,
            r#"{"time_zone":"Europe/Paris","critical":[],"allowed":[],"cycle_every_days":30}"#,
        )
        .expect("written");
        let read = schedule(file.to_str().expect("text")).expect("a schedule");
        assert_eq!(read.cycle_every_days, 30);
    }
}
