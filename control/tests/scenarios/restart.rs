//! What outlives a restart of the program, and what does not.

use releve_control::decision::Config;
use releve_control::guards::Guards;
use releve_control::{
    AlarmName, Authority, Cause, Command, Controller, CycleRequest, LimitName, LimitSource, Mode,
    Monotonic, Phase, RejectCode, Rule, Schedule, UnixMillis, Wiring,
};

use super::site::*;

const HOUR: core::time::Duration = core::time::Duration::from_hours(1);
const NOON: UnixMillis = UnixMillis(1_795_392_000_000);

fn counted() -> Config {
    Config {
        capacity_ampere_hours: Some(20.0),
        guards: Guards {
            saturation: core::time::Duration::ZERO,
            ..Guards::default()
        },
        ..config(Wiring::BatteryLead)
    }
}

fn monthly() -> Schedule {
    Schedule {
        time_zone: "Europe/Paris".to_owned(),
        critical: Vec::new(),
        allowed: Vec::new(),
        cycle_every_days: 30,
    }
}

/// A site with a set clock and a full battery.
fn full() -> Site {
    let mut site = Site::configured(counted());
    site.wall_at_start = Some(NOON);
    site.charger_obeys = true;
    site.measured.charger_amperes = amperes(0.2);
    site.run(10 * MINUTE);
    site
}

#[test]
fn mode_limits_and_schedule_outlive_it_authority_does_not() {
    let mut site = full();
    let schedule = monthly();
    for command in [
        Command::Mode(Mode::OverchargeProtection),
        Command::Limit(LimitName::OverchargeCut, 14.2),
        Command::Schedule(Some(schedule.clone())),
        Command::Relay(Aux1, Open),
        manual(HOUR),
    ] {
        site.ask(command).expect("accepted");
    }
    let set_at = site.now;
    site.run(MINUTE);
    let left_out = site.restart(counted(), HOUR);
    assert_eq!(left_out, Vec::<String>::new());
    let view = site.controller.view();
    assert_eq!(view.mode, Mode::OverchargeProtection);
    assert_eq!(view.authority, Authority::Automatic);
    assert_eq!(view.schedule, Some(schedule));
    let cut = view
        .limits
        .iter()
        .find(|(limit, _)| *limit == LimitName::OverchargeCut);
    let (_, cut) = cut.expect("every limit is there");
    assert_eq!(
        (cut.value, cut.set_by, cut.set_at),
        (14.2, LimitSource::Operator, Some(set_at))
    );
    assert_eq!(
        site.stands(Aux1),
        Closed,
        "the board fell back while the program was down"
    );
    assert_eq!(site.installation(), (Closed, Closed));
}

#[test]
fn heat_outlives_it_and_the_charger_is_open_before_the_first_sample() {
    let mut site = full();
    site.measured.temperature_celsius = celsius(46.0);
    site.run(SAMPLE);
    site.restart(counted(), MINUTE);
    assert_eq!(site.installation(), (Closed, Open));
    assert_eq!(site.rule(Charger), Rule::Heat);
    site.measured.temperature_celsius = celsius(43.0);
    site.run(MINUTE);
    assert_eq!(
        site.stands(Charger),
        Open,
        "not cooled below the hysteresis"
    );
    site.measured.temperature_celsius = celsius(41.9);
    site.run(3 * SAMPLE);
    assert_ne!(site.rule(Charger), Rule::Heat);
}

#[test]
fn three_trips_outlive_it_until_they_are_acknowledged() {
    let mut site = full();
    for _ in 0..3 {
        site.measured.temperature_celsius = celsius(46.0);
        site.run(SAMPLE);
        site.measured.temperature_celsius = celsius(30.0);
        site.run(MINUTE);
    }
    assert_eq!(site.stands(Charger), Open);
    site.restart(counted(), MINUTE);
    site.run(5 * MINUTE);
    assert_eq!(site.stands(Charger), Open);
    site.ask(Command::Acknowledge(AlarmName::TemperatureLimit))
        .expect("it is active");
    site.run(2 * MINUTE);
    assert_eq!(site.stands(Charger), Closed);
}

