//! The concept's first mode: both circuits closed, measure, average, report.

use crate::site::*;
use releve_control::{Mode, Rule, Wiring};

/// ```text
/// 0:00 start; nobody commands anything
/// 0:03 first sample
/// ```
#[test]
fn observer_is_the_default_and_closes_both_relays() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::just_started(wiring);
        assert_eq!(site.installation(), (Closed, Closed));
        site.run(SAMPLE);
        assert_eq!(site.installation(), (Closed, Closed));
        assert_eq!(site.rule(Mains), Rule::Observer);
        assert_eq!(site.rule(Charger), Rule::Observer);
        assert_eq!(site.controller.view().mode, Mode::Observer);
        assert_eq!(site.take_switched(), [], "nothing moves at a start");
    }
}

/// ```text
/// 0:00 to 2:00 samples every 3 s: readings at 0:30, 1:00, 1:30, 2:00, ten samples each
/// ```
#[test]
fn ten_measurements_every_thirty_seconds_are_averaged() {
    let mut site = Site::just_started(Wiring::CommonBus);
    site.run(2 * MINUTE);
    assert_eq!(site.readings.len(), 4);
    for reading in &site.readings {
        assert_eq!(reading.n, 10);
        assert_eq!(reading.battery.voltage.mean, Some(13.6));
        assert_eq!(reading.charger.current.mean, Some(2.0));
        assert_eq!(reading.charger.power.mean, Some(27.3));
        assert_eq!(reading.load.power.mean, Some(20.4));
        assert_eq!(reading.temperature.mean, Some(20.0));
    }
}

/// ```text
/// 0:00 battery between floor and hard limit: high, low, high
/// ```
#[test]
fn no_voltage_between_floor_and_hard_limit_switches_anything() {
    let mut site = Site::new(Wiring::CommonBus);
    for battery in [14.99, 12.01, 14.6, 13.0] {
        site.measured.battery_volts = volts(battery);
        site.run(5 * MINUTE);
        assert_eq!(site.installation(), (Closed, Closed), "{battery} V");
    }
    assert_eq!(site.take_switched(), []);
}
