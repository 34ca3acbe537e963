//! Alarms: raised, acknowledged, cleared, each with an event.

use crate::site::*;
use releve_control::decision::{Config, StorageFault};
use releve_control::sample::Measurement;
use releve_control::{AlarmName, Cause, Command, Event, LimitName, Severity, Wiring};

/// ```text
/// 0:00 35.5 °C: raised    0:10 acknowledged    0:20 acknowledged again    1:00 32 °C: cleared
/// ```
#[test]
fn an_alarm_is_raised_acknowledged_and_cleared_with_an_event_each() {
    let mut site = Site::new(Wiring::CommonBus);
    let alarm = AlarmName::TemperatureHigh;
    let severity = Severity::Warning;
    site.measured.temperature_celsius = celsius(35.5);
    site.run(SAMPLE);
    let raised_at = site.now;
    let (value, threshold) = (Some(35.5), Some(35.0));
    assert_eq!(
        site.take_events(),
        [Event::AlarmRaised {
            alarm,
            severity,
            value,
            threshold,
            cause: None,
        }]
    );

    site.run(9 * SECOND);
    site.ask(Command::Acknowledge(alarm)).expect("it is active");
    assert_eq!(site.take_events(), [Event::AlarmAcknowledged { alarm }]);
    let acknowledged_at = site.now;
    site.run(9 * SECOND);
    site.ask(Command::Acknowledge(alarm)).expect("it is active");
    assert_eq!(site.take_events(), [], "once is enough");
    assert_eq!(
        site.controller.view().alarms[0].acknowledged_at,
        Some(acknowledged_at)
    );

    site.measured.temperature_celsius = celsius(32.0);
    site.run(MINUTE);
    let (value, threshold) = (Some(32.0), Some(33.0));
    assert_eq!(
        site.take_events(),
        [Event::AlarmCleared {
            alarm,
            severity,
            value,
            threshold,
            raised_at
        }]
    );
    assert_eq!(site.controller.view().alarms, []);
}

/// ```text
/// 0:00 warm    0:03 hot    0:06 at the floor as well
/// ```
#[test]
fn active_alarms_are_listed_the_oldest_first() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.temperature_celsius = celsius(36.0);
    site.run(SAMPLE);
    site.measured.temperature_celsius = celsius(46.0);
    site.run(SAMPLE);
    site.measured.battery_volts = volts(11.0);
    site.run(SAMPLE);
    let alarms: Vec<AlarmName> = site
        .controller
        .view()
        .alarms
        .iter()
        .map(|active| active.alarm)
        .collect();
    assert_eq!(
        alarms,
        [
            AlarmName::TemperatureHigh,
            AlarmName::TemperatureLimit,
            AlarmName::BatteryAtFloor
        ]
    );
}

/// ```text
/// 0:00 mean 14.50 V: absorption (14.40 V) and tolerance     0:30 mean 14.51 V: alarm
/// 1:00 mean 14.41 V: still                                  1:30 mean 14.40 V: over
/// ```
#[test]
fn a_charger_that_is_too_high_raises_an_alarm() {
    let mut site = Site::new(Wiring::CommonBus);
    for (mean, alarm) in [
        (14.5, false),
        (14.51, true),
        (14.41, true),
        (14.4, false),
        (14.45, false),
    ] {
        site.measured.battery_volts = volts(mean);
        site.run(30 * SECOND);
        assert_eq!(site.has(AlarmName::ChargerVoltageHigh), alarm, "{mean} V");
    }
    assert_eq!(site.take_switched(), [], "an alarm switches nothing");
}

/// ```text
/// 0:00 charger open by hand, the voltage is high: not the charger's doing
/// ```
#[test]
fn an_open_charger_is_not_too_high() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.measured.battery_volts = volts(14.6);
    site.run(MINUTE);
    assert!(!site.has(AlarmName::ChargerVoltageHigh));
}

