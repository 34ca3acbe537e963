//! Thermal runaway, and what only looks like it.

use crate::site::*;
use releve_control::decision::Config;
use releve_control::{AlarmName, Command, Condition, Event, Rule, Wiring};

/// A 100 Ah site at float: 13.6 V, 0.05 A into the battery.
fn floating(wiring: Wiring, temperature: f64) -> Site {
    let mut site = Site::configured(Config {
        capacity_ampere_hours: Some(100.0),
        ..config(wiring)
    });
    site.measured.load_amperes = amperes(0.0);
    stage(&mut site, 13.6, 0.05, temperature);
    site.run(10 * MINUTE);
    site
}

/// What the meter sees from now on.
fn stage(site: &mut Site, voltage: f64, current: f64, temperature: f64) {
    site.measured.battery_volts = volts(voltage);
    site.measured.charger_amperes = amperes(current);
    site.measured.temperature_celsius = celsius(temperature);
}

/// Lets voltage, current and temperature go evenly from where they are to there.
fn drift(site: &mut Site, from: (f64, f64, f64), to: (f64, f64, f64), minutes: u32) {
    for minute in 1..=minutes {
        let part = f64::from(minute) / f64::from(minutes);
        let at = |from: f64, to: f64| from + (to - from) * part;
        stage(site, at(from.0, to.0), at(from.1, to.1), at(from.2, to.2));
        site.run(MINUTE);
    }
}

fn tripped(site: &Site) -> bool {
    site.has(AlarmName::ThermalRunaway)
}

/// ```text
/// 0:00 float; the current has risen to 2 A, C/50, and stays
/// 1:00 .. 3:00 the battery warms from 33 °C by 2.4 °C an hour: charger open, critical alarm, latched
/// 3:00 acknowledged while hot: still open     4:00 cooled below temperature_warn: closed
/// ```
#[test]
fn warming_at_constant_voltage_and_current_opens_the_charger_until_acknowledged_and_cool() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = floating(wiring, 33.0);
        stage(&mut site, 13.6, 2.0, 33.0);
        site.run(60 * MINUTE);
        assert!(!tripped(&site), "{wiring}: it has not warmed");
        drift(&mut site, (13.6, 2.0, 33.0), (13.6, 2.0, 37.8), 120);
        assert!(tripped(&site), "{wiring}");
        assert_eq!(site.installation(), (Closed, Open));
        let reason = site.why(Charger);
        assert_eq!(reason.rule, Rule::ThermalRunaway);
        assert_eq!(
            reason.next.map(|next| next.condition),
            Some(Condition::Acknowledgement)
        );
        let view = site.controller.view();
        let alarm = (view.alarms.iter())
            .find(|alarm| alarm.alarm == AlarmName::ThermalRunaway)
            .expect("it is active");
        let figures = alarm.value.zip(alarm.threshold);
        let (value, threshold) = figures.expect("both are told");
        assert!(alarm.latched && value >= threshold && threshold >= 35.0);

        stage(&mut site, 13.0, 0.0, 36.0);
        site.run(MINUTE);
        site.ask(Command::Acknowledge(AlarmName::ThermalRunaway))
            .expect("it is active");
        site.run(10 * MINUTE);
        assert_eq!(site.stands(Charger), Open, "still hot");
        assert_eq!(
            site.why(Charger).next.map(|next| next.condition),
            Some(Condition::Below)
        );
        stage(&mut site, 13.0, 0.0, 34.9);
        site.run(2 * SAMPLE);
        assert_eq!(site.stands(Charger), Open);
        site.run(SAMPLE);
        assert_eq!(site.installation(), (Closed, Closed));
        assert!(!tripped(&site));
        let cleared = site
            .take_events()
            .into_iter()
            .find_map(|event| match event {
                Event::AlarmCleared {
                    alarm: AlarmName::ThermalRunaway,
                    value,
                    ..
                } => value,
                _ => None,
            });
        assert_eq!(cleared, Some(34.9));
    }
}

