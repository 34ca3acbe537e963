//! The battery's charge: when it is full, what is missing since, and how long it would last.

use core::time::Duration;

use crate::site::*;
use releve_control::decision::Config;
use releve_control::guards::Guards;
use releve_control::sample::Measurement;
use releve_control::{AlarmName, ChargeState, Command, Event, FullBy, Monotonic, Wiring};

const HOUR: Duration = Duration::from_hours(1);
const WINDOW: Duration = Duration::from_secs(30);
/// After the first window that looks full, the tail must hold for three minutes.
const UNTIL_FULL: Duration = Duration::from_secs(210);

/// An AGM battery of 100 Ah: its tail current is 4 A, and it counts as full above 13.45 V.
fn config_100_ah(wiring: Wiring) -> Config {
    Config {
        capacity_ampere_hours: Some(100.0),
        ..config(wiring)
    }
}

/// A site on a common bus whose battery takes that current at that voltage.
fn charging(config: Config, battery_volts: f64, battery_amperes: f64) -> Site {
    let mut site = Site::configured(config);
    site.measured.battery_volts = volts(battery_volts);
    site.measured.load_amperes = amperes(0.0);
    site.measured.charger_amperes = amperes(battery_amperes);
    site
}

fn charge(site: &Site) -> ChargeState<Monotonic> {
    site.controller.view().charge
}

fn full_events(site: &mut Site) -> Vec<FullBy> {
    site.take_events()
        .into_iter()
        .filter_map(|event| match event {
            Event::BatteryFull { by } => Some(by),
            _ => None,
        })
        .collect()
}

// ── full ────────────────────────────────────────────────────────────────────────────────────────

/// ```text
/// 0:00 above 13.45 V with less than 4 A     3:00 not yet     3:30 full
/// at 13.45 V, with 4 A, or with a current out of the battery: not within an hour
/// ```
#[test]
fn a_high_voltage_with_a_tail_current_is_a_full_battery() {
    for (volts, amperes, full) in [
        (13.46, 3.99, true),
        (13.45, 3.99, false),
        (13.44, 3.99, false),
        (13.46, 4.0, false),
        (13.46, 4.01, false),
        (13.46, -4.0, true),
        (13.46, -4.01, false),
        (14.4, 0.0, true),
    ] {
        let mut site = charging(config_100_ah(Wiring::CommonBus), volts, amperes);
        site.run(UNTIL_FULL - WINDOW);
        assert_eq!(charge(&site).full_by, None, "{volts} V, {amperes} A");
        assert_eq!(charge(&site).missing_ah, None, "never full: nothing known");
        site.run(WINDOW);
        let by = full.then_some(FullBy::TailCurrent);
        assert_eq!(charge(&site).full_by, by, "{volts} V, {amperes} A");
        assert_eq!(charge(&site).missing_ah, full.then_some(0.0));
        assert_eq!(charge(&site).state_of_charge, full.then_some(100.0));
        site.run(HOUR);
        assert_eq!(charge(&site).full_by, by, "{volts} V, {amperes} A");
    }
}

/// ```text
/// 0:00 above 13.45 V with 3 A     0:01 nothing is measured for an hour     1:01 not full: nobody saw it
/// 1:05 full
/// ```
#[test]
fn a_time_in_which_nothing_was_measured_makes_nothing_full() {
    let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 3.0);
    site.run(MINUTE);
    site.silence(HOUR);
    site.run(2 * WINDOW);
    assert_eq!(charge(&site).full_by, None);
    site.run(UNTIL_FULL);
    assert_eq!(charge(&site).full_by, Some(FullBy::TailCurrent));

    // The same where samples come, and none of them knows the voltage.
    let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 3.0);
    site.run(UNTIL_FULL - WINDOW);
    site.measured.battery_volts = SILENT;
    site.run(4 * SAMPLE);
    site.measured.battery_volts = volts(13.6);
    site.run(UNTIL_FULL - WINDOW);
    assert_eq!(charge(&site).full_by, None);
    site.run(2 * WINDOW);
    assert_eq!(charge(&site).full_by, Some(FullBy::TailCurrent));
}

/// ```text
/// 0:00 above 13.45 V, an aged battery takes 6 A for ever     8:00 not yet     8:00:30 full, by time
/// ```
#[test]
fn a_high_voltage_for_eight_hours_counts_as_full_and_says_so() {
    let mut site = charging(config_100_ah(Wiring::CommonBus), 14.1, 6.0);
    site.run(8 * HOUR);
    assert_eq!(charge(&site).full_by, None);
    site.run(WINDOW);
    assert_eq!(charge(&site).full_by, Some(FullBy::Time));
    assert_eq!(full_events(&mut site), [FullBy::Time]);
}

