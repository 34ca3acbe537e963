//! The consumption cycle: a sentence of the concept or a guard each.
//!
//! A 20 Ah AGM battery in its lead: the tail current is 0.8 A, a depth of 25 % is 5 Ah. The load takes
//! 1.5 A.

use releve_control::decision::Config;
use releve_control::guards::Guards;
use releve_control::{
    AlarmName, Blocker, Cause, Condition, CycleOutcome, CycleReport, CycleRequest, CycleStart,
    DischargeEnd, Event, LimitName, Mode, Monotonic, Phase, RejectCode, Rule, Wiring,
};

use super::site::*;

const HOUR: core::time::Duration = core::time::Duration::from_hours(1);

/// Careful guards, but for the hours of saturation, which have a timeline of their own.
fn careful() -> Config {
    Config {
        capacity_ampere_hours: Some(20.0),
        guards: Guards {
            saturation: core::time::Duration::ZERO,
            ..Guards::default()
        },
        ..config(Wiring::BatteryLead)
    }
}

/// On mains: the charger holds that voltage and gives that current.
fn on_mains(site: &mut Site, battery: f64, charger: f64) {
    site.measured.battery_volts = volts(battery);
    site.measured.charger_volts = volts(battery);
    site.measured.charger_amperes = amperes(charger);
}

/// On battery: no current from the charger, the battery at that voltage.
fn on_battery(site: &mut Site, battery: f64) {
    on_mains(site, battery, 0.0);
}

/// A site in the mode, its battery full, nothing started.
fn ready_with(config: Config) -> Site {
    let mut site = Site::configured(config);
    site.charger_obeys = true;
    on_mains(&mut site, 13.6, 0.3);
    site.run(5 * MINUTE);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("the mode is there");
    site.run(10 * MINUTE);
    site.take_events();
    site
}

use releve_control::Command;

fn ready() -> Site {
    ready_with(careful())
}

fn phase(site: &Site) -> Phase {
    site.controller.view().phase.expect("the mode has phases")
}

fn start(site: &mut Site) {
    site.ask(Command::Cycle(CycleRequest::Start))
        .expect("nothing stands against a cycle");
}

/// A site whose cycle has begun to discharge, just now.
fn discharging() -> Site {
    let mut site = ready();
    start(&mut site);
    site.run(SAMPLE);
    on_battery(&mut site, 12.75);
    assert_eq!(phase(&site), Phase::Probing);
    site
}

fn last(site: &Site) -> CycleReport<Monotonic> {
    site.controller
        .view()
        .cycle
        .last
        .expect("a cycle has ended")
}

#[track_caller]
fn aborted(site: &Site, cause: Cause) {
    let report = last(site);
    assert_eq!(
        (report.outcome, report.cause),
        (CycleOutcome::Aborted, Some(cause))
    );
    assert_eq!(phase(site), Phase::Waiting);
    assert_eq!(
        site.installation(),
        (Closed, Closed),
        "the plain installation"
    );
    let alarms = site.controller.view().alarms;
    let alarm = alarms
        .iter()
        .find(|alarm| alarm.alarm == AlarmName::CycleAborted);
    let latched = alarm.map(|alarm| alarm.latched);
    assert_eq!(latched, (cause != Cause::Operator).then_some(true));
}