/// ```text
/// the least current and the least voltage that count, 1 A of 100 Ah at the end of bulk; a little less of
/// either is no runaway
/// ```
#[test]
fn at_its_bounds_it_is_found() {
    let end_of_bulk = releve_control::profile::Profile::Agm.bulk_end_volts();
    for (voltage, current, trips) in [
        (end_of_bulk, 1.0, true),
        (end_of_bulk - 0.01, 1.0, false),
        (end_of_bulk, 0.99, false),
    ] {
        let mut site = floating(Wiring::BatteryLead, 20.0);
        stage(&mut site, voltage, current, 20.0);
        site.run(60 * MINUTE);
        drift(
            &mut site,
            (voltage, current, 20.0),
            (voltage, current, 24.8),
            120,
        );
        assert_eq!(tripped(&site), trips, "{voltage} V, {current} A");
    }
}

/// ```text
/// an hour at 2 A and 25 °C, then 27 °C: two degrees are enough; 26.99 °C are not
/// ```
#[test]
fn at_its_least_rise_it_is_found() {
    for (warmed, trips) in [(27.0, true), (26.99, false)] {
        let mut site = floating(Wiring::BatteryLead, 25.0);
        stage(&mut site, 13.6, 2.0, 25.0);
        site.run(70 * MINUTE);
        stage(&mut site, 13.6, 2.0, warmed);
        site.run(30 * MINUTE);
        assert_eq!(tripped(&site), trips, "{warmed} °C");
    }
}

/// ```text
/// the signs of a runaway, but the voltage swings by 0.2 V from window to window: nothing is constant
/// ```
#[test]
fn a_voltage_that_swings_within_minutes_is_not_constant() {
    let mut site = floating(Wiring::BatteryLead, 25.0);
    for half_minute in 0..240 {
        let swing = if half_minute % 2 == 0 { 0.1 } else { -0.1 };
        let warmed = 25.0 + f64::from(half_minute) * 0.025;
        stage(&mut site, 13.6 + swing, 2.0, warmed);
        site.run(MINUTE / 2);
    }
    assert!(!tripped(&site));
}

/// ```text
/// a runaway at 41 °C: it must cool by three degrees, not down to temperature_warn
/// ```
#[test]
fn a_runaway_of_a_hot_battery_ends_three_degrees_below_it() {
    let mut site = floating(Wiring::BatteryLead, 36.0);
    stage(&mut site, 13.6, 2.0, 36.0);
    site.run(60 * MINUTE);
    drift(&mut site, (13.6, 2.0, 36.0), (13.6, 2.0, 41.0), 120);
    let reason = site.why(Charger);
    assert_eq!(reason.rule, Rule::ThermalRunaway);
    let ends = reason.next.and_then(|next| next.threshold);
    let below = reason.value.zip(ends).map(|(trip, end)| trip - end);
    assert!(
        below.is_some_and(|below| (below - 3.0).abs() < 1e-6),
        "{reason:?}"
    );
}

/// ```text
/// a runaway, at 37.8 °C     the program restarts: the charger is open from its first step on, until a
/// person has acknowledged it and the battery has cooled
/// ```
#[test]
fn it_outlives_a_restart() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = floating(wiring, 33.0);
        stage(&mut site, 13.6, 2.0, 33.0);
        site.run(60 * MINUTE);
        drift(&mut site, (13.6, 2.0, 33.0), (13.6, 2.0, 37.8), 120);
        let before = site.why(Charger);
        let config = Config {
            capacity_ampere_hours: Some(100.0),
            ..config(wiring)
        };
        assert_eq!(site.restart(config, MINUTE), [""; 0]);
        assert_eq!(site.installation(), (Closed, Open));
        let after = site.why(Charger);
        assert_eq!(
            (after.rule, after.value, after.threshold),
            (before.rule, before.value, before.threshold)
        );
        stage(&mut site, 13.0, 0.0, 34.0);
        site.run(MINUTE);
        assert_eq!(site.stands(Charger), Open, "nobody has acknowledged it");
        site.ask(Command::Acknowledge(AlarmName::ThermalRunaway))
            .expect("it is active");
        site.run(MINUTE);
        assert_eq!(site.installation(), (Closed, Closed));
    }
}

/// ```text
/// tripped; the battery is cold again after an hour, and nobody has looked: open for ever
/// ```
#[test]
fn without_an_acknowledgement_it_holds_however_cool_the_battery_is() {
    let mut site = floating(Wiring::CommonBus, 25.0);
    drift(&mut site, (13.6, 2.0, 25.0), (13.6, 2.0, 31.0), 120);
    assert!(tripped(&site));
    stage(&mut site, 13.0, 0.0, 20.0);
    site.run(24 * 60 * MINUTE);
    assert_eq!(site.stands(Charger), Open);
    site.ask(Command::Acknowledge(AlarmName::ThermalRunaway))
        .expect("it is active");
    assert_eq!(
        site.stands(Charger),
        Closed,
        "acknowledged when cool, it ends at once"
    );
}

