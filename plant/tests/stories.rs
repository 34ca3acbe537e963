//! The sites of the demonstration do what their descriptions promise.

use core::time::Duration;

use releve_plant::{Fault, Plant, PlantConfig};

/// Hours into the simulation at which the battery first meets the condition, within four days.
fn first_hour(plant: &mut Plant, mut condition: impl FnMut(f64) -> bool) -> Option<f64> {
    for minute in 0..4 * 24 * 60 {
        if condition(plant.truth().battery_celsius) {
            return Some(f64::from(minute) / 60.0);
        }
        plant.advance(Duration::from_secs(60));
    }
    None
}

#[test]
fn the_hot_site_passes_warning_and_limit_in_the_afternoon_and_cools_at_night() {
    for seed in 0..20 {
        let mut plant =
            Plant::new(PlantConfig::hot_ageing_site(), seed).expect("a preset is valid");
        assert!(plant.truth().battery_celsius < 35.0);
        let warned = first_hour(&mut plant, |celsius| celsius > 35.0);
        assert!(
            warned.is_some_and(|hours| hours < 2.0),
            "seed {seed}: {warned:?}"
        );
        let limited = first_hour(&mut plant, |celsius| celsius > 45.0);
        assert!(
            limited.is_some_and(|hours| hours < 5.0),
            "seed {seed}: {limited:?}"
        );
        let cooled = first_hour(&mut plant, |celsius| celsius < 35.0);
        assert!(
            cooled.is_some_and(|hours| hours < 14.0),
            "seed {seed}: {cooled:?}"
        );
    }
}

#[test]
fn the_other_sites_stay_below_the_warning_for_a_week() {
    for config in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut plant = Plant::new(config, 5).expect("a preset is valid");
        let mut hottest = f64::MIN;
        for _ in 0..7 * 24 {
            plant.advance(Duration::from_secs(3600));
            hottest = hottest.max(plant.truth().battery_celsius);
        }
        assert!(hottest < 34.0, "{hottest} °C");
    }
}

#[test]
fn every_current_of_a_site_lies_within_its_shunts() {
    for config in [
        PlantConfig::healthy_site(),
        PlantConfig::hot_ageing_site(),
        PlantConfig::telecom_site(),
    ] {
        assert!(config.charger.current_limit_amperes * config.meter.charger_shunt_ohms < 0.32);
        let most_amperes = 1.4 * config.load.mean_watts / config.load.dropout_volts;
        assert!(most_amperes * config.meter.load_shunt_ohms < 0.32);
    }
}

#[test]
fn the_telecom_charger_absorbs_after_a_cut_and_then_floats() {
    let mut plant = Plant::new(PlantConfig::telecom_site(), 9).expect("a preset is valid");
    plant.inject(Fault::MainsFailure);
    plant.advance(Duration::from_secs(3 * 3600));
    plant.clear(Fault::MainsFailure);
    plant.advance(Duration::from_secs(3 * 3600));
    let absorbing = plant.truth().flows.battery_volts;
    assert!(absorbing > 13.9, "{absorbing} V");
    plant.advance(Duration::from_secs(24 * 3600));
    let floating = plant.truth().flows;
    assert!(
        (13.4..13.8).contains(&floating.battery_volts),
        "{floating:?}"
    );
    assert!(
        (0.0..0.4).contains(&floating.battery_amperes),
        "{floating:?}"
    );
}
