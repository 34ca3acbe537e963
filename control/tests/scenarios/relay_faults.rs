//! The alarm `relay_fault` names what is wrong, as far as it can be told apart.

use crate::site::*;
use releve_control::decision::Config;
use releve_control::sample::MainsSense;
use releve_control::{AlarmName, Cause, Command, Event, RelayName, Verification, Wiring};

fn fault(site: &Site) -> Option<Cause> {
    site.cause(AlarmName::RelayFault)
}

fn verified(site: &Site, relay: RelayName) -> Option<Verification> {
    site.controller.view().relays[relay].verified
}

/// A site that was discharged to 12.4 V with relay 1 open, and is closed again now.
fn reconnected(wiring: Wiring) -> Site {
    let mut site = Site::by_hand(wiring);
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.0);
    site.measured.battery_volts = volts(12.4);
    site.measured.charger_volts = volts(12.4);
    site.run(2 * MINUTE);
    site.ask(Command::Relay(Mains, Closed)).expect("manual");
    site
}

/// ```text
/// 0:00 one opened, 2 A go on: its contact is welded    1:00 the other opened, too, 2 A go on: nobody
/// can tell them apart    2:00 the first closed again: the other is welded
/// ```
#[test]
fn a_weld_is_named_where_one_contact_alone_is_open() {
    for (first, other, alone, then) in [
        (Charger, Mains, Cause::ChargerWelded, Cause::MainsWelded),
        (Mains, Charger, Cause::MainsWelded, Cause::ChargerWelded),
    ] {
        let mut site = Site::by_hand(Wiring::CommonBus);
        site.ask(Command::Relay(first, Open)).expect("manual");
        site.run(MINUTE);
        assert_eq!(fault(&site), Some(alone));
        site.ask(Command::Relay(other, Open)).expect("manual");
        site.run(MINUTE);
        assert_eq!(fault(&site), Some(Cause::ContactWelded));
        site.ask(Command::Relay(first, Closed)).expect("manual");
        site.run(MINUTE);
        assert_eq!(fault(&site), Some(then));
    }
}

/// ```text
/// 0:00 charger opened, welded    1:00 relay 1 opened: no current now, which says nothing of the charger
/// 2:00 relay 1 closed, no current: the weld is over
/// ```
#[test]
fn behind_an_open_contact_a_weld_is_not_forgotten() {
    let mut site = Site::by_hand(Wiring::CommonBus);
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.run(MINUTE);
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.0);
    site.run(MINUTE);
    assert_eq!(fault(&site), Some(Cause::ChargerWelded));
    site.ask(Command::Relay(Mains, Closed)).expect("manual");
    site.run(SAMPLE);
    assert_eq!(fault(&site), None);
}

/// ```text
/// 0:00 heat opens the charger, 2 A go on: mains stays closed, the alarm is critical and says why
/// ```
#[test]
fn a_welded_charger_under_heat_leaves_mains_closed_and_is_named() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::new(wiring);
        site.measured.temperature_celsius = celsius(60.0);
        site.run(MINUTE);
        assert_eq!(site.installation(), (Closed, Open));
        assert_eq!(fault(&site), Some(Cause::ChargerWelded));
        let alarms = site.controller.view().alarms;
        let alarm = alarms
            .iter()
            .find(|active| active.alarm == AlarmName::RelayFault);
        assert_eq!(
            alarm.map(|alarm| alarm.severity),
            Some(releve_control::Severity::Critical)
        );
    }
}

/// ```text
/// 0:00 relay 3 reads back open: read_back_differs    0:30 relay 2 conducts while open: that comes first
/// ```
#[test]
fn the_most_severe_fault_is_named() {
    let mut site = Site::by_hand(Wiring::CommonBus);
    site.stuck.aux1 = Some(Open);
    site.run(30 * SECOND);
    assert_eq!(fault(&site), Some(Cause::ReadBackDiffers));
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.run(30 * SECOND);
    assert_eq!(fault(&site), Some(Cause::ChargerWelded));
    site.stuck.aux1 = None;
    site.measured.charger_amperes = amperes(0.0);
    site.run(30 * SECOND);
    assert_eq!(fault(&site), None);
}

