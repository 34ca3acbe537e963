//! The weekly plan: critical periods, allowed windows, the next cycle and why not now.

use releve_control::decision::Config;
use releve_control::guards::Guards;
use releve_control::{
    AlarmName, Blocker, Cause, Command, CycleOutcome, CycleRequest, CycleStart, Event, Mode,
    Period, Phase, RejectCode, Rule, Schedule, UnixMillis, Weekday, Wiring,
};

use super::site::*;

const HOUR: core::time::Duration = core::time::Duration::from_hours(1);
/// Monday 2026-11-23 00:00 UTC.
const MONDAY: UnixMillis = UnixMillis(1_795_392_000_000);

fn period(days: &[Weekday], from: &str, to: &str) -> Period {
    Period {
        days: days.to_vec(),
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

/// Critical on working days from 8 to 18, cycles on Saturday from 8 to 12, every 7 days.
fn weekly() -> Schedule {
    use Weekday::*;
    Schedule {
        time_zone: "UTC".to_owned(),
        critical: vec![period(
            &[Monday, Tuesday, Wednesday, Thursday, Friday],
            "08:00",
            "18:00",
        )],
        allowed: vec![period(&[Saturday], "08:00", "12:00")],
        cycle_every_days: 7,
    }
}

/// A site with a full battery and that schedule, at that hour of the week.
fn at_hour(hour: u32, wiring: Wiring) -> Site {
    let mut site = Site::configured(Config {
        capacity_ampere_hours: Some(20.0),
        guards: Guards {
            saturation: core::time::Duration::ZERO,
            ..Guards::default()
        },
        ..config(wiring)
    });
    site.charger_obeys = true;
    site.wall_at_start = Some(MONDAY.after(hour * HOUR).before(15 * MINUTE));
    site.measured.charger_amperes = amperes(if wiring == Wiring::CommonBus {
        1.7
    } else {
        0.2
    });
    site.ask(Command::Schedule(Some(weekly())))
        .expect("a sound schedule");
    site.run(15 * MINUTE);
    site.take_events();
    site
}

fn next(site: &Site) -> releve_control::NextCycle<releve_control::Monotonic> {
    site.controller.view().cycle.next
}

#[test]
fn mains_stays_closed_in_a_critical_period_under_manual_too() {
    let mut site = at_hour(7, Wiring::BatteryLead);
    site.ask(manual(12 * HOUR)).expect("allowed");
    site.ask(Command::Relay(Mains, Open))
        .expect("not critical yet");
    site.run(HOUR - SAMPLE);
    assert_eq!(site.stands(Mains), Open);
    site.run(SAMPLE);
    assert_eq!(
        (site.stands(Mains), site.rule(Mains)),
        (Closed, Rule::CriticalPeriod)
    );
    let end = site.why(Mains).next.and_then(|next| next.not_before);
    assert_eq!(end, Some(site.now.after(10 * HOUR)));
    let refusal = site.ask(Command::Relay(Mains, Open)).expect_err("critical");
    assert_eq!(refusal.code, RejectCode::Interlock);
    assert!(
        refusal.reason.contains("critical period"),
        "{}",
        refusal.reason
    );
    site.ask(Command::Relay(Charger, Open))
        .expect("in the lead it lets the battery rest");
}

#[test]
fn on_a_common_bus_a_critical_period_keeps_the_charger_too() {
    let mut site = at_hour(9, Wiring::CommonBus);
    site.ask(manual(HOUR)).expect("allowed");
    let refusal = site
        .ask(Command::Relay(Charger, Open))
        .expect_err("critical");
    assert_eq!(refusal.code, RejectCode::Interlock);
}

#[test]
fn a_clock_that_is_not_set_counts_as_critical_and_raises_its_alarm() {
    let mut site = at_hour(20, Wiring::BatteryLead);
    site.wall_at_start = None;
    site.run(10 * MINUTE);
    assert_eq!(site.rule(Mains), Rule::CriticalPeriod);
    assert!(!site.has(AlarmName::ClockUnset));
    site.run(SAMPLE);
    assert!(site.has(AlarmName::ClockUnset));
    assert!(next(&site).blockers.contains(&Blocker::ClockUnset));
    site.ask(Command::Schedule(None))
        .expect("it can be removed");
    site.run(SAMPLE);
    assert_eq!(site.rule(Mains), Rule::Observer);
    // What is measured waits for the time all the same.
    assert!(site.has(AlarmName::ClockUnset));
    site.wall_at_start = Some(MONDAY);
    site.run(SAMPLE);
    assert!(!site.has(AlarmName::ClockUnset));
}

/// ```text
/// Saturday 05:00 chosen; the next start is at 08:00
/// 06:00 within two hours of it (no saturation here): filling; the next start is a week later
/// 08:00 both open
/// ```
#[test]
fn the_schedule_begins_a_cycle_in_its_window() {
    let mut site = at_hour(5 * 24 + 5, Wiring::BatteryLead);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("allowed");
    site.run(MINUTE);
    let start = next(&site).at.expect("it is known");
    let wait = start.since(site.now);
    assert_eq!(wait, 3 * HOUR - MINUTE);
    assert!(next(&site).blockers.contains(&Blocker::OutsideWindow));
    assert_eq!(site.controller.view().phase, Some(Phase::Waiting));
    site.run(HOUR);
    assert_eq!(site.controller.view().phase, Some(Phase::Filling));
    assert!(site.take_events().contains(&Event::CycleStarted {
        by: CycleStart::Schedule
    }));
    site.run(2 * HOUR - MINUTE - SAMPLE);
    assert_eq!(next(&site).at, Some(start.after(7 * 24 * HOUR)));
    assert_eq!(site.installation(), (Closed, Closed));
    site.run(SAMPLE);
    assert_eq!(site.installation(), (Open, Open));
}

#[test]
fn a_cycle_that_would_reach_into_a_critical_period_does_not_begin() {
    // Sunday 17:00: eight hours of discharge and eight of recharge end after Monday 08:00.
    let mut site = at_hour(6 * 24 + 17, Wiring::BatteryLead);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("allowed");
    let refusal = site
        .ask(Command::Cycle(CycleRequest::Start))
        .expect_err("too late");
    assert!(
        refusal.reason.contains("next critical period"),
        "{}",
        refusal.reason
    );
    assert_eq!(
        next(&site).blockers_by_hand,
        [Blocker::CriticalPeriodTooSoon]
    );
    // By 16:00 there is still time.
    let mut site = at_hour(6 * 24 + 15, Wiring::BatteryLead);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("allowed");
    site.ask(Command::Cycle(CycleRequest::Start))
        .expect("there is time");
}

#[test]
fn a_critical_period_that_a_new_schedule_brings_ends_a_discharge() {
    let mut site = at_hour(5 * 24 + 8, Wiring::BatteryLead);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("allowed");
    site.ask(Command::Cycle(CycleRequest::Start))
        .expect("a Saturday");
    site.run(SAMPLE);
    assert_eq!(site.installation(), (Open, Open));
    let mut schedule = weekly();
    schedule
        .critical
        .push(period(&[Weekday::Saturday], "00:00", "24:00"));
    schedule.allowed = vec![period(&[Weekday::Sunday], "08:00", "12:00")];
    site.ask(Command::Schedule(Some(schedule)))
        .expect("a sound schedule");
    assert_eq!(site.installation(), (Closed, Closed));
    let report = site.controller.view().cycle.last.expect("it has ended");
    assert_eq!(
        (report.outcome, report.cause),
        (CycleOutcome::Aborted, Some(Cause::CriticalPeriod))
    );
}

#[test]
fn without_a_schedule_no_cycle_begins_by_itself_and_one_by_hand_does() {
    let mut site = at_hour(5 * 24 + 8, Wiring::BatteryLead);
    site.ask(Command::Schedule(None)).expect("allowed");
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("allowed");
    site.run(HOUR);
    assert_eq!(site.controller.view().phase, Some(Phase::Waiting));
    assert_eq!(next(&site).blockers, [Blocker::NoSchedule]);
    assert_eq!(next(&site).blockers_by_hand, []);
    site.ask(Command::Cycle(CycleRequest::Start))
        .expect("by hand");
}

#[test]
fn what_a_schedule_costs_is_said() {
    let site = at_hour(20, Wiring::BatteryLead);
    let cost = site
        .controller
        .view()
        .cycle
        .cost
        .expect("capacity and schedule are known");
    assert_eq!(cost.depth_percent, 25.0);
    assert!(cost.years_to_spend > 20.0, "{cost:?}");
    let spent = cost.life_percent_a_year * cost.years_to_spend;
    assert!((spent - 100.0).abs() < 0.1, "of the whole life: {cost:?}");
    let charge = site.controller.view().charge;
    assert_eq!(charge.state_of_charge, Some(100.0));
    let left = cost.reserve_s.expect("a load is known") / charge.runtime_s.expect("too");
    assert!((left - 0.75).abs() < 0.001, "{left} of what it carries now");
}

/// ```text
/// Saturday 06:00 filling     06:30 the battery is hot: the cycle ends before it did anything
/// 07:00 cooled, 07:40 calm again: the same cycle is filled for     08:00 both open
/// ```
#[test]
fn a_cycle_that_did_nothing_stays_due() {
    let mut site = at_hour(5 * 24 + 6, Wiring::BatteryLead);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("allowed");
    site.run(HOUR / 2);
    assert_eq!(site.controller.view().phase, Some(Phase::Filling));
    let eight = site.now.after(90 * MINUTE);
    let next = site.why(Mains).next.and_then(|next| next.not_before);
    assert!(
        next.is_some_and(|next| next.since(eight) + eight.since(next) < MINUTE),
        "at 8:00"
    );
    site.measured.temperature_celsius = celsius(46.0);
    site.run(HOUR / 2);
    assert_eq!(site.controller.view().phase, Some(Phase::Waiting));
    let ended =
        (site.take_events().into_iter()).filter(|event| matches!(event, Event::CycleEnded { .. }));
    assert_eq!(ended.count(), 1, "it does not try again and again");
    site.measured.temperature_celsius = celsius(25.0);
    site.run(40 * MINUTE);
    assert_eq!(site.controller.view().phase, Some(Phase::Filling));
    site.run(HOUR);
    assert_eq!(site.installation(), (Open, Open));
}

#[test]
fn a_cycle_that_the_operator_aborts_is_not_begun_again_at_once() {
    let mut site = at_hour(5 * 24 + 6, Wiring::BatteryLead);
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("allowed");
    site.run(HOUR / 2);
    site.ask(Command::Cycle(CycleRequest::Abort))
        .expect("always");
    site.run(4 * HOUR);
    assert_eq!(site.controller.view().phase, Some(Phase::Waiting));
    assert!(next(&site).blockers.contains(&Blocker::NotDue));
}

/// every two days, between 22:00 and 02:00; begun Monday 22:00, so due again on Wednesday 00:00
/// Tuesday 22:00 the window opens, the battery is full: still closed
/// Wednesday 00:00 both open
/// ```
#[test]
fn a_cycle_that_fills_ahead_of_time_does_not_discharge_before_it_is_due() {
    let mut site = at_hour(22, Wiring::BatteryLead);
    site.charger_obeys = true;
    let every_night = [period(Weekday::ALL, "22:00", "02:00")];
    site.ask(Command::Schedule(Some(Schedule {
        critical: Vec::new(),
        allowed: every_night.to_vec(),
        cycle_every_days: 2,
        ..weekly()
    })))
    .expect("a sound schedule");
    site.ask(Command::Mode(Mode::ConsumptionCycle))
        .expect("allowed");
    site.run(MINUTE);
    assert_eq!(site.installation(), (Open, Open));
    site.ask(Command::Cycle(CycleRequest::Abort))
        .expect("always");
    site.run(24 * HOUR);
    assert_eq!(site.controller.view().phase, Some(Phase::Filling));
    assert!(next(&site).blockers.contains(&Blocker::NotDue));
    site.run(2 * HOUR - 2 * MINUTE);
    assert_eq!(site.installation(), (Closed, Closed));
    site.run(MINUTE);
    assert_eq!(site.installation(), (Open, Open));
}

/// ```text
/// the clock is not set: the schedule cannot be followed, and with critical periods in it nobody knows
/// whether this is one
/// ```
#[test]
fn without_a_clock_only_a_week_without_critical_periods_lets_the_hand_begin() {
    for (critical, by_hand) in [(true, true), (false, false)] {
        let mut site = Site::new(Wiring::BatteryLead);
        let mut schedule = weekly();
        if !critical {
            schedule.critical.clear();
        }
        site.ask(Command::Schedule(Some(schedule)))
            .expect("a sound schedule");
        site.run(MINUTE);
        assert!(next(&site).blockers.contains(&Blocker::ClockUnset));
        let blockers_by_hand = next(&site).blockers_by_hand;
        assert_eq!(blockers_by_hand.contains(&Blocker::ClockUnset), by_hand);
    }
}

/// ```text
/// Tuesday, 20:00: a schedule is set; with its answer the next cycle is known
/// ```
#[test]
fn the_next_cycle_is_known_with_the_schedule() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.wall_at_start = Some(MONDAY.after(44 * HOUR));
    site.run(MINUTE);
    assert_eq!(next(&site).at, None);
    site.ask(Command::Schedule(Some(weekly())))
        .expect("a sound schedule");
    assert!(next(&site).at.is_some());
    site.ask(Command::Schedule(None))
        .expect("it can be removed");
    assert_eq!(next(&site).at, None);
}