/// ```text
/// 0:00 mains opened by hand     0:05 the program dies     0:06 it starts: mains is closed, the alarm
/// says why, no cycle begins until a person has looked
/// ```
#[test]
fn a_restart_on_battery_is_said_and_inhibits_cycles() {
    let mut site = full();
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("accepted");
    site.ask(manual(HOUR)).expect("accepted");
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.run(5 * MINUTE);
    site.restart(counted(), MINUTE);
    assert_eq!(site.installation(), (Closed, Closed));
    site.run(30 * MINUTE);
    assert!(site.has(AlarmName::RestartOnBattery));
    assert!(
        site.controller
            .view()
            .alarms
            .iter()
            .all(|alarm| alarm.latched)
    );
    let refusal = site
        .ask(Command::Cycle(CycleRequest::Start))
        .expect_err("inhibited");
    assert_eq!(refusal.code, RejectCode::CycleBlocked);
    site.restart(counted(), MINUTE);
    site.run(30 * MINUTE);
    assert!(
        site.has(AlarmName::RestartOnBattery),
        "another restart does not lift it"
    );
    site.ask(Command::Acknowledge(AlarmName::RestartOnBattery))
        .expect("it is active");
    site.run(SAMPLE);
    site.ask(Command::Cycle(CycleRequest::Start))
        .expect("a person has looked");
}

#[test]
fn a_stop_in_order_is_no_restart_on_battery() {
    let mut site = full();
    site.ask(manual(HOUR)).expect("accepted");
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    let snapshot = site.controller.snapshot().stopped_in_order();
    let restored = Controller::restored(counted(), &snapshot, site.now, None).expect("sound");
    site.controller = restored.controller;
    site.run(MINUTE);
    assert!(!site.has(AlarmName::RestartOnBattery));
}

#[test]
fn a_cycle_does_not_outlive_it_and_is_not_begun_anew() {
    let mut site = full();
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("accepted");
    site.run(10 * MINUTE);
    site.ask(Command::Cycle(CycleRequest::Start)).expect("full");
    site.measured.battery_volts = volts(12.7);
    site.run(HOUR);
    assert_eq!(site.controller.view().phase, Some(Phase::Discharging));
    let missing = site.controller.view().charge.missing_ah.expect("counted");
    site.restart(counted(), MINUTE);
    assert_eq!(site.installation(), (Closed, Closed));
    let view = site.controller.view();
    assert_eq!(view.phase, Some(Phase::Waiting));
    assert_eq!(view.charge.missing_ah, Some(missing), "the count goes on");
    site.run(SAMPLE);
    assert!(site.has(AlarmName::CycleAborted));
    let alarm = (site.controller.view().alarms.into_iter())
        .find(|alarm| alarm.alarm == AlarmName::CycleAborted);
    assert_eq!(alarm.and_then(|alarm| alarm.cause), Some(Cause::Restart));
}

#[test]
fn the_time_without_a_full_charge_goes_on_while_it_is_down() {
    let mut site = full();
    let due = site
        .controller
        .view()
        .charge
        .full_charge_due
        .expect("forced by default");
    site.restart(counted(), 24 * HOUR);
    let still_due = site
        .controller
        .view()
        .charge
        .full_charge_due
        .expect("forced by default");
    let moved = still_due.since(due).max(due.since(still_due));
    assert!(moved < MINUTE, "moved by {moved:?}");
}

#[test]
fn the_switching_budget_goes_on() {
    let mut config = counted();
    config.guards.openings_a_day = 2;
    let mut site = Site::configured(config.clone());
    site.wall_at_start = Some(NOON);
    site.run(MINUTE);
    site.ask(manual(12 * HOUR)).expect("accepted");
    for _ in 0..2 {
        site.ask(Command::Relay(Charger, Open))
            .expect("within the budget");
        site.run(MINUTE);
        site.ask(Command::Relay(Charger, Closed)).expect("always");
        site.run(MINUTE);
    }
    site.restart(config, HOUR);
    site.run(MINUTE);
    assert!(site.has(AlarmName::SwitchingBudget));
    site.run(23 * HOUR);
    assert!(!site.has(AlarmName::SwitchingBudget));
}