/// ```text
/// 0:00 the charger's current is over range: two samples, an inrush; then three: alarm
/// three samples within the range end it
/// ```
#[test]
fn a_current_over_its_range_is_told_of() {
    let mut site = Site::new(Wiring::CommonBus);
    let over = releve_control::sample::Measurement::OverRange(16.0);
    site.measured.charger_amperes = over;
    site.run(2 * SAMPLE);
    assert!(!site.has(AlarmName::CurrentOverRange));
    site.measured.charger_amperes = amperes(2.0);
    site.run(SAMPLE);
    site.measured.load_amperes = over;
    site.run(2 * SAMPLE);
    assert!(!site.has(AlarmName::CurrentOverRange));
    site.run(SAMPLE);
    assert!(site.has(AlarmName::CurrentOverRange));
    site.measured.load_amperes = amperes(1.5);
    site.run(2 * SAMPLE);
    assert!(site.has(AlarmName::CurrentOverRange));
    site.run(SAMPLE);
    assert!(!site.has(AlarmName::CurrentOverRange));
    assert_eq!(site.take_switched(), [], "an alarm switches nothing");
}

/// What events told of an alarm since the last look: whether it was raised or cleared, its value and its
/// threshold.
fn figures(site: &mut Site, alarm: AlarmName) -> Vec<(bool, Option<f64>, Option<f64>)> {
    let events = site.take_events().into_iter();
    let told = events.filter_map(|event| match event {
        Event::AlarmRaised {
            alarm: told,
            value,
            threshold,
            ..
        } if told == alarm => Some((true, value, threshold)),
        Event::AlarmCleared {
            alarm: told,
            value,
            threshold,
            ..
        } if told == alarm => Some((false, value, threshold)),
        _ => None,
    });
    told.collect()
}

/// ```text
/// 0:00 mean 14.6 V, above 14.5 V     0:30 mean 14.3 V, not above 14.4 V
/// ```
#[test]
fn a_charger_that_is_too_high_is_told_of_with_its_voltage() {
    let mut site = Site::new(Wiring::CommonBus);
    for mean in [14.6, 14.3] {
        site.measured.battery_volts = volts(mean);
        site.run(30 * SECOND);
    }
    assert_eq!(
        figures(&mut site, AlarmName::ChargerVoltageHigh),
        [
            (true, Some(14.6), Some(14.5)),
            (false, Some(14.3), Some(14.4))
        ]
    );
}

/// ```text
/// 0:00 more than 16 A
/// ```
#[test]
fn a_current_over_its_range_is_told_of_with_its_bound() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.load_amperes = Measurement::OverRange(16.0);
    site.run(3 * SAMPLE);
    assert_eq!(
        figures(&mut site, AlarmName::CurrentOverRange),
        [(true, Some(16.0), None)]
    );
}

/// ```text
/// 0:00 20 °C, warming by 12 °C an hour     1:00 no more
/// ```
#[test]
fn warming_is_told_of_with_its_rate() {
    let mut site = Site::new(Wiring::CommonBus);
    for minute in 0..60 {
        site.measured.temperature_celsius = celsius(20.0 + f64::from(minute) * 0.2);
        site.run(MINUTE);
    }
    site.run(60 * MINUTE);
    let told = figures(&mut site, AlarmName::TemperatureRising);
    let [(true, Some(steep), steepest), (false, Some(calm), calmest)] = told[..] else {
        panic!("{told:?}");
    };
    assert!(steep > 6.0 && calm < 3.0, "{steep} and {calm} °C/h");
    assert_eq!((steepest, calmest), (Some(6.0), Some(3.0)));
}

/// ```text
/// a common bus, 100 Ah full, a load of 10 A: it lasts for 504 min, and the reserve is 480 min
/// 0:00 heat opens the charger: it is draining     beyond the load's range nobody knows for how long
/// ```
#[test]
fn an_empty_battery_is_told_of_with_the_time_that_is_left() {
    let full = || {
        let mut site = Site::configured(Config {
            capacity_ampere_hours: Some(100.0),
            ..config(Wiring::CommonBus)
        });
        site.measured.load_amperes = amperes(10.0);
        site.measured.charger_amperes = amperes(10.5);
        site.run(5 * MINUTE);
        site.measured.temperature_celsius = celsius(46.0);
        site.measured.charger_amperes = amperes(0.0);
        site
    };
    let mut site = full();
    site.run(MINUTE);
    let told = figures(&mut site, AlarmName::BatteryDraining);
    let [(true, Some(minutes), None)] = told[..] else {
        panic!("{told:?}");
    };
    assert!((480.0..510.0).contains(&minutes), "{minutes} min");
    site.ask(Command::Limit(LimitName::ReserveRuntime, 540.0))
        .expect("within bounds");
    let told = figures(&mut site, AlarmName::ReserveLow);
    let [(true, Some(minutes), Some(540.0))] = told[..] else {
        panic!("{told:?}");
    };
    assert!((480.0..510.0).contains(&minutes), "{minutes} min");

    let mut site = full();
    site.measured.load_amperes = Measurement::OverRange(16.0);
    site.run(MINUTE);
    site.ask(Command::Limit(LimitName::ReserveRuntime, 540.0))
        .expect("within bounds");
    for alarm in [AlarmName::BatteryDraining, AlarmName::ReserveLow] {
        assert!(site.has(alarm), "{alarm}");
        let alarms = site.controller.view().alarms;
        let active = alarms.iter().find(|active| active.alarm == alarm);
        assert_eq!(active.and_then(|active| active.value), None, "{alarm}");
    }
}