/// ```text
/// 0:00:00 both closed, waiting
/// 0:00:03 started by hand; the battery was verified full minutes ago: both open, probing
/// 0:01:00 discharging
/// 2:00:00 mean 12.19 V, below 12.20 V: both close, charging
/// 7:00:00 13.60 V and 0.3 A for three minutes: the charger opens, resting; the cycle has completed
/// 8:00:00 mean 12.64 V, below 12.65 V: the charger closes again
/// ```
#[test]
fn a_whole_cycle_as_the_concept_tells_it() {
    let mut site = ready();
    assert_eq!(phase(&site), Phase::Waiting);
    assert_eq!(site.installation(), (Closed, Closed));
    assert_eq!(site.rule(Mains), Rule::CycleWaiting);
    let due = site.why(Mains).next.map(|next| (next.condition, next.to));
    assert_eq!(due, Some((Condition::CycleDue, Some(Open))));

    let started = site.now;
    start(&mut site);
    site.run(SAMPLE);
    assert_eq!(site.installation(), (Open, Open));
    assert_eq!(site.rule(Mains), Rule::CycleDischarging);
    assert_eq!(phase(&site), Phase::Probing);
    on_battery(&mut site, 12.75);
    site.run(MINUTE - 2 * SAMPLE);
    let phase_since = |site: &Site| site.controller.view().cycle.phase_since;
    assert_eq!(phase(&site), Phase::Probing, "for a minute");
    assert_eq!(phase_since(&site), Some(started));
    site.run(SAMPLE);
    assert_eq!(phase(&site), Phase::Discharging);
    assert_eq!(phase_since(&site), Some(started.after(MINUTE)));
    site.run(2 * HOUR);
    assert_eq!(site.installation(), (Open, Open));
    let taken = |site: &Site| site.controller.view().cycle.discharged_ah;
    assert!(taken(&site).is_some_and(|taken| (taken - 3.025).abs() < 0.01));
    on_battery(&mut site, 12.2);
    site.run(MINUTE);
    assert_eq!(
        phase(&site),
        Phase::Discharging,
        "at discharge_stop is not below it"
    );
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    assert_eq!(phase(&site), Phase::Charging);
    assert_eq!(site.installation(), (Closed, Closed));
    assert_eq!(site.rule(Charger), Rule::CycleCharging);
    let next = |site: &Site, relay| site.why(relay).next.and_then(|next| next.to);
    assert_eq!(next(&site, Charger), Some(Open), "it will rest");
    assert_eq!(
        (site.rule(Mains), next(&site, Mains)),
        (Rule::CycleCharging, None)
    );

    on_mains(&mut site, 13.3, 2.0);
    site.run(4 * HOUR);
    let charging = taken(&site);
    assert!(charging.is_some_and(|taken| (taken - 3.05).abs() < 0.05));
    on_mains(&mut site, 13.6, 0.3);
    site.run(4 * MINUTE);
    assert_eq!(phase(&site), Phase::Resting);
    assert_eq!(site.installation(), (Closed, Open));
    assert_eq!(site.rule(Charger), Rule::CycleResting);
    let report = last(&site);
    assert_eq!(report.outcome, CycleOutcome::Completed);
    assert_eq!(report.by, CycleStart::Operator);
    assert_eq!(report.discharge_end, Some(DischargeEnd::Voltage));
    assert_eq!(report.started_at, started);
    let taken = report.discharged_ah.expect("counted");
    assert!(
        (taken - 3.05).abs() < 0.05,
        "two hours at 1.5 A: {taken} Ah"
    );
    let least = report.least_voltage.expect("measured");
    assert!((12.19..12.2).contains(&least), "{least} V");

    on_mains(&mut site, 12.65, 0.0);
    site.run(HOUR);
    assert_eq!(phase(&site), Phase::Resting, "at top_up is not below it");
    on_mains(&mut site, 12.64, 0.0);
    site.run(30 * SECOND);
    assert_eq!(site.installation(), (Closed, Closed));
    assert_eq!(phase(&site), Phase::Charging);
    assert_eq!(site.rule(Mains), Rule::CycleWaiting, "no cycle runs");
}

/// ```text
/// full a day ago: a cycle by hand fills the battery first     minutes later it is full: both open
/// it never gets full: given up after a day, the plain installation
/// ```
#[test]
fn a_battery_that_is_not_full_is_filled_before_it_is_discharged() {
    for becomes_full in [true, false] {
        let mut site = ready();
        on_mains(&mut site, 13.2, 1.0);
        site.run(25 * HOUR);
        assert_eq!(phase(&site), Phase::Waiting);
        start(&mut site);
        site.run(HOUR);
        assert_eq!(phase(&site), Phase::Filling);
        assert_eq!(site.installation(), (Closed, Closed));
        if becomes_full {
            on_mains(&mut site, 13.6, 0.3);
            site.run(10 * MINUTE);
            assert_eq!(phase(&site), Phase::Discharging);
            assert_eq!(site.installation(), (Open, Open));
        } else {
            site.run(24 * HOUR);
            aborted(&site, Cause::ChargeTimeout);
            assert!(site.has(AlarmName::ChargeTimeout));
        }
    }
}

