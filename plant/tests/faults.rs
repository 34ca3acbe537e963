//! Each fault acts, and is gone when cleared.

use core::time::Duration;

use releve_control::sample::{Measurement, Sample, SensorFault};
use releve_control::{Contact, RelayName, Relays};
use releve_plant::{
    Fault, FaultRate, FaultScript, FaultSpan, InputName, Plant, PlantConfig, SensorName,
};

const SEED: u64 = 7;
const NO_ANSWER: Measurement = Measurement::Missing(SensorFault::NoAnswer);

fn half_charged() -> Plant {
    let config = PlantConfig {
        initial_state_of_charge: 0.6,
        ..PlantConfig::healthy_site()
    };
    Plant::new(config, SEED).expect("a preset is valid")
}

fn minutes(plant: &mut Plant, minutes: u64) {
    plant.advance(Duration::from_secs(60 * minutes));
}

/// The inputs of each sensor, in the order of `SensorName::ALL`.
fn by_sensor(sample: &Sample) -> [Vec<Measurement>; 4] {
    [
        vec![sample.battery_volts],
        vec![sample.charger_volts, sample.charger_amperes],
        vec![sample.load_volts, sample.load_amperes],
        vec![sample.temperature_celsius],
    ]
}

#[test]
fn a_lost_sensor_gives_no_answer_and_leaves_the_others_alone() {
    for (index, sensor) in SensorName::ALL.into_iter().enumerate() {
        let (mut whole, mut faulty) = (half_charged(), half_charged());
        faulty.inject(Fault::SensorLost(sensor));
        let (expected, actual) = (by_sensor(&whole.sample()), by_sensor(&faulty.sample()));
        for other in 0..4 {
            if other == index {
                assert!(actual[other].iter().all(|input| *input == NO_ANSWER));
            } else {
                assert_eq!(
                    actual[other], expected[other],
                    "{sensor:?} disturbed another"
                );
            }
        }
        faulty.clear(Fault::SensorLost(sensor));
        assert_eq!(by_sensor(&faulty.sample()), by_sensor(&whole.sample()));
    }
}

#[test]
fn sensors_that_answer_wrongly_do_so_on_their_own_inputs_alone() {
    for (index, sensor) in SensorName::ALL.into_iter().enumerate() {
        for (fault, wrong) in [
            (
                Fault::SensorOutOfRange(sensor),
                Measurement::Missing(SensorFault::OutOfRange),
            ),
            (
                Fault::SensorOverRange(sensor),
                Measurement::OverRange(f64::NAN),
            ),
        ] {
            let (mut whole, mut faulty) = (half_charged(), half_charged());
            faulty.inject(fault);
            let (expected, actual) = (by_sensor(&whole.sample()), by_sensor(&faulty.sample()));
            for other in 0..4 {
                if other != index {
                    assert_eq!(actual[other], expected[other], "{fault:?}");
                    continue;
                }
                for input in &actual[other] {
                    let alike = core::mem::discriminant(input) == core::mem::discriminant(&wrong);
                    assert!(alike, "{fault:?}: {input:?}");
                }
            }
        }
    }
}

#[test]
fn a_stuck_sensor_repeats_its_last_answer_until_cleared() {
    let mut plant = half_charged();
    minutes(&mut plant, 1);
    let before = plant.sample();
    for sensor in SensorName::ALL {
        plant.inject(Fault::SensorStuck(sensor));
    }
    plant.inject(Fault::MainsFailure);
    minutes(&mut plant, 10);
    let stuck = plant.sample();
    assert_eq!(by_sensor(&stuck), by_sensor(&before));
    plant.clear(Fault::SensorStuck(SensorName::Battery));
    let volts = |sample: &Sample| sample.battery_volts.value_or_bound().unwrap_or(f64::NAN);
    assert!(volts(&plant.sample()) < volts(&stuck) - 0.2);
}

#[test]
fn an_offset_shifts_its_input_alone() {
    for (input, offset, read) in [
        (InputName::BatteryVolts, 0.4, 0_usize),
        (InputName::ChargerVolts, -0.8, 1),
        (InputName::ChargerAmperes, 0.3, 2),
        (InputName::LoadVolts, 0.4, 3),
        (InputName::LoadAmperes, -0.2, 4),
        (InputName::Temperature, 10.0, 5),
    ] {
        let (mut whole, mut faulty) = (half_charged(), half_charged());
        faulty.inject(Fault::InputOffset { input, offset });
        let all = |sample: &Sample| by_sensor(sample).concat();
        let (expected, actual) = (all(&whole.sample()), all(&faulty.sample()));
        for index in 0..6 {
            let value = |input: Measurement| input.value_or_bound().unwrap_or(f64::NAN);
            let shift = value(actual[index]) - value(expected[index]);
            let due = if index == read { offset } else { 0.0 };
            assert!((shift - due).abs() < 0.07, "{input:?} at {index}: {shift}");
        }
    }
}

