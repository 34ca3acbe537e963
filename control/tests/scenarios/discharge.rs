//! What ends a discharge before the floor: the reserve, the depth, the longest duration.

use core::time::Duration;

use crate::site::*;
use releve_control::decision::Config;
use releve_control::guards::Guards;
use releve_control::sample::{MainsSense, Measurement};
use releve_control::{AlarmName, Command, Condition, LimitName, Mode, RejectCode, Rule, Wiring};

const HOUR: Duration = Duration::from_hours(1);

/// A site with a full battery of 100 Ah, in the operator's hand for twelve hours. At 5 A it lasts
/// 20 h, at 10 A 8.41 h, at 20 A 3.54 h (Peukert's law).
fn full_battery(wiring: Wiring, limits: &[(LimitName, f64)]) -> Site {
    full_battery_with(Config {
        capacity_ampere_hours: Some(100.0),
        limits: limits.to_vec(),
        ..config(wiring)
    })
}

fn full_battery_with(config: Config) -> Site {
    let mut site = Site::configured(config);
    site.measured.load_amperes = amperes(1.0);
    site.run(5 * MINUTE);
    assert_eq!(site.controller.view().charge.missing_ah, Some(0.0));
    site.ask(manual(12 * HOUR)).expect("the lease is allowed");
    site.take_events();
    site
}

/// Opens the relay by hand; from then on the load takes that current out of the battery.
fn discharge_through(site: &mut Site, relay: releve_control::RelayName, load: f64) {
    site.ask(Command::Relay(relay, Open)).expect("manual");
    site.measured.battery_volts = volts(12.6);
    site.measured.charger_amperes = amperes(0.0);
    site.measured.load_amperes = amperes(load);
}

fn missing(site: &Site) -> f64 {
    let missing = site.controller.view().charge.missing_ah;
    missing.expect("the count is known")
}

/// Off for all that is tested here.
const NO_DEPTH: (LimitName, f64) = (LimitName::DischargeDepth, 50.0);

// ── reserve ─────────────────────────────────────────────────────────────────────────────────────

/// ```text
/// 10 A: 100 Ah last 504.5 min, and less with every ampere-hour taken out. Reserve 480 min:
/// 0:29 4.86 Ah missing, 480.01 min: nothing     3 s later 479.97 min: both closed, alarm
/// charging again: with a load for 574 min it holds, above 1.2 × 480 = 576 min it is over
/// ```
#[test]
fn below_the_reserve_a_discharge_ends() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = full_battery(wiring, &[(LimitName::ReserveRuntime, 480.0), NO_DEPTH]);
        discharge_through(&mut site, Mains, 10.0);
        site.ask(Command::Relay(Charger, Open)).expect("manual");
        let full_minutes = 1200.0 * 0.5_f64.powf(1.25);
        while site.stands(Mains) == Open {
            assert!(!site.has(AlarmName::ReserveLow));
            let minutes = full_minutes * (1.0 - missing(&site) / 100.0);
            assert!(minutes >= 480.0, "{wiring}: {minutes} min and still open");
            site.run(SAMPLE);
        }
        let minutes = full_minutes * (1.0 - missing(&site) / 100.0);
        assert!((479.9..480.0).contains(&minutes), "{wiring}: {minutes} min");
        assert_eq!(site.installation(), (Closed, Closed));
        let reason = site.why(Charger);
        assert_eq!(
            (reason.rule, reason.threshold),
            (Rule::Reserve, Some(480.0))
        );
        let next = reason.next.expect("it can be foreseen");
        assert_eq!(
            (next.condition, next.threshold),
            (Condition::Above, Some(576.0))
        );
        assert!(site.has(AlarmName::ReserveLow));
        let rejection = site.ask(Command::Relay(Mains, Open)).expect_err("too low");
        assert_eq!(rejection.code, RejectCode::Interlock);
        assert!(
            rejection.reason.contains("reserve is 480"),
            "{}",
            rejection.reason
        );

        // A smaller load lasts longer: 8.7 A for 574 min, 8.6 A for 582 min.
        for (load, holds) in [(8.7, true), (8.6, false)] {
            site.measured.charger_amperes = amperes(10.0);
            site.measured.load_amperes = amperes(load);
            site.run(30 * SECOND);
            assert_eq!(site.has(AlarmName::ReserveLow), holds, "{wiring}, {load} A");
            assert_eq!(site.rule(Mains) == Rule::Reserve, holds);
        }
        assert_eq!(site.rule(Mains), Rule::Manual, "and the hand had let go");
        assert_eq!(site.stands(Mains), Closed);
    }
}

