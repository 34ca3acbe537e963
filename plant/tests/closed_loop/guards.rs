//! What ends a discharge before it is harmful: each guard once, where physics brings it about.

use releve_control::decision::Config;
use releve_control::guards::Guards;
use releve_control::{
    AlarmName, Cause, Command, Contact, CycleOutcome, DischargeEnd, LimitName, Mode, Phase,
    RejectCode, RelayName, Rule,
};
use releve_plant::battery::{BatteryParameters, StateOfHealth};
use releve_plant::{ChargerParameters, Fault, LoadParameters, MeterParameters, PlantConfig};

use crate::log::assert_between;
use crate::schedules::{every_day, nightly};
use crate::site::*;

/// 01:00  an operator takes relay 1 for twelve hours and opens it; the reserve is 1000 min, the load's
///        runtime on the full battery about 1200
/// ..     when the battery could carry the load for 1000 min, relay 1 closes, whatever the hand wants
/// ..     and opens no more for the hand
#[test]
fn the_reserve_is_kept_from_the_hand() {
    let mut site = Site::floating(PlantConfig::telecom_site())
        .at(at(0, 10), limit(LimitName::ReserveRuntime, 1000.0))
        .at(at(1, 0), by_hand(12 * HOUR))
        .at(at(1, 0), open(RelayName::Mains));
    while site.rule(RelayName::Mains) != Rule::Reserve {
        let next = site.elapsed() + MINUTE;
        assert!(
            next < at(12, 0),
            "the reserve was never reached:\n{}",
            site.log
        );
        site.run_to(next);
    }
    let tripped = site.elapsed();
    site.order(tripped, open(RelayName::Mains));
    site.run_to(tripped + HOUR);
    let log = &site.log;
    assert_eq!(site.log.openings(RelayName::Mains), 1, "{log}");
    let before = site.between(tripped, tripped).next().expect("a moment");
    let minutes = 60.0 * before.charge_ampere_hours / before.flows.load_amperes;
    assert!(
        (minutes / 1000.0 - 1.0).abs() < 0.2,
        "{minutes} min in truth"
    );
    let (_, _, refused) = log.answers.last().expect("an answer");
    assert_eq!(
        refused.as_ref().expect_err("the reserve").code,
        RejectCode::Interlock
    );
    log.assert_alarms(&[AlarmName::ReserveLow]);
}

/// 01:00  a cycle begins whose discharge may last an hour
/// 02:00  the hour is over, the cycle is aborted in the plain installation
#[test]
fn a_discharge_ends_with_its_longest_duration() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::floating(plant)
            .at(at(0, 10), limit(LimitName::LongestDischarge, 60.0))
            .at(at(0, 10), mode(Mode::ConsumptionCycle))
            .at(at(1, 0), start_cycle());
        site.run_to(at(3, 0));
        let log = &site.log;
        let closed = log.switched(RelayName::Mains, Contact::Closed, Rule::LongestDischarge);
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
        let told = (report.outcome, report.cause);
        assert_eq!(
            told,
            (CycleOutcome::Aborted, Some(Cause::LongestDischarge)),
            "{log}"
        );
        log.assert_alarms(&[AlarmName::CycleAborted]);
    }
}

/// 07:00  an operator opens relay 1 for an hour
/// 07:30  a schedule is set whose critical period begins at 8
/// 08:00  relay 1 closes
#[test]
fn a_critical_period_ends_a_discharge_by_hand() {
    // The site starts at 10 o'clock.
    let mut site = Site::floating(PlantConfig::healthy_site())
        .at(at(21, 0), by_hand(3 * HOUR))
        .at(at(21, 0), open(RelayName::Mains))
        .at(
            at(21, 30),
            Command::Schedule(Some(nightly("UTC", &every_day()))),
        );
    site.run_to(at(23, 0));
    let log = &site.log;
    log.assert_obeyed();
    let closed = log.switched(RelayName::Mains, Contact::Closed, Rule::CriticalPeriod);
    assert_between(
        log,
        "relay 1 closes",
        closed,
        at(22, 0),
        at(22, 0) + 3 * SECOND,
    );
    log.assert_alarms(&[]);
}