/// ```text
/// two openings a day: one by hand, one of the discharge     full: it may not be opened a third time, so it
/// charges on
/// ```
#[test]
fn a_battery_that_may_not_rest_is_charged_on() {
    let mut config = careful();
    config.guards.openings_a_day = 2;
    let mut site = ready_with(config);
    site.ask(manual(30 * MINUTE)).expect("the lease is allowed");
    site.ask(Command::Relay(Charger, Open)).expect("manual");
    site.run(MINUTE);
    site.ask(automatic()).expect("always");
    site.run(15 * MINUTE);
    start(&mut site);
    site.run(2 * MINUTE);
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    on_mains(&mut site, 13.6, 0.3);
    site.run(30 * MINUTE);
    assert_eq!(
        (site.stands(Charger), phase(&site)),
        (Closed, Phase::Charging)
    );
    assert!(site.has(AlarmName::SwitchingBudget));
}

/// ```text
/// neither a count nor a tail current without a capacity: the cycle says what it lacks
/// ```
#[test]
fn without_a_capacity_whatever_needs_one_stands_against_a_cycle() {
    for (count_charge, tail_fraction, needed) in [
        (true, None, true),
        (false, Some(0.04), true),
        (false, None, false),
    ] {
        let mut config = careful();
        config.capacity_ampere_hours = None;
        config.guards.count_charge = count_charge;
        config.guards.tail_fraction = tail_fraction;
        let site = ready_with(config);
        let blockers = site.controller.view().cycle.next.blockers_by_hand;
        assert_eq!(blockers.contains(&Blocker::CapacityUnknown), needed);
    }
}

/// ```text
/// 0:00 a cycle by hand, the battery at its float voltage since a moment ago    0:03 full by its current; it is
/// said that it takes charge for an hour more    1:03 both open
/// ```
#[test]
fn how_long_a_full_battery_is_filled_is_said() {
    let mut config = careful();
    config.guards.saturation = HOUR;
    let mut site = ready_with(config);
    on_mains(&mut site, 13.2, 1.0);
    site.run(25 * HOUR);
    start(&mut site);
    on_mains(&mut site, 13.6, 0.3);
    site.run(10 * MINUTE);
    assert_eq!(phase(&site), Phase::Filling);
    let reason = site.why(Mains);
    let opens = reason
        .next
        .and_then(|next| next.not_before)
        .expect("it can be foreseen");
    let minutes = opens.since(site.now).as_secs() / 60;
    assert!((50..60).contains(&minutes), "in {minutes} min");
    site.run(opens.since(site.now) - MINUTE);
    assert_eq!(site.installation(), (Closed, Closed));
    site.run(2 * MINUTE);
    assert_eq!(site.installation(), (Open, Open));
}

/// ```text
/// 0:00 discharged, both closed     0:04 full at once: the charger may not open yet, so it charges on
/// 0:10 the least time is over: resting     the operator holds the relays for a minute: whatever he did, the
/// battery is charged before it rests again
/// ```
#[test]
fn a_battery_rests_only_when_nothing_else_has_its_charger() {
    let mut site = discharging();
    site.run(2 * MINUTE);
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    on_mains(&mut site, 13.6, 0.3);
    site.run(6 * MINUTE);
    assert_eq!(
        (site.stands(Charger), phase(&site)),
        (Closed, Phase::Charging)
    );
    site.run(10 * MINUTE);
    assert_eq!((site.stands(Charger), phase(&site)), (Open, Phase::Resting));
    site.ask(manual(30 * MINUTE)).expect("the lease is allowed");
    on_mains(&mut site, 13.0, 0.0);
    site.run(MINUTE);
    site.ask(automatic()).expect("always");
    assert_eq!(
        (site.stands(Charger), phase(&site)),
        (Closed, Phase::Charging)
    );
}

#[test]
fn events_tell_each_phase() {
    let mut site = discharging();
    site.run(2 * MINUTE);
    let phases: Vec<(Phase, Phase)> = (site.take_events().into_iter())
        .filter_map(|event| match event {
            Event::CyclePhase { from, to } => Some((from, to)),
            _ => None,
        })
        .collect();
    assert_eq!(
        phases,
        [
            (Phase::Waiting, Phase::Filling),
            (Phase::Filling, Phase::Probing),
            (Phase::Probing, Phase::Discharging),
        ]
    );
}

#[test]
fn a_cycle_first_charges_to_a_verified_full() {
    let mut site = Site::configured(careful());
    site.charger_obeys = true;
    on_mains(&mut site, 13.6, 1.0);
    site.run(5 * MINUTE);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("the mode is there");
    start(&mut site);
    site.run(2 * HOUR);
    assert_eq!(
        phase(&site),
        Phase::Filling,
        "1 A is above the tail current"
    );
    assert_eq!(site.installation(), (Closed, Closed));
    on_mains(&mut site, 13.6, 0.79);
    site.run(4 * MINUTE);
    assert_eq!(site.installation(), (Open, Open));
}