/// ```text
/// 0:00 below the reserve, then charged; the load would still be too large: full all the same, over
/// ```
#[test]
fn a_full_charge_ends_the_reserve() {
    let mut site = full_battery(Wiring::BatteryLead, &[(LimitName::ReserveRuntime, 300.0)]);
    discharge_through(&mut site, Mains, 16.0);
    site.run(30 * SECOND);
    assert_eq!(site.rule(Mains), Rule::Reserve, "16 A: 280 min");
    site.measured.battery_volts = volts(13.6);
    site.measured.charger_amperes = amperes(1.0);
    site.run(3 * MINUTE);
    assert_eq!(site.rule(Mains), Rule::Reserve);
    site.run(MINUTE);
    assert_eq!(site.rule(Mains), Rule::Manual);
    assert!(!site.has(AlarmName::ReserveLow));
}

/// ```text
/// on mains a load of 30 A would leave 128 min of the 300: nothing trips, but nothing may be opened
/// ```
#[test]
fn nothing_puts_a_battery_below_its_reserve_to_work() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = full_battery(wiring, &[(LimitName::ReserveRuntime, 300.0)]);
        site.measured.battery_volts = volts(13.0);
        site.measured.charger_amperes = amperes(30.0);
        site.measured.load_amperes = amperes(30.0);
        site.run(MINUTE);
        assert_eq!(site.rule(Mains), Rule::Manual, "{wiring}");
        assert!(!site.has(AlarmName::ReserveLow));
        let rejection = site.ask(Command::Relay(Mains, Open)).expect_err("too low");
        assert!(
            rejection.reason.contains("reserve is 300"),
            "{}",
            rejection.reason
        );
        let opened = site.ask(Command::Relay(Charger, Open));
        assert_eq!(opened.is_ok(), wiring == Wiring::BatteryLead, "{wiring}");
        site.ask(Command::Relay(Mains, Closed))
            .expect("that is no danger");
    }
}

/// ```text
/// common_bus: the same under overcharge protection: above the cut the charger stays closed
/// with a load of 5 A the battery lasts long enough: the charger opens
/// ```
#[test]
fn no_mode_puts_a_battery_below_its_reserve_to_work() {
    let mut site = full_battery(Wiring::CommonBus, &[(LimitName::ReserveRuntime, 300.0)]);
    site.ask(automatic()).expect("allowed");
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("available");
    site.measured.battery_volts = volts(14.6);
    site.measured.charger_amperes = amperes(30.0);
    site.measured.load_amperes = amperes(30.0);
    site.run(10 * MINUTE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Closed, Rule::Reserve)
    );
    assert!(!site.has(AlarmName::ReserveLow));
    site.measured.charger_amperes = amperes(5.0);
    site.measured.load_amperes = amperes(5.0);
    site.run(MINUTE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Open, Rule::OverchargeCut)
    );
}

/// ```text
/// a full battery at 5 A, its 20-hour rate, lasts 1200 min: a reserve of 1200 min allows a discharge,
/// one of 1200.1 min does not
/// ```
#[test]
fn a_runtime_at_the_reserve_is_enough() {
    for (reserve, allowed) in [(1200.0, true), (1200.1, false)] {
        let limits = [(LimitName::ReserveRuntime, reserve)];
        let mut site = full_battery(Wiring::BatteryLead, &limits);
        site.measured.load_amperes = amperes(5.0);
        site.run(30 * SECOND);
        let opened = site.ask(Command::Relay(Mains, Open));
        assert_eq!(opened.is_ok(), allowed, "{reserve} min");
    }
}

