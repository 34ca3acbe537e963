//! Whether the next sample may move relay 1 or 2: what is sampled fast before it.

use crate::site::*;
use releve_control::{Command, Mode, Wiring};

/// Of the ten samples of the next window, those that may bring an edge.
fn foreseen(site: &mut Site) -> Vec<usize> {
    let before_sample = |number| {
        let foreseen = site.controller.edge_may_come_with_next_sample();
        site.run(SAMPLE);
        foreseen.then_some(number)
    };
    (1..=10).filter_map(before_sample).collect()
}

#[test]
fn a_mode_that_switches_does_so_at_the_end_of_a_window() {
    for (mode, expected) in [
        (Mode::Observer, vec![]),
        (Mode::OverchargeProtection, vec![10]),
        (Mode::ConsumptionCycle, vec![10]),
    ] {
        let mut site = Site::in_mode(Wiring::BatteryLead, mode);
        assert_eq!(foreseen(&mut site), expected, "{mode}");
    }
}

/// While mains is open any sample may close it; otherwise nothing is switched under manual authority but by an
/// operator, whom nobody foresees.
#[test]
fn by_hand_an_edge_is_foreseen_only_while_mains_is_open() {
    let mut site = Site::in_mode(Wiring::BatteryLead, Mode::OverchargeProtection);
    site.ask(manual(30 * MINUTE)).expect("allowed");
    assert!(foreseen(&mut site).is_empty());
    site.ask(Command::Relay(Charger, Open)).expect("obeyed");
    assert!(foreseen(&mut site).is_empty());
    site.measured.charger_amperes = amperes(0.0);
    site.measured.battery_volts = volts(12.8);
    site.ask(Command::Relay(Mains, Open)).expect("obeyed");
    assert_eq!(foreseen(&mut site).len(), 10);
}
