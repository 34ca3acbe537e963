//! Each fault acts, and is gone when cleared.

use core::time::Duration;

use releve_control::sample::{Measurement, Sample, SensorFault};
use releve_control::{Contact, RelayName, Relays};
use releve_plant::{Fault, Plant, PlantConfig, SensorName};

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
        minutes(&mut plant, 10);
        let truth = plant.truth();
        assert!(
            (10.0..=20.0).contains(&truth.flows.battery_volts),
            "{value}: {truth:?}"
        );
        assert!(truth.battery_celsius.is_finite());
    }
}