/// ```text
/// both circuits closed, 128 min of 300; the charger gives less than the load takes:
/// down to the tail current of 4 A nothing, above it the battery carries the load
/// ```
#[test]
fn more_than_the_tail_current_out_of_the_battery_is_a_discharge() {
    for (charger, trips) in [(26.01, false), (26.0, false), (25.99, true)] {
        let limits = [(LimitName::ReserveRuntime, 300.0)];
        let mut site = full_battery(Wiring::CommonBus, &limits);
        site.measured.battery_volts = volts(13.0);
        site.measured.charger_amperes = amperes(charger);
        site.measured.load_amperes = amperes(30.0);
        site.run(MINUTE);
        assert_eq!(site.has(AlarmName::ReserveLow), trips, "{charger} A");
    }
}

/// ```text
/// 0:00 below the reserve     the load's sensor falls silent: it holds     reserve set to 0: over
/// ```
#[test]
fn a_reserve_that_is_switched_off_ends_at_once() {
    let limits = [(LimitName::ReserveRuntime, 300.0)];
    let mut site = full_battery(Wiring::BatteryLead, &limits);
    discharge_through(&mut site, Mains, 16.0);
    site.run(30 * SECOND);
    site.measured.load_amperes = SILENT;
    site.run(MINUTE);
    assert_eq!(site.rule(Mains), Rule::Reserve);
    site.ask(Command::Limit(LimitName::ReserveRuntime, 0.0))
        .expect("within bounds");
    assert_eq!(site.rule(Mains), Rule::Manual);
}

/// ```text
/// both circuits are closed; 0:00 mains fails: the battery carries 16 A     0:30 280 min of 300: alarm
/// ```
#[test]
fn the_batterys_own_current_shows_that_it_carries_the_load() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = full_battery(wiring, &[(LimitName::ReserveRuntime, 300.0)]);
        site.measured.mains_sense = MainsSense::Lost;
        site.measured.battery_volts = volts(12.5);
        site.measured.charger_amperes = amperes(0.0);
        site.measured.load_amperes = amperes(16.0);
        site.run(30 * SECOND);
        assert!(site.has(AlarmName::ReserveLow), "{wiring}");
        assert_eq!(site.installation(), (Closed, Closed));
    }
}

/// ```text
/// common_bus: overcharge protection opens the charger, the load empties the battery
/// below the reserve the charger closes, long before its least open time
/// ```
#[test]
fn on_a_common_bus_the_reserve_closes_a_charger_that_a_mode_opened() {
    let mut site = full_battery(Wiring::CommonBus, &[(LimitName::ReserveRuntime, 300.0)]);
    site.ask(automatic()).expect("allowed");
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("available");
    site.measured.battery_volts = volts(14.6);
    site.run(30 * SECOND);
    assert_eq!(site.rule(Charger), Rule::OverchargeCut);
    site.measured.battery_volts = volts(12.8);
    site.measured.charger_amperes = amperes(0.0);
    site.measured.load_amperes = amperes(16.0);
    site.run(30 * SECOND);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Closed, Rule::Reserve)
    );
}

/// ```text
/// the limit is 0 min, the guard is off, or the count is not known: never
/// ```
#[test]
fn a_reserve_that_is_off_or_unknown_never_trips() {
    let configured = |limit: f64, count_charge: bool| Config {
        capacity_ampere_hours: Some(100.0),
        limits: vec![(LimitName::ReserveRuntime, limit), NO_DEPTH],
        guards: Guards {
            count_charge,
            ..Guards::default()
        },
        ..config(Wiring::CommonBus)
    };
    for config in [configured(0.0, true), configured(480.0, false)] {
        let mut site = full_battery_with(config);
        discharge_through(&mut site, Mains, 30.0);
        site.run(HOUR);
        assert_eq!(site.stands(Mains), Open);
    }
    let mut unknown = Site::configured(configured(480.0, true));
    unknown.measured.battery_volts = volts(13.0);
    unknown.run(MINUTE);
    unknown.ask(manual(12 * HOUR)).expect("allowed");
    discharge_through(&mut unknown, Mains, 30.0);
    unknown.run(HOUR);
    assert_eq!(
        unknown.stands(Mains),
        Open,
        "never seen full: nothing is counted"
    );
}

