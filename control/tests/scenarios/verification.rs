//! Verified switching: what the measurements say after an edge.

use crate::site::*;
use Verification::{Failed, Inconclusive, Pending, Verified};
use releve_control::{AlarmName, Command, Event, Verification, Wiring};

fn verified(site: &Site, relay: releve_control::RelayName) -> Option<Verification> {
    site.controller.view().relays[relay].verified
}

/// ```text
/// 0:00 2 A flow, charger opened by hand: pending    0:03 0 A: verified
/// 0:06 closed: pending                              0:09 2 A: verified
/// ```
#[test]
fn current_that_stops_and_starts_verifies_both_edges() {
    for wiring in Wiring::ALL.iter().copied() {
        for relay in [Charger, Mains] {
            let mut site = Site::by_hand(wiring);
            assert_eq!(verified(&site, relay), None, "no edge yet");
            site.ask(Command::Relay(relay, Open)).expect("manual");
            assert_eq!(verified(&site, relay), Some(Pending));
            site.measured.charger_amperes = amperes(0.02);
            site.take_events();
            site.run(SAMPLE);
            assert_eq!(verified(&site, relay), Some(Verified));
            let says = Event::RelayVerified {
                relay,
                contact: Open,
                verification: Verified,
            };
            assert!(site.take_events().contains(&says));
            site.ask(Command::Relay(relay, Closed)).expect("manual");
            site.measured.charger_amperes = amperes(2.0);
            site.run(SAMPLE);
            assert_eq!(verified(&site, relay), Some(Verified));
            assert!(!site.has(AlarmName::RelayFault));
        }
    }
}

/// ```text
/// 0:00 full battery, 0.02 A of float: charger opened, and closed a minute later: nothing can tell
/// ```
#[test]
fn float_current_proves_nothing() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.measured.charger_amperes = amperes(0.02);
    site.run(SAMPLE);
    for contact in [Open, Closed] {
        site.ask(Command::Relay(Charger, contact)).expect("manual");
        site.run(MINUTE);
        assert_eq!(verified(&site, Charger), Some(Inconclusive), "{contact}");
    }
    assert!(!site.has(AlarmName::RelayFault));
}

/// ```text
/// 0:00 charger opened, 2 A go on flowing    0:09 failed, alarm: the contact is welded
/// 1:00 the current stops: nothing contradicts any more, alarm over
/// ```
#[test]
fn current_through_an_open_contact_is_a_fault() {
    for relay in [Charger, Mains] {
        let mut site = Site::by_hand(Wiring::CommonBus);
        site.ask(Command::Relay(relay, Open)).expect("manual");
        site.run(2 * SAMPLE);
        assert_eq!(verified(&site, relay), Some(Pending));
        site.run(SAMPLE);
        assert_eq!(verified(&site, relay), Some(Failed));
        assert!(site.has(AlarmName::RelayFault));
        site.measured.charger_amperes = amperes(0.0);
        site.run(SAMPLE);
        assert_eq!(verified(&site, relay), Some(Inconclusive));
        assert!(!site.has(AlarmName::RelayFault));
    }
}

/// ```text
/// 0:00 welded charger    0:30 closed again: the alarm stands until the edge is verified
/// ```
#[test]
fn a_later_edge_that_is_verified_ends_the_fault() {
    let mut site = Site::by_hand(Wiring::CommonBus);
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.run(30 * SECOND);
    site.ask(Command::Relay(Charger, Closed)).expect("manual");
    assert!(site.has(AlarmName::RelayFault));
    site.run(SAMPLE);
    assert_eq!(verified(&site, Charger), Some(Verified));
    assert!(!site.has(AlarmName::RelayFault));
}

/// ```text
/// 0:00 both opened together, current stops: one of them opened, nobody knows which
/// ```
#[test]
fn two_contacts_that_open_together_cannot_be_told_apart() {
    let mut site = Site::by_hand(Wiring::CommonBus);
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.0);
    site.run(MINUTE);
    assert_eq!(
        (verified(&site, Mains), verified(&site, Charger)),
        (Some(Inconclusive), Some(Inconclusive))
    );
}

/// ```text
/// 0:00 charger open and verified    1:00 2 A flow all the same: it has welded later
/// ```
#[test]
fn an_open_contact_is_watched_for_as_long_as_it_is_open() {
    let mut site = Site::by_hand(Wiring::CommonBus);
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.0);
    site.run(MINUTE);
    site.measured.charger_amperes = amperes(2.0);
    site.run(2 * SAMPLE);
    assert!(!site.has(AlarmName::RelayFault));
    site.run(SAMPLE);
    assert!(site.has(AlarmName::RelayFault));
}

/// ```text
/// 0:00 any relay reads back another position     0:06 two samples are tolerated     0:09 fault
/// 1:00 it reads back as commanded again: over
/// ```
#[test]
fn a_board_that_reads_back_another_position_is_a_fault() {
    for relay in [Mains, Charger, Aux1, Aux2] {
        let mut site = Site::new(Wiring::BatteryLead);
        site.stuck[relay] = Some(Open);
        site.run(2 * SAMPLE);
        assert!(!site.has(AlarmName::RelayFault), "{relay}");
        site.run(SAMPLE);
        assert!(site.has(AlarmName::RelayFault), "{relay}");
        assert_eq!(site.controller.view().relays[relay].actual, Some(Open));
        site.stuck[relay] = None;
        site.run(SAMPLE);
        assert!(!site.has(AlarmName::RelayFault), "{relay}");
    }
}

/// ```text
/// 0:00 aux1 opened: behind it nothing is measured
/// ```
#[test]
fn an_auxiliary_relay_that_reads_back_right_is_inconclusive() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.ask(Command::Relay(Aux1, Open))
        .expect("under any authority");
    site.run(MINUTE);
    assert_eq!(verified(&site, Aux1), Some(Inconclusive));
}

/// ```text
/// 0:00 heat opens the charger, its contact is welded: mains stays closed, critical alarm
/// ```
#[test]
fn a_welded_charger_under_heat_leaves_mains_closed() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.measured.temperature_celsius = celsius(60.0);
    site.run(MINUTE);
    assert!(site.has(AlarmName::RelayFault));
    assert_eq!(site.installation(), (Closed, Open));
}
