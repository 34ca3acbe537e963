//! The wall clock jumps or is not set, the program stops, a sensor freezes or runs out of range.

use releve_control::{
    AlarmName, Blocker, Cause, Command, Contact, CycleOutcome, Mode, RelayName, Rule,
};
use releve_plant::{Fault, LoadParameters, MeterParameters, PlantConfig, SensorName};

use crate::log::assert_between;
use crate::schedules::{every_day, nightly};
use crate::site::*;

/// 01:00  a cycle begins; 02:00 the clock is set forward by an hour: the cycle is aborted
#[test]
fn a_clock_jump_ends_a_cycle() {
    let mut site = Site::floating(PlantConfig::healthy_site())
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(1, 0), start_cycle());
    site.run_to(at(2, 0));
    site.wall_at_start = site.wall_at_start.map(|wall| wall.after(HOUR));
    site.run_to(at(2, 5));
    let [report] = site.log.cycles()[..] else {
        panic!("one cycle:\n{}", site.log)
    };
    assert_eq!(
        (report.outcome, report.cause),
        (CycleOutcome::Aborted, Some(Cause::ClockJump))
    );
    assert_eq!(site.installation(), (Contact::Closed, Contact::Closed));
}

/// 00:00  the clock is not set; a schedule has critical periods: this may be one
/// 00:10  clock_unset; an operator who opens relay 1 is refused; no cycle starts
/// 01:00  the clock is set
#[test]
fn a_clock_that_is_not_set_is_a_critical_period() {
    let mut site = Site::new(PlantConfig::telecom_site())
        .at(
            at(0, 1),
            Command::Schedule(Some(nightly("UTC", &every_day()))),
        )
        .at(at(0, 1), mode(Mode::ConsumptionCycle))
        .at(at(0, 20), start_cycle())
        .at(at(0, 20), by_hand(HOUR))
        .at(at(0, 20), open(RelayName::Mains));
    site.wall_at_start = None;
    site.run_to(at(1, 0));
    let raised = site.log.raised(AlarmName::ClockUnset);
    assert_between(&site.log, "the alarm", raised, at(0, 9), at(0, 11));
    let refused = site
        .log
        .answers
        .iter()
        .filter(|(_, _, answer)| answer.is_err())
        .count();
    assert_eq!(refused, 2, "{}", site.log);
    assert_eq!(site.rule(RelayName::Mains), Rule::CriticalPeriod);
    site.wall_at_start = Some(NEW_YEAR.after(at(19, 0)));
    site.run_to(at(1, 5));
    assert!(!site.has(AlarmName::ClockUnset));
    assert_ne!(
        site.rule(RelayName::Mains),
        Rule::CriticalPeriod,
        "{}",
        site.log
    );
    assert_eq!(site.log.openings(RelayName::Mains), 0);
}

/// 01:00  a cycle begins; 02:00 the program stops without a word and is back after a minute
/// ..     the plain installation, restart_on_battery, no cycle before somebody has looked
/// 03:00  somebody has
#[test]
fn a_program_that_stopped_in_a_discharge_begins_no_other() {
    let plant = PlantConfig::healthy_site();
    let mut site = Site::floating(plant)
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(1, 0), start_cycle());
    site.run_to(at(2, 0));
    assert_eq!(site.installation(), (Contact::Open, Contact::Open));
    site.crash(config_of(&plant), MINUTE);
    site.run_to(at(3, 0));
    assert_eq!(site.installation(), (Contact::Closed, Contact::Closed));
    assert_eq!(site.controller.view().mode, Mode::ConsumptionCycle);
    assert!(site.has(AlarmName::RestartOnBattery), "{}", site.log);
    assert!(
        site.controller
            .view()
            .cycle
            .next
            .blockers_by_hand
            .contains(&Blocker::AlarmActive)
    );
    site.order(at(3, 0), Command::Acknowledge(AlarmName::RestartOnBattery));
    site.run_to(at(3, 5));
    assert!(!site.has(AlarmName::RestartOnBattery));
    assert!(
        site.between(at(2, 2), at(3, 0))
            .all(|truth| truth.mains_present)
    );
}

/// 01:00  input 1 freezes at the float voltage
/// 02:00  a cycle begins: 90 W fall onto the battery, its voltage does not move
/// ..     within seconds: data_lost, voltage_frozen, the plain installation
#[test]
fn a_frozen_voltage_ends_a_cycle() {
    let telecom = PlantConfig::telecom_site();
    let plant = PlantConfig {
        load: LoadParameters {
            mean_watts: 90.0,
            ..telecom.load
        }
        .constant(),
        ..telecom
    };
    let mut site = Site::floating(plant)
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(2, 0), start_cycle())
        .from(at(1, 0), Fault::SensorStuck(SensorName::Battery));
    site.run_to(at(3, 0));
    let log = &site.log;
    let raised = log.raised(AlarmName::DataLost);
    assert_between(log, "the alarm", raised, at(2, 0), at(2, 1));
    assert_eq!(log.cause(AlarmName::DataLost), Some(Cause::VoltageFrozen));
    assert_eq!(
        log.switched(RelayName::Mains, Contact::Closed, Rule::DataLost),
        raised
    );
    assert_eq!(site.installation(), (Contact::Closed, Contact::Closed));
}

/// 01:00  input 1 freezes at the float voltage
/// 02:00  a cycle begins under a load too small to prove that (here 60 W on 100 Ah): what bounds the
///        discharge is its depth
#[test]
fn a_frozen_voltage_that_nothing_proves_is_bounded_by_the_depth() {
    let mut site = Site::floating(PlantConfig::telecom_site())
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(2, 0), start_cycle())
        .from(at(1, 0), Fault::SensorStuck(SensorName::Battery));
    site.run_to(at(9, 0));
    let closed = site
        .log
        .switched(RelayName::Mains, Contact::Closed, Rule::DischargeDepth);
    let then = site
        .between(closed - MINUTE, closed)
        .last()
        .expect("a moment");
    assert!(then.state_of_charge > 0.72, "{then:?}");
    assert!(site.least_volts() > 12.3, "{} V", site.least_volts());
}

/// 00:00  a load of 60 W on shunts of 0.1 Ω: 4.4 A are beyond the 3.2 A that they measure
/// ..     current_over_range; nothing else is made of it
#[test]
fn a_shunt_that_is_too_small_is_told_of() {
    let plant = PlantConfig {
        meter: MeterParameters {
            load_shunt_ohms: 0.1,
            ..PlantConfig::telecom_site().meter
        },
        ..PlantConfig::telecom_site()
    };
    let mut site = Site::new(plant);
    site.run_to(at(6, 0));
    let raised = site.log.raised(AlarmName::CurrentOverRange);
    assert_between(&site.log, "the alarm", raised, 3 * SECOND, MINUTE);
    site.log.assert_alarms(&[AlarmName::CurrentOverRange]);
    assert_eq!(site.log.switchings(), []);
}
