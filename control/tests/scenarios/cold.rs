//! Cold: a battery that must not be charged, and one that its load empties meanwhile.

use crate::site::*;
use releve_control::decision::Config;
use releve_control::profile::Profile;
use releve_control::{AlarmName, Command, LimitName, Rule, Wiring};

/// A LiFePO4 site at rest.
fn lithium(wiring: Wiring) -> Site {
    let mut site = Site::configured(Config::new(wiring, Profile::Lifepo4));
    site.measured.battery_volts = volts(13.4);
    site.run(MINUTE);
    site.take_events();
    site
}

/// ```text
/// 0:00 5.0 °C: at the least temperature     0:03 4.9 °C: charger opens in that step, mains stays closed
/// 0:06 7.0 °C: hysteresis, for five minutes  5:06 7.1 °C    5:15 the third such sample: closes
/// ```
#[test]
fn below_the_least_temperature_the_charger_opens_until_the_battery_has_warmed() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = lithium(wiring);
        site.measured.temperature_celsius = celsius(5.0);
        site.run(SAMPLE);
        assert_eq!(site.installation(), (Closed, Closed));
        site.measured.temperature_celsius = celsius(4.9);
        site.run(SAMPLE);
        assert_eq!(site.installation(), (Closed, Open));
        assert!(site.has(AlarmName::TemperatureLow));
        let reason = site.why(Charger);
        assert_eq!(
            (reason.rule, reason.value, reason.threshold),
            (Rule::Cold, Some(4.9), Some(5.0))
        );
        assert_eq!(reason.next.and_then(|next| next.threshold), Some(7.0));
        site.measured.temperature_celsius = celsius(7.0);
        site.run(5 * MINUTE);
        assert_eq!(site.stands(Charger), Open);
        site.measured.temperature_celsius = celsius(7.1);
        site.run(2 * SAMPLE);
        assert_eq!(site.stands(Charger), Open);
        site.run(SAMPLE);
        assert_eq!(site.installation(), (Closed, Closed));
        assert!(!site.has(AlarmName::TemperatureLow));
    }
}

/// ```text
/// 0:00 4 °C: open     0:03 the thermometer is silent for an hour: lost data, still open
/// 1:00 the hand cannot close it, and is told why
/// ```
#[test]
fn neither_lost_data_nor_the_hand_closes_a_cold_charger() {
    let mut site = lithium(Wiring::BatteryLead);
    site.measured.temperature_celsius = celsius(4.0);
    site.run(SAMPLE);
    site.measured.temperature_celsius = SILENT;
    site.run(60 * MINUTE);
    assert!(site.has(AlarmName::DataLost));
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Open, Rule::Cold)
    );
    site.ask(manual(30 * MINUTE)).expect("allowed");
    let rejection = site
        .ask(Command::Relay(Charger, Closed))
        .expect_err("too cold");
    assert!(
        rejection.reason.contains("below 5.00 °C"),
        "{}",
        rejection.reason
    );
}

/// ```text
/// 0:00 6 °C, least 5 °C    0:03 the operator sets it to 8 °C: charger opens in that step
/// ```
#[test]
fn a_higher_least_temperature_acts_at_once() {
    let mut site = lithium(Wiring::CommonBus);
    site.measured.temperature_celsius = celsius(6.0);
    site.run(SAMPLE);
    site.ask(Command::Limit(LimitName::ChargeTemperatureMin, 8.0))
        .expect("within bounds");
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Open, Rule::Cold)
    );
}

/// ```text
/// common_bus: 0:00 4 °C, charger open; 0:30 the load draws 1.5 A from the battery: critical alarm
/// 5:00 at the floor: the charger stays open all the same     10:00 warm: closed, the alarm is over
/// battery_lead: the load has its own supply: no alarm
/// ```
#[test]
fn a_cold_battery_that_its_load_empties_is_told_of() {
    for (wiring, drained) in [(Wiring::CommonBus, true), (Wiring::BatteryLead, false)] {
        let mut site = lithium(wiring);
        site.measured.temperature_celsius = celsius(4.0);
        site.measured.charger_amperes = amperes(0.0);
        site.run(MINUTE);
        assert_eq!(site.has(AlarmName::BatteryDraining), drained, "{wiring}");
        site.measured.battery_volts = volts(12.8);
        site.run(5 * MINUTE);
        assert_eq!(
            (site.stands(Charger), site.rule(Charger)),
            (Open, Rule::Cold)
        );
        assert!(site.has(AlarmName::BatteryAtFloor));
        site.measured.temperature_celsius = celsius(10.0);
        site.run(MINUTE);
        assert_eq!(site.stands(Charger), Closed);
        assert!(!site.has(AlarmName::BatteryDraining));
    }
}
