//! The concept's safety device: a message when it is warm, charger open when it is hot.

use crate::site::*;
use releve_control::sample::{Measurement, SensorFault};
use releve_control::{AlarmName, Command, LimitName, Mode, Rule, Severity, Wiring};

/// ```text
/// 0:00 35.0 °C: at temperature_warn        0:03 35.1 °C: alarm, nothing switches
/// 0:06 33.1 °C: hysteresis                 0:30 32.9 °C: cleared after three samples
/// ```
#[test]
fn above_the_warning_an_alarm_is_raised() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.temperature_celsius = celsius(35.0);
    site.run(SAMPLE);
    assert!(!site.has(AlarmName::TemperatureHigh));
    site.measured.temperature_celsius = celsius(35.1);
    site.run(SAMPLE);
    assert!(site.has(AlarmName::TemperatureHigh));
    assert_eq!(site.take_switched(), []);
    let alarm = &site.controller.view().alarms[0];
    assert_eq!(alarm.severity, Severity::Warning);
    assert_eq!((alarm.value, alarm.threshold), (Some(35.1), Some(35.0)));
    site.measured.temperature_celsius = celsius(33.1);
    site.run(MINUTE);
    assert!(site.has(AlarmName::TemperatureHigh));
    site.measured.temperature_celsius = celsius(32.9);
    site.run(3 * SAMPLE);
    assert!(!site.has(AlarmName::TemperatureHigh));
}

/// ```text
/// 0:00 45.0 °C: at temperature_limit       0:03 45.1 °C: charger opens in that step
/// 0:06 42.0 °C: still latched              5:06 41.9 °C
/// 5:15 third sample below: closes
/// ```
#[test]
fn above_the_limit_the_charger_opens_until_the_battery_has_cooled() {
    for wiring in Wiring::ALL.iter().copied() {
        for mode in [Mode::Observer, Mode::OverchargeProtection] {
            let mut site = Site::in_mode(wiring, mode);
            site.measured.temperature_celsius = celsius(45.0);
            site.run(SAMPLE);
            assert_eq!(site.installation(), (Closed, Closed));
            site.measured.temperature_celsius = celsius(45.1);
            site.run(SAMPLE);
            assert_eq!(site.installation(), (Closed, Open));
            assert!(site.has(AlarmName::TemperatureLimit));
            let reason = site.why(Charger);
            assert_eq!(
                (reason.rule, reason.value, reason.threshold),
                (Rule::Heat, Some(45.1), Some(45.0))
            );
            assert_eq!(reason.next.and_then(|next| next.threshold), Some(42.0));
            site.measured.temperature_celsius = celsius(42.0);
            site.run(5 * MINUTE);
            assert_eq!(site.stands(Charger), Open);
            site.measured.temperature_celsius = celsius(41.9);
            site.run(2 * SAMPLE);
            assert_eq!(site.stands(Charger), Open);
            site.run(SAMPLE);
            assert_eq!(site.installation(), (Closed, Closed));
            assert!(!site.has(AlarmName::TemperatureLimit));
        }
    }
}

/// ```text
/// 0:00 20 °C   0:03 one sample of 85 °C: charger opens   0:12 three samples of 20 °C refute it
/// ```
#[test]
fn an_upward_jump_is_heat_until_three_later_samples_refute_it() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.temperature_celsius = celsius(85.0);
    site.run(SAMPLE);
    assert_eq!(site.stands(Charger), Open);
    site.measured.temperature_celsius = celsius(20.0);
    site.run(2 * SAMPLE);
    assert_eq!(site.stands(Charger), Open);
    site.run(SAMPLE);
    assert_eq!(site.stands(Charger), Closed);
}

/// ```text
/// 0:00 hot   0:03 cool   0:06 cool   0:09 hot again: two cool samples are no refutation
/// ```
#[test]
fn a_hot_sample_in_between_starts_the_count_again() {
    let mut site = Site::new(Wiring::CommonBus);
    for temperature in [50.0, 20.0, 20.0, 43.0, 20.0, 20.0] {
        site.measured.temperature_celsius = celsius(temperature);
        site.run(SAMPLE);
        assert_eq!(site.stands(Charger), Open);
    }
    site.run(SAMPLE);
    assert_eq!(site.stands(Charger), Closed);
}

/// ```text
/// 0:00 50 °C: latched     0:03 the thermometer is silent for an hour: lost data, still open
/// ```
#[test]
fn lost_data_never_closes_a_charger_that_heat_holds_open() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.temperature_celsius = celsius(50.0);
    site.run(SAMPLE);
    site.measured.temperature_celsius = SILENT;
    site.run(60 * MINUTE);
    assert!(site.has(AlarmName::DataLost));
    assert_eq!(
        (site.installation(), site.rule(Charger)),
        ((Closed, Open), Rule::Heat)
    );
    site.silence(60 * MINUTE);
    assert_eq!(site.stands(Charger), Open);
}

/// ```text
/// 0:00 40 °C, limit 45 °C     0:03 the operator sets the limit to 38 °C: charger opens in that step
/// 0:03 and back to 45 °C      0:12 three samples of 40 °C, below 42 °C, release it
/// ```
#[test]
fn a_lower_limit_acts_at_once() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.temperature_celsius = celsius(40.0);
    site.run(SAMPLE);
    site.ask(Command::Limit(LimitName::TemperatureLimit, 38.0))
        .expect("within bounds");
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Open, Rule::Heat)
    );
    assert!(site.has(AlarmName::TemperatureLimit));
    site.ask(Command::Limit(LimitName::TemperatureLimit, 45.0))
        .expect("within bounds");
    assert_eq!(site.stands(Charger), Open);
    site.run(3 * SAMPLE);
    assert_eq!(site.stands(Charger), Closed);
}

/// ```text
/// 0:00 hotter than the thermometer can tell
/// ```
#[test]
fn a_thermometer_over_its_range_is_heat() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.temperature_celsius = Measurement::OverRange(40.0);
    site.run(SAMPLE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Open, Rule::Heat)
    );
}

/// ```text
/// 0:00 the thermometer says −41 °C, 125.1 °C, NaN, or is under its range: broken, not hot
/// ```
#[test]
fn an_impossible_temperature_is_no_temperature() {
    let broken = [
        celsius(-41.0),
        celsius(125.1),
        celsius(f64::NAN),
        celsius(f64::INFINITY),
        Measurement::OverRange(-40.0),
        Measurement::OverRange(f64::NAN),
        Measurement::Missing(SensorFault::OutOfRange),
    ];
    for temperature in broken {
        let mut site = Site::new(Wiring::CommonBus);
        site.measured.temperature_celsius = temperature;
        site.run(MINUTE);
        assert_eq!(
            (site.installation(), site.rule(Charger)),
            ((Closed, Closed), Rule::DataLost),
            "{temperature:?}"
        );
    }
}
