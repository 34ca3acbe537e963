//! Faults as a person writes them: `charger_dead`, `charger_runs_away=15.4@2..5`.

use core::str::FromStr;
use core::time::Duration;

use releve_control::{Contact, RelayName};

use super::{Fault, FaultSpan, InputName, SensorName};

/// A fault that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFault {
    /// No fault of that name.
    #[error("no fault is called `{name}`: write one of {}", NAMES.join(", "))]
    UnknownName {
        /// What was written.
        name: String,
    },
    /// A number is missing, or is none.
    #[error("`{name}` needs a number: write {name}=NUMBER, in volts, amperes, watts or kelvins")]
    Number {
        /// The fault's name.
        name: String,
    },
    /// A fault that takes no number was given one.
    #[error("`{name}` takes no number: write {name} alone")]
    NeedlessNumber {
        /// The fault's name.
        name: String,
    },
    /// The hours cannot be read.
    #[error(
        "`@{hours}` is no time: write @FROM or @FROM..UNTIL in hours from the start, \
         for example @2..5.5"
    )]
    Hours {
        /// What was written.
        hours: String,
    },
}

/// Longest time that can be written, h: a hundred years.
const MOST_HOURS: f64 = 876_600.0;

/// Every name, in the order of their listing.
const NAMES: [&str; 34] = [
    "mains_failure",
    "charger_dead",
    "charger_high",
    "charger_runs_away",
    "charger_fuse_blown",
    "cell_shorted",
    "extra_heat",
    "mains_contact_welded",
    "mains_contact_open",
    "charger_contact_welded",
    "charger_contact_open",
    "battery_sensor_lost",
    "battery_sensor_stuck",
    "battery_sensor_out_of_range",
    "battery_sensor_over_range",
    "charger_sensor_lost",
    "charger_sensor_stuck",
    "charger_sensor_out_of_range",
    "charger_sensor_over_range",
    "load_sensor_lost",
    "load_sensor_stuck",
    "load_sensor_out_of_range",
    "load_sensor_over_range",
    "thermometer_lost",
    "thermometer_stuck",
    "thermometer_out_of_range",
    "thermometer_over_range",
    "thermometer_at_85",
    "battery_volts_offset",
    "charger_volts_offset",
    "charger_amperes_offset",
    "load_volts_offset",
    "load_amperes_offset",
    "temperature_offset",
];

impl FromStr for Fault {
    type Err = InvalidFault;

    /// Reads `NAME` or `NAME=NUMBER`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, number) = match text.split_once('=') {
            Some((name, number)) => (name, Some(number)),
            None => (text, None),
        };
        if let Some(with_number) = fault_with_number(name) {
            return number
                .and_then(|number| number.parse().ok())
                .filter(|number: &f64| number.is_finite())
                .map(with_number)
                .ok_or_else(|| InvalidFault::Number {
                    name: name.to_owned(),
                });
        }
        match (plain_fault(name), number) {
            (Some(fault), None) => Ok(fault),
            (Some(_), Some(_)) => Err(InvalidFault::NeedlessNumber {
                name: name.to_owned(),
            }),
            (None, _) => Err(InvalidFault::UnknownName {
                name: name.to_owned(),
            }),
        }
    }
}

impl FromStr for FaultSpan {
    type Err = InvalidFault;

    /// Reads `FAULT`, `FAULT@FROM` or `FAULT@FROM..UNTIL`, in hours from the start.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((fault, hours)) = text.split_once('@') else {
            return Ok(Self {
                fault: text.parse()?,
                from: Duration::ZERO,
                until: None,
            });
        };
        let unreadable = || InvalidFault::Hours {
            hours: hours.to_owned(),
        };
        let (from, until) = match hours.split_once("..") {
            Some((from, until)) => (from, Some(duration(until).ok_or_else(unreadable)?)),
            None => (hours, None),
        };
        let from = duration(from).ok_or_else(unreadable)?;
        if until.is_some_and(|until| until <= from) {
            return Err(unreadable());
        }
        Ok(Self {
            fault: fault.parse()?,
            from,
            until,
        })
    }
}

fn duration(hours: &str) -> Option<Duration> {
    let hours: f64 = hours.parse().ok()?;
    (0.0..=MOST_HOURS)
        .contains(&hours)
        .then(|| Duration::from_secs_f64(hours * 3600.0))
}