#[test]
fn what_does_not_fit_any_more_is_left_out_and_said() {
    let mut site = full();
    site.ask(Command::Limit(LimitName::OverchargeCut, 14.2))
        .expect("accepted");
    let mut changed = counted();
    changed.limits = vec![
        (LimitName::ChargeResume, 14.0),
        (LimitName::OverchargeCut, 14.4),
    ];
    let left_out = site.restart(changed, MINUTE);
    assert_eq!(left_out.len(), 1);
    assert!(left_out[0].contains("charge_resume"), "{left_out:?}");

    let mut site = full();
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("accepted");
    let left_out = site.restart(config(Wiring::CommonBus), MINUTE);
    assert!(left_out[0].contains("another installation"), "{left_out:?}");
    assert_eq!(site.controller.view().mode, Mode::Observer);
}

#[test]
fn a_clock_that_is_not_set_is_no_reason_to_forget() {
    let mut site = Site::configured(counted());
    site.measured.charger_amperes = amperes(0.2);
    site.run(10 * MINUTE);
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("accepted");
    let at = site.controller.view().charge.full_at.expect("seen full");
    assert!(at > Monotonic::START);
    site.restart(counted(), MINUTE);
    let view = site.controller.view();
    assert_eq!(view.mode, Mode::OverchargeProtection);
    assert!(view.charge.full_at.is_some());
}

#[test]
fn every_latch_of_repeated_trips_holds_over_a_restart() {
    let alarms = [
        (AlarmName::TemperatureLimit, Rule::Heat),
        (AlarmName::TemperatureLow, Rule::Cold),
        (AlarmName::VoltageHardLimit, Rule::VoltageHardLimit),
        (AlarmName::DataLost, Rule::DataLost),
        (AlarmName::BatteryAtFloor, Rule::Floor),
        (AlarmName::ReserveLow, Rule::Reserve),
    ];
    for (alarm, rule) in alarms {
        let mut site = full();
        let mut snapshot = site.controller.snapshot();
        snapshot.latches.unacknowledged = vec![alarm];
        let restored = Controller::restored(counted(), &snapshot, site.now, Some(NOON));
        site.controller = restored.expect("sound").controller;
        site.run(5 * MINUTE);
        assert_eq!(site.rule(Mains), rule, "{alarm}");
        site.ask(manual(HOUR)).expect("accepted");
        let refusal = site.ask(Command::Relay(Mains, Open)).expect_err("latched");
        assert_eq!(refusal.code, RejectCode::Interlock, "{alarm}");
    }
}

#[test]
fn after_an_unknown_time_nothing_is_full_or_counted() {
    let mut site = full();
    let mut config = counted();
    config.guards.saturation = core::time::Duration::ZERO;
    assert!(site.controller.view().charge.missing_ah.is_some());
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("accepted");
    // The clock is behind that of the snapshot.
    site.wall_at_start = Some(NOON.before(24 * HOUR));
    site.restart(config, MINUTE);
    assert_eq!(site.controller.view().charge.missing_ah, None);
    site.measured.battery_volts = volts(13.2);
    site.run(15 * MINUTE);
    site.ask(Command::Cycle(CycleRequest::Start))
        .expect("nothing stands against it");
    site.run(HOUR);
    assert_eq!(site.controller.view().phase, Some(Phase::Filling));
}

#[test]
fn what_was_full_and_not_saturated_is_not_saturated_after_it() {
    let mut config = counted();
    config.guards = releve_control::guards::Guards::default();
    let mut site = Site::configured(config.clone());
    site.wall_at_start = Some(NOON);
    site.measured.charger_amperes = amperes(0.2);
    site.run(2 * HOUR);
    let full_at = site.controller.view().charge.full_at;
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("accepted");
    site.restart(config, MINUTE);
    assert_eq!(site.controller.view().charge.full_at, full_at);
    site.run(15 * MINUTE);
    site.ask(Command::Cycle(CycleRequest::Start))
        .expect("nothing stands against it");
    site.run(HOUR);
    assert_eq!(
        site.controller.view().phase,
        Some(Phase::Filling),
        "not for four hours"
    );
}