#[test]
fn the_depth_ends_a_discharge_as_well_as_the_voltage() {
    let mut site = discharging();
    site.run(3 * HOUR);
    assert_eq!(phase(&site), Phase::Discharging);
    site.run(30 * MINUTE);
    assert_eq!(phase(&site), Phase::Charging);
    assert_eq!(site.installation(), (Closed, Closed));
    on_mains(&mut site, 13.3, 2.0);
    site.run(3 * HOUR);
    on_mains(&mut site, 13.6, 0.3);
    site.run(5 * MINUTE);
    let report = last(&site);
    assert_eq!(report.discharge_end, Some(DischargeEnd::Depth));
    let taken = report.discharged_ah.expect("counted");
    assert!((taken - 5.0).abs() < 0.01, "a quarter of 20 Ah: {taken} Ah");
}

#[test]
fn a_weak_battery_shows_itself_in_the_first_minute() {
    let mut site = discharging();
    on_battery(&mut site, 12.2);
    site.run(SAMPLE);
    assert_eq!(phase(&site), Phase::Probing);
    on_battery(&mut site, 12.19);
    site.run(SAMPLE);
    aborted(&site, Cause::ProbeVoltage);

    let mut site = discharging();
    on_battery(&mut site, 12.75);
    site.run(MINUTE - 2 * SAMPLE);
    assert_eq!(phase(&site), Phase::Probing);
    on_battery(&mut site, 12.19);
    site.run(SAMPLE);
    assert_eq!(
        phase(&site),
        Phase::Discharging,
        "after it the mean decides"
    );
}

/// One whole cycle with that dip, then a second one that has just begun.
fn second_cycle() -> Site {
    let mut site = discharging();
    on_battery(&mut site, 13.2);
    site.run(2 * MINUTE);
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    on_mains(&mut site, 13.6, 0.3);
    site.run(40 * MINUTE);
    assert_eq!(last(&site).outcome, CycleOutcome::Completed);
    let dip = last(&site).dip_voltage.expect("measured");
    assert!((dip - 0.4).abs() < 1e-6, "{dip}");
    start(&mut site);
    site.run(12 * MINUTE);
    assert_eq!(
        phase(&site),
        Phase::Discharging,
        "{:?}",
        site.controller.view().cycle
    );
    site
}

#[test]
fn a_dip_half_again_as_deep_as_the_last_ends_the_cycle() {
    let mut site = second_cycle();
    site.ask(Command::Cycle(CycleRequest::Abort))
        .expect("always");
    on_mains(&mut site, 13.6, 0.3);
    site.run(15 * MINUTE);
    start(&mut site);
    site.run(SAMPLE);
    assert_eq!(phase(&site), Phase::Probing);
    on_battery(&mut site, 13.6 - 0.59);
    site.run(36 * SECOND);
    assert_eq!(phase(&site), Phase::Probing);
    on_battery(&mut site, 13.6 - 0.61);
    site.run(SAMPLE);
    aborted(&site, Cause::ProbeDip);

    // Whoever acknowledges it knows that the battery dips so deep: it is no reason a second time.
    on_mains(&mut site, 13.6, 0.3);
    site.run(5 * MINUTE);
    let next = site.controller.view().cycle.next;
    assert!(next.blockers.contains(&Blocker::LeastTime), "{next:?}");
    assert!(!next.blockers.contains(&Blocker::SwitchingBudget));
    assert_eq!(next.blockers_by_hand, [], "by hand it is filled first");
    site.run(10 * MINUTE);
    assert!(site.has(AlarmName::CycleAborted), "it waits for a person");
    site.ask(Command::Acknowledge(AlarmName::CycleAborted))
        .expect("it is active");
    site.run(SAMPLE);
    assert!(!site.has(AlarmName::CycleAborted));
    start(&mut site);
    site.run(SAMPLE);
    on_battery(&mut site, 13.6 - 0.61);
    site.run(MINUTE);
    assert_eq!(phase(&site), Phase::Discharging);
}