/// ```text
/// 0:00 above 13.45 V     2:00 relay 2 opened by hand for 3 s     then 3 min 30 s from anew
/// ```
#[test]
fn an_open_circuit_begins_the_time_anew() {
    for relay in [Mains, Charger] {
        let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 1.0);
        site.run(2 * MINUTE);
        site.ask(manual(30 * MINUTE)).expect("allowed");
        site.ask(Command::Relay(relay, Open)).expect("manual");
        site.run(SAMPLE);
        site.ask(Command::Relay(relay, Closed)).expect("manual");
        // The window with the open circuit does not count.
        site.run(WINDOW - SAMPLE + UNTIL_FULL - WINDOW);
        assert_eq!(charge(&site).full_by, None, "{relay}");
        site.run(WINDOW);
        assert_eq!(charge(&site).full_by, Some(FullBy::TailCurrent), "{relay}");
    }
}

/// ```text
/// 0:00 above 13.45 V, 20 A: the concept asks for the voltage alone     3:30 full, by time
/// ```
#[test]
fn without_a_tail_current_the_voltage_alone_tells() {
    let guards = Guards {
        tail_fraction: None,
        ..Guards::default()
    };
    let config = Config {
        guards,
        ..config_100_ah(Wiring::CommonBus)
    };
    let mut site = charging(config, 13.46, 20.0);
    site.run(UNTIL_FULL - WINDOW);
    assert_eq!(charge(&site).full_by, None);
    site.run(WINDOW);
    assert_eq!(charge(&site).full_by, Some(FullBy::Time));
}

/// ```text
/// no capacity is configured: no tail current can be named, nothing is counted, time still tells
/// ```
#[test]
fn without_a_capacity_nothing_is_counted() {
    let mut site = charging(config(Wiring::CommonBus), 13.6, 0.1);
    site.run(8 * HOUR);
    assert_eq!(charge(&site).full_by, None);
    site.run(WINDOW);
    let charge = charge(&site);
    assert_eq!(charge.full_by, Some(FullBy::Time));
    assert_eq!(
        (charge.missing_ah, charge.state_of_charge, charge.runtime_s),
        (None, None, None)
    );
}

/// ```text
/// battery_lead, nothing tells whether mains is there; the charger gives 0.05 A: the float of a full
/// battery. On a common bus a missing load current leaves the battery's current unknown: not full.
/// ```
#[test]
fn float_that_cannot_be_told_from_lost_mains_is_a_small_current() {
    for (wiring, load, full) in [
        (Wiring::BatteryLead, amperes(1.5), Some(FullBy::TailCurrent)),
        (Wiring::CommonBus, SILENT, None),
    ] {
        let mut site = charging(config_100_ah(wiring), 13.6, 0.05);
        site.measured.load_amperes = load;
        site.run(UNTIL_FULL);
        assert_eq!(site.readings[0].battery.current.mean, None, "{wiring}");
        assert_eq!(charge(&site).full_by, full, "{wiring}");
    }
}

/// ```text
/// the voltage or the current is beyond its sensor's range: a fault shows, not a full battery
/// ```
#[test]
fn bounds_do_not_tell_of_a_full_battery() {
    let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 1.0);
    site.measured.charger_amperes = Measurement::OverRange(3.2);
    site.run(HOUR);
    assert_eq!(charge(&site).full_by, None, "the current may be anything");

    let mut site = charging(config_100_ah(Wiring::BatteryLead), 13.6, 1.0);
    site.measured.battery_volts = Measurement::OverRange(14.0);
    site.run(HOUR);
    assert_eq!(charge(&site).full_by, None, "the voltage may be anything");
}

/// ```text
/// 0:03:30 full: told     for a day it stays full: told again once
/// then 1.9 Ah of 100 are taken out and put back: not told; 2.1 Ah: told
/// ```
#[test]
fn a_full_battery_is_news_once() {
    let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 1.0);
    site.run(UNTIL_FULL);
    assert_eq!(full_events(&mut site), [FullBy::TailCurrent]);
    site.run(24 * HOUR - WINDOW);
    assert_eq!(full_events(&mut site), []);
    site.run(WINDOW);
    assert_eq!(full_events(&mut site), [FullBy::TailCurrent]);
    for (hours_at_one_ampere, told) in [(1.9, vec![]), (2.1, vec![FullBy::TailCurrent])] {
        site.measured.charger_amperes = amperes(-1.0);
        site.measured.battery_volts = volts(12.8);
        site.run(HOUR.mul_f64(hours_at_one_ampere));
        site.measured.charger_amperes = amperes(3.0);
        site.measured.battery_volts = volts(13.6);
        site.run(HOUR);
        assert_eq!(full_events(&mut site), told, "{hours_at_one_ampere} Ah");
    }
}

