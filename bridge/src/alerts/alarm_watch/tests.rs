use releve_protocol::control::Severity;

use super::*;
use crate::samples;

const ALARM: AlarmName = AlarmName::TemperatureLimit;

/// An event at that second of the story.
fn at(mut record: EventRecord, second: i64) -> EventRecord {
    record.at = samples::later(record.at, second * 1000);
    record
}

/// A state at that second of the story, with the alarm or without any.
fn state(second: i64, raised: Option<i64>) -> State {
    let origin = samples::alarm_raised().at;
    let mut state = samples::state();
    state.at = samples::later(origin, second * 1000);
    state.alarms.retain(|active| active.alarm == ALARM);
    match raised {
        Some(second) => state.alarms[0].since = samples::later(origin, second * 1000),
        None => state.alarms.clear(),
    }
    state
}

/// What is told of each step: `+` for a begin, `-` for an end, `a` for an acknowledgement.
fn told(moves: impl IntoIterator<Item = Move>) -> String {
    let sign = |moved: Move| match moved {
        Move::Raised(..) => '+',
        Move::Cleared(..) => '-',
        Move::Acknowledged(_) => 'a',
    };
    moves.into_iter().map(sign).collect()
}

#[test]
fn begin_and_end_are_told_once_whether_events_or_states_come_first() {
    let node = samples::node();
    let mut watch = AlarmWatch::default();
    let raised = at(samples::alarm_raised(), 0);
    let cleared = at(samples::alarm_cleared(), 60);
    assert_eq!(told(watch.event(&node, &raised)), "+");
    assert_eq!(told(watch.state(&node, &state(1, Some(0)))), "");
    // A state from before the begin that was overtaken by the event.
    assert_eq!(told(watch.state(&node, &state(-1, None))), "");
    assert_eq!(told(watch.state(&node, &state(30, Some(0)))), "");
    assert_eq!(told(watch.event(&node, &cleared)), "-");
    // A state from before the end that was overtaken by the event.
    assert_eq!(told(watch.state(&node, &state(59, Some(0)))), "");
    assert_eq!(told(watch.state(&node, &state(61, None))), "");
}

#[test]
fn figures_are_carried() {
    let node = samples::node();
    let mut watch = AlarmWatch::default();
    let raised = watch.event(&node, &samples::alarm_raised());
    let Some(Move::Raised(ALARM, condition)) = raised else {
        panic!("{raised:?}");
    };
    assert_eq!(
        (condition.value, condition.threshold),
        (Some(45.125), Some(45.0))
    );
    assert_eq!(condition.severity, Severity::Critical);
    let end = at(samples::alarm_cleared(), 60);
    let ended = Ended {
        at: end.at,
        value: Some(41.875),
        threshold: Some(42.0),
    };
    assert_eq!(watch.event(&node, &end), Some(Move::Cleared(ALARM, ended)));
}

#[test]
fn an_acknowledgement_is_told_once_and_holds_for_one_begin() {
    let node = samples::node();
    let mut watch = AlarmWatch::default();
    assert_eq!(
        told(watch.event(&node, &at(samples::alarm_raised(), 0))),
        "+"
    );
    let mut acknowledged = state(10, Some(0));
    acknowledged.alarms[0].acknowledged_at = Some(acknowledged.at);
    assert_eq!(told(watch.state(&node, &acknowledged)), "a");
    assert_eq!(told(watch.state(&node, &acknowledged)), "");
    assert_eq!(
        told(watch.event(&node, &at(samples::alarm_cleared(), 60))),
        "-"
    );
    assert_eq!(
        told(watch.event(&node, &at(samples::alarm_raised(), 90))),
        "+"
    );
    // Of before the second begin.
    assert_eq!(told(watch.state(&node, &acknowledged)), "");
}

#[test]
fn what_is_known_outlives_a_restart() {
    let node = samples::node();
    let mut watch = AlarmWatch::default();
    watch.event(&node, &at(samples::alarm_raised(), 0));
    watch.state(&node, &state(30, None));
    let saved = serde_json::to_string(&watch).expect("JSON");
    let mut again: AlarmWatch = serde_json::from_str(&saved).expect("what was written");
    assert_eq!(again, watch);
    assert_eq!(told(again.state(&node, &state(60, None))), "-");
}

#[test]
fn an_alarm_that_is_active_at_the_start_is_told_once() {
    let node = samples::node();
    let mut watch = AlarmWatch::default();
    assert_eq!(told(watch.state(&node, &state(500, Some(0)))), "+");
    assert_eq!(told(watch.state(&node, &state(500, Some(0)))), "");
    assert_eq!(told(watch.state(&node, &state(530, Some(0)))), "");
}

#[test]
fn missed_events_are_made_up_for_by_states_and_not_told_again_from_the_backlog() {
    let node = samples::node();
    let mut watch = AlarmWatch::default();
    assert_eq!(told(watch.state(&node, &state(1, Some(0)))), "+");
    assert_eq!(told(watch.state(&node, &state(60, None))), "");
    assert_eq!(told(watch.state(&node, &state(60, None))), "");
    assert_eq!(told(watch.state(&node, &state(90, None))), "-");
    let raised = at(samples::alarm_raised(), 0);
    let cleared = at(samples::alarm_cleared(), 55);
    assert_eq!(told(watch.event(&node, &raised)), "");
    assert_eq!(told(watch.event(&node, &cleared)), "");
}

#[test]
fn an_episode_that_was_missed_whole_is_told_from_the_backlog() {
    let node = samples::node();
    let mut watch = AlarmWatch::default();
    assert_eq!(told(watch.state(&node, &state(100, None))), "");
    assert_eq!(
        told(watch.event(&node, &at(samples::alarm_raised(), 0))),
        "+"
    );
    assert_eq!(
        told(watch.event(&node, &at(samples::alarm_cleared(), 55))),
        "-"
    );
}

#[test]
fn a_state_that_names_the_alarm_again_withdraws_its_end() {
    let node = samples::node();
    let mut watch = AlarmWatch::default();
    assert_eq!(told(watch.state(&node, &state(1, Some(0)))), "+");
    assert_eq!(told(watch.state(&node, &state(30, None))), "");
    assert_eq!(told(watch.state(&node, &state(60, Some(0)))), "");
    assert_eq!(told(watch.state(&node, &state(90, None))), "");
    assert_eq!(told(watch.state(&node, &state(120, None))), "-");
}

#[test]
fn a_clock_set_back_with_a_new_journal_hides_no_alarm() {
    let node = samples::node();
    let mut watch = AlarmWatch::default();
    watch.event(&node, &at(samples::alarm_raised(), 0));
    watch.event(&node, &at(samples::alarm_cleared(), 60));
    let mut earlier = at(samples::alarm_raised(), -90_000);
    assert_eq!(told(watch.event(&node, &earlier)), "");
    earlier.epoch = "b".parse().expect("an epoch");
    assert_eq!(told(watch.event(&node, &earlier)), "+");
}

#[test]
fn alarms_and_nodes_are_told_apart() {
    let mut watch = AlarmWatch::default();
    let other: NodeId = "other".parse().expect("a node id");
    let of_both = told(watch.state(&samples::node(), &samples::state()));
    assert_eq!(of_both.matches('+').count(), 2);
    assert_eq!(told(watch.state(&other, &samples::state())), "++");
    watch.forget(&other);
    assert_eq!(told(watch.state(&samples::node(), &samples::state())), "");
    assert_eq!(told(watch.state(&other, &samples::state())), "++");
}