/// ```text
/// 12.4 V and no current while the sense input sees mains: a fault    the charger's current is not known: it
/// stands    known again, and nothing says any more that mains is there: over
/// ```
#[test]
fn a_missing_charge_is_a_fault_only_while_something_shows_mains() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::new(wiring);
        site.measured.mains_sense = MainsSense::Present;
        site.measured.charger_amperes = amperes(0.0);
        site.measured.battery_volts = volts(12.4);
        site.measured.charger_volts = volts(12.4);
        site.run(2 * MINUTE);
        assert_eq!(fault(&site), Some(Cause::ChargerDead));
        site.measured.charger_amperes = SILENT;
        site.run(MINUTE);
        assert_eq!(fault(&site), Some(Cause::ChargerDead));
        site.measured.charger_amperes = amperes(0.0);
        site.measured.mains_sense = MainsSense::NotFitted;
        site.run(2 * MINUTE);
        assert_eq!(fault(&site), None);
    }
}

/// ```text
/// the charger is opened and reads back closed: tolerated in two samples, a fault in the third and for as long
/// as it goes on
/// ```
#[test]
fn a_read_back_that_differs_is_a_fault_until_it_agrees() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.charger_obeys = true;
    site.stuck.charger = Some(Closed);
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.run(2 * SAMPLE);
    assert_ne!(verified(&site, Charger), Some(Verification::Failed));
    for _ in 0..4 {
        site.run(SAMPLE);
        assert_eq!(fault(&site), Some(Cause::ReadBackDiffers));
        assert_eq!(verified(&site, Charger), Some(Verification::Failed));
    }
    site.stuck.charger = None;
    site.run(SAMPLE);
    assert_eq!(fault(&site), None);
}

/// ```text
/// 12.4 V, mains is seen, and a hand holds one of the two circuits open: no current is no fault
/// ```
#[test]
fn behind_an_open_contact_no_charge_is_missing() {
    for wiring in Wiring::ALL.iter().copied() {
        for relay in [Mains, Charger] {
            let mut site = Site::by_hand(wiring);
            site.charger_obeys = true;
            site.ask(Command::Relay(relay, Open)).expect("manual");
            site.measured.mains_sense = MainsSense::Present;
            site.measured.battery_volts = volts(12.4);
            site.measured.charger_volts = volts(12.4);
            site.run(3 * MINUTE);
            assert_eq!(fault(&site), None, "{wiring} {relay}");
        }
    }
}

/// ```text
/// 0:00 the board refuses    0:09 the third sample after that: a fault    0:12 it obeys again: over
/// ```
#[test]
fn a_board_that_refuses_is_a_fault_until_it_obeys() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::new(wiring);
        site.measured.board_refuses = true;
        site.run(2 * SAMPLE);
        assert_eq!(fault(&site), None);
        site.run(SAMPLE);
        assert_eq!(fault(&site), Some(Cause::BoardRefuses));
        site.measured.board_refuses = false;
        site.run(SAMPLE);
        assert_eq!(fault(&site), None);
    }
}

/// ```text
/// 0:00 closed onto 12.4 V    0:57 not yet    1:00 failed: no charge current    1:03 it flows: over
/// ```
#[test]
fn a_discharged_battery_without_current_is_a_fault_after_a_minute() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = reconnected(wiring);
        site.run(57 * SECOND);
        assert_eq!(
            (fault(&site), verified(&site, Mains)),
            (None, Some(Verification::Pending))
        );
        site.run(SAMPLE);
        assert_eq!(fault(&site), Some(Cause::NoChargeCurrent));
        for _ in 0..3 {
            assert_eq!(verified(&site, Mains), Some(Verification::Failed));
            site.run(SAMPLE);
        }
        site.measured.charger_amperes = amperes(4.0);
        site.run(SAMPLE);
        assert_eq!(fault(&site), None);
        assert_eq!(verified(&site, Mains), Some(Verification::Verified));
    }
}

