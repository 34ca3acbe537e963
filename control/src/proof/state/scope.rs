//! What a walk can tell apart: the thresholds and times that its limits, guards and commands know.

use core::time::Duration;

use crate::LimitName;
use crate::guards::Guards;
use crate::interlock::thermal_runaway;
use crate::profile::Profile;
use crate::proof::concern::Concern;
use crate::vocabulary::{Command, Mode};

/// The least voltage between two of a grid is ten times this, V; the same for temperatures, °C.
const HAIR: f64 = 0.000_1;
/// What the hard limit of a lost thermometer is lower by, V (the walk's profile).
const LOST_THERMOMETER_VOLTS: f64 = 0.27;

/// What a walk can tell apart.
pub(super) struct Scope {
    /// What a last voltage is held against.
    pub(super) raw_volts: Vec<f64>,
    /// What a mean is held against.
    pub(super) mean_volts: Vec<f64>,
    /// What a last temperature is held against.
    pub(super) celsius: Vec<f64>,
    /// The first whole minute after which a value counts as lost.
    pub(super) lost_minutes: u64,
    /// The longest of the longest discharges, min.
    pub(super) longest_minutes: u64,
    /// Whether the consumption cycle can be met: alarms then stand against it.
    pub(super) cycles: bool,
    /// Whether it matters when the battery was full.
    pub(super) full_charges: bool,
    /// Whether two trips can be counted together.
    pub(super) trips: bool,
    /// Whether the openings of a relay can spend its budget.
    pub(super) budget: bool,
    /// Whether thermal runaway remembers long enough to trip.
    pub(super) runaway: bool,
    /// Whether a schedule can be met.
    pub(super) schedule: bool,
}

impl Scope {
    pub(super) fn of(concern: &Concern) -> Self {
        let Concern { config, guards, .. } = concern;
        assert_eq!(config.profile, Profile::Agm, "the lost thermometer's law");
        let compares = guards.dip_factor.is_some() || guards.slope_factor.is_some();
        assert!(
            !compares,
            "what one discharge tells the next is not in the key"
        );
        let commands = || {
            let later = concern
                .stimuli
                .iter()
                .flat_map(|stimulus| &stimulus.commands);
            concern.begins_with.iter().chain(later)
        };
        let cycles = commands().any(|command| *command == Command::Mode(Mode::ConsumptionCycle));
        let all = |name: LimitName| -> Vec<f64> {
            let configured = (config.limits.iter()).find(|(limit, _)| *limit == name);
            let value = configured.map_or(config.profile.default_limit(name), |(_, value)| *value);
            let moved = commands().filter_map(|command| match command {
                Command::Limit(limit, value) if *limit == name => Some(*value),
                _ => None,
            });
            moved.chain([value]).collect()
        };
        let lowered = |values: Vec<f64>, by: f64| -> Vec<f64> {
            values.into_iter().map(|value| value - by).collect()
        };
        // A level counts as above a threshold it exceeds: where a rule asks for "at or above" or for
        // "below", the threshold lies a hair lower.
        let hard = lowered(all(LimitName::HardVoltage), HAIR);
        let mut raw_volts = all(LimitName::DischargeFloor);
        raw_volts.extend(lowered(hard.clone(), LOST_THERMOMETER_VOLTS));
        raw_volts.extend(hard);
        let mut mean_volts = all(LimitName::OverchargeCut);
        mean_volts.extend(lowered(all(LimitName::ChargeResume), HAIR));
        let mut celsius = all(LimitName::TemperatureLimit);
        celsius.extend(lowered(all(LimitName::ChargeTemperatureMin), HAIR));
        if cycles {
            mean_volts.extend(lowered(all(LimitName::DischargeStop), HAIR));
            mean_volts.extend(lowered(all(LimitName::TopUp), HAIR));
            celsius.extend(all(LimitName::TemperatureWarn));
            let (coldest, hottest) = guards.cycle_celsius;
            celsius.extend([coldest - HAIR, hottest]);
        }
        let longest = all(LimitName::LongestDischarge);
        Self {
            raw_volts,
            mean_volts,
            celsius,
            lost_minutes: minutes(3 * concern.interval()) + 1,
            longest_minutes: longest.into_iter().fold(0.0, f64::max) as u64,
            cycles,
            full_charges: cycles || guards.full_charge_every.is_some(),
            trips: guards.trip_window > concern.interval(),
            budget: guards.openings_a_day <= concern.most_openings_a_day,
            runaway: guards.runaway_memory >= thermal_runaway::HOLD,
            schedule: commands().any(|command| matches!(command, Command::Schedule(Some(_)))),
        }
    }
}

pub(super) fn minutes(time: Duration) -> u64 {
    time.as_secs() / 60
}

/// The longest time for which a stage of the cycle is asked how long it has lasted.
pub(super) fn longest_stage(guards: &Guards) -> Duration {
    guards
        .charge_timeout
        .max(guards.least_closed)
        .max(guards.probe)
        .max(crate::mode::LEAST_OPEN_TIME)
}
