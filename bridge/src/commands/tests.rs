use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::alerts::{Pace, Silence, Silences, View};
use crate::samples;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a moment")
}

fn minutes(minutes: u64) -> Timestamp {
    now().after(Duration::from_mins(minutes))
}

/// Alerts of a bridge whose store fails since so many minutes.
fn failing(alerts: &mut Alerts, from: u64, until: u64) {
    for minute in from..=until {
        let view = View {
            store_failing_since: Some(now()),
            ..quiet(minutes(minute))
        };
        alerts.judge(&view);
    }
}

fn quiet(now: Timestamp) -> View {
    View {
        now,
        connected_since: Some(now),
        disconnected_since: None,
        nodes_known: true,
        store_failing_since: None,
        free_bytes: None,
        mail: None,
        remote_write: None,
        nodes: Vec::new(),
    }
}

fn command(alerts: &mut Alerts, thing: &str, payload: &str) -> CommandResult {
    let received = Received::for_bridge(thing, payload.as_bytes());
    let known = samples::node();
    let order = Order {
        site_is_known: site(&received) == Some(&known),
        retained: false,
        received,
    };
    obey(alerts, order, now())
}

fn code(result: &CommandResult) -> Option<RejectCode> {
    let is_rejected = result.status == Status::Rejected;
    assert_eq!(result.code.is_some(), is_rejected, "{result:?}");
    assert_eq!(result.reason.is_some(), is_rejected, "{result:?}");
    result.code
}

fn held(alerts: &Alerts) -> BridgeState {
    state(alerts, Mail::Configured, now())
}

#[test]
fn a_site_is_silenced_for_so_long_and_until_somebody_ends_it() {
    let mut alerts = Alerts::default();
    let node = samples::node();
    let result = command(
        &mut alerts,
        "silence/col-de-porte",
        r#"{"value":7200,"id":"a1"}"#,
    );
    assert_eq!(code(&result), None);
    assert_eq!(
        (result.id.as_deref(), &*result.set, &result.value),
        (Some("a1"), "silence/col-de-porte", &Value::from(7200))
    );
    let silenced = held(&alerts).silences;
    assert_eq!(
        (&silenced[0].node, silenced[0].until),
        (&node, minutes(120))
    );
    assert!(alerts.silences().covers(Some(&node), minutes(119)));
    assert!(!alerts.silences().covers(Some(&node), minutes(120)));

    assert_eq!(
        code(&command(&mut alerts, "silence/col-de-porte", "0")),
        None
    );
    assert_eq!(held(&alerts).silences, []);
}

#[test]
fn a_silence_outlives_a_restart_beside_those_of_the_options() {
    let mut alerts = Alerts::default();
    command(&mut alerts, "silence/col-de-porte", "7200");
    let saved = alerts.saved();
    let option: Silence = "cabin=2026-11-22T18:00:00Z".parse().expect("a silence");
    let mut after = Alerts::new(Pace::default(), Silences::from_iter([option]));
    after.recover(&saved).expect("readable");
    let until: Vec<_> = (after.silences().sites().into_iter())
        .map(|site| (site.node.to_string(), site.until))
        .collect();
    let expected = [
        ("cabin".to_owned(), minutes(360)),
        ("col-de-porte".to_owned(), minutes(120)),
    ];
    assert_eq!(until, expected);
}

#[test]
fn a_site_that_nobody_knows_is_not_silenced() {
    let mut alerts = Alerts::default();
    let result = command(&mut alerts, "silence/col-de-prote", "7200");
    assert_eq!(code(&result), Some(RejectCode::UnknownThing));
    assert_eq!(held(&alerts).silences, []);
    // What was silenced and is gone since can be ended.
    let ended = command(&mut alerts, "silence/col-de-prote", "0");
    assert_eq!(code(&ended), None);
}

#[test]
fn an_alert_is_acknowledged_while_it_holds_and_then_no_more_reminders_come() {
    let mut alerts = Alerts::default();
    let result = command(&mut alerts, "alert/store_failing", "acknowledge");
    assert_eq!(code(&result), Some(RejectCode::NotActive));

    failing(&mut alerts, 0, 5);
    assert_eq!(alerts.due(minutes(5)).len(), 1, "it is told");
    assert!(!held(&alerts).alerts[0].acknowledged);
    let result = command(&mut alerts, "alert/store_failing", "acknowledge");
    assert_eq!(code(&result), None);
    let first = &held(&alerts).alerts[0];
    assert_eq!((&*first.alert, &first.node), ("store_failing", &None));
    assert!(first.acknowledged);

    // The rule judges on, and does not forget it.
    failing(&mut alerts, 6, 10);
    assert!(held(&alerts).alerts[0].acknowledged);
    let two_days = 2 * 24 * 60;
    failing(&mut alerts, two_days, two_days);
    assert_eq!(alerts.due(minutes(two_days)), []);
}

#[test]
fn what_nobody_acknowledged_is_told_again() {
    let mut alerts = Alerts::default();
    failing(&mut alerts, 0, 5);
    assert_eq!(alerts.due(minutes(5)).len(), 1);
    let two_days = 2 * 24 * 60;
    failing(&mut alerts, two_days, two_days);
    assert_eq!(alerts.due(minutes(two_days)).len(), 1);
}

#[test]
fn a_refusal_says_what_would_be_right() {
    let mut alerts = Alerts::default();
    for (thing, payload, wanted, told) in [
        (
            "alert/temperature_limit/cabin",
            "acknowledge",
            RejectCode::UnknownThing,
            "releve/cabin/set/alarm/temperature_limit",
        ),
        (
            "alert/node_quiet/cabin",
            "acknowledge",
            RejectCode::UnknownThing,
            "node_silent, reading_stale",
        ),
        (
            "silence/col-de-porte",
            r#"{"value":60,"expires":"2026-11-22T11:59:59Z"}"#,
            RejectCode::Expired,
            "expires",
        ),
        (
            "silence/col-de-porte",
            "7 h",
            RejectCode::WrongValue,
            "seconds",
        ),
    ] {
        let result = command(&mut alerts, thing, payload);
        assert_eq!(code(&result), Some(wanted), "{thing} {payload}: {result:?}");
        assert!(result.reason.is_some_and(|reason| reason.contains(told)));
    }
    let order = Order {
        received: Received::for_bridge("silence/col-de-porte", b"60"),
        retained: true,
        site_is_known: true,
    };
    let retained = obey(&mut alerts, order, now());
    assert_eq!(code(&retained), Some(RejectCode::Retained));
    assert_eq!(held(&alerts).silences, []);
}
