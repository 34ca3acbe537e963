//! What may happen to a controller in one step, and the grids of it that the walk tries.

use core::time::Duration;

use crate::LEASE_MIN;
use crate::guards::Guards;
use crate::sample::{MainsSense, Measurement, Sample, SensorFault};
use crate::vocabulary::{
    AlarmName, AuthorityRequest, Command, Contact, LimitName, Mode, RelayName, Relays,
};

/// The walk's sample interval and window: long, so that every timer of the controller is a small
/// number of steps (least open time 2, lost data 4).
pub(super) const INTERVAL: Duration = Duration::from_secs(1200);
/// The walk's longest discharge: three steps.
pub(super) const LONGEST_DISCHARGE_MINUTES: f64 = 60.0;
/// The walk's lease: two steps.
const LEASE: Duration = Duration::from_secs(2400);

const MISSING: Measurement = Measurement::Missing(SensorFault::NoAnswer);

/// What happens in one step.
#[derive(Clone)]
pub(super) struct Stimulus {
    /// Time since the last step.
    pub(super) after: Duration,
    pub(super) sample: Option<Sample>,
    pub(super) commands: Vec<Command>,
}

impl core::fmt::Debug for Stimulus {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "after {} s: ", self.after.as_secs_f64())?;
        match &self.sample {
            Some(sample) => write!(
                f,
                "{:?} V, {:?} °C, mains sense {:?}",
                sample.battery_volts, sample.temperature_celsius, sample.mains_sense
            )?,
            None => f.write_str("no sample")?,
        }
        if !self.commands.is_empty() {
            write!(f, ", {:?}", self.commands)?;
        }
        Ok(())
    }
}

/// A sample of an otherwise quiet site.
pub(super) fn sample(volts: Measurement, celsius: Measurement, sense: MainsSense) -> Sample {
    Sample {
        battery_volts: volts,
        charger_volts: volts,
        // Without a current no rule but voltage and temperature speaks.
        charger_amperes: MISSING,
        load_volts: volts,
        load_amperes: Measurement::Value(1.0),
        temperature_celsius: celsius,
        mains_sense: sense,
        relays: Relays::from_fn(|_| None),
    }
}

fn sampled(volts: Measurement, celsius: Measurement, sense: MainsSense) -> Stimulus {
    Stimulus {
        after: INTERVAL,
        sample: Some(sample(volts, celsius, sense)),
        commands: Vec::new(),
    }
}

fn commanded(commands: &[Command]) -> Stimulus {
    Stimulus {
        after: Duration::ZERO,
        sample: None,
        commands: commands.to_vec(),
    }
}

fn silent(after: Duration) -> Stimulus {
    Stimulus {
        after,
        sample: None,
        commands: Vec::new(),
    }
}

/// Authority to automatic and mode to observer: the operator wants the plain installation.
pub(super) fn abort() -> Stimulus {
    commanded(&[
        Command::Authority(AuthorityRequest::Automatic),
        Command::Mode(Mode::Observer),
    ])
}

/// A threshold, a hair below it and a hair above.
fn around(thresholds: &[f64]) -> impl Iterator<Item = Measurement> {
    thresholds
        .iter()
        .flat_map(|threshold| [threshold - 0.01, *threshold, threshold + 0.01])
        .map(Measurement::Value)
}

