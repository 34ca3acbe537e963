//! Batteries that are not what they were: a cycle finds them out before they are needed.

use releve_control::{
    AlarmName, Cause, Contact, CycleOutcome, LimitName, Mode, Phase, RelayName, Rule,
};
use releve_plant::battery::StateOfHealth;
use releve_plant::{Fault, LoadParameters, MeterParameters, PlantConfig};

use crate::log::assert_between;
use crate::site::*;

/// 01:59  a cell is shorted
/// 02:00  a cycle is started: without a charger the battery stands below its floor at once
/// 02:00  one sample later both circuits are closed again, the cycle is aborted, the operator is told
#[test]
fn a_shorted_cell_ends_a_cycle_with_its_first_sample() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::floating(plant)
            .at(at(0, 10), mode(Mode::ConsumptionCycle))
            .at(at(2, 0), start_cycle())
            .from(at(1, 59), Fault::CellShorted);
        site.run_to(at(2, 10));
        let log = &site.log;
        let opened = log.switched(RelayName::Mains, Contact::Open, Rule::CycleDischarging);
        let closed = log.switched(RelayName::Mains, Contact::Closed, Rule::Floor);
        assert_eq!((opened, closed), (at(2, 0), at(2, 0) + 3 * SECOND), "{log}");
        let [report] = log.cycles()[..] else {
            panic!("one cycle:\n{log}")
        };
        assert_eq!(
            (report.outcome, report.cause),
            (CycleOutcome::Aborted, Some(Cause::Floor))
        );
        assert!(site.has(AlarmName::CycleAborted));
        assert_eq!(
            site.installation(),
            (Contact::Closed, Contact::Closed),
            "{log}"
        );
    }
}

/// 01:59  a cell is shorted on a common bus: the charger pours its current into the other five
/// 02:30  the operator is told that the battery warms faster than any charge explains
/// 03:30  about: it is at its limit, the charger opens although the load then empties the battery, and
///        that is told, too
#[test]
fn a_shorted_cell_warms_its_neighbours() {
    let mut site = Site::new(PlantConfig::telecom_site()).from(at(1, 59), Fault::CellShorted);
    site.run_to(at(4, 0));
    let log = &site.log;
    let rising = log.raised(AlarmName::TemperatureRising);
    assert_between(log, "the rise", rising, at(2, 20), at(3, 0));
    let opened = log.switched(RelayName::Charger, Contact::Open, Rule::Heat);
    assert_between(log, "the charger opens", opened, rising, at(4, 0));
    let draining = log.raised(AlarmName::BatteryDraining);
    assert_between(log, "the drain", draining, opened, opened + MINUTE);
    assert!(
        site.between(opened + MINUTE, at(4, 0))
            .all(|truth| truth.flows.charger_amperes == 0.0)
    );
}

/// Three tenths of its health left, under a load that a sound battery of its size carries for hours.
fn worn_out() -> PlantConfig {
    let healthy = PlantConfig::healthy_site();
    PlantConfig {
        battery: healthy.battery.aged(StateOfHealth::new(0.3)),
        load: LoadParameters {
            mean_watts: 110.0,
            ..healthy.load
        },
        meter: MeterParameters {
            charger_shunt_ohms: 0.1,
            load_shunt_ohms: 0.02,
        },
        ..healthy
    }
}

/// 02:00  a cycle on a worn-out battery is started, with the reserve switched off
/// 02:01  within the probe the voltage is below discharge_stop: the cycle is aborted
#[test]
fn a_worn_out_battery_shows_in_the_probe() {
    let mut site = Site::floating(worn_out())
        .at(at(0, 10), limit(LimitName::ReserveRuntime, 0.0))
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(2, 0), start_cycle());
    site.run_to(at(3, 0));
    let log = &site.log;
    log.assert_obeyed();
    let probe = log.phase(Phase::Probing);
    let [report] = log.cycles()[..] else {
        panic!("one cycle:\n{log}")
    };
    assert_eq!(
        (report.outcome, report.cause),
        (CycleOutcome::Aborted, Some(Cause::ProbeVoltage)),
        "{log}"
    );
    let closed = log.phase_after(probe, Phase::Waiting);
    assert_between(log, "the abort", closed, probe, probe + MINUTE);
    assert!(
        site.between(probe, closed)
            .all(|truth| truth.flows.load_running)
    );
}
