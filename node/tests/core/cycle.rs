//! A relay station whose schedule wants a cycle every other day, seen from outside.

use std::collections::BTreeSet;

use releve_control::{
    CycleOutcome, Event, LimitName, Mode, Period, Phase, Relays, Schedule, Weekday,
};
use releve_node::NodeConfig;
use releve_node::config::Beginning;
use releve_node::journal::Capacity;
use releve_plant::PlantConfig;

use crate::harness::{Site, config, events, readings};

/// Windows of half a minute in an hour.
const WINDOWS_AN_HOUR: usize = 120;

fn period(from: &str, to: &str) -> Period {
    Period {
        days: Weekday::ALL.to_vec(),
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

pub fn station() -> Site {
    let plant = PlantConfig::telecom_site();
    let mut config = NodeConfig {
        beginning: Beginning {
            mode: Mode::ConsumptionCycle,
            schedule: Some(Schedule {
                time_zone: "Europe/Paris".to_owned(),
                critical: vec![period("06:00", "08:00")],
                allowed: vec![period("08:30", "20:00")],
                cycle_every_days: 2,
            }),
        },
        ..config(&plant, Capacity::days(3))
    };
    config.control.limits = vec![
        (LimitName::DischargeDepth, 10.0),
        (LimitName::LongestDischarge, 240.0),
    ];
    Site::start(plant, config).expect("a beginning that can be had")
}

#[test]
fn a_cycle_by_the_schedule_goes_through_every_phase_and_is_reported() {
    let mut site = station();
    let mut phases = BTreeSet::new();
    let mut report = None;
    for _ in 0..72 {
        let published = site.windows(WINDOWS_AN_HOUR);
        phases.extend(
            readings(&published)
                .iter()
                .filter_map(|reading| reading.phase),
        );
        report = events(&published).into_iter().find_map(|record| {
            let Event::CycleEnded { report } = record.event else {
                return None;
            };
            Some(report)
        });
        if report.is_some() {
            break;
        }
    }
    let state = site.state();
    let report = report.unwrap_or_else(|| panic!("no cycle in three days: {state:#?}"));
    assert_eq!(report.outcome, CycleOutcome::Completed, "{report:?}");
    assert_eq!(state.cycle.last, Some(report));
    assert!(state.cycle.cost.is_some());
    for phase in [
        Phase::Filling,
        Phase::Probing,
        Phase::Discharging,
        Phase::Charging,
    ] {
        assert!(phases.contains(&phase), "{phase} is missing in {phases:?}");
    }
    assert_eq!(site.contacts().mains, Relays::PLAIN.mains);
}
