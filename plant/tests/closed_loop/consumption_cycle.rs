//! The concept's consumption cycle, by its own plain rules and by the careful ones.

use core::time::Duration;

use releve_control::decision::Config;
use releve_control::guards::Guards;
use releve_control::statistics::Quality;
use releve_control::{
    Blocker, Command, Contact, CycleOutcome, CycleStart, DischargeEnd, LimitName, Mode, Phase,
    RejectCode, RelayName, Rule, Verification, Wiring,
};
use releve_plant::PlantConfig;

use crate::log::assert_between;
use crate::schedules::{every_day, nightly};
use crate::site::*;

/// 00:10  consumption cycle by the concept's rules: voltages alone
/// 01:00  a cycle is started: both relays open, the equipment runs on the battery
/// ..     below 12.5 V both close again and the battery is charged
/// ..     above 13.45 V the charger opens, mains stays
/// ..     the battery, nowhere near full, sinks below 12.74 V and is charged once more
#[test]
fn voltages_alone_steer_the_concept_s_cycle() {
    let plant = PlantConfig::healthy_site();
    let config = Config {
        guards: Guards::concept(),
        limits: vec![(LimitName::DischargeStop, 12.5), (LimitName::TopUp, 12.74)],
        ..config_of(&plant)
    };
    let mut site = Site::configured(plant, config, SEED)
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(1, 0), start_cycle());
    site.run_to(at(96, 0));
    let log = &site.log;
    log.assert_obeyed();
    log.assert_alarms(&[]);

    for relay in [RelayName::Mains, RelayName::Charger] {
        let opened = log.switched(relay, Contact::Open, Rule::CycleDischarging);
        assert_between(log, "both relays open", opened, at(1, 0), at(1, 1));
    }
    let charging = log.phase(Phase::Charging);
    for truth in site.between(at(1, 1), charging - MINUTE) {
        assert!(
            !truth.mains_present && truth.flows.load_running,
            "{truth:?}"
        );
        assert!(truth.flows.battery_volts > 12.47, "{truth:?}");
    }
    let end = site
        .between(charging - MINUTE, charging)
        .next()
        .expect("a moment");
    assert!((end.flows.battery_volts - 12.5).abs() < 0.03, "{end:?}");
    assert_eq!(
        log.switched(RelayName::Mains, Contact::Closed, Rule::CycleCharging),
        charging
    );

    let resting = log.phase(Phase::Resting);
    assert_between(
        log,
        "the rest",
        resting,
        charging + at(0, 30),
        charging + at(4, 0),
    );
    let full = site
        .between(resting - MINUTE, resting)
        .next()
        .expect("a moment");
    assert!(full.flows.battery_volts > 13.42, "{full:?}");
    assert_eq!(
        log.switched(RelayName::Charger, Contact::Open, Rule::CycleResting),
        resting
    );
    assert_eq!(log.openings(RelayName::Mains), 1, "{log}");

    let topped_up = log.phase_after(resting, Phase::Charging);
    let low = site
        .between(topped_up - MINUTE, topped_up)
        .next()
        .expect("a moment");
    assert!((low.flows.battery_volts - 12.74).abs() < 0.03, "{low:?}");
    assert!(
        site.between(topped_up + MINUTE, topped_up + 5 * MINUTE)
            .all(|truth| truth.flows.battery_amperes > 0.0)
    );
}

/// 00:10  consumption cycle with the careful guards
/// 01:00  a cycle is started; the battery has long been full, so it is discharged at once
/// 05:30  about: a quarter of its capacity is taken out, both relays close
/// ..     the battery is charged until it takes little, and on for four hours: the cycle has completed
#[test]
fn a_careful_cycle_takes_a_quarter_out_and_puts_it_back() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::floating(plant)
            .at(at(0, 10), mode(Mode::ConsumptionCycle))
            .at(at(1, 0), start_cycle());
        site.run_to(at(20, 0));
        let log = &site.log;
        log.assert_obeyed();
        log.assert_alarms(&[]);
        let [report] = log.cycles()[..] else {
            panic!("one cycle:\n{log}")
        };
        assert_eq!(
            (report.by, report.outcome),
            (CycleStart::Operator, CycleOutcome::Completed)
        );
        assert_eq!(report.discharge_end, Some(DischargeEnd::Depth));

        let capacity = plant.battery.rated_ampere_hours;
        let counted = report.discharged_ah.expect("counted");
        assert!((counted / capacity - 0.25).abs() < 0.01, "{counted} Ah");
        let charge = |moment| {
            site.between(moment, moment)
                .next()
                .map(|truth| truth.charge_ampere_hours)
        };
        let (open, closed) = (log.phase(Phase::Probing), log.phase(Phase::Charging));
        let minute = |moment: core::time::Duration| {
            MINUTE * u32::try_from(moment.as_secs() / 60).expect("minutes")
        };
        let taken = charge(minute(open)).zip(charge(minute(closed)));
        let taken = taken.map(|(before, after)| before - after).expect("traced");
        assert!(
            (taken - counted).abs() < 0.03 * capacity,
            "{taken} Ah in truth, {counted} Ah counted"
        );
        // On a common bus a rest would put the load on the battery.
        let then = match plant.wiring {
            Wiring::BatteryLead => Phase::Resting,
            Wiring::CommonBus => Phase::Waiting,
        };
        let full = site.between(log.phase(then), at(20, 0)).next();
        assert!(
            full.is_some_and(|truth| truth.state_of_charge > 0.96),
            "{full:?}"
        );
        assert!(
            report.least_voltage.is_some_and(|volts| volts > 12.2),
            "{report:?}"
        );

        // Nothing else was switched in the discharge, and every edge was seen to act.
        assert_eq!(log.openings(RelayName::Mains), 1, "{log}");
        assert!(
            !log.verifications(RelayName::Mains)
                .contains(&Verification::Failed),
            "{log}"
        );
        assert!(
            !log.verifications(RelayName::Charger)
                .contains(&Verification::Failed),
            "{log}"
        );
    }
}