#[test]
fn a_thermometer_that_lost_its_supply_reads_85_degrees() {
    let mut plant = half_charged();
    plant.inject(Fault::ThermometerAtPowerOnValue);
    assert_eq!(plant.sample().temperature_celsius, Measurement::Value(85.0));
    plant.clear(Fault::ThermometerAtPowerOnValue);
    assert_ne!(plant.sample().temperature_celsius, Measurement::Value(85.0));
}

#[test]
fn behind_a_blown_fuse_input_2_sees_the_charger_alone() {
    let mut plant = half_charged();
    plant.inject(Fault::ChargerFuseBlown);
    minutes(&mut plant, 1);
    let flows = plant.truth().flows;
    assert_eq!((flows.charger_amperes, flows.battery_amperes), (0.0, 0.0));
    assert!(flows.charger_volts > flows.battery_volts + 0.5, "{flows:?}");
    assert_eq!(plant.read_back().charger, Contact::Closed);
    // Without mains there is nothing at all to see.
    plant.inject(Fault::MainsFailure);
    minutes(&mut plant, 1);
    let flows = plant.truth().flows;
    assert_eq!(flows.charger_volts, 0.0);
    assert!(
        flows.load_running,
        "the load is fed past the charger's lead"
    );
}

#[test]
fn a_charger_that_ran_away_holds_its_voltage_whatever_the_temperature() {
    let mut plant = half_charged();
    minutes(&mut plant, 24 * 60);
    plant.inject(Fault::ChargerRunsAway { volts: 15.4 });
    minutes(&mut plant, 60);
    let truth = plant.truth();
    assert!((truth.flows.battery_volts - 15.4).abs() < 0.01, "{truth:?}");
    plant.clear(Fault::ChargerRunsAway { volts: 12.0 });
    minutes(&mut plant, 60);
    assert!(plant.truth().flows.battery_volts < 13.9);
}

#[test]
fn a_shorted_cell_costs_two_volts_at_rest_and_takes_a_large_float_current() {
    let mut plant = half_charged();
    minutes(&mut plant, 48 * 60);
    let healthy = plant.truth();
    plant.inject(Fault::CellShorted);
    minutes(&mut plant, 600);
    let floating = plant.truth();
    assert!(floating.flows.battery_amperes > 10.0 * healthy.flows.battery_amperes);
    plant.step(
        Relays {
            charger: Contact::Open,
            ..Relays::PLAIN
        },
        core::time::Duration::from_secs(1800),
    );
    let rested = plant.truth().flows.battery_volts;
    assert!((10.4..11.2).contains(&rested), "{rested} V");
    plant.clear(Fault::CellShorted);
    assert!(plant.truth().flows.battery_volts > rested + 1.9);
}

#[test]
fn a_script_lets_faults_come_and_go_at_their_times() {
    let hours = |hours: f64| Duration::from_secs_f64(hours * 3600.0);
    let mut plant = half_charged();
    plant.follow(&FaultScript::new(vec![
        FaultSpan {
            fault: Fault::ChargerDead,
            from: hours(1.0),
            until: Some(hours(2.0)),
        },
        FaultSpan {
            fault: Fault::MainsFailure,
            from: hours(3.0),
            until: None,
        },
    ]));
    let mut seen = Vec::new();
    for _ in 0..8 {
        // An hour ahead of which a change lies in the middle is as good as two half hours.
        plant.advance(hours(0.5));
        let truth = plant.truth();
        seen.push((truth.flows.charger_amperes > 0.1, truth.mains_present));
    }
    let (charging, dead, lost) = ((true, true), (false, true), (false, false));
    assert_eq!(
        seen,
        [charging, dead, dead, charging, charging, lost, lost, lost]
    );
}

#[test]
fn a_month_of_random_faults_stays_physical_and_repeats() {
    const HOURS: u32 = 30 * 24;
    let rates: Vec<_> = FaultRate::harsh_site()
        .into_iter()
        .map(|rate| rate.times(40.0))
        .collect();
    let script = FaultScript::random(&rates, HOURS * Duration::from_hours(1), SEED);
    assert!(script.spans().len() > 60, "{}", script.spans().len());
    let run = || {
        let mut plant = half_charged();
        plant.follow(&script);
        (0..HOURS)
            .map(|_| {
                minutes(&mut plant, 60);
                (plant.sample(), plant.truth())
            })
            .collect::<Vec<_>>()
    };
    let history = run();
    for (_, truth) in &history {
        assert!(
            (6.0..=20.5).contains(&truth.flows.battery_volts),
            "{truth:?}"
        );
        assert!(
            (-40.0..=150.0).contains(&truth.battery_celsius),
            "{truth:?}"
        );
    }
    assert_eq!(history, run(), "seed {SEED}");
}

