//! Causes that come again and again, thermal runaway, and the acknowledgements that end their latches.

use core::time::Duration;

use super::{Concern, INTERVAL, Sight};
use crate::proof::stimulus::{MISSING, commanded, hold_both_open, sample, sampled, silent};
use crate::sample::{MainsSense, Measurement, Sample};
use crate::vocabulary::{AlarmName, Command, Wiring};
use Measurement::Value;

const LEASE: Duration = INTERVAL;

/// How many steps the trips of that cause may lie apart for two of them to latch: as far as the walk's
/// steps make them.
fn steps_apart(alarm: AlarmName) -> u32 {
    match alarm {
        // Counted together for three times as long.
        AlarmName::VoltageHardLimit => 2,
        // Four steps until data is lost, three windows until it is back.
        AlarmName::DataLost => 7,
        // Three samples refute the cause.
        _ => 4,
    }
}

/// The cause of that alarm again and again, its end, acknowledgements, the floor and the hand.
pub(in crate::proof) fn repeated(wiring: Wiring, alarm: AlarmName) -> Concern {
    let at = |volts, celsius| sampled(INTERVAL, sample(volts, celsius, MainsSense::NotFitted));
    let (cause, end) = match alarm {
        AlarmName::TemperatureLimit => {
            (at(Value(13.6), Value(45.01)), at(Value(13.6), Value(41.99)))
        }
        AlarmName::TemperatureLow => (
            at(Value(13.6), Value(-20.01)),
            at(Value(13.6), Value(-17.99)),
        ),
        AlarmName::VoltageHardLimit => {
            (at(Value(15.0), Value(20.0)), at(Value(12.99), Value(20.0)))
        }
        AlarmName::DataLost => (silent(4 * INTERVAL), at(Value(13.6), Value(20.0))),
        _ => (at(Value(12.0), Value(20.0)), at(Value(12.51), Value(20.0))),
    };
    let mut concern = Concern {
        stimuli: vec![
            cause,
            end,
            at(Value(12.0), Value(20.0)),
            at(MISSING, Value(20.0)),
            commanded(&[Command::Acknowledge(alarm)]),
            hold_both_open(LEASE),
        ],
        must_meet: vec![Sight::Latched(alarm)],
        ..Concern::new(wiring)
    };
    concern.guards.trips_to_latch = 2;
    concern.guards.trip_window = steps_apart(alarm) * INTERVAL;
    concern
}

/// Currents into a battery at constant voltage that warms, around the thresholds of thermal runaway.
pub(in crate::proof) fn runaway(wiring: Wiring) -> Concern {
    let mut stimuli = Vec::new();
    for (volts, amperes, celsius) in [
        (13.6, 0.05, 20.0),
        (13.6, 0.3, 20.0),
        (13.6, 0.3, 21.99),
        (13.7, 0.3, 22.0),
        (13.71, 0.3, 22.0),
        (13.6, 0.3, 35.0),
    ] {
        let sample = Sample {
            charger_amperes: Value(amperes),
            load_amperes: Value(0.0),
            ..sample(Value(volts), Value(celsius), MainsSense::NotFitted)
        };
        stimuli.push(sampled(INTERVAL, sample));
    }
    stimuli.extend([
        commanded(&[Command::Acknowledge(AlarmName::ThermalRunaway)]),
        hold_both_open(LEASE),
    ]);
    let mut concern = Concern {
        stimuli,
        must_meet: vec![Sight::Latched(AlarmName::ThermalRunaway)],
        ..Concern::new(wiring)
    };
    // No more than the hour that it needs.
    concern.guards.runaway_memory = 3 * INTERVAL;
    concern
}