/// ```text
/// the load is beyond its sensor's range of 16 A: 280 min at most, so the reserve of 300 min trips;
/// with a bound of 5 A it may still be anything: it does not end
/// ```
#[test]
fn a_load_beyond_its_range_trips_the_reserve_and_does_not_end_it() {
    let mut site = full_battery(Wiring::BatteryLead, &[(LimitName::ReserveRuntime, 300.0)]);
    discharge_through(&mut site, Mains, 5.0);
    site.run(MINUTE);
    assert_eq!(site.stands(Mains), Open);
    site.measured.load_amperes = Measurement::OverRange(16.0);
    site.run(30 * SECOND);
    assert_eq!(
        (site.stands(Mains), site.rule(Mains)),
        (Closed, Rule::Reserve)
    );
    site.measured.load_amperes = Measurement::OverRange(5.0);
    site.run(MINUTE);
    assert_eq!(site.rule(Mains), Rule::Reserve);
    site.measured.load_amperes = amperes(5.0);
    site.run(30 * SECOND);
    assert_eq!(site.rule(Mains), Rule::Manual);
}

/// ```text
/// 16 A for half a minute: 280 min of 300, closed     5 A: over; and again     the third time it also waits
/// for a person, with 20 % more than the reserve
/// ```
#[test]
fn the_third_trip_of_the_reserve_waits_for_a_person() {
    let mut site = full_battery(Wiring::BatteryLead, &[(LimitName::ReserveRuntime, 300.0)]);
    for condition in [
        Condition::Above,
        Condition::Above,
        Condition::Acknowledgement,
    ] {
        discharge_through(&mut site, Mains, 16.0);
        let mut samples = 0;
        while !site.has(AlarmName::ReserveLow) && samples < 10 {
            site.run(SAMPLE);
            samples += 1;
        }
        let alarms = site.controller.view().alarms;
        let latched = alarms
            .iter()
            .any(|active| active.alarm == AlarmName::ReserveLow && active.latched);
        assert_eq!(latched, condition == Condition::Acknowledgement);
        let reason = site.why(Mains);
        assert_eq!(reason.rule, Rule::Reserve);
        let next = reason.next.expect("it can be foreseen");
        assert_eq!((next.condition, next.threshold), (condition, Some(360.0)));
        site.measured.load_amperes = amperes(1.0);
        site.run(MINUTE);
    }
    assert_eq!(site.rule(Mains), Rule::Reserve, "its cause is over");
    site.ask(Command::Acknowledge(AlarmName::ReserveLow))
        .expect("it is active");
    assert_eq!(site.rule(Mains), Rule::Manual);
}

/// ```text
/// mains open by hand at 10 A, 504 min     0:03 the operator wants 600 min: closed in that step
/// ```
#[test]
fn a_larger_reserve_acts_at_once() {
    let mut site = full_battery(Wiring::BatteryLead, &[]);
    discharge_through(&mut site, Mains, 10.0);
    site.run(30 * SECOND);
    assert_eq!(site.stands(Mains), Open);
    site.ask(Command::Limit(LimitName::ReserveRuntime, 600.0))
        .expect("within bounds");
    assert_eq!(
        (site.stands(Mains), site.rule(Mains)),
        (Closed, Rule::Reserve)
    );
}

// ── depth ───────────────────────────────────────────────────────────────────────────────────────