#[test]
fn the_longest_duration_ends_a_cycle_with_its_reason() {
    let mut site = ready();
    site.ask(Command::Limit(LimitName::LongestDischarge, 60.0))
        .expect("within bounds");
    start(&mut site);
    site.run(SAMPLE);
    on_battery(&mut site, 12.8);
    site.run(HOUR - 2 * SAMPLE);
    assert_eq!(phase(&site), Phase::Discharging);
    site.run(SAMPLE);
    aborted(&site, Cause::LongestDischarge);
}

#[test]
fn each_interlock_ends_a_discharge_in_its_sample() {
    type Trip = fn(&mut Site);
    let trips: [(Trip, Cause); 5] = [
        (
            |site| site.measured.temperature_celsius = celsius(-20.1),
            Cause::Cold,
        ),
        (
            |site| site.measured.battery_volts = volts(12.0),
            Cause::Floor,
        ),
        (
            |site| site.measured.temperature_celsius = celsius(46.0),
            Cause::Heat,
        ),
        (
            |site| site.measured.battery_volts = volts(15.0),
            Cause::VoltageHardLimit,
        ),
        (
            |site| site.measured.mains_sense = releve_control::sample::MainsSense::Lost,
            Cause::MainsLost,
        ),
    ];
    for (trip, cause) in trips {
        let mut site = discharging();
        site.run(5 * MINUTE);
        trip(&mut site);
        site.run(SAMPLE);
        assert_eq!(site.stands(Mains), Closed, "{cause}");
        assert_eq!(last(&site).cause, Some(cause));
    }
}

#[test]
fn a_silent_sensor_ends_a_discharge() {
    let mut site = discharging();
    site.run(5 * MINUTE);
    site.measured.battery_volts = SILENT;
    site.run(12 * SECOND);
    aborted(&site, Cause::DataLost);
}

#[test]
fn a_temperature_outside_of_the_range_ends_a_discharge() {
    for (allowed, beyond) in [(37.0, 37.1), (8.0, 7.9)] {
        let mut site = discharging();
        site.ask(Command::Limit(LimitName::TemperatureWarn, 40.0))
            .expect("within bounds");
        site.run(5 * MINUTE);
        site.measured.temperature_celsius = celsius(allowed);
        site.run(MINUTE);
        assert_eq!(phase(&site), Phase::Discharging, "{allowed} °C");
        site.measured.temperature_celsius = celsius(beyond);
        site.run(MINUTE);
        aborted(&site, Cause::TemperatureRange);
    }
}

#[test]
fn a_jump_of_the_wall_clock_ends_a_cycle() {
    let mut site = ready();
    site.wall_at_start = Some(UnixMillis(1_790_000_000_000));
    site.run(MINUTE);
    start(&mut site);
    site.run(SAMPLE);
    on_battery(&mut site, 12.75);
    site.run(5 * MINUTE);
    site.wall_at_start = Some(UnixMillis(1_790_000_031_000));
    site.run(SAMPLE);
    aborted(&site, Cause::ClockJump);
    let jumped = |event: &Event<Monotonic>| matches!(event, Event::ClockJumped { seconds } if (*seconds - 31.0).abs() < 1e-9);
    assert!(site.take_events().iter().any(jumped));
}

use releve_control::UnixMillis;

#[test]
fn the_operator_ends_a_cycle_in_every_way() {
    let ways = [
        Command::Cycle(CycleRequest::Abort),
        Command::Mode(Mode::Observer),
        manual(30 * MINUTE),
    ];
    for way in ways {
        let mut site = discharging();
        site.run(5 * MINUTE);
        let by_hand = way == manual(30 * MINUTE);
        site.ask(way).expect("accepted");
        site.run(SAMPLE);
        let report = last(&site);
        assert_eq!(
            (report.outcome, report.cause),
            (CycleOutcome::Aborted, Some(Cause::Operator))
        );
        assert!(!site.has(AlarmName::CycleAborted));
        // The hand takes the relays as they stand.
        let stands = if by_hand { Open } else { Closed };
        assert_eq!(site.installation(), (stands, stands));
    }
}

#[test]
fn an_abort_leads_a_resting_battery_to_the_plain_installation() {
    let mut site = second_cycle();
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    on_mains(&mut site, 13.6, 0.3);
    site.run(20 * MINUTE);
    assert_eq!(site.installation(), (Closed, Open));
    site.ask(Command::Cycle(CycleRequest::Abort))
        .expect("always");
    assert_eq!(site.installation(), (Closed, Closed));
    assert_eq!(phase(&site), Phase::Waiting);
}

