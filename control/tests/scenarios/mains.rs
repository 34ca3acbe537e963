//! Mains present, lost or unknown, told apart from a test; rule `mains_lost`.

use crate::site::*;
use releve_control::profile::Profile;
use releve_control::sample::MainsSense;
use releve_control::{
    AlarmName, Cause, Command, Condition, LimitName, MainsState, RejectCode, RelayName, Rule,
    Wiring,
};

fn mains(site: &Site) -> MainsState {
    site.controller.view().mains
}

/// ```text
/// 0:00 mains open by hand, a sense input sees mains    0:03 mains fails: relay 1 closes, alarm
/// 0:06 the hand cannot open it       1:00 mains is back: alarm over, relay 1 stays closed
/// ```
#[test]
fn lost_mains_holds_relay_1_closed() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.measured.mains_sense = MainsSense::Present;
    site.run(SAMPLE);
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.0);
    site.measured.mains_sense = MainsSense::Lost;
    site.run(SAMPLE);
    assert_eq!(
        (site.stands(Mains), site.rule(Mains)),
        (Closed, Rule::MainsLost)
    );
    let returns = site.why(Mains).next.map(|next| next.condition);
    assert_eq!(returns, Some(Condition::MainsReturn));
    assert_eq!(site.stands(Charger), Open, "the charger is free");
    assert!(site.has(AlarmName::MainsLost));
    let rejection = site
        .ask(Command::Relay(Mains, Open))
        .expect_err("mains is lost");
    assert_eq!(rejection.code, RejectCode::Interlock);
    site.measured.mains_sense = MainsSense::Present;
    site.run(MINUTE);
    assert!(!site.has(AlarmName::MainsLost));
    assert_eq!(
        (site.stands(Mains), site.rule(Mains)),
        (Closed, Rule::Manual)
    );
}

/// ```text
/// 0:00 mains lost    0:03 back for a sample, lost again    0:12 back for three: over
/// ```
#[test]
fn a_loss_acts_with_one_sample_and_ends_with_three() {
    let mut site = Site::new(Wiring::BatteryLead);
    for (sense, expected) in [
        (MainsSense::Present, MainsState::Present),
        (MainsSense::Lost, MainsState::Lost),
        (MainsSense::Present, MainsState::Lost),
        (MainsSense::Lost, MainsState::Lost),
        (MainsSense::Present, MainsState::Lost),
        (MainsSense::Present, MainsState::Lost),
        (MainsSense::Present, MainsState::Present),
    ] {
        site.measured.mains_sense = sense;
        site.run(SAMPLE);
        assert_eq!(mains(&site), expected, "{sense:?}");
    }
}

/// ```text
/// 0:00 2 A: present   0:03 full, 0.02 A at 13.6 V: a charger holds it, present
/// 1:06 13.3 V: it is held no more: unknown, no alarm    1:09 13.6 V: a window must show it    2:03 present
/// ```
#[test]
fn without_a_sense_input_the_chargers_current_or_its_float_voltage_tell() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::new(wiring);
        assert_eq!(mains(&site), MainsState::Present);
        site.measured.charger_amperes = amperes(0.02);
        site.run(MINUTE);
        assert_eq!(mains(&site), MainsState::Present, "float");
        let least = Profile::Agm.default_limit(LimitName::ChargeStop);
        site.measured.battery_volts = volts(least);
        site.run(SAMPLE);
        assert_eq!(mains(&site), MainsState::Present, "just held");
        site.measured.battery_volts = volts(13.3);
        site.run(SAMPLE);
        assert_eq!(mains(&site), MainsState::Unknown);
        site.measured.battery_volts = volts(13.6);
        site.run(SAMPLE);
        assert_eq!(mains(&site), MainsState::Unknown, "one sample is no hold");
        site.run(24 * SECOND);
        assert_eq!(
            mains(&site),
            MainsState::Unknown,
            "nor is a window with a dip"
        );
        site.run(30 * SECOND);
        assert_eq!(mains(&site), MainsState::Present);
        assert!(!site.has(AlarmName::MainsLost));
    }
}

/// ```text
/// 0:00 relay 1 opened by hand at 13.6 V: our own doing, not lost; a high voltage proves nothing now
/// 1:00 a sense input would still say present
/// ```
#[test]
fn a_relay_that_we_opened_is_no_outage() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.0);
    site.run(MINUTE);
    assert_eq!(mains(&site), MainsState::Unknown);
    assert!(!site.has(AlarmName::MainsLost));
    site.measured.mains_sense = MainsSense::Present;
    site.run(SAMPLE);
    assert_eq!(mains(&site), MainsState::Present);
}

/// ```text
/// 0:00 discharged to 12.4 V with relay 1 open; meanwhile mains fails, which nothing sees
/// 5:00 closed: no current    6:00 unknown, and the fault alarm
/// ```
#[test]
fn a_reconnection_without_current_is_unknown_with_a_fault() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.measured.charger_amperes = amperes(0.0);
    site.measured.battery_volts = volts(12.4);
    site.measured.charger_volts = volts(12.4);
    site.run(5 * MINUTE);
    assert_eq!(mains(&site), MainsState::Unknown);
    site.ask(Command::Relay(Mains, Closed)).expect("manual");
    site.run(MINUTE);
    assert_eq!(mains(&site), MainsState::Unknown);
    assert_eq!(
        site.cause(AlarmName::RelayFault),
        Some(Cause::NoChargeCurrent)
    );
    assert!(!site.has(AlarmName::MainsLost));
    site.measured.charger_amperes = amperes(5.0);
    site.run(SAMPLE);
    assert_eq!(mains(&site), MainsState::Present);
    assert!(!site.has(AlarmName::RelayFault));
    assert_eq!(
        site.controller.view().relays[RelayName::Mains].verified,
        Some(releve_control::Verification::Verified)
    );
}