/// ```text
/// 0:00 mains opened by hand     3:20 5 Ah are out: depth, both closed     4:10 4.6 Ah are missing
/// 4:10 a restart: the hand still cannot open mains
/// ```
#[test]
fn a_depth_that_was_reached_holds_over_it_within_its_hysteresis() {
    let mut site = full();
    site.ask(manual(12 * HOUR)).expect("accepted");
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.measured.battery_volts = volts(12.7);
    site.run(3 * HOUR + 21 * MINUTE);
    assert_eq!(site.rule(Mains), Rule::DischargeDepth);
    site.measured.battery_volts = volts(13.2);
    site.measured.charger_amperes = amperes(0.6);
    site.run(50 * MINUTE);
    site.restart(counted(), MINUTE);
    site.run(MINUTE);
    assert_eq!(site.rule(Mains), Rule::DischargeDepth);
    let left = site.controller.view().charge.state_of_charge;
    assert!(
        left.is_some_and(|left| (76.0..80.0).contains(&left)),
        "{left:?}"
    );
    // Where nothing is counted any more nothing could end it.
    let uncounted = Config {
        capacity_ampere_hours: None,
        ..counted()
    };
    site.restart(uncounted, MINUTE);
    site.run(MINUTE);
    assert_ne!(site.rule(Mains), Rule::DischargeDepth);
}

/// ```text
/// 0:00 mains opened by hand     0:10 the longest discharge: closed     0:11 a restart
/// 0:12 still held     0:23 free again
/// ```
#[test]
fn the_longest_discharge_holds_over_it_for_the_least_closed_time() {
    let mut site = full();
    site.ask(Command::Limit(LimitName::LongestDischarge, 10.0))
        .expect("accepted");
    site.ask(manual(HOUR)).expect("accepted");
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.run(11 * MINUTE);
    assert_eq!(site.rule(Mains), Rule::LongestDischarge);
    site.restart(counted(), MINUTE);
    site.run(9 * MINUTE);
    assert_eq!(site.rule(Mains), Rule::LongestDischarge);
    assert_eq!(site.why(Mains).value, Some(10.0));
    site.run(2 * MINUTE);
    assert_ne!(site.rule(Mains), Rule::LongestDischarge);
}

/// ```text
/// 0:00 10 A are drawn and the voltage does not answer: lost data     0:01 a restart
/// 0:06 the very same voltage: still lost     0:08 three windows with others: over
/// ```
#[test]
fn a_frozen_voltage_is_not_believed_after_it() {
    let mut site = full();
    site.frozen = true;
    site.ask(manual(HOUR)).expect("accepted");
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.run(MINUTE);
    site.measured.load_amperes = amperes(10.0);
    site.run(MINUTE);
    assert_eq!(site.cause(AlarmName::DataLost), Some(Cause::VoltageFrozen));
    site.restart(counted(), MINUTE);
    site.run(5 * MINUTE);
    assert_eq!(site.cause(AlarmName::DataLost), Some(Cause::VoltageFrozen));
    assert_eq!(site.rule(Mains), Rule::DataLost);
    site.frozen = false;
    site.measured.battery_volts = volts(13.0);
    site.run(2 * MINUTE);
    assert!(!site.has(AlarmName::DataLost));
}

/// Somebody corrected the configuration: that cools no battery, and excuses no equipment.
#[test]
fn another_battery_keeps_what_is_not_the_batterys() {
    let mut site = full();
    let schedule = monthly();
    for command in [
        Command::Mode(Mode::OverchargeProtection),
        Command::Limit(LimitName::OverchargeCut, 14.2),
        Command::Schedule(Some(schedule.clone())),
        manual(HOUR),
        Command::Relay(Mains, Open),
    ] {
        site.ask(command).expect("accepted");
    }
    site.run(MINUTE);
    let mut snapshot = site.controller.snapshot();
    assert_eq!(snapshot.mains, Open);
    snapshot.latches.heat_celsius = Some(46.0);
    let gel = Config {
        profile: releve_control::profile::Profile::Gel,
        ..counted()
    };
    let restored = Controller::restored(gel, &snapshot, site.now, Some(NOON)).expect("sound");
    let left_out = restored.left_out;
    assert!(left_out[0].contains("another installation"), "{left_out:?}");
    site.controller = restored.controller;
    assert_eq!(site.rule(Charger), Rule::Heat);
    site.run(SAMPLE);
    assert!(site.has(AlarmName::RestartOnBattery));
    let view = site.controller.view();
    assert_eq!(view.schedule, Some(schedule));
    assert_eq!(view.mode, Mode::Observer);
    assert_eq!(view.charge.missing_ah, None);
    let by_operator = |(_, setting): &(_, releve_control::LimitSetting<Monotonic>)| {
        setting.set_by == LimitSource::Operator
    };
    assert!(!view.limits.iter().any(by_operator));
}