#[test]
fn a_charge_that_reaches_no_voltage_is_given_up_and_reported() {
    let mut site = discharging();
    site.run(2 * MINUTE);
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    on_mains(&mut site, 13.0, 2.0);
    site.run(24 * HOUR);
    aborted(&site, Cause::ChargeTimeout);
    assert!(site.has(AlarmName::ChargeTimeout));
    site.run(5 * MINUTE);
    assert!(site.has(AlarmName::ChargeTimeout), "time does not end it");
    on_mains(&mut site, 13.6, 0.3);
    site.run(5 * MINUTE);
    assert!(
        !site.has(AlarmName::ChargeTimeout),
        "a full battery ends it"
    );
}

#[test]
fn a_tail_that_stays_high_counts_as_full_by_time() {
    let mut site = discharging();
    site.run(2 * MINUTE);
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    on_mains(&mut site, 13.6, 1.2);
    site.run(8 * HOUR + MINUTE);
    assert_eq!(phase(&site), Phase::Resting);
    let charge = site.controller.view().charge;
    assert_eq!(charge.full_by, Some(releve_control::FullBy::Time));
}

#[test]
fn an_alarm_stands_against_a_cycle() {
    let mut site = ready();
    site.measured.temperature_celsius = celsius(35.5);
    site.run(SAMPLE);
    let refusal = site
        .ask(Command::Cycle(CycleRequest::Start))
        .expect_err("too warm");
    assert_eq!(refusal.code, RejectCode::CycleBlocked);
    assert!(
        refusal.reason.contains("an alarm is active"),
        "{}",
        refusal.reason
    );
    assert!(refusal.reason.contains("too hot"), "{}", refusal.reason);
}

#[test]
fn a_capacity_that_nobody_knows_stands_against_a_careful_cycle() {
    let mut site = ready_with(config(Wiring::BatteryLead));
    let refusal = site
        .ask(Command::Cycle(CycleRequest::Start))
        .expect_err("nothing can be counted");
    assert!(refusal.reason.contains("capacity"), "{}", refusal.reason);
}

/// The concept's plain rules: voltages alone, no count, no fill before, no tail current.
#[test]
fn the_plain_rules_of_the_concept_can_be_had() {
    let mut site = ready_with(Config {
        guards: Guards::concept(),
        ..config(Wiring::BatteryLead)
    });
    on_mains(&mut site, 13.2, 2.0);
    site.run(MINUTE);
    start(&mut site);
    site.run(SAMPLE);
    assert_eq!(site.installation(), (Open, Open));
    on_battery(&mut site, 12.75);
    site.run(6 * HOUR);
    assert_eq!(phase(&site), Phase::Discharging, "no depth is counted");
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    assert_eq!(site.installation(), (Closed, Closed));
    on_mains(&mut site, 13.4, 2.0);
    site.run(15 * MINUTE);
    assert_eq!(site.installation(), (Closed, Closed));
    on_mains(&mut site, 13.46, 2.0);
    site.run(MINUTE);
    assert_eq!(
        site.installation(),
        (Closed, Open),
        "above charge_stop, whatever the current"
    );
}

#[test]
fn a_relay_that_does_not_obey_ends_a_discharge() {
    let mut site = discharging();
    site.stuck.mains = Some(Closed);
    site.run(MINUTE);
    aborted(&site, Cause::RelayFault);
}

/// A discharge whose voltage falls by `volts_per_hour`, for that long or until something ends it.
fn fall(site: &mut Site, from: f64, volts_per_hour: f64, minutes: u32) -> f64 {
    let mut volts = from;
    for _ in 0..minutes {
        on_battery(site, volts);
        site.run(MINUTE);
        volts -= volts_per_hour / 60.0;
    }
    volts
}

/// ```text
/// first cycle: 12.80 V, falling by 0.1 V an hour at 1.5 A, to the depth
/// second cycle: the same for an hour and a half, then 0.45 V an hour: a cell gives up
/// ```
#[test]
fn a_voltage_that_falls_three_times_as_steeply_as_in_the_last_cycle_ends_it() {
    let mut site = discharging();
    fall(&mut site, 12.8, 0.1, 205);
    assert_eq!(phase(&site), Phase::Charging);
    on_mains(&mut site, 13.6, 0.3);
    site.run(40 * MINUTE);
    assert_eq!(last(&site).outcome, CycleOutcome::Completed);

    start(&mut site);
    site.run(11 * MINUTE);
    assert_eq!(site.installation(), (Open, Open));
    let volts = fall(&mut site, 12.8, 0.1, 90);
    assert_eq!(phase(&site), Phase::Discharging);
    let volts = fall(&mut site, volts, 0.25, 35);
    assert_eq!(
        phase(&site),
        Phase::Discharging,
        "two and a half times as steep"
    );
    fall(&mut site, volts, 0.45, 40);
    aborted(&site, Cause::Slope);
}