/// ```text
/// a full battery of 50 Ah at 13.2 V; 10 A for 12 minutes, closed again without a current: 4 % missing is
/// what a battery at float may lack    10 A for 6 more: with 6 % missing it must take one
/// ```
#[test]
fn a_battery_is_known_to_be_discharged_by_what_was_counted_too() {
    let mut site = Site::configured(Config {
        capacity_ampere_hours: Some(50.0),
        ..config(Wiring::BatteryLead)
    });
    site.charger_obeys = true;
    site.measured.charger_amperes = amperes(0.3);
    site.run(10 * MINUTE);
    site.ask(manual(60 * MINUTE)).expect("the lease is allowed");
    site.measured.load_amperes = amperes(10.0);
    site.measured.charger_amperes = amperes(0.0);
    for (minutes, missing, found) in [(12, 2.0, None), (6, 3.0, Some(Cause::NoChargeCurrent))] {
        site.ask(Command::Relay(Mains, Open)).expect("manual");
        site.measured.battery_volts = volts(13.2);
        site.measured.charger_volts = volts(13.2);
        site.run(minutes * MINUTE);
        site.ask(Command::Relay(Mains, Closed)).expect("manual");
        site.run(2 * MINUTE);
        let counted = site.controller.view().charge.missing_ah;
        assert!(
            counted.is_some_and(|counted| (counted - missing).abs() < 0.1),
            "{counted:?}"
        );
        assert_eq!(fault(&site), found, "after {counted:?} Ah");
    }
}

/// ```text
/// 0:00 closed onto 12.4 V, the sense input sees mains, input 2 shows 12.4 V: the charger is dead
/// 2:00 input 2 dead, too: nothing tells why    4:00 mains lost: that explains it
/// ```
#[test]
fn a_dead_charger_is_named_where_mains_is_seen() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = reconnected(wiring);
        site.measured.mains_sense = MainsSense::Present;
        site.run(2 * MINUTE);
        assert_eq!(fault(&site), Some(Cause::ChargerDead));
        site.measured.charger_volts = volts(0.0);
        site.run(2 * MINUTE);
        assert_eq!(fault(&site), Some(Cause::NoChargeCurrent));
        site.measured.mains_sense = MainsSense::Lost;
        site.run(SAMPLE);
        assert_eq!(fault(&site), None);
        assert_eq!(verified(&site, Mains), Some(Verification::Inconclusive));
    }
}

/// ```text
/// 2 A flow for minutes     0:00 the charger opens, and 2 A go on: what its capacitors hold, perhaps
/// 0:06 still not proven    0:09 the third sample: welded
/// ```
#[test]
fn a_current_before_the_edge_proves_no_weld() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::by_hand(wiring);
        site.run(MINUTE);
        site.ask(Command::Relay(Charger, Open)).expect("manual");
        site.run(2 * SAMPLE);
        assert_eq!(fault(&site), None);
        site.run(SAMPLE);
        assert_eq!(fault(&site), Some(Cause::ChargerWelded));
    }
}

/// ```text
/// 0:00 closed onto 12.4 V, relay 2 reads back open: that is what is wrong
/// ```
#[test]
fn a_read_back_that_contradicts_comes_before_a_dead_charger() {
    let mut site = reconnected(Wiring::BatteryLead);
    site.measured.mains_sense = MainsSense::Present;
    site.stuck.charger = Some(Open);
    site.run(2 * MINUTE);
    assert_eq!(fault(&site), Some(Cause::ReadBackDiffers));
}

/// ```text
/// 0:00 12.4 V, input 2 at 12.69 V    2:00 nothing    2:00 input 2 at 13.6 V    3:00 the lead is open
/// ```
#[test]
fn a_charger_that_gives_voltage_and_no_current_has_an_open_lead() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::new(wiring);
        site.measured.charger_amperes = amperes(0.0);
        site.measured.battery_volts = volts(12.4);
        site.measured.charger_volts = volts(12.69);
        site.run(2 * MINUTE);
        assert_eq!(fault(&site), None, "it may be an outage");
        site.measured.charger_volts = volts(13.6);
        site.run(MINUTE);
        assert_eq!(fault(&site), Some(Cause::ChargerLeadOpen));
    }
}

