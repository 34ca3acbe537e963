//! Verified switching, row by row: every wiring × relay × edge × evidence.

use crate::site::*;
use releve_control::verification::{Evidence, TABLE};
use releve_control::{Command, Contact, RelayName, Verification, Wiring};

/// A full battery on float, or, where `edge` closes, one whose relay stands open at `rested` volts.
fn before_the_edge(wiring: Wiring, relay: RelayName, edge: Contact, rested: f64) -> Site {
    let mut site = Site::by_hand(wiring);
    site.measured.charger_amperes = amperes(0.02);
    site.run(MINUTE);
    if edge == Closed {
        site.ask(Command::Relay(relay, Open)).expect("manual");
        site.measured.battery_volts = volts(rested);
        site.measured.charger_volts = volts(rested);
        site.run(2 * MINUTE);
    }
    site
}

/// A site that shows the evidence after the edge, and no other.
fn scene(wiring: Wiring, relay: RelayName, edge: Contact, evidence: Evidence) -> Site {
    // Neither discharged nor held by a charger, unless the evidence needs it.
    let rested = if evidence == Evidence::NoCurrent {
        12.4
    } else {
        13.1
    };
    let mut site = before_the_edge(wiring, relay, edge, rested);
    let flowed = [
        Evidence::CurrentFlowsOn,
        Evidence::CurrentStopped,
        Evidence::BatteryFeedsLoad,
    ];
    if flowed.contains(&evidence) {
        site.measured.charger_amperes = amperes(1.0);
        site.run(MINUTE);
    }
    site.ask(Command::Relay(relay, edge)).expect("manual");
    match evidence {
        Evidence::ReadBackDiffers => {
            site.stuck[relay] = Some(if edge == Open { Closed } else { Open });
        }
        Evidence::CurrentStopped => site.measured.charger_amperes = amperes(0.03),
        Evidence::BatteryFeedsLoad => site.measured.charger_amperes = amperes(0.06),
        Evidence::VoltageFell => site.measured.battery_volts = volts(13.5),
        Evidence::VoltageRose => site.measured.battery_volts = volts(rested + 0.1),
        Evidence::CurrentFlows => site.measured.charger_amperes = amperes(0.11),
        Evidence::CurrentFlowsOn | Evidence::NoCurrent | Evidence::Nothing => {}
    }
    site.run(MINUTE);
    site
}

/// The edge after which an evidence can show at all; `None`: after both.
fn edge_of(evidence: Evidence) -> Option<Contact> {
    match evidence {
        Evidence::CurrentFlowsOn
        | Evidence::CurrentStopped
        | Evidence::BatteryFeedsLoad
        | Evidence::VoltageFell => Some(Open),
        Evidence::CurrentFlows | Evidence::VoltageRose | Evidence::NoCurrent => Some(Closed),
        Evidence::ReadBackDiffers | Evidence::Nothing => None,
    }
}

#[test]
fn every_evidence_says_what_the_table_says_and_what_has_no_row_proves_nothing() {
    let mut rows_seen = 0;
    for wiring in Wiring::ALL.iter().copied() {
        for relay in RelayName::ALL.iter().copied() {
            for edge in [Open, Closed] {
                for evidence in Evidence::ALL.iter().copied() {
                    if edge_of(evidence).is_some_and(|only| only != edge) {
                        continue;
                    }
                    let row = TABLE
                        .iter()
                        .find(|row| row.evidence == evidence && row.concerns(wiring, relay, edge));
                    rows_seen += usize::from(row.is_some());
                    let expected = row.map_or(Verification::Inconclusive, |row| row.says);
                    let site = scene(wiring, relay, edge, evidence);
                    assert_eq!(
                        site.controller.view().relays[relay].verified,
                        Some(expected),
                        "{wiring}, {relay} to {edge}, {evidence}"
                    );
                }
            }
        }
    }
    // 8 wirings and relays × 2 edges × {read_back_differs, nothing}, the rest for relays 1 and 2.
    assert_eq!(rows_seen, 32 + 4 + 4 + 2 + 3 + 4 + 4 + 4);
}

/// ```text
/// 0:00 float, relay 1 opened, the battery sinks by 0.2 V, but no load is known: nothing is proven
/// ```
#[test]
fn without_a_known_and_steady_load_the_voltage_proves_nothing() {
    for load in [SILENT, amperes(0.4), amperes(3.0)] {
        for wiring in Wiring::ALL.iter().copied() {
            let mut site = before_the_edge(wiring, Mains, Open, 13.6);
            site.ask(Command::Relay(Mains, Open)).expect("manual");
            site.measured.battery_volts = volts(13.4);
            site.measured.load_amperes = load;
            site.run(MINUTE);
            assert_eq!(
                site.controller.view().relays.mains.verified,
                Some(Verification::Inconclusive),
                "{wiring}, {load:?}"
            );
        }
    }
}

/// ```text
/// 0:00 float, both opened in one go: the voltage falls, but nobody knows which contact did it
/// 2:00 both closed in one go: in battery_lead the rise proves contact 1, on a common bus both
/// ```
#[test]
fn two_contacts_that_move_together() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = before_the_edge(wiring, Mains, Open, 13.6);
        for relay in [Mains, Charger] {
            site.ask(Command::Relay(relay, Open)).expect("manual");
        }
        site.measured.battery_volts = volts(13.2);
        site.run(2 * MINUTE);
        let verified = |site: &Site| {
            let relays = site.controller.view().relays;
            (relays.mains.verified, relays.charger.verified)
        };
        let neither = Some(Verification::Inconclusive);
        assert_eq!(verified(&site), (neither, neither), "{wiring}");
        for relay in [Mains, Charger] {
            site.ask(Command::Relay(relay, Closed)).expect("manual");
        }
        site.measured.battery_volts = volts(13.3);
        site.run(MINUTE);
        let charger = match wiring {
            Wiring::BatteryLead => Verification::Inconclusive,
            Wiring::CommonBus => Verification::Verified,
        };
        assert_eq!(
            verified(&site),
            (Some(Verification::Verified), Some(charger)),
            "{wiring}"
        );
    }
}