fn fault_with_number(name: &str) -> Option<fn(f64) -> Fault> {
    Some(match name {
        "charger_high" => |excess_volts| Fault::ChargerVoltageTooHigh { excess_volts },
        "charger_runs_away" => |volts| Fault::ChargerRunsAway { volts },
        "extra_heat" => |watts| Fault::ExtraHeat { watts },
        "battery_volts_offset" => |offset| offset_of(InputName::BatteryVolts, offset),
        "charger_volts_offset" => |offset| offset_of(InputName::ChargerVolts, offset),
        "charger_amperes_offset" => |offset| offset_of(InputName::ChargerAmperes, offset),
        "load_volts_offset" => |offset| offset_of(InputName::LoadVolts, offset),
        "load_amperes_offset" => |offset| offset_of(InputName::LoadAmperes, offset),
        "temperature_offset" => |offset| offset_of(InputName::Temperature, offset),
        _ => return None,
    })
}

fn offset_of(input: InputName, offset: f64) -> Fault {
    Fault::InputOffset { input, offset }
}

fn plain_fault(name: &str) -> Option<Fault> {
    Some(match name {
        "mains_failure" => Fault::MainsFailure,
        "charger_dead" => Fault::ChargerDead,
        "charger_fuse_blown" => Fault::ChargerFuseBlown,
        "cell_shorted" => Fault::CellShorted,
        "mains_contact_welded" => Fault::RelayStuck(RelayName::Mains, Contact::Closed),
        "mains_contact_open" => Fault::RelayStuck(RelayName::Mains, Contact::Open),
        "charger_contact_welded" => Fault::RelayStuck(RelayName::Charger, Contact::Closed),
        "charger_contact_open" => Fault::RelayStuck(RelayName::Charger, Contact::Open),
        "thermometer_at_85" => Fault::ThermometerAtPowerOnValue,
        _ => return sensor_fault(name),
    })
}

fn sensor_fault(name: &str) -> Option<Fault> {
    let (sensor, what) = [
        ("battery_sensor_", SensorName::Battery),
        ("charger_sensor_", SensorName::Charger),
        ("load_sensor_", SensorName::Load),
        ("thermometer_", SensorName::Thermometer),
    ]
    .into_iter()
    .find_map(|(prefix, sensor)| Some((sensor, name.strip_prefix(prefix)?)))?;
    Some(match what {
        "lost" => Fault::SensorLost(sensor),
        "stuck" => Fault::SensorStuck(sensor),
        "out_of_range" => Fault::SensorOutOfRange(sensor),
        "over_range" => Fault::SensorOverRange(sensor),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_listing_can_be_read_and_means_something_else() {
        let mut faults: Vec<Fault> = Vec::new();
        for name in NAMES {
            let text = if fault_with_number(name).is_some() {
                format!("{name}=1.5")
            } else {
                name.to_owned()
            };
            let fault = text.parse().expect(name);
            assert!(!faults.contains(&fault), "{name}");
            faults.push(fault);
        }
    }

    #[test]
    fn a_span_has_its_hours() {
        let span: FaultSpan = "charger_runs_away=15.4@2..5.5".parse().expect("a span");
        assert_eq!(span.fault, Fault::ChargerRunsAway { volts: 15.4 });
        assert_eq!(span.from, Duration::from_hours(2));
        assert_eq!(span.until, Some(Duration::from_secs(19_800)));
        let for_good: FaultSpan = "charger_dead".parse().expect("a span");
        assert_eq!((for_good.from, for_good.until), (Duration::ZERO, None));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_what_to_write() {
        for (text, part) in [
            ("charger_ded", "no fault is called `charger_ded`"),
            ("charger_high", "write charger_high=NUMBER"),
            ("charger_high=NaN", "write charger_high=NUMBER"),
            ("charger_dead=3", "write charger_dead alone"),
            ("charger_dead@5..2", "`@5..2` is no time"),
            ("charger_dead@-1", "`@-1` is no time"),
            ("charger_dead@1e300", "`@1e300` is no time"),
        ] {
            let message = match text.parse::<FaultSpan>() {
                Ok(span) => panic!("{text} was read as {span:?}"),
                Err(error) => error.to_string(),
            };
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