/// ```text
/// 12 A out of 100 Ah: 0.01 % in a sample. Depth 25 %: at 24.99 % nothing, at 25 % mains closes
/// 12.63 A into it: at 20 % nothing, below it over
/// ```
#[test]
fn at_its_depth_a_discharge_ends() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = full_battery(wiring, &[]);
        discharge_through(&mut site, Mains, 12.0);
        site.ask(Command::Relay(Charger, Open)).expect("manual");
        site.run(2 * HOUR + 5 * MINUTE - SAMPLE);
        assert_eq!(missing(&site), 24.99, "{wiring}");
        assert_eq!(site.installation(), (Open, Open));
        site.run(SAMPLE);
        assert_eq!(missing(&site), 25.0);
        // In the battery's lead an open charger lets the battery rest.
        let charger = match wiring {
            Wiring::CommonBus => (Closed, Rule::DischargeDepth),
            Wiring::BatteryLead => (Open, Rule::Manual),
        };
        assert_eq!((site.stands(Charger), site.rule(Charger)), charger);
        let reason = site.why(Mains);
        assert_eq!(
            (
                site.stands(Mains),
                reason.rule,
                reason.value,
                reason.threshold
            ),
            (Closed, Rule::DischargeDepth, Some(25.0), Some(25.0))
        );
        assert_eq!(reason.next.and_then(|next| next.threshold), Some(20.0));
        let rejection = site
            .ask(Command::Relay(Mains, Open))
            .expect_err("deep enough");
        assert!(
            rejection.reason.contains("the limit is 25"),
            "{}",
            rejection.reason
        );

        site.ask(Command::Relay(Charger, Closed))
            .expect("no danger");
        site.measured.load_amperes = amperes(0.0);
        site.measured.charger_amperes = amperes(12.0);
        while missing(&site) >= 20.0 {
            assert_eq!(
                site.rule(Mains),
                Rule::DischargeDepth,
                "{} Ah",
                missing(&site)
            );
            site.run(SAMPLE);
        }
        assert_eq!(
            (site.stands(Mains), site.rule(Mains)),
            (Closed, Rule::Manual)
        );
    }
}

/// ```text
/// 0:00 at the depth     then the current is missing for 11 min: the depth still holds
/// until the battery is full
/// ```
#[test]
fn a_count_that_is_lost_does_not_end_the_depth() {
    let mut site = full_battery(Wiring::CommonBus, &[(LimitName::DischargeDepth, 5.0)]);
    discharge_through(&mut site, Mains, 12.0);
    site.run(HOUR / 2);
    assert_eq!(site.rule(Mains), Rule::DischargeDepth);
    site.measured.load_amperes = SILENT;
    site.run(11 * MINUTE);
    assert_eq!(site.controller.view().charge.missing_ah, None);
    assert_eq!(site.rule(Mains), Rule::DischargeDepth);
    site.measured.battery_volts = volts(13.6);
    site.measured.load_amperes = amperes(0.0);
    site.measured.charger_amperes = amperes(1.0);
    site.run(4 * MINUTE);
    assert_eq!(site.rule(Mains), Rule::Manual);
}

/// ```text
/// the guard is off, or no capacity is configured: 50 Ah are taken out
/// ```
#[test]
fn without_a_count_no_depth_ends_a_discharge() {
    let guards = Guards {
        count_charge: false,
        ..Guards::default()
    };
    for (capacity, guards) in [(Some(100.0), guards), (None, Guards::default())] {
        let mut site = Site::configured(Config {
            capacity_ampere_hours: capacity,
            guards,
            ..config(Wiring::CommonBus)
        });
        site.run(5 * MINUTE);
        site.ask(manual(12 * HOUR)).expect("allowed");
        discharge_through(&mut site, Mains, 12.5);
        site.run(4 * HOUR);
        assert_eq!(site.stands(Mains), Open);
    }
}

// ── longest discharge ───────────────────────────────────────────────────────────────────────────

/// ```text
/// 0:00 mains open by hand     1:59:57 still     2:00 the longest discharge: closed
/// 2:09:57 the hand cannot open it     2:10 it has been closed for ten minutes: over
/// ```
#[test]
fn the_longest_discharge_ends() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::by_hand(wiring);
        site.ask(manual(12 * HOUR)).expect("allowed");
        site.ask(Command::Limit(LimitName::LongestDischarge, 120.0))
            .expect("within bounds");
        site.ask(Command::Relay(Mains, Open)).expect("manual");
        site.run(2 * HOUR - SAMPLE);
        assert_eq!(site.stands(Mains), Open, "{wiring}");
        site.run(SAMPLE);
        let reason = site.why(Mains);
        assert_eq!(
            (
                site.stands(Mains),
                reason.rule,
                reason.value,
                reason.threshold
            ),
            (Closed, Rule::LongestDischarge, Some(120.0), Some(120.0))
        );
        let next = reason.next.expect("it can be foreseen");
        assert_eq!(next.condition, Condition::Time);
        assert_eq!(next.not_before, Some(site.now.after(10 * MINUTE)));
        site.run(10 * MINUTE - SAMPLE);
        let rejection = site
            .ask(Command::Relay(Mains, Open))
            .expect_err("too early");
        assert!(
            rejection.reason.contains("longest is 120"),
            "{}",
            rejection.reason
        );
        site.run(SAMPLE);
        assert_eq!(
            (site.stands(Mains), site.rule(Mains)),
            (Closed, Rule::Manual)
        );
        site.ask(Command::Relay(Mains, Open)).expect("manual");
        site.run(SAMPLE);
        assert_eq!(site.stands(Mains), Open);
    }
}