/// ```text
/// 0:00 mains opened by hand, 11.9 V: the floor, both closed     1:00 recovered to 12.2 V, a restart
/// 1:05 12.2 V: the hand still cannot open mains     1:06 12.6 V: over
/// ```
#[test]
fn the_floor_holds_over_it_until_the_battery_has_risen() {
    let mut site = full();
    site.ask(manual(HOUR)).expect("accepted");
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.measured.battery_volts = volts(11.9);
    site.run(SAMPLE);
    site.measured.battery_volts = volts(12.2);
    site.restart(counted(), MINUTE);
    site.run(5 * MINUTE);
    assert_eq!(site.rule(Mains), Rule::Floor);
    assert_eq!(site.why(Mains).value, Some(11.9));
    site.measured.battery_volts = volts(12.6);
    site.run(3 * SAMPLE);
    assert_ne!(site.rule(Mains), Rule::Floor);
}

/// ```text
/// 0:00 mains open, 3 A: 20 Ah last for less than ten hours: the reserve     a restart: it holds
/// ```
#[test]
fn the_reserve_holds_over_it_until_there_is_more() {
    let mut site = full();
    site.ask(manual(12 * HOUR)).expect("accepted");
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.measured.battery_volts = volts(12.7);
    site.run(HOUR);
    let left = site.controller.view().charge.runtime_s.expect("counted") / 60.0;
    site.ask(Command::Limit(
        LimitName::ReserveRuntime,
        (left + 1.0).floor(),
    ))
    .expect("within bounds");
    site.run(SAMPLE);
    assert_eq!(site.rule(Mains), Rule::Reserve);
    site.measured.battery_volts = volts(13.1);
    site.measured.charger_amperes = amperes(0.5);
    site.restart(counted(), MINUTE);
    site.run(5 * MINUTE);
    assert_eq!(
        site.rule(Mains),
        Rule::Reserve,
        "at rest it is not below it"
    );
}

#[test]
fn a_cycle_that_it_cut_short_is_reported_whatever_was_not_acknowledged_before() {
    let mut site = full();
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("accepted");
    site.run(10 * MINUTE);
    let mut snapshot = site.controller.snapshot();
    snapshot.cycle.aborted = Some(Cause::Slope);
    let restored = Controller::restored(counted(), &snapshot, site.now, site.wall_at_start);
    site.controller = restored.expect("sound").controller;
    site.run(15 * MINUTE);
    site.ask(Command::Acknowledge(AlarmName::CycleAborted))
        .expect("it is active");
    site.ask(Command::Cycle(CycleRequest::Start)).expect("full");
    site.measured.battery_volts = volts(12.7);
    site.run(HOUR);
    site.restart(counted(), MINUTE);
    site.run(SAMPLE);
    assert_eq!(site.cause(AlarmName::CycleAborted), Some(Cause::Restart));
    let last = site.controller.view().cycle.last.expect("a report");
    assert_eq!(last.cause, Some(Cause::Restart));
    let discharged = last.discharged_ah.expect("counted");
    assert!((1.4..1.6).contains(&discharged), "{discharged}");
}

/// 00:00  overcharge protection; the program restarts again and again
/// 00:01  observer, an alarm; another mode is refused, a restart in order changes nothing of it
/// 00:02  acknowledged: the mode can be set
#[test]
fn restarted_again_and_again_it_only_observes_until_a_person_has_looked() {
    let mut site = full();
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("accepted");
    site.restart(counted(), MINUTE);
    site.controller.only_observe();
    site.run(MINUTE);
    assert_eq!(site.controller.view().mode, Mode::Observer);
    assert!(site.has(AlarmName::RestartLoop));
    site.restart(counted(), MINUTE);
    site.run(MINUTE);
    assert!(site.has(AlarmName::RestartLoop));
    let refused = site.ask(Command::Mode(Mode::ConsumptionCycle));
    assert_eq!(refused.expect_err("refused").code, RejectCode::RestartLoop);
    site.ask(Command::Mode(Mode::Observer)).expect("accepted");
    site.ask(Command::Acknowledge(AlarmName::RestartLoop))
        .expect("accepted");
    assert!(!site.has(AlarmName::RestartLoop));
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("accepted");
    assert_eq!(site.controller.view().mode, Mode::OverchargeProtection);
}