/// ```text
/// 0:00 common bus: the charger feeds the load at 13.6 V, the battery lies apart at 12.4 V
/// ```
#[test]
fn a_charger_that_feeds_the_load_alone_has_an_open_lead() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.charger_amperes = amperes(1.55);
    site.measured.battery_volts = volts(12.4);
    site.measured.charger_volts = volts(13.6);
    site.run(2 * MINUTE);
    assert_eq!(fault(&site), Some(Cause::ChargerLeadOpen));
    site.measured.charger_amperes = amperes(4.0);
    site.run(SAMPLE);
    assert_eq!(fault(&site), None);
}

/// ```text
/// 0:00 without an edge and without a sense input 12.4 V and no current may be an outage: no fault
/// 5:00 a sense input sees mains    6:00 the charger is dead
/// ```
#[test]
fn without_an_edge_only_proof_of_mains_makes_a_missing_charge_a_fault() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.measured.charger_amperes = amperes(0.0);
    site.measured.battery_volts = volts(12.4);
    site.measured.charger_volts = volts(12.4);
    site.run(5 * MINUTE);
    assert_eq!(fault(&site), None);
    site.measured.mains_sense = MainsSense::Present;
    site.run(MINUTE);
    assert_eq!(fault(&site), Some(Cause::ChargerDead));
}

/// ```text
/// 0:00 full at 13.6 V, 0.02 A, a sense input sees mains, for an hour: a float is no dead charger
/// ```
#[test]
fn a_floating_battery_is_no_fault() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::new(wiring);
        site.measured.mains_sense = MainsSense::Present;
        site.measured.charger_amperes = amperes(0.02);
        site.run(60 * MINUTE);
        assert_eq!(fault(&site), None);
    }
}

/// ```text
/// 0:00 heat opens a welded charger, 5 A flow     1:00 its sensor falls silent: the fault stands
/// 2:00 it answers: no current: over
/// ```
#[test]
fn a_current_that_is_not_measured_ends_no_weld() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.measured.temperature_celsius = celsius(60.0);
    site.measured.charger_amperes = amperes(5.0);
    site.run(MINUTE);
    assert_eq!(fault(&site), Some(Cause::ChargerWelded));
    site.measured.charger_amperes = SILENT;
    site.run(MINUTE);
    assert_eq!(fault(&site), Some(Cause::ChargerWelded));
    site.measured.charger_amperes = amperes(0.0);
    site.run(SAMPLE);
    assert_eq!(fault(&site), None);
}

/// ```text
/// 0:00 relay 3 reads back open, and somebody acknowledges it     1:00 relay 2 is opened and welded:
/// another alarm, which nobody knows of     2:00 relay 1 is opened, too: the same one, by another name
/// ```
#[test]
fn a_weld_is_news_to_whoever_knows_of_another_fault() {
    let mut site = Site::by_hand(Wiring::CommonBus);
    site.stuck.aux1 = Some(Open);
    site.run(30 * SECOND);
    let alarm = AlarmName::RelayFault;
    site.ask(Command::Acknowledge(alarm)).expect("it is active");
    site.take_events();
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.run(30 * SECOND);
    let told = |site: &mut Site| -> Vec<(bool, Option<Cause>)> {
        let events = site.take_events().into_iter();
        let told = events.filter_map(|event| match event {
            Event::AlarmRaised { cause, .. } => Some((true, cause)),
            Event::AlarmCleared { .. } => Some((false, None)),
            _ => None,
        });
        told.collect()
    };
    assert_eq!(
        told(&mut site),
        [(false, None), (true, Some(Cause::ChargerWelded))]
    );
    let alarms = site.controller.view().alarms;
    assert_eq!((alarms.len(), alarms[0].acknowledged_at), (1, None));
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.run(30 * SECOND);
    assert_eq!(fault(&site), Some(Cause::ContactWelded));
    assert_eq!(told(&mut site), []);
}