/// 01:00  a cycle begins; 02:00 somebody calls the present hours critical: it is aborted at once
#[test]
fn a_critical_period_ends_a_cycle() {
    let mut site = Site::floating(PlantConfig::telecom_site())
        .at(at(1, 0), mode(Mode::ConsumptionCycle))
        .at(at(1, 0), start_cycle())
        .at(
            at(2, 0),
            Command::Schedule(Some(nightly("UTC", &every_day()))),
        );
    site.run_to(at(2, 5));
    let log = &site.log;
    let closed = log.switched(RelayName::Mains, Contact::Closed, Rule::CriticalPeriod);
    assert_eq!(closed, at(2, 0), "{log}");
    assert_eq!(log.cycles()[0].cause, Some(Cause::CriticalPeriod), "{log}");
}

/// 01:00  a cycle begins; 02:00 something beside the battery heats it
/// ..     it leaves the range in which cycles run: the cycle is aborted, long before any limit
#[test]
fn a_heat_wave_ends_a_cycle() {
    let mut site = Site::floating(PlantConfig::healthy_site())
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(1, 0), start_cycle())
        .from(at(2, 0), Fault::ExtraHeat { watts: 16.0 });
    site.run_to(at(6, 0));
    let log = &site.log;
    let [report] = log.cycles()[..] else {
        panic!("one cycle:\n{log}")
    };
    let told = (report.outcome, report.cause);
    assert_eq!(
        told,
        (CycleOutcome::Aborted, Some(Cause::TemperatureRange)),
        "{log}"
    );
    let aborted = log.raised(AlarmName::CycleAborted);
    let then = site
        .between(aborted - MINUTE, aborted)
        .last()
        .expect("a moment");
    assert!((then.battery_celsius - 37.0).abs() < 1.2, "{then:?}");
    assert_eq!(site.log.openings(RelayName::Mains), 1);
}

/// An 18 Ah battery under 40 W: a load that shows its age.
fn on_a_heavy_load(health: f64) -> PlantConfig {
    let healthy = PlantConfig::healthy_site();
    PlantConfig {
        battery: BatteryParameters::agm(18.0).aged(StateOfHealth::new(health)),
        initial_state_of_charge: 1.0,
        load: LoadParameters {
            mean_watts: 40.0,
            ..healthy.load
        }
        .constant(),
        meter: MeterParameters {
            charger_shunt_ohms: 0.1,
            load_shunt_ohms: 0.02,
        },
        ..healthy
    }
}

/// 06:00  a first cycle on a sound battery
/// 24:00  a battery with a third of its capacity takes its place
/// 36:00  a second cycle: the knee comes early, the voltage falls much faster per charge taken out than
///        in the first, and the cycle is aborted before discharge_stop
#[test]
fn an_aged_battery_shows_in_the_slope() {
    let config = Config {
        limits: vec![
            (LimitName::DischargeStop, 11.2),
            (LimitName::DischargeFloor, 10.6),
            (LimitName::DischargeDepth, 40.0),
            (LimitName::ReserveRuntime, 0.0),
        ],
        guards: Guards {
            dip_factor: None,
            ..Guards::default()
        },
        ..config_of(&on_a_heavy_load(1.0))
    };
    let mut site = Site::configured(on_a_heavy_load(1.0), config, SEED)
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(6, 0), start_cycle())
        .at(at(36, 0), start_cycle());
    site.run_to(at(24, 0));
    let [first] = site.log.cycles()[..] else {
        panic!("one cycle:\n{}", site.log)
    };
    let told = (first.outcome, first.discharge_end);
    assert_eq!(
        told,
        (CycleOutcome::Completed, Some(DischargeEnd::Depth)),
        "{}",
        site.log
    );
    site.exchange(on_a_heavy_load(0.35));
    site.run_to(at(60, 0));
    let log = &site.log;
    let [_, second] = log.cycles()[..] else {
        panic!("two cycles:\n{log}")
    };
    assert_eq!(
        (second.outcome, second.cause),
        (CycleOutcome::Aborted, Some(Cause::Slope)),
        "{log}"
    );
    assert!(
        second.least_voltage.is_some_and(|volts| volts > 11.2),
        "{second:?}"
    );
}