// ── count and runtime ───────────────────────────────────────────────────────────────────────────

/// ```text
/// 0:00 full     mains opened by hand, 10 A     1:00 10 Ah missing, 90 %, 7.57 h by Peukert's law
/// 2:00 20 Ah missing     mains closed, 10 A into the battery     3:00 10.5 Ah missing
/// ```
#[test]
fn charge_out_counts_whole_and_charge_in_by_what_the_battery_keeps() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = charging(config_100_ah(wiring), 13.6, 1.0);
        site.run(UNTIL_FULL);
        site.ask(manual(12 * HOUR)).expect("allowed");
        site.ask(Command::Relay(Mains, Open)).expect("manual");
        site.measured.charger_amperes = amperes(0.0);
        site.measured.load_amperes = amperes(10.0);
        site.measured.battery_volts = volts(12.6);
        site.run(HOUR);
        let after_an_hour = charge(&site);
        assert_eq!(after_an_hour.missing_ah, Some(10.0), "{wiring}");
        assert_eq!(after_an_hour.state_of_charge, Some(90.0));
        let hours = after_an_hour.runtime_s.expect("all is known") / 3600.0;
        assert!((hours - 20.0 * 0.5_f64.powf(1.25) * 0.9).abs() < 1e-3);
        site.run(HOUR);
        assert_eq!(charge(&site).missing_ah, Some(20.0));
        site.ask(Command::Relay(Mains, Closed)).expect("manual");
        site.measured.charger_amperes = amperes(10.0);
        site.measured.load_amperes = amperes(0.0);
        site.measured.battery_volts = volts(13.2);
        site.run(HOUR);
        assert_eq!(charge(&site).missing_ah, Some(10.5), "{wiring}");
    }
}

/// ```text
/// 0:00 full     the load's sensor falls silent for 10 min in all: the count stands     3 s more: unknown
/// ```
#[test]
fn a_current_that_is_missing_for_too_long_ends_the_count() {
    let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 1.0);
    site.run(UNTIL_FULL);
    site.measured.battery_volts = volts(13.0);
    site.measured.charger_amperes = amperes(-6.0);
    site.run(HOUR);
    site.measured.charger_amperes = SILENT;
    site.run(10 * MINUTE);
    assert_eq!(charge(&site).missing_ah, Some(6.0));
    site.run(SAMPLE);
    let charge = charge(&site);
    assert_eq!((charge.missing_ah, charge.state_of_charge), (None, None));
    assert_eq!(charge.runtime_s, None);
    assert_eq!(
        charge.full_by,
        Some(FullBy::TailCurrent),
        "that is not forgotten"
    );
}

/// ```text
/// the load is beyond its sensor's range, or silent: nobody knows how long the battery would last
/// ```
#[test]
fn a_load_that_is_not_known_gives_no_runtime() {
    for load in [Measurement::OverRange(20.0), SILENT] {
        let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 1.0);
        site.run(UNTIL_FULL);
        assert!(charge(&site).runtime_s.is_some());
        site.measured.load_amperes = load;
        site.run(WINDOW);
        assert!(charge(&site).missing_ah.is_some());
        assert_eq!(charge(&site).runtime_s, None, "{load:?}");
    }
}

// ── full charge overdue ─────────────────────────────────────────────────────────────────────────

/// ```text
/// a full charge every day; the battery never gets above 13.4 V
/// 1 d due     2 d overdue: alarm     then 3 min 30 s at 13.6 V: full     4 h later: alarm over
/// ```
#[test]
fn a_battery_that_is_never_full_raises_an_alarm() {
    let guards = Guards {
        full_charge_every: Some(24 * HOUR),
        ..Guards::default()
    };
    let config = Config {
        guards,
        ..config_100_ah(Wiring::CommonBus)
    };
    let mut site = charging(config, 13.4, 1.0);
    let due = Monotonic::START.after(24 * HOUR);
    assert_eq!(charge(&site).full_charge_due, Some(due));
    site.run(48 * HOUR - SAMPLE);
    assert!(!site.has(AlarmName::FullChargeOverdue));
    site.run(SAMPLE);
    assert!(site.has(AlarmName::FullChargeOverdue));
    site.measured.battery_volts = volts(13.6);
    site.run(UNTIL_FULL);
    assert_eq!(charge(&site).full_at, Some(site.now));
    site.run(4 * HOUR - SAMPLE);
    assert!(site.has(AlarmName::FullChargeOverdue), "not saturated yet");
    site.run(SAMPLE);
    assert!(!site.has(AlarmName::FullChargeOverdue));
    let charge = charge(&site);
    assert_eq!(charge.full_charge_due, Some(site.now.after(24 * HOUR)));
}

