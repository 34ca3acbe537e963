//! The concept's introduction, its installation and the observer: what is measured, and what relays 1
//! and 2 do to battery and equipment.

use releve_control::statistics::{Quality, Statistics, WindowStatistics};
use releve_control::{Contact, Mode, RelayName, Relays, Rule};
use releve_plant::PlantConfig;

use crate::site::*;

/// What the meter's errors may make of a true value: gain, offset and a step of the register.
#[track_caller]
fn assert_near(what: &str, measured: &Statistics, truth: f64, tolerance: f64) {
    let mean = measured.mean.expect("a mean");
    assert!(
        (mean - truth).abs() <= tolerance,
        "{what}: {mean} measured, {truth} in truth"
    );
    assert_eq!(
        (measured.n, measured.quality),
        (10, Quality::Good),
        "{what}"
    );
}

fn quantities(window: &WindowStatistics) -> [Statistics; 9] {
    let WindowStatistics {
        battery,
        charger,
        load,
        temperature,
        ..
    } = *window;
    [
        battery.voltage,
        battery.current,
        charger.voltage,
        charger.current,
        charger.power,
        load.voltage,
        load.current,
        load.power,
        temperature,
    ]
}

/// 00:00  the telecom site starts, its battery not quite full
/// 01:00  voltage, current and power of battery, charger and load are measured, and the temperature
#[test]
fn battery_charger_and_load_are_measured() {
    let mut site = Site::new(PlantConfig::telecom_site());
    site.run_to(at(1, 0));
    let (_, window) = site.readings.last().expect("a reading");
    let truth = site.plant.truth();
    let flows = truth.flows;
    // The load wanders by some percent within a window.
    let load_watts = flows.load_volts * flows.load_amperes;
    assert_near(
        "battery voltage",
        &window.battery.voltage,
        flows.battery_volts,
        0.05,
    );
    assert_near(
        "battery current",
        &window.battery.current,
        flows.battery_amperes,
        0.4,
    );
    assert_near(
        "charger voltage",
        &window.charger.voltage,
        flows.charger_volts,
        0.05,
    );
    assert_near(
        "charger current",
        &window.charger.current,
        flows.charger_amperes,
        0.4,
    );
    assert_near("load voltage", &window.load.voltage, flows.load_volts, 0.05);
    assert_near(
        "load current",
        &window.load.current,
        flows.load_amperes,
        0.4,
    );
    assert_near("load power", &window.load.power, load_watts, 5.0);
    assert_near(
        "temperature",
        &window.temperature,
        truth.battery_celsius,
        1.0,
    );
    let product = window.charger.voltage.mean.zip(window.charger.current.mean);
    let product = product
        .map(|(volts, amperes)| volts * amperes)
        .expect("both");
    assert_near("charger power", &window.charger.power, product, 0.5);
}

/// 00:00  a site starts without any command
/// 24:00  it has been the observer throughout: both relays closed, ten samples every 30 s, their mean
///        handed on
#[test]
fn the_observer_is_the_default_and_only_measures() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::new(plant);
        site.run_to(at(24, 0));
        assert_eq!(site.controller.view().mode, Mode::Observer);
        assert_eq!(site.installation(), (Contact::Closed, Contact::Closed));
        assert_eq!(site.rule(RelayName::Mains), Rule::Observer);
        assert_eq!(site.log.switchings(), [], "{}", site.log);
        site.log.assert_alarms(&[]);
        assert_eq!(site.readings.len(), 24 * 60 * 2);
        for (_, window) in &site.readings {
            assert!((quantities(window).iter()).all(|of| of.mean.is_none_or(f64::is_finite)));
            assert_eq!((window.battery.voltage.n, window.temperature.n), (10, 10));
        }
        let always_fed = |truth: &releve_plant::Truth| {
            truth.mains_present && truth.contacts == Relays::PLAIN && truth.flows.load_running
        };
        assert!(site.between(at(0, 0), at(24, 0)).all(always_fed));
    }
}

/// 01:00  the operator takes over and opens relay 1: mains is off, the equipment runs on the battery
/// 01:30  he closes it again: the battery is charged
#[test]
fn relay_1_cuts_mains_and_puts_the_equipment_on_the_battery() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::new(plant)
            .at(at(1, 0), by_hand(HOUR))
            .at(at(1, 0), open(RelayName::Mains))
            .at(at(1, 30), close(RelayName::Mains));
        site.run_to(at(1, 45));
        site.log.assert_obeyed();
        for truth in site.between(at(1, 1), at(1, 29)) {
            assert!(!truth.mains_present && truth.flows.load_running);
            let deficit = truth.flows.battery_amperes + truth.flows.load_amperes;
            assert!(
                deficit.abs() < 0.01,
                "the battery alone feeds the load: {truth:?}"
            );
        }
        for truth in site.between(at(1, 31), at(1, 45)) {
            assert!(truth.mains_present && truth.flows.battery_amperes > 0.0);
        }
    }
}

/// 01:00  the operator takes over and opens relay 2: no current into the battery, mains stays
/// 01:30  he closes it again
#[test]
fn relay_2_interrupts_the_charge() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::new(plant)
            .at(at(1, 0), by_hand(HOUR))
            .at(at(1, 0), open(RelayName::Charger))
            .at(at(1, 30), close(RelayName::Charger));
        site.run_to(at(1, 45));
        site.log.assert_obeyed();
        for truth in site.between(at(1, 1), at(1, 29)) {
            assert!(truth.mains_present && truth.flows.load_running);
            assert!(truth.flows.charger_amperes == 0.0 && truth.flows.battery_amperes <= 0.0);
        }
        assert!(
            site.between(at(1, 31), at(1, 45))
                .all(|truth| truth.flows.battery_amperes > 0.0)
        );
    }
}