/// Every boundary value of every input, the telling ones of two inputs together, lost mains, silence
/// and commands; limits stay at their defaults.
pub(super) fn every_boundary() -> Vec<Stimulus> {
    // Floor, floor with hysteresis, resume, cut.
    let mut volts: Vec<Measurement> = around(&[12.0, 12.5, 13.0, 14.5]).collect();
    // The hard limit; what lies between that of a lost thermometer and this one has its own grid.
    volts.extend([14.72, 15.0, 15.01].map(Measurement::Value));
    volts.extend([
        MISSING,
        Measurement::OverRange(16.0),
        Measurement::Value(f64::NAN),
    ]);
    // Limit with hysteresis, limit.
    let mut celsius: Vec<Measurement> = around(&[42.0, 45.0]).collect();
    celsius.extend([
        MISSING,
        Measurement::OverRange(60.0),
        Measurement::Value(-300.0),
    ]);

    let value = Measurement::Value;
    let alone = |volts, celsius| sampled(volts, celsius, MainsSense::NotFitted);
    let mut stimuli: Vec<Stimulus> = Vec::new();
    stimuli.extend(volts.into_iter().map(|volts| alone(volts, value(20.0))));
    stimuli.extend(
        celsius
            .into_iter()
            .map(|celsius| alone(value(13.6), celsius)),
    );
    for volts in [value(12.0), value(15.0), MISSING] {
        stimuli.extend([value(45.01), MISSING].map(|celsius| alone(volts, celsius)));
        stimuli.push(sampled(volts, value(20.0), MainsSense::Lost));
    }
    stimuli.extend([silent(INTERVAL), silent(INTERVAL * 4)]);
    stimuli.extend(commands());
    stimuli
}

/// Limits moved up and down under every state, with the samples that tell their positions apart.
pub(super) fn moving_limits() -> Vec<Stimulus> {
    let value = Measurement::Value;
    let mut stimuli: Vec<Stimulus> = [11.99, 12.09, 12.61, 13.6, 14.3, 14.51, 15.01]
        .map(|volts| sampled(value(volts), value(20.0), MainsSense::NotFitted))
        .to_vec();
    for celsius in [36.99, 41.0, 45.01] {
        stimuli.push(sampled(value(13.6), value(celsius), MainsSense::NotFitted));
    }
    stimuli.push(sampled(MISSING, value(20.0), MainsSense::NotFitted));
    for (limit, values) in [
        (LimitName::TemperatureLimit, [40.0, 45.0]),
        (LimitName::DischargeFloor, [12.1, 12.0]),
        (LimitName::OverchargeCut, [14.2, 14.5]),
    ] {
        stimuli.extend(values.map(|value| commanded(&[Command::Limit(limit, value)])));
    }
    stimuli.extend(commands());
    stimuli
}

/// Guards under which trips are never counted together.
pub(super) fn no_trip_latches() -> Guards {
    Guards {
        trip_window: Duration::from_secs(60),
        ..Guards::default()
    }
}

/// Guards under which two trips of that alarm's cause latch, as far apart as the walk's steps make them.
pub(super) fn two_trips_latch(alarm: AlarmName) -> Guards {
    let steps = match alarm {
        // Counted together for three times as long.
        AlarmName::VoltageHardLimit => 2,
        // Four steps until data is lost, three windows until it is back.
        AlarmName::DataLost => 7,
        // Three samples refute the cause.
        _ => 4,
    };
    Guards {
        trips_to_latch: 2,
        trip_window: steps * INTERVAL,
        ..Guards::default()
    }
}

/// Guards under which thermal runaway remembers no more than the hour that it needs.
pub(super) fn short_memory() -> Guards {
    Guards {
        runaway_memory: 3 * INTERVAL,
        ..no_trip_latches()
    }
}

/// The hard limit with the thermometer and without it, at every boundary.
pub(super) fn lost_thermometer() -> Vec<Stimulus> {
    let mut stimuli = Vec::new();
    for volts in around(&[14.73, 15.0]).chain([Measurement::Value(12.99)]) {
        for celsius in [Measurement::Value(20.0), MISSING] {
            stimuli.push(sampled(volts, celsius, MainsSense::NotFitted));
        }
    }
    stimuli.push(silent(INTERVAL * 4));
    stimuli.push(commanded(&[Command::Mode(Mode::OverchargeProtection)]));
    stimuli.push(hold_both_open());
    stimuli.push(abort());
    stimuli
}