/// ```text
/// 0:00 mains open     1:00 closed for 30 s, open again     2:30 still: 1 h 30 min without interruption
/// ```
#[test]
fn an_interruption_begins_the_longest_discharge_anew() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.ask(manual(12 * HOUR)).expect("allowed");
    site.ask(Command::Limit(LimitName::LongestDischarge, 120.0))
        .expect("within bounds");
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.run(HOUR);
    site.ask(Command::Relay(Mains, Closed)).expect("manual");
    site.run(30 * SECOND);
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.run(2 * HOUR - SAMPLE);
    assert_eq!(site.stands(Mains), Open);
    site.run(SAMPLE);
    assert_eq!(site.rule(Mains), Rule::LongestDischarge);
}

/// ```text
/// 0:00 charger open by hand     1:00 mains open     1:30 charger closed     2:00
/// common_bus: the battery carried the load all the time: both close
/// battery_lead: half an hour with mains open; at 3:00 mains closes, an open charger is free
/// ```
#[test]
fn on_a_common_bus_an_open_charger_is_a_discharge() {
    for (wiring, after) in [
        (Wiring::CommonBus, 2 * HOUR),
        (Wiring::BatteryLead, 3 * HOUR),
    ] {
        let mut site = Site::by_hand(wiring);
        site.ask(manual(12 * HOUR)).expect("allowed");
        site.ask(Command::Limit(LimitName::LongestDischarge, 120.0))
            .expect("within bounds");
        site.ask(Command::Relay(Charger, Open)).expect("manual");
        site.run(HOUR);
        site.ask(Command::Relay(Mains, Open)).expect("manual");
        site.run(HOUR / 2);
        site.ask(Command::Relay(Charger, Closed)).expect("manual");
        site.run(30 * SECOND);
        site.ask(Command::Relay(Charger, Open)).expect("manual");
        site.run(after - 3 * HOUR / 2 - SAMPLE - 30 * SECOND);
        assert_eq!(site.installation(), (Open, Open), "{wiring}");
        site.run(SAMPLE);
        let charger = match wiring {
            Wiring::CommonBus => Closed,
            Wiring::BatteryLead => Open,
        };
        assert_eq!(site.installation(), (Closed, charger), "{wiring}");
        assert_eq!(site.rule(Mains), Rule::LongestDischarge);
    }
}

/// ```text
/// common_bus: 0:00 heat opens the charger     3:00 heat still holds it; mains would be refused
/// cooled: the charger closes, and ten minutes later the longest discharge is over
/// ```
#[test]
fn heat_outranks_the_longest_discharge() {
    let mut site = Site::by_hand(Wiring::CommonBus);
    site.ask(manual(12 * HOUR)).expect("allowed");
    site.ask(Command::Limit(LimitName::LongestDischarge, 120.0))
        .expect("within bounds");
    site.measured.temperature_celsius = celsius(46.0);
    site.run(3 * HOUR);
    assert_eq!(site.installation(), (Closed, Open));
    assert_eq!(
        (site.rule(Mains), site.rule(Charger)),
        (Rule::Heat, Rule::Heat)
    );
    site.measured.temperature_celsius = celsius(25.0);
    site.run(3 * SAMPLE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Closed, Rule::LongestDischarge)
    );
    site.run(10 * MINUTE - SAMPLE);
    assert_eq!(site.rule(Charger), Rule::LongestDischarge);
    site.run(SAMPLE);
    assert_eq!(site.rule(Charger), Rule::Manual);
}