/// ```text
/// 0:00 resting     6 d 23 h 50 still resting: the voltage stays above top_up
/// 7 d  the charger closes for a full charge; 13.60 V and 0.3 A for three minutes: it rests again
/// ```
#[test]
fn a_resting_battery_is_fully_charged_every_week() {
    let mut site = discharging();
    site.run(2 * MINUTE);
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    on_mains(&mut site, 13.6, 0.3);
    site.run(20 * MINUTE);
    assert_eq!(phase(&site), Phase::Resting);
    on_mains(&mut site, 12.9, 0.3);
    let due = site
        .controller
        .view()
        .charge
        .full_charge_due
        .expect("forced by default");
    site.run(due.since(site.now) - MINUTE);
    assert_eq!(site.installation(), (Closed, Open));
    site.run(2 * MINUTE);
    assert_eq!(site.rule(Charger), Rule::FullCharge);
    assert_eq!(site.installation(), (Closed, Closed));
    on_mains(&mut site, 13.6, 0.3);
    site.run(15 * MINUTE);
    assert_eq!(phase(&site), Phase::Resting);
    assert_eq!(site.installation(), (Closed, Open));
}

/// At rest with the charger open nothing tells whether mains or the battery carries the load, so the
/// count is lost; a cycle first charges to a full battery that is counted from.
#[test]
fn a_careful_cycle_does_not_begin_without_a_count() {
    let mut site = second_cycle();
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    on_mains(&mut site, 13.6, 0.3);
    site.run(40 * MINUTE);
    assert_eq!(phase(&site), Phase::Resting);
    assert_eq!(site.controller.view().charge.missing_ah, None);
    on_mains(&mut site, 13.3, 0.3);
    start(&mut site);
    site.run(HOUR);
    assert_eq!(
        phase(&site),
        Phase::Filling,
        "full not long ago, and not counted since"
    );
    on_mains(&mut site, 13.6, 0.3);
    site.run(5 * MINUTE);
    assert!(matches!(phase(&site), Phase::Probing | Phase::Discharging));
    assert!(site.controller.view().charge.missing_ah.is_some());
}

#[test]
fn a_count_that_is_lost_ends_a_careful_discharge() {
    let mut site = discharging();
    site.run(5 * MINUTE);
    site.measured.load_amperes = SILENT;
    site.run(10 * MINUTE);
    assert_eq!(phase(&site), Phase::Discharging);
    site.run(MINUTE);
    aborted(&site, Cause::DataLost);
}

/// ```text
/// 0:00 13.60 V and 0.3 A: full after three minutes     4:00 charged on     4:04 it rests
/// ```
#[test]
fn a_full_battery_is_saturated_before_it_rests() {
    let mut site = Site::configured(Config {
        guards: Guards::default(),
        ..careful()
    });
    site.charger_obeys = true;
    on_mains(&mut site, 13.6, 0.3);
    site.run(5 * HOUR);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("the mode is there");
    start(&mut site);
    site.run(SAMPLE);
    on_battery(&mut site, 12.75);
    site.run(2 * MINUTE);
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    assert_eq!(phase(&site), Phase::Charging);
    on_mains(&mut site, 13.6, 0.3);
    site.run(4 * HOUR);
    assert_eq!(phase(&site), Phase::Charging);
    site.run(5 * MINUTE);
    assert_eq!(phase(&site), Phase::Resting);
}

