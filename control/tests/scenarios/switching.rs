//! Least times and the daily budget: they hold openings back and closings never.

use releve_control::decision::Config;
use releve_control::guards::Guards;
use releve_control::{AlarmName, Command, Mode, RejectCode, Rule, Wiring};

use super::site::*;

const HOUR: core::time::Duration = core::time::Duration::from_hours(1);

#[test]
fn an_operator_waits_half_a_minute_to_open_again_and_never_to_close() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.ask(Command::Relay(Charger, Open)).expect("allowed");
    site.ask(Command::Relay(Charger, Closed))
        .expect("closing is always allowed");
    assert_eq!(site.stands(Charger), Closed);
    site.run(27 * SECOND);
    let refusal = site
        .ask(Command::Relay(Charger, Open))
        .expect_err("too soon");
    assert_eq!(refusal.code, RejectCode::TooSoon);
    assert!(refusal.reason.contains("in 3 s"), "{}", refusal.reason);
    assert_eq!(site.stands(Charger), Closed);
    site.run(SAMPLE);
    site.ask(Command::Relay(Charger, Open))
        .expect("half a minute is over");
    assert_eq!(site.stands(Charger), Open);
}

#[test]
fn the_other_relays_know_no_least_time() {
    let mut site = Site::new(Wiring::BatteryLead);
    for contact in [Open, Closed, Open, Closed] {
        site.ask(Command::Relay(Aux1, contact))
            .expect("by hand only");
        assert_eq!(site.stands(Aux1), contact);
    }
}

/// ```text
/// 0:00 mean above the cut: open
/// 0:30 mean below the resume level: closed
/// 0:30:30 mean above the cut: held back by the least time, and said so
/// 0:40 open
/// ```
#[test]
fn a_mode_waits_ten_minutes_to_open_again() {
    let mut site = Site::in_mode(Wiring::BatteryLead, Mode::OverchargeProtection);
    site.measured.battery_volts = volts(14.6);
    site.run(30 * SECOND);
    assert_eq!(site.stands(Charger), Open);
    site.measured.battery_volts = volts(12.9);
    site.run(30 * MINUTE);
    assert_eq!(site.stands(Charger), Closed);
    let closed_at = site.now;
    site.measured.battery_volts = volts(14.6);
    site.run(10 * MINUTE - SAMPLE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Closed, Rule::LeastTime)
    );
    let next = site.why(Charger).next.expect("it says until when");
    assert_eq!(next.not_before, Some(closed_at.after(10 * MINUTE)));
    site.run(SAMPLE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Open, Rule::OverchargeCut)
    );
}

/// A budget of two openings a day.
fn thrifty() -> Site {
    let mut site = Site::configured(Config {
        guards: Guards {
            openings_a_day: 2,
            ..Guards::default()
        },
        ..config(Wiring::BatteryLead)
    });
    site.run(MINUTE);
    site.ask(manual(12 * HOUR)).expect("allowed");
    for _ in 0..2 {
        site.ask(Command::Relay(Charger, Open))
            .expect("within the budget");
        site.run(MINUTE);
        site.ask(Command::Relay(Charger, Closed))
            .expect("closing is always allowed");
        site.run(MINUTE);
    }
    site
}

#[test]
fn a_spent_budget_leaves_the_plain_installation_and_the_interlocks() {
    let mut site = thrifty();
    assert!(site.has(AlarmName::SwitchingBudget));
    let refusal = site.ask(Command::Relay(Charger, Open)).expect_err("spent");
    assert_eq!(refusal.code, RejectCode::SwitchingBudget);
    site.ask(Command::Relay(Mains, Open))
        .expect("relay 1 has a budget of its own");
    site.ask(Command::Relay(Mains, Closed))
        .expect("closing is always allowed");

    site.ask(automatic()).expect("allowed");
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("allowed");
    site.measured.battery_volts = volts(14.6);
    site.run(15 * MINUTE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Closed, Rule::SwitchingBudget)
    );
    site.measured.battery_volts = volts(15.0);
    site.run(SAMPLE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Open, Rule::VoltageHardLimit)
    );
}

#[test]
fn the_budget_is_there_again_a_day_after_its_first_opening() {
    let mut site = thrifty();
    site.run(24 * HOUR - 4 * MINUTE - SAMPLE);
    assert!(site.has(AlarmName::SwitchingBudget));
    site.run(SAMPLE);
    assert!(!site.has(AlarmName::SwitchingBudget));
}
