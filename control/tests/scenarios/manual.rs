//! Manual and automatic authority.

use crate::site::*;
use releve_control::{
    Authority, AuthorityCause, Command, Condition, Event, LimitName, Mode, RejectCode, Rule, Wiring,
};

/// ```text
/// 0:00 automatic: relays 1 and 2 do not obey     0:01 manual: nothing moves, then they do
/// ```
#[test]
fn relays_1_and_2_obey_only_under_manual_authority() {
    let mut site = Site::new(Wiring::BatteryLead);
    for relay in [Mains, Charger] {
        let rejection = site
            .ask(Command::Relay(relay, Open))
            .expect_err("automatic");
        assert_eq!(rejection.code, RejectCode::AuthorityAutomatic);
    }
    site.ask(manual(30 * MINUTE)).expect("allowed");
    assert_eq!(
        (site.authority(), site.installation()),
        (Authority::Manual, (Closed, Closed))
    );
    assert_eq!(site.rule(Mains), Rule::Manual);
    for (relay, contact) in [
        (Mains, Open),
        (Charger, Open),
        (Mains, Closed),
        (Charger, Closed),
    ] {
        site.ask(Command::Relay(relay, contact)).expect("manual");
        assert_eq!(site.stands(relay), contact);
    }
}

/// ```text
/// 0:00 overcharge protection has cut    0:01 manual: the charger is held open as it stands
/// 0:30 the mean is below the resume level for hours: nothing moves by itself
/// ```
#[test]
fn entering_manual_holds_the_relays_as_they_stand() {
    let mut site = Site::in_mode(Wiring::BatteryLead, Mode::OverchargeProtection);
    site.measured.battery_volts = volts(14.6);
    site.run(30 * SECOND);
    site.ask(manual(3 * 60 * MINUTE)).expect("allowed");
    site.measured.battery_volts = volts(12.8);
    site.run(2 * 60 * MINUTE);
    assert_eq!(
        (site.installation(), site.rule(Charger)),
        ((Closed, Open), Rule::Manual)
    );
}

/// ```text
/// 0:00 manual for 10 min, both relays opened    9:57 still open
/// 10:00 automatic again by itself: the mode closes both
/// ```
#[test]
fn the_lease_ends_by_itself() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.ask(manual(10 * MINUTE)).expect("allowed");
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    let end = site.now.after(10 * MINUTE);
    let next = site.why(Mains).next.expect("the lease ends");
    assert_eq!(
        (next.condition, next.not_before),
        (Condition::LeaseEnd, Some(end))
    );
    site.measured.charger_amperes = amperes(0.0);
    site.run(10 * MINUTE - SAMPLE);
    assert_eq!(site.installation(), (Open, Open));
    site.take_events();
    site.run(SAMPLE);
    assert_eq!(
        (site.authority(), site.installation()),
        (Authority::Automatic, (Closed, Closed))
    );
    assert!(site.take_events().contains(&Event::AuthorityChanged {
        to: Authority::Automatic,
        cause: AuthorityCause::LeaseEnded,
        lease_end: None,
    }));
}

/// ```text
/// 0:00 manual for 10 min     8:00 asked again     10:00 still manual     18:00 ends
/// ```
#[test]
fn asked_again_the_lease_begins_anew() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.ask(manual(10 * MINUTE)).expect("allowed");
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.0);
    site.run(8 * MINUTE);
    site.ask(manual(10 * MINUTE)).expect("allowed");
    site.run(9 * MINUTE);
    assert_eq!(
        (site.authority(), site.stands(Charger)),
        (Authority::Manual, Open)
    );
    site.run(MINUTE);
    assert_eq!(
        (site.authority(), site.stands(Charger)),
        (Authority::Automatic, Closed)
    );
}

/// ```text
/// 0:00 both relays open by hand    0:01 the operator gives authority back: both close in that step
/// ```
#[test]
fn the_operator_may_give_it_back() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.ask(automatic()).expect("always allowed");
    assert_eq!(site.installation(), (Closed, Closed));
    site.take_events();
    site.ask(automatic()).expect("nothing to do");
    assert_eq!(site.take_events(), [], "no change, no event");
}

/// ```text
/// 0:00 aux1 opened under automatic, aux2 under manual authority    lease ends: both stay
/// ```
#[test]
fn relays_3_and_4_obey_under_any_authority_and_are_kept() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.ask(Command::Relay(Aux1, Open))
        .expect("under any authority");
    site.ask(manual(MINUTE)).expect("allowed");
    site.ask(Command::Relay(Aux2, Open))
        .expect("under any authority");
    site.run(2 * MINUTE);
    assert_eq!(site.authority(), Authority::Automatic);
    assert_eq!((site.stands(Aux1), site.stands(Aux2)), (Open, Open));
    assert_eq!(site.rule(Aux1), Rule::HandOnly);
}