/// 06:00  a first cycle on a sound battery; 24:00 one with three tenths of its health takes its place
/// 36:00  a second cycle: its voltage dips more than half as deep again, and the probe ends it
#[test]
fn an_aged_battery_shows_in_the_dip() {
    let heavier = |health| PlantConfig {
        load: LoadParameters {
            mean_watts: 90.0,
            ..on_a_heavy_load(health).load
        },
        ..on_a_heavy_load(health)
    };
    let config = Config {
        limits: vec![
            (LimitName::DischargeStop, 11.2),
            (LimitName::DischargeFloor, 10.6),
            (LimitName::ReserveRuntime, 0.0),
            (LimitName::DischargeDepth, 15.0),
        ],
        ..config_of(&heavier(1.0))
    };
    let mut site = Site::configured(heavier(1.0), config, SEED)
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(6, 0), start_cycle())
        .at(at(36, 0), start_cycle());
    site.run_to(at(24, 0));
    site.exchange(heavier(0.3));
    site.run_to(at(60, 0));
    let log = &site.log;
    let [_, second] = log.cycles()[..] else {
        panic!("two cycles:\n{log}")
    };
    assert_eq!(second.cause, Some(Cause::ProbeDip), "{log}");
    let open = log.phase_after(at(30, 0), Phase::Probing);
    let closed = log.switched_after(open, RelayName::Mains, Contact::Closed, Rule::CycleWaiting);
    assert_between(log, "the abort", closed, open, open + MINUTE);
}

/// 00:10  intermittent charging with a narrow band, on a common bus: the load pulls the voltage down as
///        soon as the charger opens, the charger closes after its least time, and opens again
/// ..     24 openings later the day's budget is spent: the charger stays closed, the operator is told
/// 24:10  a new day
#[test]
fn a_narrow_band_spends_the_switching_budget() {
    let mut site = Site::floating(PlantConfig::telecom_site())
        .at(at(0, 10), limit(LimitName::ChargeResume, 13.1))
        .at(at(0, 10), limit(LimitName::OverchargeCut, 13.4))
        .at(at(0, 10), mode(Mode::OverchargeProtection));
    site.run_to(at(30, 0));
    let log = &site.log;
    let spent = log.raised(AlarmName::SwitchingBudget);
    let first = log.switched(RelayName::Charger, Contact::Open, Rule::OverchargeCut);
    assert_between(log, "the budget", spent, at(10, 0), at(24, 0));
    let opened = |from, until| {
        let in_time = |found: &&crate::log::Switching| {
            found.contact == Contact::Open && found.at >= from && found.at < until
        };
        log.switchings().iter().filter(in_time).count()
    };
    assert_eq!(opened(at(0, 0), first + DAY), 24, "{log}");
    assert!(
        site.between(spent + 2 * HOUR, first + DAY - MINUTE)
            .all(|truth| { truth.contacts.charger == Contact::Closed })
    );
    assert!(opened(first + DAY, at(30, 0)) > 0, "{log}");
    log.assert_alarms(&[AlarmName::SwitchingBudget]);
    // The least times hold throughout.
    for pair in log.switchings().windows(2) {
        let least = if pair[0].contact == Contact::Open {
            at(0, 30)
        } else {
            at(0, 10)
        };
        assert!(pair[1].at - pair[0].at >= least, "{log}");
    }
}

/// 01:00  a cycle on a site whose charger gives 0.1 A
/// ..     the charge after it takes longer than a day: charge_timeout, the cycle is aborted
#[test]
fn a_charge_that_takes_too_long_is_told_of() {
    let plant = PlantConfig {
        initial_state_of_charge: 1.0,
        charger: ChargerParameters {
            current_limit_amperes: 0.1,
            ..PlantConfig::healthy_site().charger
        },
        ..PlantConfig::healthy_site()
    };
    let mut site = Site::floating(plant)
        .at(at(0, 10), mode(Mode::ConsumptionCycle))
        .at(at(1, 0), start_cycle());
    site.run_to(at(36, 0));
    let log = &site.log;
    let charging = log.phase(Phase::Charging);
    let raised = log.raised(AlarmName::ChargeTimeout);
    assert_between(
        log,
        "the alarm",
        raised,
        charging + DAY,
        charging + DAY + MINUTE,
    );
    assert_eq!(log.cycles()[0].cause, Some(Cause::ChargeTimeout));
    assert_eq!(site.installation(), (Contact::Closed, Contact::Closed));
}