#[test]
fn a_welded_charger_contact_carries_current_while_it_reads_back_open() {
    let mut plant = half_charged();
    plant.inject(Fault::RelayStuck(RelayName::Charger, Contact::Closed));
    plant.command(Relays {
        charger: Contact::Open,
        ..Relays::PLAIN
    });
    minutes(&mut plant, 1);
    assert_eq!(plant.sample().relays.charger, Some(Contact::Open));
    assert_eq!(plant.read_back().charger, Contact::Open);
    assert!(plant.truth().flows.charger_amperes > 1.0);
    plant.clear(Fault::RelayStuck(RelayName::Charger, Contact::Open));
    assert_eq!(plant.truth().flows.charger_amperes, 0.0);
}

#[test]
fn a_mains_contact_that_sticks_open_keeps_the_load_on_the_battery() {
    let mut plant = half_charged();
    plant.inject(Fault::RelayStuck(RelayName::Mains, Contact::Open));
    minutes(&mut plant, 1);
    assert_eq!(plant.sample().relays.mains, Some(Contact::Closed));
    let flows = plant.truth().flows;
    assert!(flows.battery_amperes < -0.5, "{flows:?}");
}

#[test]
fn a_charger_too_high_overcharges_until_cleared() {
    let mut plant = half_charged();
    minutes(&mut plant, 24 * 60);
    plant.inject(Fault::ChargerVoltageTooHigh { excess_volts: 1.5 });
    minutes(&mut plant, 30);
    let high = plant.truth();
    assert!(high.flows.battery_volts > 14.9, "{high:?}");
    assert!(high.gassing_amperes > 0.02, "{high:?}");
    plant.clear(Fault::ChargerVoltageTooHigh { excess_volts: 0.0 });
    minutes(&mut plant, 60);
    assert!(plant.truth().flows.battery_volts < 13.9);
}

#[test]
fn a_dead_charger_gives_nothing_while_the_load_keeps_its_supply() {
    let mut plant = half_charged();
    plant.inject(Fault::ChargerDead);
    minutes(&mut plant, 1);
    let flows = plant.truth().flows;
    assert_eq!(flows.charger_amperes, 0.0);
    assert_eq!(flows.battery_amperes, 0.0);
    assert_eq!(flows.load_volts, 13.5);
    plant.clear(Fault::ChargerDead);
    minutes(&mut plant, 1);
    assert!(plant.truth().flows.charger_amperes > 2.0);
}

#[test]
fn extra_heat_warms_the_battery_and_it_cools_again() {
    let mut plant = half_charged();
    let before = plant.truth().battery_celsius;
    plant.inject(Fault::ExtraHeat { watts: 20.0 });
    minutes(&mut plant, 180);
    let hot = plant.truth().battery_celsius;
    assert!(hot > before + 12.0, "{before} °C, then {hot} °C");
    plant.clear(Fault::ExtraHeat { watts: 20.0 });
    minutes(&mut plant, 600);
    assert!(plant.truth().battery_celsius < before + 6.0);
}

#[test]
fn absurd_values_in_a_fault_are_brought_within_bounds() {
    let mut plant = half_charged();
    for value in [f64::NAN, f64::INFINITY, -1e9, 1e9] {
        plant.inject(Fault::ChargerVoltageTooHigh {
            excess_volts: value,
        });
        plant.inject(Fault::ExtraHeat { watts: value });
        plant.inject(Fault::InputOffset {
            input: InputName::BatteryVolts,
            offset: value,
        });
        minutes(&mut plant, 10);
        let truth = plant.truth();
        assert!(
            (10.0..=20.0).contains(&truth.flows.battery_volts),
            "{value}: {truth:?}"
        );
        assert!(truth.battery_celsius.is_finite());
        plant.inject(Fault::ChargerRunsAway { volts: value });
        minutes(&mut plant, 1);
        assert!(plant.truth().flows.battery_volts <= 26.0);
        plant.clear(Fault::ChargerRunsAway { volts: value });
        let read = plant.sample().battery_volts.value_or_bound();
        assert!(read.is_some_and(|volts| (0.0..=26.0).contains(&volts)));
    }
}