/// ```text
/// 0:00 heat, lost data, the floor, the hard limit stand against a hand
/// ```
#[test]
fn what_an_interlock_forbids_is_rejected_with_its_reason() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.measured.temperature_celsius = celsius(46.2);
    site.run(SAMPLE);
    let rejection = site.ask(Command::Relay(Charger, Closed)).expect_err("heat");
    assert_eq!(rejection.code, RejectCode::Interlock);
    assert!(
        rejection.reason.contains("46.20 °C"),
        "{}",
        rejection.reason
    );
    site.ask(Command::Relay(Charger, Open))
        .expect("where the interlock wants it");
    let rejection = site
        .ask(Command::Relay(Mains, Open))
        .expect_err("heat holds mains closed");
    assert_eq!(rejection.code, RejectCode::Interlock);
    assert_eq!(site.installation(), (Closed, Open));
}

/// ```text
/// 0:00 both opened by hand    0:10 the battery reaches its floor: both close in that step
/// 1:00 it has risen again: they stay closed, until the operator opens them again
/// ```
#[test]
fn what_an_interlock_closed_the_hand_has_let_go() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.0);
    site.measured.battery_volts = volts(12.0);
    site.run(SAMPLE);
    assert_eq!(
        (site.installation(), site.rule(Mains)),
        ((Closed, Closed), Rule::Floor)
    );
    site.measured.battery_volts = volts(13.0);
    site.run(MINUTE);
    assert_eq!(
        (site.installation(), site.rule(Mains)),
        ((Closed, Closed), Rule::Manual)
    );
    site.ask(Command::Relay(Mains, Open))
        .expect("the floor is over");
    assert_eq!(site.stands(Mains), Open);
}

/// ```text
/// 0:00 charger held closed by hand   0:03 heat opens it   it cools: closed again, as it is held
/// ```
#[test]
fn what_an_interlock_opened_closes_with_its_end() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.measured.temperature_celsius = celsius(50.0);
    site.run(SAMPLE);
    assert_eq!(site.stands(Charger), Open);
    site.measured.temperature_celsius = celsius(30.0);
    site.run(3 * SAMPLE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Closed, Rule::Manual)
    );
}

/// ```text
/// 0:00 manual    0:01 overcharge protection chosen: nothing moves
/// 0:02 automatic again: the mode decides, on the last mean (14.60 V)
/// ```
#[test]
fn a_mode_chosen_under_manual_takes_effect_when_automatic() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.measured.battery_volts = volts(14.6);
    site.run(MINUTE);
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("allowed");
    assert_eq!(
        (site.controller.view().mode, site.installation()),
        (Mode::OverchargeProtection, (Closed, Closed))
    );
    site.ask(automatic()).expect("always allowed");
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Open, Rule::OverchargeCut)
    );
}

/// ```text
/// 0:00 [aux1 open, manual, mains open, discharge stop and floor up to 12.4 and 12.3 V]
/// arrive together, battery at 12.30 V
/// ```
#[test]
fn commands_of_one_step_follow_one_another() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.measured.battery_volts = volts(12.3);
    site.run(MINUTE);
    let commands = [
        Command::Relay(Aux1, Open),
        manual(30 * MINUTE),
        Command::Relay(Mains, Open),
        Command::Limit(LimitName::DischargeStop, 12.4),
        Command::Limit(LimitName::DischargeFloor, 12.3),
        Command::Relay(Charger, Open),
    ];
    let decision = site.controller.step(
        releve_control::decision::Inputs {
            sample: None,
            commands: &commands,
            wall: None,
            storage_fault: None,
        },
        site.now,
    );
    let accepted: Vec<bool> = decision.answers.iter().map(Result::is_ok).collect();
    assert_eq!(
        accepted,
        [true, true, true, true, true, false],
        "the floor holds before the last command"
    );
    assert_eq!(site.installation(), (Closed, Closed));
    assert_eq!(site.stands(Aux1), Open);
}

/// What heat holds open is not the hand's: it closes with the heat.
#[test]
fn the_hand_does_not_take_over_what_an_interlock_holds_open() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.temperature_celsius = celsius(46.0);
    site.run(SAMPLE);
    site.ask(manual(60 * MINUTE)).expect("the lease is allowed");
    assert_eq!(site.installation(), (Closed, Open));
    site.measured.temperature_celsius = celsius(30.0);
    site.run(MINUTE);
    assert_eq!(site.installation(), (Closed, Closed));
}

/// An abort and manual authority that come together leave nothing open.
#[test]
fn the_hand_does_not_take_over_what_was_just_let_go() {
    for before in [automatic(), Command::Mode(Mode::Observer)] {
        let mut site = Site::by_hand(Wiring::BatteryLead);
        site.ask(Command::Relay(Mains, Open)).expect("allowed");
        let commands = [before, automatic(), manual(30 * MINUTE)];
        let decision = site.controller.step(
            releve_control::decision::Inputs {
                sample: None,
                commands: &commands,
                wall: None,
                storage_fault: None,
            },
            site.now,
        );
        assert!(decision.answers.iter().all(Result::is_ok));
        assert_eq!(site.installation(), (Closed, Closed));
    }
}
