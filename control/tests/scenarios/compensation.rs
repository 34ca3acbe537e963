//! Charge voltages that follow the battery's temperature.

use crate::site::*;
use releve_control::decision::Config;
use releve_control::{AlarmName, Command, LimitName, Mode, Rule, Wiring};

fn compensated() -> Site {
    let mut site = Site::configured(Config {
        temperature_compensation: true,
        ..config(Wiring::BatteryLead)
    });
    site.run(MINUTE);
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("available");
    site
}

/// ```text
/// AGM, cut 14.50 V at 25 °C: 14.32 V at 35 °C, 14.95 V at 0 °C and below
/// ```
#[test]
fn the_cut_follows_the_temperature() {
    for (temperature, cut) in [(25.0, 14.5), (34.0, 14.338), (0.0, 14.95), (-10.0, 14.95)] {
        let mut site = compensated();
        site.measured.temperature_celsius = celsius(temperature);
        site.measured.battery_volts = volts(cut);
        site.run(MINUTE);
        assert_eq!(site.stands(Charger), Closed, "{temperature} °C: at the cut");
        site.measured.battery_volts = volts(cut + 0.002);
        site.run(MINUTE);
        let reason = site.why(Charger);
        assert_eq!((site.stands(Charger), reason.threshold), (Open, Some(cut)));
        let (_, shown) = site.controller.view().limits[LimitName::OverchargeCut as usize];
        assert_eq!(shown.value, 14.5, "limits are shown as they are set");
    }
}

/// ```text
/// hard limit 15.00 V at 25 °C; at 0 °C 15.45 V: a compensated charger in winter does not trip it
/// ```
#[test]
fn the_hard_limit_follows_the_temperature() {
    for (temperature, hard) in [(25.0, 15.0), (0.0, 15.45), (40.0, 14.73)] {
        let mut site = compensated();
        site.ask(Command::Mode(Mode::Observer)).expect("available");
        site.measured.temperature_celsius = celsius(temperature);
        site.run(MINUTE);
        site.measured.battery_volts = volts(hard - 0.01);
        site.run(SAMPLE);
        assert_eq!(site.stands(Charger), Closed, "{temperature} °C");
        site.measured.battery_volts = volts(hard);
        site.run(SAMPLE);
        assert_eq!(
            (
                site.stands(Charger),
                site.rule(Charger),
                site.why(Charger).threshold
            ),
            (Open, Rule::VoltageHardLimit, Some(hard))
        );
    }
}

/// ```text
/// one false sample of 85 °C among ten of 20 °C moves no threshold by more than a hair
/// ```
#[test]
fn one_false_sample_moves_no_threshold() {
    let mut site = compensated();
    site.measured.battery_volts = volts(14.4);
    site.measured.temperature_celsius = celsius(44.0);
    site.run(SAMPLE);
    site.measured.temperature_celsius = celsius(20.0);
    site.run(3 * SAMPLE);
    assert_eq!(site.stands(Charger), Closed);
}

/// ```text
/// compensation off: 14.72 V with the thermometer lost is below the hard limit of 40 °C, 14.73 V is at it
/// ```
#[test]
fn without_the_thermometer_the_hard_limit_is_that_of_a_warm_battery() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::new(wiring);
        site.measured.temperature_celsius = SILENT;
        site.measured.battery_volts = volts(14.72);
        site.run(MINUTE);
        assert_eq!(
            (site.stands(Charger), site.rule(Charger)),
            (Closed, Rule::DataLost)
        );
        site.measured.battery_volts = volts(14.73);
        site.run(SAMPLE);
        let reason = site.why(Charger);
        assert_eq!(
            (site.stands(Charger), reason.rule, reason.threshold),
            (Open, Rule::VoltageHardLimit, Some(14.73))
        );
    }
}

/// ```text
/// highest absorption voltage 14.40 V at 25 °C: 14.85 V at 0 °C, 14.13 V at 40 °C
/// ```
#[test]
fn what_a_sound_charger_holds_follows_the_temperature() {
    for (temperature, highest) in [(25.0, 14.4), (0.0, 14.85), (40.0, 14.13)] {
        let mut site = compensated();
        site.ask(Command::Mode(Mode::Observer)).expect("available");
        site.measured.temperature_celsius = celsius(temperature);
        site.measured.battery_volts = volts(highest + 0.1);
        site.run(MINUTE);
        assert!(!site.has(AlarmName::ChargerVoltageHigh), "{temperature} °C");
        site.measured.battery_volts = volts(highest + 0.102);
        site.run(MINUTE);
        assert!(site.has(AlarmName::ChargerVoltageHigh), "{temperature} °C");
        site.measured.battery_volts = volts(highest);
        site.run(MINUTE);
        assert!(
            !site.has(AlarmName::ChargerVoltageHigh),
            "{temperature} °C: over"
        );
    }
}
