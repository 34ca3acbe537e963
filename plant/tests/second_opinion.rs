//! Both lead-acid models and LiFePO4 behave alike where a controller would rely on it.
//!
//! These are the properties that a result must not owe to one model's habits. Where the models differ by
//! their nature (the voltages under load, the capacity at high rates) nothing is asserted here.

use core::time::Duration;

use releve_control::sample::Measurement;
use releve_control::{Contact, Relays};
use releve_plant::battery::{Battery, BatteryParameters};
use releve_plant::{ChargerKind, ChargerParameters, Fault, Plant, PlantConfig};

const SEED: u64 = 11;
const STEP_SECONDS: f64 = 3.0;
const CHARGER_OPEN: Relays<Contact> = Relays {
    charger: Contact::Open,
    ..Relays::PLAIN
};

/// The same installation with each battery and a charger that suits it.
fn sites() -> [PlantConfig; 3] {
    let site = PlantConfig::healthy_year_site();
    [
        BatteryParameters::agm(40.0),
        BatteryParameters::copetti(40.0),
        BatteryParameters::lifepo4(40.0),
    ]
    .map(|battery| PlantConfig {
        battery,
        initial_state_of_charge: 0.6,
        charger: ChargerParameters::usual(ChargerKind::TwoStage, battery.profile, 2.8, 40.0),
        ..site
    })
}

fn plant(config: PlantConfig) -> Plant {
    Plant::new(config, SEED).expect("the site is valid")
}

fn hours(plant: &mut Plant, hours: u64) {
    plant.advance(Duration::from_hours(hours));
}

#[test]
fn a_discharged_battery_is_brought_to_a_full_charge_that_can_be_verified() {
    for config in sites() {
        let mut plant = plant(config);
        plant.inject(Fault::MainsFailure);
        hours(&mut plant, 4);
        plant.clear(Fault::MainsFailure);
        hours(&mut plant, 36);
        let truth = plant.truth();
        let sample = plant.sample();
        let most_amperes = 0.04 * config.battery.rated_ampere_hours;
        // By Copetti's equations the last few per cent take days.
        assert!(truth.state_of_charge > 0.95, "{truth:?}");
        assert!(
            sample
                .battery_volts
                .value_or_bound()
                .is_some_and(|volts| volts > 13.4),
            "{sample:?}"
        );
        assert!(
            matches!(sample.charger_amperes, Measurement::Value(amperes) if amperes < most_amperes),
            "{sample:?}"
        );
    }
}

#[test]
fn a_full_battery_rests_well_below_its_charging_voltage_and_well_above_its_floor() {
    for config in sites() {
        let mut plant = plant(config);
        hours(&mut plant, 60);
        let charged = plant.truth().flows.battery_volts;
        plant.command(CHARGER_OPEN);
        hours(&mut plant, 24);
        let rested = plant.truth().flows.battery_volts;
        assert!(rested < charged, "{rested} V after {charged} V");
        assert!((12.5..13.6).contains(&rested), "{rested} V");
    }
}

#[test]
fn the_voltage_falls_all_the_way_of_a_discharge_and_returns_some_at_rest() {
    for config in sites() {
        let mut battery = Battery::rested(config.battery, 1.0, 25.0);
        let mut last = f64::INFINITY;
        let mut steps = 0;
        while last > 10.5 {
            let mut volts = f64::NAN;
            for _ in 0..20 {
                volts = battery.advance(-2.0, STEP_SECONDS, 25.0, 0.0);
                steps += 1;
            }
            assert!(volts < last, "{volts} V a minute after {last} V");
            last = volts;
        }
        // The 20 h rate: each model gives its rated capacity, but that Copetti's voltage equation passes
        // 10.5 V with a fifth of the charge left.
        let taken = f64::from(steps) * STEP_SECONDS / 3600.0 * 2.0;
        assert!((30.0..44.0).contains(&taken), "{taken} Ah of 40");
        let mut rested = last;
        for _ in 0..1200 {
            rested = battery.advance(0.0, STEP_SECONDS, 25.0, 0.0);
        }
        assert!(rested > last + 0.05, "{rested} V after {last} V");
    }
}

#[test]
fn charge_is_conserved_but_for_the_stated_losses() {
    for config in sites() {
        let mut battery = Battery::rested(config.battery, 0.9, 25.0);
        let before = battery.charge_ampere_hours();
        for _ in 0..2400 {
            battery.advance(-4.0, STEP_SECONDS, 25.0, 0.0);
        }
        let discharged = before - battery.charge_ampere_hours();
        assert!((discharged - 8.0).abs() < 0.05, "{discharged} Ah");
        for _ in 0..2400 {
            battery.advance(2.0, STEP_SECONDS, 25.0, 0.0);
        }
        let charged = battery.charge_ampere_hours() - (before - discharged);
        assert!((0.93 * 4.0..=4.0).contains(&charged), "{charged} Ah");
    }
}

#[test]
fn a_charger_that_runs_away_shows_at_the_battery() {
    for config in sites() {
        let mut plant = plant(config);
        hours(&mut plant, 48);
        plant.inject(Fault::ChargerRunsAway { volts: 15.2 });
        hours(&mut plant, 4);
        let volts = plant.truth().flows.battery_volts;
        assert!((15.1..15.3).contains(&volts), "{volts} V");
    }
}

#[test]
fn a_lifepo4_battery_stays_on_its_plateau_between_a_fifth_and_nine_tenths() {
    let at = |state_of_charge| {
        Battery::rested(BatteryParameters::lifepo4(40.0), state_of_charge, 25.0)
            .open_circuit_volts()
    };
    assert!((12.8..13.0).contains(&at(0.2)));
    assert!((13.3..13.4).contains(&at(0.9)));
    assert!(at(0.05) < 12.3);
}

#[test]
fn the_charge_of_a_lifepo4_battery_ends_within_its_limits() {
    for absorption_volts in [14.2, 14.6] {
        let mut battery = Battery::rested(BatteryParameters::lifepo4(40.0), 0.5, 25.0);
        let mut amperes = 8.0;
        let mut steps = 0;
        while amperes > 0.02 * 40.0 {
            let response = battery.response(STEP_SECONDS);
            amperes = response.amperes_at(absorption_volts).min(8.0);
            let volts = battery.advance(amperes, STEP_SECONDS, 25.0, 0.0);
            assert!(volts <= absorption_volts + 1e-6);
            steps += 1;
            assert!(steps < 12 * 1200, "the current never tails off");
        }
        assert!(battery.state_of_charge() > 0.97);
        assert_eq!(battery.gassing_amperes(), 0.0);
    }
}