/// The least temperature for a charge, moved up and down, and what stands above or below it.
pub(super) fn cold() -> Vec<Stimulus> {
    let value = Measurement::Value;
    let mut stimuli: Vec<Stimulus> = around(&[-20.0, -18.0])
        .chain([value(-15.0), value(20.0), value(45.01), MISSING])
        .map(|celsius| sampled(value(13.6), celsius, MainsSense::NotFitted))
        .collect();
    for volts in [value(12.0), value(15.0), MISSING] {
        stimuli.push(sampled(volts, value(-20.01), MainsSense::NotFitted));
    }
    for least in [-10.0, -20.0] {
        let limit = Command::Limit(LimitName::ChargeTemperatureMin, least);
        stimuli.push(commanded(&[limit]));
    }
    stimuli.push(hold_both_open());
    stimuli.push(abort());
    stimuli
}

fn hold_both_open() -> Stimulus {
    commanded(&[
        Command::Authority(AuthorityRequest::Manual { lease: LEASE }),
        Command::Relay(RelayName::Mains, Contact::Open),
        Command::Relay(RelayName::Charger, Contact::Open),
    ])
}

/// The cause of that alarm again and again, its end, acknowledgements, the floor and the hand.
pub(super) fn repeated_trips(alarm: AlarmName) -> Vec<Stimulus> {
    let value = Measurement::Value;
    let at = |volts, celsius| sampled(volts, celsius, MainsSense::NotFitted);
    let (cause, end) = match alarm {
        AlarmName::TemperatureLimit => {
            (at(value(13.6), value(45.01)), at(value(13.6), value(41.99)))
        }
        AlarmName::TemperatureLow => (
            at(value(13.6), value(-20.01)),
            at(value(13.6), value(-17.99)),
        ),
        AlarmName::VoltageHardLimit => {
            (at(value(15.0), value(20.0)), at(value(12.99), value(20.0)))
        }
        AlarmName::DataLost => (silent(INTERVAL * 4), at(value(13.6), value(20.0))),
        _ => (at(value(12.0), value(20.0)), at(value(12.51), value(20.0))),
    };
    vec![
        cause,
        end,
        at(value(12.0), value(20.0)),
        at(MISSING, value(20.0)),
        commanded(&[Command::Acknowledge(alarm)]),
        hold_both_open(),
    ]
}

/// Currents into a battery at constant voltage that warms, around the thresholds of thermal runaway.
pub(super) fn runaway() -> Vec<Stimulus> {
    let value = Measurement::Value;
    let mut stimuli = Vec::new();
    for (volts, amperes, celsius) in [
        (13.6, 0.05, 20.0),
        (13.6, 0.3, 20.0),
        (13.6, 0.3, 21.99),
        (13.7, 0.3, 22.0),
        (13.71, 0.3, 22.0),
        (13.6, 0.3, 35.0),
    ] {
        let mut sampled = sampled(value(volts), value(celsius), MainsSense::NotFitted);
        if let Some(sample) = &mut sampled.sample {
            sample.charger_amperes = value(amperes);
            sample.load_amperes = value(0.0);
        }
        stimuli.push(sampled);
    }
    stimuli.extend([
        commanded(&[Command::Acknowledge(AlarmName::ThermalRunaway)]),
        hold_both_open(),
    ]);
    stimuli
}

fn commands() -> Vec<Stimulus> {
    use Contact::{Closed, Open};
    use RelayName::{Charger, Mains};
    let hold = |lease| Command::Authority(AuthorityRequest::Manual { lease });
    let mut stimuli: Vec<Stimulus> = Mode::ALL
        .iter()
        .filter(|mode| **mode != Mode::ConsumptionCycle)
        .map(|mode| commanded(&[Command::Mode(*mode)]))
        .collect();
    stimuli.extend([
        commanded(&[hold(LEASE)]),
        commanded(&[hold(LEASE_MIN / 2)]),
        commanded(&[Command::Authority(AuthorityRequest::Automatic)]),
    ]);
    for relay in [Mains, Charger] {
        for contact in [Open, Closed] {
            stimuli.push(commanded(&[Command::Relay(relay, contact)]));
        }
    }
    stimuli.push(abort());
    stimuli
}