/// 00:10  consumption cycle on a battery that nobody has seen full
/// 01:00  a cycle is started: the battery is filled, probed, discharged, charged, and rests until it is topped
///        up; where an open charger would put the load on it, it waits instead
/// 30:00  in each of these phases a reading was given every 30 s, of ten samples
#[test]
fn it_measures_in_every_phase() {
    use Phase::{Charging, Discharging, Filling, Probing, Resting, Waiting};
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::new(plant)
            .at(at(0, 10), limit(LimitName::TopUp, 13.1))
            .at(at(0, 10), mode(Mode::ConsumptionCycle))
            .at(at(1, 0), start_cycle());
        let mut passed: Vec<(Phase, u32, u32)> = Vec::new();
        let mut last_reading = Duration::ZERO;
        site.watch_to(at(30, 0), |site, decision| {
            if let Some(reading) = &decision.reading {
                assert_eq!(site.elapsed() - last_reading, 30 * SECOND, "{}", site.log);
                last_reading = site.elapsed();
                for of in [
                    reading.battery.voltage,
                    reading.charger.current,
                    reading.load.current,
                    reading.temperature,
                ] {
                    assert_eq!((of.n, of.quality), (10, Quality::Good), "{}", site.log);
                }
            }
            let Some(phase) = site.controller.view().phase else {
                return;
            };
            match passed.last_mut() {
                Some((last, samples, readings)) if *last == phase => {
                    *samples += 1;
                    *readings += u32::from(decision.reading.is_some());
                }
                _ => passed.push((phase, 1, u32::from(decision.reading.is_some()))),
            }
        });
        site.log.assert_obeyed();
        assert_eq!(last_reading, at(30, 0));
        for (phase, samples, readings) in passed.iter().copied() {
            assert!(
                readings.abs_diff(samples / 10) <= 1,
                "{phase}: {readings} readings of {samples} samples"
            );
        }
        let phases: Vec<Phase> = passed.iter().map(|(phase, ..)| *phase).collect();
        let expected: &[Phase] = match plant.wiring {
            Wiring::BatteryLead => &[
                Waiting,
                Filling,
                Probing,
                Discharging,
                Charging,
                Resting,
                Charging,
            ],
            Wiring::CommonBus => &[Waiting, Filling, Probing, Discharging, Charging, Waiting],
        };
        assert!(phases.starts_with(expected), "{phases:?}\n{}", site.log);
    }
}

/// 10:00  local time: the site starts, its schedule calls from 8 to 18 critical
/// 11:00  a cycle by hand is refused
/// 18:00  .. 20:00 the schedule allows a cycle: it begins in there by itself
/// 08:00  long before, both circuits are closed again
#[test]
fn a_cycle_runs_outside_of_critical_periods_only() {
    let mut site = Site::new(PlantConfig::healthy_site())
        .at(at(0, 10), limit(LimitName::LongestDischarge, 300.0))
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(
            at(0, 10),
            Command::Schedule(Some(nightly("UTC", &every_day()))),
        )
        .at(at(1, 0), start_cycle());
    site.run_to(at(22, 0));
    let log = &site.log;
    let (_, _, refused) = log.answers.last().expect("an answer");
    let refused = refused.as_ref().expect_err("it is a critical period");
    assert_eq!(refused.code, RejectCode::CycleBlocked);
    assert!(
        refused.reason.contains("critical period"),
        "{}",
        refused.reason
    );

    let begun = log.phase(Phase::Probing);
    assert_between(log, "the discharge", begun, at(8, 0), at(10, 0));
    assert!(
        site.between(at(0, 0), at(8, 0))
            .all(|truth| truth.mains_present),
        "{log}"
    );
    let [report] = log.cycles()[..] else {
        panic!("one cycle:\n{log}")
    };
    assert_eq!(
        (report.by, report.outcome),
        (CycleStart::Schedule, CycleOutcome::Completed)
    );
    let next = site.controller.view().cycle.next;
    assert!(next.blockers.contains(&Blocker::NotDue), "{next:?}");
    log.assert_alarms(&[]);
}