/// On a common bus an open charger would put the load on the battery.
#[test]
fn on_a_common_bus_a_charged_battery_waits_with_the_charger_closed() {
    let mut site = ready_with(Config {
        wiring: Wiring::CommonBus,
        ..careful()
    });
    on_mains(&mut site, 13.6, 1.8);
    site.run(10 * MINUTE);
    start(&mut site);
    site.run(SAMPLE);
    assert_eq!(site.installation(), (Open, Open));
    on_battery(&mut site, 12.75);
    site.run(2 * MINUTE);
    on_battery(&mut site, 12.19);
    site.run(MINUTE);
    assert_eq!(phase(&site), Phase::Charging);
    on_mains(&mut site, 13.6, 1.8);
    site.run(15 * MINUTE);
    assert_eq!(last(&site).outcome, CycleOutcome::Completed);
    assert_eq!(phase(&site), Phase::Waiting);
    assert_eq!(site.installation(), (Closed, Closed));
}

/// ```text
/// started by hand before the battery's voltage was ever measured: lost data keeps both closed, so the
/// cycle waits; with the first voltage both open
/// ```
#[test]
fn no_discharge_begins_against_an_interlock() {
    let mut site = Site::configured(Config {
        guards: Guards::concept(),
        ..config(Wiring::BatteryLead)
    });
    on_mains(&mut site, 13.2, 0.0);
    site.measured.battery_volts = SILENT;
    site.run(SAMPLE);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("the mode is there");
    start(&mut site);
    assert_eq!(site.installation(), (Closed, Closed));
    assert_eq!(phase(&site), Phase::Filling);
    site.measured.battery_volts = volts(13.2);
    site.run(SAMPLE);
    assert_eq!(site.installation(), (Open, Open));
    assert_eq!(phase(&site), Phase::Probing);
}

/// ```text
/// 0:00:03 probing; one sample of 0 V, which no battery shows: nothing
/// ```
#[test]
fn an_impossible_voltage_says_nothing_in_the_probe() {
    let mut site = discharging();
    site.measured.battery_volts = volts(0.0);
    site.run(SAMPLE);
    assert_eq!(phase(&site), Phase::Probing);
    on_battery(&mut site, 12.75);
    site.run(2 * MINUTE);
    assert_eq!(phase(&site), Phase::Discharging);
}

/// ```text
/// 0:00 started by hand, not full yet     0:04 the sample that shows it full is the first with 35.1 °C, at
/// a battery that may run to 40 °C: the warning is raised, and no discharge begins
/// 0:05 cooled again: it begins
/// ```
#[test]
fn a_sample_that_raises_an_alarm_begins_no_discharge() {
    let mut config = careful();
    config.guards.cycle_celsius = (10.0, 40.0);
    let mut site = Site::configured(config);
    site.charger_obeys = true;
    on_mains(&mut site, 13.6, 2.0);
    site.run(15 * MINUTE);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("the mode is there");
    start(&mut site);
    on_mains(&mut site, 13.6, 0.3);
    let (mut before, mut then) = (site.controller.clone(), site.now);
    // It is seen full after three and a half minutes.
    for _ in 0..100 {
        if phase(&site) == Phase::Filling {
            (before, then) = (site.controller.clone(), site.now);
            site.run(SAMPLE);
        }
    }
    assert_eq!(phase(&site), Phase::Probing);

    (site.controller, site.now) = (before, then);
    site.measured.temperature_celsius = celsius(35.1);
    site.run(SAMPLE);
    assert!(site.has(AlarmName::TemperatureHigh));
    assert_eq!(phase(&site), Phase::Filling);
    assert_eq!(site.installation(), (Closed, Closed));
    site.measured.temperature_celsius = celsius(32.0);
    site.run(4 * SAMPLE);
    assert_eq!(phase(&site), Phase::Probing);
}

/// ```text
/// the last cycle began at 13.6 V and dipped by 0.4 V; this one begins in absorption at 13.85 V and falls
/// by 0.9 V: that is no deeper dip
/// ```
#[test]
fn a_dip_from_another_voltage_is_not_compared() {
    for (begins_at, compared) in [(13.85, false), (13.75, true)] {
        let mut site = second_cycle();
        site.ask(Command::Cycle(CycleRequest::Abort))
            .expect("always");
        on_mains(&mut site, begins_at, 0.3);
        site.run(15 * MINUTE);
        start(&mut site);
        site.run(SAMPLE);
        assert_eq!(phase(&site), Phase::Probing);
        on_battery(&mut site, begins_at - 0.4);
        // The load is known with the first window.
        site.run(36 * SECOND);
        on_battery(&mut site, begins_at - 0.9);
        site.run(SAMPLE);
        let broken = last(&site).cause == Some(Cause::ProbeDip);
        assert_eq!(broken, compared, "{begins_at} V");
    }
}