/// ```text
/// an hour and more at constant voltage; rise in an hour 1.9 or 2.1 °C; current 0.99 or 1.01 A (C/100);
/// voltage within 0.10 or 0.12 V; current steady, or fallen by 4 or 8 %
/// ```
#[test]
fn each_condition_has_its_boundary() {
    for (rise, current, swing, fall, trips) in [
        (2.1, 1.01, 0.1, 0.0, true),
        (1.9, 1.01, 0.1, 0.0, false),
        (2.1, 0.99, 0.1, 0.0, false),
        (2.1, 1.01, 0.12, 0.0, false),
        (2.1, 1.06, 0.1, 0.04, true),
        (2.1, 1.08, 0.1, 0.08, false),
    ] {
        let mut site = floating(Wiring::CommonBus, 25.0);
        let low = 13.6 - swing / 2.0;
        stage(&mut site, low, current, 25.0);
        site.run(30 * MINUTE);
        stage(&mut site, 13.6 + swing / 2.0, current, 25.0);
        site.run(30 * MINUTE);
        stage(&mut site, 13.6, current * (1.0 - fall), 25.0 + rise);
        site.run(10 * MINUTE);
        assert_eq!(
            tripped(&site),
            trips,
            "{rise} °C, {current} A falling by {fall}, {swing} V"
        );
    }
}

/// ```text
/// the current doubles from 0.6 to 1.2 A over twelve hours at constant voltage while the battery warms
/// by 3 °C; by 2.7 °C only, or at a current that grows by half: nothing
/// ```
#[test]
fn a_slow_runaway_is_found_within_a_day() {
    for (current, warmed, trips) in [(1.3, 3.1, true), (1.3, 2.7, false), (0.9, 3.1, false)] {
        let mut site = floating(Wiring::BatteryLead, 25.0);
        drift(
            &mut site,
            (13.6, 0.6, 25.0),
            (13.6, current, 25.0 + warmed),
            720,
        );
        site.run(70 * MINUTE);
        assert_eq!(tripped(&site), trips, "to {current} A and by {warmed} °C");
    }
}

/// ```text
/// eleven hours at float, 0.01 A, while the room warms the battery by 3.1 °C; then 1.3 A for over an hour
/// ```
#[test]
fn what_floated_at_next_to_nothing_is_remembered_too() {
    let mut site = floating(Wiring::BatteryLead, 25.0);
    drift(&mut site, (13.6, 0.01, 25.0), (13.6, 0.01, 28.1), 660);
    stage(&mut site, 13.6, 1.3, 28.1);
    site.run(40 * MINUTE);
    assert!(!tripped(&site), "about an hour of it is needed");
    site.run(40 * MINUTE);
    assert!(tripped(&site));
}

/// ```text
/// 6:00 float at 0.05 A, 20 °C     6:00 .. 10:00 the sun warms the battery by 5 °C an hour, to 40 °C;
/// the float current triples, as Schiffer's law has it
/// ```
#[test]
fn the_morning_sun_on_a_floating_battery_is_no_runaway() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = floating(wiring, 20.0);
        drift(&mut site, (13.6, 0.05, 20.0), (13.6, 0.17, 40.0), 240);
        assert!(!tripped(&site), "{wiring}");
        assert!(!site.has(AlarmName::TemperatureRising));
        assert_eq!(site.installation(), (Closed, Closed));
    }
}

/// ```text
/// 10 A of bulk charge for six hours, 12.6 V to 14.1 V, while the battery warms by 2.5 °C an hour;
/// a weak charger: 2 A for a day below the end of bulk, its voltage as good as constant
/// ```
#[test]
fn bulk_charge_is_no_runaway() {
    let mut site = floating(Wiring::CommonBus, 25.0);
    stage(&mut site, 12.6, 10.0, 15.0);
    site.run(30 * MINUTE);
    drift(&mut site, (12.6, 10.0, 15.0), (14.1, 10.0, 30.0), 360);
    assert!(!tripped(&site));

    let mut site = floating(Wiring::BatteryLead, 25.0);
    stage(&mut site, 12.9, 2.0, 15.0);
    site.run(30 * MINUTE);
    drift(&mut site, (12.9, 2.0, 15.0), (13.0, 2.0, 25.0), 240);
    assert!(!tripped(&site));
}

