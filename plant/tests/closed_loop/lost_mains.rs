//! The 230 V supply fails in a cycle, and out of one.

use releve_control::{AlarmName, Cause, Contact, CycleOutcome, Mode, Phase, RelayName, Rule};
use releve_plant::{Fault, PlantConfig};

use crate::log::assert_between;
use crate::site::*;

/// 01:00  a cycle begins; a sense input watches mains upstream of relay 1
/// 02:00  mains fails: both circuits close with the first sample, the cycle is aborted
/// 02:40  mains returns and charges the battery at once
#[test]
fn a_sensed_outage_ends_a_cycle_at_once() {
    let mut site = Site::floating(PlantConfig::telecom_site())
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(1, 0), start_cycle())
        .during(at(2, 0), at(2, 40), Fault::MainsFailure);
    site.run_to(at(4, 0));
    let log = &site.log;
    let closed = log.switched(RelayName::Mains, Contact::Closed, Rule::MainsLost);
    assert_between(
        log,
        "relay 1 closes",
        closed,
        at(2, 0),
        at(2, 0) + 3 * SECOND,
    );
    let [report] = log.cycles()[..] else {
        panic!("one cycle:\n{log}")
    };
    assert_eq!(
        (report.outcome, report.cause),
        (CycleOutcome::Aborted, Some(Cause::MainsLost))
    );
    for truth in site.between(at(2, 41), at(4, 0)) {
        assert!(truth.flows.battery_amperes > 0.0, "{truth:?}");
    }
    log.assert_alarms(&[AlarmName::MainsLost, AlarmName::CycleAborted]);
}

/// 01:00  a cycle begins; nothing watches mains
/// 02:00  mains fails, unseen: relay 1 is open
/// 05:30  about: the discharge is over by its depth, both circuits close, no current comes
/// ..     a minute later relay_fault says so; the reserve was there for this
/// 08:00  mains returns: the charge flows, the alarm ends, the cycle is completed
#[test]
fn an_unseen_outage_is_found_at_the_reconnection() {
    let mut site = Site::floating(PlantConfig::healthy_site())
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(1, 0), start_cycle())
        .during(at(2, 0), at(8, 0), Fault::MainsFailure);
    site.run_to(at(20, 0));
    let log = &site.log;
    let charging = log.phase(Phase::Charging);
    assert_between(log, "the depth is reached", charging, at(5, 0), at(6, 0));
    let raised = log.raised(AlarmName::RelayFault);
    assert_between(
        log,
        "the alarm",
        raised,
        charging + 50 * SECOND,
        charging + 75 * SECOND,
    );
    assert_eq!(
        log.cause(AlarmName::RelayFault),
        Some(Cause::NoChargeCurrent)
    );
    assert_between(
        log,
        "its end",
        log.cleared(AlarmName::RelayFault),
        at(8, 0),
        at(8, 1),
    );
    assert!(
        site.between(at(0, 0), at(20, 0))
            .all(|truth| truth.flows.load_running)
    );
    let [report] = log.cycles()[..] else {
        panic!("one cycle:\n{log}")
    };
    assert_eq!(report.outcome, CycleOutcome::Completed);
}

/// 00:10  the observer; 01:00 mains fails for an hour; without a sense input that is no alarm and no
///        switching: nothing can tell it from a full battery, and nothing needs doing
#[test]
fn an_unsensed_outage_in_the_plain_installation_switches_nothing() {
    let mut site =
        Site::new(PlantConfig::healthy_site()).during(at(1, 0), at(2, 0), Fault::MainsFailure);
    site.run_to(at(6, 0));
    assert_eq!(site.log.switchings(), []);
    site.log.assert_alarms(&[]);
}
