//! Cold and runaway, and what they cost on a common bus.

use releve_control::{AlarmName, Command, Contact, Mode, RelayName, Rule};
use releve_plant::battery::BatteryParameters;
use releve_plant::{AmbientParameters, ChargerParameters, Fault, PlantConfig};

use crate::log::assert_between;
use crate::site::*;

/// Weather without a season: around that temperature, ±4 K over the day.
fn around(celsius: f64) -> AmbientParameters {
    AmbientParameters {
        mean_celsius: celsius,
        seasonal_swing_kelvins: 0.0,
        daily_swing_kelvins: 4.0,
        weather_kelvins: 0.0,
        sun_on_enclosure_kelvins: 0.0,
        enclosure_kelvins_per_watt: 0.0,
    }
}

/// 10:00  local time: a LiFePO4 battery in an unheated box around 5 °C
/// ..     in the night it is below 5 °C: it must not be charged, the charger opens, mains stays
/// ..     by day it is above 7 °C: the charger closes
#[test]
fn a_cold_lithium_battery_is_not_charged() {
    let plant = PlantConfig {
        ambient: around(5.5),
        initial_temperature_celsius: 9.0,
        ..PlantConfig::lifepo4_site()
    };
    let mut site = Site::new(plant);
    site.run_to(at(36, 0));
    let log = &site.log;
    let opened = log.switched(RelayName::Charger, Contact::Open, Rule::Cold);
    assert_between(log, "the charger opens", opened, at(6, 0), at(20, 0));
    assert_eq!(log.raised(AlarmName::TemperatureLow), opened);
    let closed = log.switched_after(opened, RelayName::Charger, Contact::Closed, Rule::Observer);
    assert_between(log, "the charger closes", closed, opened + HOUR, at(34, 0));
    for truth in site.between(opened + MINUTE, closed - MINUTE) {
        assert!(
            truth.flows.battery_amperes <= 0.0 && truth.mains_present,
            "{truth:?}"
        );
    }
    for truth in site.between(at(0, 0), at(36, 0)) {
        // The thermometer may be off by 0.8 K.
        let charged = truth.flows.battery_amperes > 0.02;
        assert!(
            !charged || truth.battery_celsius > 4.0,
            "charged in the cold: {truth:?}"
        );
    }
    assert_eq!(log.openings(RelayName::Mains), 0);
}

/// 10:00  local time: the same battery on a common bus; in the night the charger opens, the load empties
///        it, and the operator is told how long it lasts
/// ..     at its floor the charger stays open all the same: cold outranks the floor
#[test]
fn on_a_common_bus_the_cold_costs_the_reserve() {
    let plant = PlantConfig {
        ambient: around(2.0),
        initial_temperature_celsius: 9.0,
        initial_state_of_charge: 0.5,
        wiring: releve_control::Wiring::CommonBus,
        ..PlantConfig::lifepo4_site()
    };
    let mut site = Site::new(plant);
    site.run_to(at(40, 0));
    let log = &site.log;
    let opened = log.switched(RelayName::Charger, Contact::Open, Rule::Cold);
    let draining = log.raised(AlarmName::BatteryDraining);
    assert_between(log, "the drain", draining, opened, opened + MINUTE);
    assert!(
        site.between(opened + MINUTE, at(40, 0))
            .all(|truth| truth.flows.charger_amperes == 0.0)
    );
    assert_between(
        log,
        "the floor",
        log.raised(AlarmName::BatteryAtFloor),
        opened,
        at(40, 0),
    );
    assert_eq!(site.installation(), (Contact::Closed, Contact::Open));
}

/// A battery that gasses twenty times as much as it should, on a charger that knows no temperature.
fn gassing() -> PlantConfig {
    let telecom = PlantConfig::telecom_site();
    PlantConfig {
        battery: BatteryParameters {
            gassing_factor: 20.0,
            ..BatteryParameters::agm(100.0)
        },
        initial_state_of_charge: 1.0,
        initial_temperature_celsius: 31.0,
        charger: ChargerParameters {
            float_volts: 14.4,
            absorption: None,
            compensation_volts_per_kelvin: 0.0,
            ..telecom.charger
        },
        ambient: AmbientParameters {
            daily_swing_kelvins: 0.0,
            ..around(31.0)
        },
        ..telecom
    }
}

/// 00:00  at 14.4 V the battery gasses, gassing warms it, warmth makes it gas more
/// ..     thermal_runaway: the charger opens before the limit of 45 °C
/// ..     somebody acknowledges it while the battery is warm: nothing closes
/// ..     when it has cooled, the charger closes
#[test]
fn a_thermal_runaway_is_stopped_before_it_is_hot() {
    let mut site = Site::new(gassing());
    while !site.has(AlarmName::ThermalRunaway) {
        let next = site.elapsed() + MINUTE;
        assert!(next < at(48, 0), "no runaway:\n{}", site.log);
        site.run_to(next);
    }
    let tripped = site.log.raised(AlarmName::ThermalRunaway);
    let then = site
        .between(tripped - MINUTE, tripped + MINUTE)
        .last()
        .expect("a moment")
        .battery_celsius;
    assert!(then < 45.5, "{then} °C");
    site.order(
        tripped + HOUR,
        Command::Acknowledge(AlarmName::ThermalRunaway),
    );
    site.run_to(tripped + DAY);
    let log = &site.log;
    log.assert_obeyed();
    assert_eq!(
        log.switched(RelayName::Charger, Contact::Open, Rule::ThermalRunaway),
        tripped
    );
    let cleared = log.cleared(AlarmName::ThermalRunaway);
    assert!(cleared >= tripped + HOUR, "{log}");
    let hottest = site
        .between(tripped, cleared)
        .map(|truth| truth.battery_celsius)
        .fold(0.0, f64::max);
    assert!(
        hottest < then + 1.0,
        "{hottest} °C after a trip at {then} °C"
    );
    // It has cooled below temperature_warn, give or take the thermometer's error.
    let cooled = site.between(cleared - MINUTE, cleared).last();
    assert!(
        cooled.is_some_and(|truth| truth.battery_celsius < 36.0),
        "{log}"
    );
}

/// A winter's day at 0 °C: a compensated charger absorbs at 14.1 V + 25 × 18 mV = 14.55 V after an outage.
/// With the controller's compensation on, that is what it should do: nothing is told, nothing is cut.
#[test]
fn a_compensated_charger_in_the_cold_is_no_charger_that_is_too_high() {
    let plant = PlantConfig {
        ambient: AmbientParameters {
            daily_swing_kelvins: 0.0,
            ..around(0.0)
        },
        initial_temperature_celsius: 0.0,
        initial_state_of_charge: 1.0,
        ..PlantConfig::telecom_site()
    };
    let config = releve_control::decision::Config {
        temperature_compensation: true,
        ..config_of(&plant)
    };
    let mut site = Site::configured(plant, config, SEED)
        .at(at(0, 10), mode(Mode::OverchargeProtection))
        .during(at(1, 0), at(2, 0), Fault::MainsFailure);
    site.run_to(at(12, 0));
    let log = &site.log;
    let absorbing = site
        .between(at(2, 0), at(12, 0))
        .map(|truth| truth.flows.battery_volts);
    assert!(absorbing.fold(0.0, f64::max) > 14.5, "{log}");
    assert_eq!(log.switchings(), [], "{log}");
    log.assert_alarms(&[AlarmName::MainsLost]);
}
