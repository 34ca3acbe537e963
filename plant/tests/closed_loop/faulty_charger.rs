//! Chargers that fail: too high, dead, cut off by a fuse or an open contact; and welded contacts.

use releve_control::{AlarmName, Cause, Contact, Mode, RelayName, Rule, Verification};
use releve_plant::{Fault, PlantConfig};

use crate::log::assert_between;
use crate::site::*;

/// 01:00  the charger regulates 1.2 V too high
/// ..     the operator is told of the charger's voltage
/// ..     the mean is above 14.5 V: overcharge protection opens the charger before the hard limit does
#[test]
fn overcharge_protection_catches_a_charger_that_is_too_high() {
    let mut site = Site::new(PlantConfig::healthy_site())
        .at(at(0, 10), mode(Mode::OverchargeProtection))
        .from(at(1, 0), Fault::ChargerVoltageTooHigh { excess_volts: 1.1 });
    site.run_to(at(6, 0));
    let log = &site.log;
    let cut = log.switched(RelayName::Charger, Contact::Open, Rule::OverchargeCut);
    assert_between(log, "the cut", cut, at(1, 0), at(2, 0));
    assert_between(
        log,
        "the alarm",
        log.raised(AlarmName::ChargerVoltageHigh),
        at(1, 0),
        cut,
    );
    log.assert_alarms(&[AlarmName::ChargerVoltageHigh]);
    let most = site
        .between(at(0, 0), at(6, 0))
        .map(|truth| truth.flows.battery_volts);
    assert!(most.fold(0.0, f64::max) < 15.0);
}

/// 01:00  the observer's site; the charger's regulator fails: it holds 15.5 V
/// ..     at 15.0 V a single raw sample opens the charger, in every mode
/// ..     half an hour later the battery has sunk, the charger gets another chance, and so on
/// ..     the third time within three hours it stays open until somebody has looked
#[test]
fn the_hard_limit_opens_a_runaway_charger_in_the_observer_and_keeps_it_open_at_the_third_trip() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::new(plant).from(at(1, 0), Fault::ChargerRunsAway { volts: 15.5 });
        site.run_to(at(12, 0));
        let log = &site.log;
        let opened = log.switched(RelayName::Charger, Contact::Open, Rule::VoltageHardLimit);
        assert_between(log, "the first trip", opened, at(1, 0), at(6, 0));
        assert_eq!(log.raised(AlarmName::VoltageHardLimit), opened);
        let alarms = site.controller.view().alarms;
        let latched = alarms
            .iter()
            .find(|alarm| alarm.alarm == AlarmName::VoltageHardLimit);
        assert!(latched.is_some_and(|alarm| alarm.latched), "{log}");
        assert!(log.openings(RelayName::Charger) >= 3, "{log}");
        // One sample of overshoot, no more: the true voltage was above the limit in no two minutes in a row.
        let above = |truth: &releve_plant::Truth| truth.flows.battery_volts > 15.02;
        let minutes: Vec<bool> = site.between(at(1, 0), at(12, 0)).map(above).collect();
        assert!(
            !minutes.windows(2).any(|pair| pair == [true, true]),
            "{log}"
        );
        assert_eq!(log.openings(RelayName::Mains), 0);
    }
}

/// 01:00  a cycle begins
/// 03:00  the charger dies, unseen: it is open
/// 05:30  about: the discharge is over, both circuits close, and no current comes
/// ..     a minute later: relay_fault, no_charge_current, because nothing says whether mains is there;
///        with a sense input and a charger's dead output: charger_dead
#[test]
fn a_charger_that_died_in_a_cycle_is_missed_at_its_end() {
    let sensed = PlantConfig {
        mains_sense_fitted: true,
        ..PlantConfig::healthy_site()
    };
    for (plant, cause) in [
        (PlantConfig::healthy_site(), Cause::NoChargeCurrent),
        (sensed, Cause::ChargerDead),
    ] {
        let mut site = Site::floating(plant)
            .at(at(0, 10), mode(Mode::ConsumptionCycle))
            .at(at(1, 0), start_cycle())
            .from(at(3, 0), Fault::ChargerDead);
        site.run_to(at(8, 0));
        let log = &site.log;
        let charging = log.phase(releve_control::Phase::Charging);
        let raised = log.raised(AlarmName::RelayFault);
        assert_between(
            log,
            "the alarm",
            raised,
            charging + 50 * SECOND,
            charging + 75 * SECOND,
        );
        assert_eq!(log.cause(AlarmName::RelayFault), Some(cause), "{log}");
        assert_eq!(site.installation(), (Contact::Closed, Contact::Closed));
    }
}