/// ```text
/// absorption at 14.4 V: the current falls from 10 A to 1 A in four hours while the battery warms by 8 °C
/// ```
#[test]
fn absorption_is_no_runaway() {
    let mut site = floating(Wiring::CommonBus, 25.0);
    let mut current: f64 = 10.0;
    for step in 0..24 {
        let next = current * 0.91;
        let warm = |step: i32| 22.0 + f64::from(step) / 3.0;
        drift(
            &mut site,
            (14.4, current, warm(step)),
            (14.4, next, warm(step + 1)),
            10,
        );
        current = next;
    }
    assert!(!tripped(&site));
}

/// ```text
/// the signs of a runaway for 50 minutes; half an hour without the thermometer; 50 minutes more
/// ```
#[test]
fn a_long_gap_begins_the_count_anew() {
    let mut site = floating(Wiring::BatteryLead, 25.0);
    drift(&mut site, (13.6, 2.0, 25.0), (13.6, 2.0, 26.9), 50);
    site.measured.temperature_celsius = SILENT;
    site.run(32 * MINUTE);
    drift(&mut site, (13.6, 2.0, 28.0), (13.6, 2.0, 29.9), 50);
    assert!(!tripped(&site));
}

/// ```text
/// the signs of a runaway for 50 minutes; a minute in which the battery is discharged; 50 minutes more
/// ```
#[test]
fn a_discharge_begins_the_count_anew() {
    let mut site = floating(Wiring::BatteryLead, 25.0);
    drift(&mut site, (13.6, 2.0, 25.0), (13.6, 2.0, 26.9), 50);
    stage(&mut site, 13.6, -0.5, 26.9);
    site.run(MINUTE);
    drift(&mut site, (13.6, 2.0, 27.0), (13.6, 2.0, 28.9), 50);
    assert!(!tripped(&site));
}

/// ```text
/// the signs of a runaway for 50 minutes; 30 minutes without the thermometer; they go on: half an hour later
/// an hour of them has been seen
/// ```
#[test]
fn a_short_gap_hides_nothing() {
    let mut site = floating(Wiring::BatteryLead, 25.0);
    drift(&mut site, (13.6, 2.0, 25.0), (13.6, 2.0, 26.9), 50);
    site.measured.temperature_celsius = SILENT;
    site.run(30 * MINUTE);
    drift(&mut site, (13.6, 2.0, 28.0), (13.6, 2.0, 29.2), 30);
    assert!(tripped(&site));
}

/// ```text
/// 0:00 the battery warms by 8 °C an hour at rest: a warning, nothing is switched
/// ```
#[test]
fn steep_warming_alone_only_warns() {
    let mut site = floating(Wiring::CommonBus, 25.0);
    drift(&mut site, (13.6, 0.05, 20.0), (13.6, 0.05, 28.0), 60);
    assert!(site.has(AlarmName::TemperatureRising));
    assert!(!tripped(&site));
    assert_eq!(site.installation(), (Closed, Closed));
    site.run(60 * MINUTE);
    assert!(!site.has(AlarmName::TemperatureRising));
}

/// ```text
/// a floating battery behind 10 A of load, whose two sensors differ by 2 % of it; nobody knows its
/// capacity; the room warms from 20 to 23 °C
/// ```
#[test]
fn what_two_sensors_differ_by_is_no_current() {
    let mut site = Site::configured(config(Wiring::CommonBus));
    site.measured.load_amperes = amperes(10.0);
    stage(&mut site, 13.6, 10.22, 20.0);
    site.run(60 * MINUTE);
    drift(&mut site, (13.6, 10.22, 20.0), (13.6, 10.22, 23.0), 60);
    assert!(!tripped(&site));
    // What flows beyond that is a current all the same.
    stage(&mut site, 13.6, 10.8, 23.0);
    site.run(60 * MINUTE);
    drift(&mut site, (13.6, 10.8, 23.0), (13.6, 10.8, 26.0), 90);
    assert!(tripped(&site));
}
