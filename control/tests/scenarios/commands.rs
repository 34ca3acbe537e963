//! Every command that cannot be followed is refused with a code and a sentence, and changes nothing.

use core::time::Duration;

use crate::site::*;
use releve_control::limits::bounds;
use releve_control::profile::Profile;
use releve_control::{
    AlarmName, Command, CycleRequest, Event, LimitName, LimitSource, Mode, RejectCode, Schedule,
    Wiring,
};

#[track_caller]
fn refused(command: Command, code: RejectCode, says: &str) {
    let mut site = Site::new(Wiring::CommonBus);
    let before = site.controller.view();
    let rejection = site.ask(command.clone()).expect_err("to be refused");
    assert_eq!(rejection.code, code, "{command:?}");
    assert!(
        rejection.reason.contains(says),
        "{command:?}: {}",
        rejection.reason
    );
    assert!(
        rejection.reason.ends_with('.'),
        "a sentence: {}",
        rejection.reason
    );
    assert_eq!(
        site.controller.view(),
        before,
        "{command:?} changed something"
    );
    assert_eq!(site.take_events(), []);
}

#[test]
fn a_cycle_in_another_mode_is_blocked_and_says_by_what() {
    refused(
        Command::Cycle(CycleRequest::Start),
        RejectCode::CycleBlocked,
        "set mode to consumption_cycle first",
    );
}

#[test]
fn a_schedule_that_cannot_be_followed_names_its_entry() {
    let schedule = Schedule {
        time_zone: "Europe/Atlantis".to_owned(),
        critical: Vec::new(),
        allowed: Vec::new(),
        cycle_every_days: 30,
    };
    refused(
        Command::Schedule(Some(schedule)),
        RejectCode::WrongValue,
        "time_zone",
    );
}

#[test]
fn a_lease_must_lie_between_a_minute_and_twelve_hours() {
    for lease in [
        Duration::ZERO,
        Duration::from_millis(59_999),
        Duration::from_secs(43_201),
        Duration::MAX,
    ] {
        refused(
            manual(lease),
            RejectCode::WrongValue,
            "between 60 s and 43200 s",
        );
    }
    for lease in [MINUTE, 12 * 60 * MINUTE] {
        Site::new(Wiring::CommonBus)
            .ask(manual(lease))
            .expect("the ends are allowed");
    }
}

#[test]
fn a_limit_must_lie_within_its_bounds() {
    for limit in LimitName::ALL.iter().copied() {
        let range = bounds(Profile::Agm, limit);
        for value in [
            range.min - 0.01,
            range.max + 0.01,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ] {
            refused(
                Command::Limit(limit, value),
                RejectCode::WrongValue,
                limit.name(),
            );
        }
    }
}

#[test]
fn limits_must_not_contradict_one_another() {
    for (limit, value, other) in [
        (
            LimitName::OverchargeCut,
            13.2,
            "set overcharge_cut to 13.3 V or more, or set charge_resume to 12.9 V or less",
        ),
        (LimitName::OverchargeCut, 14.95, "hard_voltage"),
        (LimitName::ChargeResume, 14.3, "overcharge_cut"),
        (LimitName::HardVoltage, 14.5, "overcharge_cut"),
        (LimitName::DischargeFloor, 12.2, "discharge_stop"),
        (LimitName::DischargeStop, 12.05, "discharge_floor"),
        (LimitName::DischargeStop, 12.5, "top_up"),
        (LimitName::TopUp, 12.35, "discharge_stop"),
        (LimitName::ChargeStop, 12.8, "top_up"),
        (LimitName::TemperatureWarn, 44.0, "temperature_limit"),
        (LimitName::TemperatureLimit, 36.0, "temperature_warn"),
    ] {
        refused(
            Command::Limit(limit, value),
            RejectCode::Contradiction,
            other,
        );
    }
}

#[test]
fn an_alarm_that_is_not_active_cannot_be_acknowledged() {
    for alarm in AlarmName::ALL.iter().copied() {
        refused(
            Command::Acknowledge(alarm),
            RejectCode::NotActive,
            alarm.name(),
        );
    }
}

/// ```text
/// 0:00 the cut is set to 14.2 V by the operator: an event, and the view names who set it
/// 0:01 the same again: accepted, no event
/// ```
#[test]
fn a_limit_that_is_set_says_so() {
    let mut site = Site::new(Wiring::CommonBus);
    site.ask(Command::Limit(LimitName::OverchargeCut, 14.2))
        .expect("within bounds");
    assert_eq!(
        site.take_events(),
        [Event::LimitChanged {
            limit: LimitName::OverchargeCut,
            from: 14.5,
            to: 14.2,
            set_by: LimitSource::Operator,
        }]
    );
    let (_, setting) = site.controller.view().limits[0];
    assert_eq!(
        (setting.value, setting.set_by, setting.set_at),
        (14.2, LimitSource::Operator, Some(site.now))
    );
    site.ask(Command::Limit(LimitName::OverchargeCut, 14.2))
        .expect("within bounds");
    assert_eq!(site.take_events(), []);
}

#[test]
fn a_mode_change_says_so_once() {
    let mut site = Site::new(Wiring::CommonBus);
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("available");
    let changed = Event::ModeChanged {
        from: Mode::Observer,
        to: Mode::OverchargeProtection,
    };
    assert_eq!(site.take_events(), [changed]);
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("available");
    assert_eq!(site.take_events(), []);
}
