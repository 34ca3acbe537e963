//! The concept's manual and automatic operation.

use releve_control::{
    AlarmName, Authority, AuthorityRequest, Command, Contact, Mode, RejectCode, RelayName, Rule,
};
use releve_plant::PlantConfig;

use crate::log::assert_between;
use crate::site::*;

/// 00:10  consumption cycle, automatic: a relay does not obey by hand
/// 00:20  manual: relay 1 is opened for a measurement
/// 00:50  the lease of half an hour ends by itself: relay 1 closes
/// 01:00  manual again, relay 2 is opened; 01:20 automatic: it closes
#[test]
fn the_operator_forces_a_manoeuvre_and_gives_the_site_back() {
    let mut site = Site::new(PlantConfig::telecom_site())
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(0, 10), open(RelayName::Mains))
        .at(at(0, 20), by_hand(30 * MINUTE))
        .at(at(0, 20), open(RelayName::Mains))
        .at(at(1, 0), by_hand(HOUR))
        .at(at(1, 0), open(RelayName::Charger))
        .at(at(1, 20), Command::Authority(AuthorityRequest::Automatic));
    site.run_to(at(2, 0));
    let log = &site.log;
    let (_, _, refused) = &log.answers[1];
    let refused = refused.as_ref().expect_err("automatic");
    assert_eq!(refused.code, RejectCode::AuthorityAutomatic);
    assert!(
        site.between(at(0, 21), at(0, 49))
            .all(|truth| !truth.mains_present),
        "{log}"
    );
    assert!(
        site.between(at(0, 51), at(2, 0))
            .all(|truth| truth.mains_present),
        "{log}"
    );
    assert!(
        site.between(at(1, 1), at(1, 19))
            .all(|truth| truth.flows.charger_amperes == 0.0)
    );
    let closed = log.switched(RelayName::Charger, Contact::Closed, Rule::CycleWaiting);
    assert_between(log, "relay 2 closes", closed, at(1, 20), at(1, 21));
    assert_eq!(site.controller.view().authority, Authority::Automatic);
    log.assert_alarms(&[]);
}

/// 00:01  a battery at 40 %, and an operator who opens relay 1 for twelve hours
/// ..     at 12.0 V the floor closes it, whatever the hand wants
/// ..     and refuses to open it again
#[test]
fn the_floor_stands_above_the_hand() {
    let plant = PlantConfig {
        initial_state_of_charge: 0.4,
        ..PlantConfig::telecom_site()
    };
    let mut site = Site::new(plant)
        .at(at(0, 1), by_hand(12 * HOUR))
        .at(at(0, 1), open(RelayName::Mains));
    while site.rule(RelayName::Mains) != Rule::Floor {
        site.run_to(site.elapsed() + MINUTE);
        assert!(
            site.elapsed() < at(10, 0),
            "the floor was never reached:\n{}",
            site.log
        );
    }
    site.order(site.elapsed(), open(RelayName::Mains));
    site.run_to(at(11, 0));
    let floor = site
        .log
        .switched(RelayName::Mains, Contact::Closed, Rule::Floor);
    let before = site
        .between(floor - MINUTE, floor)
        .next()
        .expect("a moment");
    assert!(
        (before.flows.battery_volts - 12.0).abs() < 0.04,
        "{before:?}"
    );
    assert!(
        site.least_volts() > 11.95,
        "{} V\n{}",
        site.least_volts(),
        site.log
    );
    assert_eq!(site.log.raised(AlarmName::BatteryAtFloor), floor);
    assert_eq!(site.log.openings(RelayName::Mains), 1, "{}", site.log);
    let (_, _, refused) = site.log.answers.last().expect("an answer");
    let refused = refused.as_ref().expect_err("the battery is at its floor");
    assert_eq!(refused.code, RejectCode::Interlock);
}