/// 01:00  a cycle begins; 03:00 the fuse between input 2 and the battery blows
/// 05:30  about: both circuits close, input 2 sees the charger's voltage, the battery gets nothing
/// ..     relay_fault, charger_lead_open
/// 07:00  the fuse is replaced: the charge flows, the alarm ends
#[test]
fn a_blown_fuse_is_an_open_lead_until_it_is_replaced() {
    let mut site = Site::floating(PlantConfig::healthy_site())
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(1, 0), start_cycle())
        .during(at(3, 0), at(7, 0), Fault::ChargerFuseBlown);
    site.run_to(at(8, 0));
    let log = &site.log;
    let charging = log.phase(releve_control::Phase::Charging);
    let raised = log.raised(AlarmName::RelayFault);
    assert_between(log, "the alarm", raised, charging, charging + 75 * SECOND);
    assert_eq!(
        log.cause(AlarmName::RelayFault),
        Some(Cause::ChargerLeadOpen),
        "{log}"
    );
    assert_between(
        log,
        "its end",
        log.cleared(AlarmName::RelayFault),
        at(7, 0),
        at(7, 2),
    );
}

/// 00:30  contact 2 welds; 01:00 an operator opens relay 2: the charge flows on
/// ..     within some samples: relay_fault, charger_welded
/// 01:10  he opens relay 1 instead: the charge ends
#[test]
fn a_welded_charger_contact_is_named() {
    let plant = PlantConfig {
        initial_state_of_charge: 0.6,
        ..PlantConfig::telecom_site()
    };
    let mut site = Site::new(plant)
        .from(
            at(0, 30),
            Fault::RelayStuck(RelayName::Charger, Contact::Closed),
        )
        .at(at(1, 0), by_hand(HOUR))
        .at(at(1, 0), open(RelayName::Charger))
        .at(at(1, 10), open(RelayName::Mains));
    site.run_to(at(1, 30));
    let log = &site.log;
    let raised = log.raised(AlarmName::RelayFault);
    assert_between(log, "the alarm", raised, at(1, 0), at(1, 0) + 15 * SECOND);
    assert_eq!(
        log.cause(AlarmName::RelayFault),
        Some(Cause::ChargerWelded),
        "{log}"
    );
    assert_eq!(
        log.verifications(RelayName::Charger),
        [Verification::Failed],
        "{log}"
    );
    assert!(
        site.between(at(1, 11), at(1, 30))
            .all(|truth| truth.flows.charger_amperes == 0.0)
    );
}

/// 00:30  contact 1 welds; 01:00 an operator opens relay 1: the charge flows on, mains_welded
#[test]
fn a_welded_mains_contact_is_named() {
    let plant = PlantConfig {
        initial_state_of_charge: 0.6,
        ..PlantConfig::telecom_site()
    };
    let mut site = Site::new(plant)
        .from(
            at(0, 30),
            Fault::RelayStuck(RelayName::Mains, Contact::Closed),
        )
        .at(at(1, 0), by_hand(HOUR))
        .at(at(1, 0), open(RelayName::Mains));
    site.run_to(at(1, 10));
    assert_eq!(
        site.log.cause(AlarmName::RelayFault),
        Some(Cause::MainsWelded),
        "{}",
        site.log
    );
}