// ── tare ────────────────────────────────────────────────────────────────────────────────────────

/// ```text
/// relay 2 open by hand, its sensor shows 0.02 A for ten samples: that is its offset
/// closed again, 1.02 A are shown: the battery gets 1 A; with 0.031 A through the open relay: a fault
/// ```
#[test]
fn what_flows_through_an_open_relay_2_is_the_sensors_offset() {
    for (shown_while_open, taken_off) in [(0.02, 0.02), (-0.03, -0.03), (0.031, 0.0)] {
        let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 1.0);
        site.run(MINUTE);
        site.ask(manual(30 * MINUTE)).expect("allowed");
        site.ask(Command::Relay(Charger, Open)).expect("manual");
        site.measured.charger_amperes = amperes(shown_while_open);
        site.run(10 * SAMPLE);
        site.ask(Command::Relay(Charger, Closed)).expect("manual");
        site.measured.charger_amperes = amperes(1.02);
        site.run(MINUTE);
        let reading = site.readings[site.readings.len() - 1];
        let battery = reading.battery.current.mean.expect("it is known");
        assert!(
            (battery - (1.02 - taken_off)).abs() < 1e-4,
            "{shown_while_open} A: {battery} A"
        );
        assert_eq!(reading.charger.current.mean, Some(1.02), "as measured");
    }
}

/// ```text
/// relay 2 is told to open, and the board reads back that it did not: float current is no offset
/// ```
#[test]
fn samples_of_a_relay_that_reads_back_closed_count_for_no_offset() {
    let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 1.0);
    site.ask(manual(30 * MINUTE)).expect("allowed");
    site.run(SAMPLE);
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.02);
    site.stuck.charger = Some(Closed);
    site.run(2 * SAMPLE);
    site.stuck.charger = None;
    site.run(9 * SAMPLE);
    site.ask(Command::Relay(Charger, Closed)).expect("manual");
    site.run(MINUTE);
    let reading = site.readings[site.readings.len() - 1];
    assert_eq!(reading.battery.current.mean, Some(0.02));
}

#[test]
fn a_relay_that_did_not_open_gives_no_offset() {
    let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 1.0);
    site.ask(manual(30 * MINUTE)).expect("allowed");
    site.run(SAMPLE);
    site.stuck.charger = Some(Closed);
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.02);
    site.run(MINUTE);
    let reading = site.readings[site.readings.len() - 1];
    assert_eq!(reading.battery.current.mean, Some(0.02));
}

/// ```text
/// 0:00 full at float; every hour a load of 30 A steps between the readings of two sensors, which looks
/// like 3 A out of the battery, less than its tail current: still full by current, and saturated
/// ```
#[test]
fn a_load_that_steps_between_two_readings_empties_no_battery() {
    let mut site = charging(config_100_ah(Wiring::CommonBus), 13.6, 0.2);
    for _ in 0..5 {
        site.measured.load_amperes = amperes(30.0);
        site.run(SAMPLE);
        site.measured.load_amperes = amperes(0.0);
        site.run(HOUR - SAMPLE);
    }
    let due = charge(&site).full_charge_due.expect("forced by default");
    let lasts = due.since(site.now);
    assert!(lasts > 7 * 24 * HOUR - MINUTE, "it is saturated: {lasts:?}");
}

/// ```text
/// a load of 10 A, nobody knows the capacity: 0.4 A out of the battery are what two sensors may differ by,
/// 0.6 A are a discharge
/// ```
#[test]
fn what_two_sensors_differ_by_is_no_discharge() {
    for (charger, full) in [(9.6, true), (9.4, false)] {
        let mut site = Site::configured(config(Wiring::CommonBus));
        site.measured.battery_volts = volts(13.6);
        site.measured.load_amperes = amperes(10.0);
        site.measured.charger_amperes = amperes(charger);
        site.run(8 * HOUR + WINDOW);
        assert_eq!(charge(&site).full_by.is_some(), full, "{charger} A");
    }
}