/// ```text
/// 0:00 15.1 V: the hard limit     0:40 12.9 V: over     0:41 11.9 V: the floor     0:42 12.6 V: over
/// ```
#[test]
fn a_voltage_beyond_its_limits_is_told_of() {
    let mut site = Site::new(Wiring::CommonBus);
    for (voltage, time) in [
        (15.1, SAMPLE),
        (12.9, 40 * MINUTE),
        (11.9, SAMPLE),
        (12.6, 3 * SAMPLE),
    ] {
        site.measured.battery_volts = volts(voltage);
        site.run(time);
    }
    let events = site.take_events();
    let told: Vec<_> = events
        .into_iter()
        .filter_map(|event| match event {
            Event::AlarmRaised {
                alarm,
                value,
                threshold,
                ..
            }
            | Event::AlarmCleared {
                alarm,
                value,
                threshold,
                ..
            } => Some((alarm, value?, threshold?)),
            _ => None,
        })
        .filter(|(alarm, ..)| *alarm != AlarmName::ChargerVoltageHigh)
        .collect();
    assert_eq!(
        told,
        [
            (AlarmName::VoltageHardLimit, 15.1, 15.0),
            (AlarmName::VoltageHardLimit, 12.9, 13.0),
            (AlarmName::BatteryAtFloor, 11.9, 12.0),
            (AlarmName::BatteryAtFloor, 12.6, 12.5),
        ]
    );
}

/// ```text
/// 45.5 °C, then 32.5 °C, below the end of either alarm; −20.5 °C, then −17.5 °C, above it
/// ```
#[test]
fn a_temperature_beyond_its_limits_is_told_of() {
    for (alarm, told) in [
        (AlarmName::TemperatureHigh, [(45.5, 35.0), (32.5, 33.0)]),
        (AlarmName::TemperatureLimit, [(45.5, 45.0), (32.5, 42.0)]),
        (AlarmName::TemperatureLow, [(-20.5, -20.0), (-17.5, -18.0)]),
    ] {
        let mut site = Site::new(Wiring::CommonBus);
        for (temperature, _) in told {
            site.measured.temperature_celsius = celsius(temperature);
            site.run(3 * SAMPLE);
        }
        let expected = [true, false].into_iter().zip(told);
        let expected: Vec<_> = expected
            .map(|(raised, (value, threshold))| (raised, Some(value), Some(threshold)))
            .collect();
        assert_eq!(figures(&mut site, alarm), expected, "{alarm}");
    }
}

/// 00:00  the shell says that its disk is full: an alarm with that cause
/// 00:01  the disk does not answer: the same alarm
/// 00:02  it takes records again: cleared. No relay has moved
#[test]
fn a_disk_that_refuses_is_told_of_and_switches_nothing() {
    let mut site = Site::new(Wiring::CommonBus);
    let cause = |site: &Site| {
        let alarms = site.controller.view().alarms;
        let found = alarms
            .iter()
            .find(|known| known.alarm == AlarmName::StorageFault);
        found.map(|alarm| alarm.cause)
    };
    assert_eq!(cause(&site), None);
    for (fault, told) in [
        (Some(StorageFault::Full), Some(Some(Cause::DiskFull))),
        (Some(StorageFault::Stalls), Some(Some(Cause::DiskStalls))),
        (Some(StorageFault::Fails), Some(Some(Cause::DiskFails))),
        (None, None),
    ] {
        site.storage_fault = fault;
        site.run(MINUTE);
        assert_eq!(cause(&site), told, "{fault:?}");
        assert_eq!(site.installation(), (Closed, Closed));
    }
}
