//! What the relays do in both wirings, as the meter shows it.

use core::time::Duration;

use releve_control::sample::{Measurement, Sample};
use releve_control::{Contact, RelayName, Relays};
use releve_plant::{Fault, Plant, PlantConfig};

const SEED: u64 = 20_261_123;

fn plant(config: PlantConfig) -> Plant {
    let mut plant = Plant::new(config, SEED).expect("a preset is valid");
    plant.advance(Duration::from_hours(1));
    plant
}

fn open(plant: &mut Plant, relays: &[RelayName]) {
    plant.command(Relays::from_fn(|relay| {
        if relays.contains(&relay) {
            Contact::Open
        } else {
            Contact::Closed
        }
    }));
    plant.advance(Duration::from_secs(30));
}

fn value(measurement: Measurement) -> f64 {
    match measurement {
        Measurement::Value(value) => value,
        other => panic!("no value within the range: {other:?} (seed {SEED})"),
    }
}

fn amperes(sample: &Sample) -> (f64, f64) {
    (value(sample.charger_amperes), value(sample.load_amperes))
}

fn both_sites() -> [PlantConfig; 2] {
    [PlantConfig::healthy_site(), PlantConfig::telecom_site()]
}

#[test]
fn with_mains_open_no_charger_current_flows_and_the_load_runs_on_the_battery() {
    for config in both_sites() {
        let mut plant = plant(config);
        open(&mut plant, &[RelayName::Mains]);
        let (charger, load) = amperes(&plant.sample());
        assert!(charger.abs() < 0.02, "{:?}: {charger} A", config.wiring);
        assert!(load > 0.5, "{:?}: {load} A", config.wiring);
        let flows = plant.truth().flows;
        assert_eq!(flows.charger_amperes, 0.0);
        assert_eq!(flows.battery_amperes, -flows.load_amperes);
        assert_eq!(flows.load_volts, flows.battery_volts);
    }
}

#[test]
fn in_battery_lead_wiring_an_open_charger_leaves_the_battery_at_rest() {
    let mut plant = plant(PlantConfig::healthy_site());
    open(&mut plant, &[RelayName::Charger]);
    let flows = plant.truth().flows;
    assert_eq!((flows.charger_amperes, flows.battery_amperes), (0.0, 0.0));
    assert_eq!(flows.load_volts, 13.5, "the load stays on its own supply");
    assert!(flows.charger_volts > flows.battery_volts + 0.2);
}

#[test]
fn in_common_bus_wiring_an_open_charger_discharges_the_battery() {
    let mut plant = plant(PlantConfig::telecom_site());
    open(&mut plant, &[RelayName::Charger]);
    let flows = plant.truth().flows;
    assert_eq!(flows.battery_amperes, -flows.load_amperes);
    assert!(flows.load_amperes > 3.0, "{} A", flows.load_amperes);
}

#[test]
fn the_battery_current_is_the_difference_of_the_measured_ones_on_a_common_bus() {
    let mut plant = plant(PlantConfig::telecom_site());
    for relays in [
        &[][..],
        &[RelayName::Charger][..],
        &[RelayName::Mains][..],
        &[RelayName::Mains, RelayName::Charger][..],
        &[][..],
    ] {
        open(&mut plant, relays);
        let (charger, load) = amperes(&plant.sample());
        let battery = plant.truth().flows.battery_amperes;
        assert!(
            (charger - load - battery).abs() < 0.03,
            "{relays:?} open: {charger} − {load} ≠ {battery} (seed {SEED})"
        );
    }
}

#[test]
fn the_battery_current_is_the_chargers_on_mains_in_battery_lead_wiring() {
    let config = PlantConfig {
        initial_state_of_charge: 0.5,
        ..PlantConfig::healthy_site()
    };
    let mut plant = plant(config);
    let (charger, _) = amperes(&plant.sample());
    let battery = plant.truth().flows.battery_amperes;
    assert!((charger - battery).abs() < 0.003, "{charger} ≠ {battery}");
    assert!(
        charger > 2.4,
        "bulk runs at the charger's limit: {charger} A"
    );
}

#[test]
fn both_open_and_closed_again_restores_the_plain_installation() {
    for config in both_sites() {
        let mut plant = plant(config);
        open(&mut plant, &[RelayName::Mains, RelayName::Charger]);
        assert_eq!(plant.truth().flows.charger_volts, 0.0);
        plant.advance(Duration::from_secs(1800));
        open(&mut plant, &[]);
        assert!(plant.truth().flows.battery_amperes > 0.3);
    }
}

#[test]
fn a_command_shows_in_the_next_sample_without_time_passing() {
    let mut plant = plant(PlantConfig::healthy_site());
    let before = value(plant.sample().battery_volts);
    plant.command(Relays {
        mains: Contact::Open,
        ..Relays::PLAIN
    });
    let after = plant.sample();
    assert_eq!(after.relays.mains, Some(Contact::Open));
    assert!(value(after.battery_volts) < before - 0.03);
}

#[test]
fn the_auxiliary_relays_change_nothing() {
    let mut plant = plant(PlantConfig::healthy_site());
    let before = plant.truth().flows;
    plant.command(Relays {
        aux1: Contact::Open,
        aux2: Contact::Open,
        ..Relays::PLAIN
    });
    assert_eq!(plant.truth().flows, before);
}

#[test]
fn the_load_lets_go_of_an_empty_battery_and_returns_with_the_mains() {
    for config in both_sites() {
        let mut plant = plant(config);
        open(&mut plant, &[RelayName::Mains]);
        let mut hours = 0;
        while plant.truth().flows.load_running {
            plant.advance(Duration::from_hours(1));
            hours += 1;
            assert!(hours < 48, "{:?}: the battery never empties", config.wiring);
        }
        plant.advance(Duration::from_hours(24));
        let flows = plant.truth().flows;
        assert!(!flows.load_running, "{:?}", config.wiring);
        assert_eq!(flows.battery_amperes, 0.0);
        assert!((9.5..12.0).contains(&flows.battery_volts), "{flows:?}");
        open(&mut plant, &[]);
        plant.advance(Duration::from_hours(4));
        assert!(plant.truth().flows.load_running, "{:?}", config.wiring);
    }
}

#[test]
fn a_mains_failure_acts_like_an_open_relay_1_but_shows_at_the_sense_input() {
    use releve_control::sample::MainsSense;
    let mut plant = plant(PlantConfig::telecom_site());
    assert_eq!(plant.sample().mains_sense, MainsSense::Present);
    open(&mut plant, &[RelayName::Mains]);
    assert_eq!(plant.sample().mains_sense, MainsSense::Present);
    open(&mut plant, &[]);
    plant.inject(Fault::MainsFailure);
    plant.advance(Duration::from_secs(30));
    assert_eq!(plant.sample().mains_sense, MainsSense::Lost);
    assert_eq!(plant.truth().flows.charger_amperes, 0.0);
}
