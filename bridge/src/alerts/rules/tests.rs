use super::*;
use crate::alerts::view::{MailView, RemoteWriteView};
use crate::samples;

fn at(second: i64) -> Timestamp {
    samples::later(samples::alarm_raised().at, second * 1000)
}

/// A site at which everything is well, a day after the bridge connected.
fn well() -> NodeView {
    NodeView {
        id: samples::node(),
        online: true,
        last_reading_at: Some(at(-10)),
        received: Some(at(-10)),
        windows: Duration::from_secs(90),
        delay_s: Some(0.2),
        clock_known: Some(true),
        missing: 0,
        stuck_since: None,
        lost: None,
    }
}

fn view(node: NodeView) -> View {
    View {
        now: at(0),
        connected_since: Some(at(-86_400)),
        disconnected_since: None,
        nodes_known: true,
        store_failing_since: None,
        free_bytes: Some(10_000_000_000),
        mail: Some(MailView::default()),
        remote_write: None,
        nodes: vec![node],
    }
}

/// What every rule says that does not say that all is well: its name, `?` where it cannot tell, its value and
/// threshold.
fn said(view: &View) -> Vec<String> {
    let mut said = Vec::new();
    judge(view, |key, standing, _| {
        let name = key.alert.name();
        match standing {
            Standing::Over(_) => {}
            Standing::Unknown => said.push(format!("{name}?")),
            Standing::Holds(of) => {
                let figure =
                    |value: Option<f64>| value.map_or("-".to_owned(), |value| value.to_string());
                said.push(format!(
                    "{name} {} {}",
                    figure(of.value),
                    figure(of.threshold)
                ));
            }
        }
    });
    said
}

fn said_of(change: impl FnOnce(&mut NodeView)) -> Vec<String> {
    let mut node = well();
    change(&mut node);
    said(&view(node))
}

#[test]
fn where_all_is_well_no_rule_holds() {
    assert_eq!(said(&view(well())), Vec::<String>::new());
}

#[test]
fn a_node_that_is_away_is_silent_and_nothing_else_is_said_of_it() {
    let said = said_of(|node| {
        node.online = false;
        node.received = Some(at(-4_000));
        node.delay_s = Some(400.0);
    });
    assert_eq!(
        said,
        [
            "node_silent - -",
            "reading_stale?",
            "clock_wrong?",
            "backlog_growing?"
        ]
    );
}

#[test]
fn before_the_broker_had_time_nothing_is_said_of_nodes() {
    let mut view = view(NodeView {
        online: false,
        ..well()
    });
    view.nodes_known = false;
    let unknown = [
        "node_silent?",
        "reading_stale?",
        "clock_wrong?",
        "backlog_growing?",
        "readings_lost?",
    ];
    assert_eq!(said(&view), unknown);
}

#[test]
fn readings_are_stale_after_three_windows() {
    for (received, expected) in [
        (Some(at(-90)), None),
        (Some(at(-91)), Some("reading_stale 91 90")),
        // None since the bridge connected.
        (None, Some("reading_stale 86400 90")),
        // One of before the connection was lost.
        (Some(at(-90_000)), Some("reading_stale 86400 90")),
    ] {
        let said = said_of(|node| node.received = received);
        assert_eq!(said.first().map(String::as_str), expected, "{received:?}");
    }
    // A node that waits for the time publishes none.
    let said = said_of(|node| {
        node.received = Some(at(-500));
        node.clock_known = Some(false);
    });
    assert_eq!(said, ["reading_stale?", "clock_wrong - -"]);
}

#[test]
fn a_clock_may_differ_by_half_a_minute() {
    for (delay, expected) in [
        (Some(30.0), None),
        (Some(30.5), Some("clock_wrong 30.5 30")),
        (Some(-30.0), None),
        (Some(-3_600.0), Some("clock_wrong -3600 -30")),
        // Where site time is not real time, or none came yet.
        (None, Some("clock_wrong?")),
    ] {
        let said = said_of(|node| node.delay_s = delay);
        assert_eq!(said.first().map(String::as_str), expected, "{delay:?}");
    }
}

#[test]
fn missing_readings_may_take_half_an_hour() {
    for (stuck, expected) in [
        (None, None),
        (Some(at(-1_799)), None),
        (Some(at(-1_800)), Some("backlog_growing 12 -")),
    ] {
        let said = said_of(|node| {
            node.missing = 12;
            node.stuck_since = stuck;
        });
        assert_eq!(said.first().map(String::as_str), expected, "{stuck:?}");
    }
}

#[test]
fn losses_are_told() {
    let said = said_of(|node| node.lost = Some((7, at(-60))));
    assert_eq!(said, ["readings_lost 7 -"]);
}

#[test]
fn the_bridge_watches_itself() {
    type Change = fn(&mut View);
    let cases: [(Change, &str); 9] = [
        (
            |view| view.store_failing_since = Some(at(-5)),
            "store_failing - -",
        ),
        (
            |view| view.disconnected_since = Some(at(-5)),
            "broker_lost - -",
        ),
        (
            |view| view.free_bytes = Some(200 << 20),
            "disk_filling 209.7152 268.435456",
        ),
        (|view| view.free_bytes = None, "disk_filling?"),
        (
            |view| {
                view.mail = Some(MailView {
                    failing_since: Some(at(-60)),
                    given_up_at: None,
                    waiting: 3,
                });
            },
            "mail_failing 3 -",
        ),
        (
            |view| {
                view.mail = Some(MailView {
                    given_up_at: Some(at(-3_599)),
                    ..MailView::default()
                });
            },
            "mail_failing 0 -",
        ),
        (
            |view| {
                view.mail = Some(MailView {
                    given_up_at: Some(at(-3_600)),
                    ..MailView::default()
                });
            },
            "",
        ),
        (
            |view| {
                view.remote_write = Some(RemoteWriteView {
                    waiting: 50,
                    oldest: None,
                    stuck_since: Some(at(-901)),
                });
            },
            "remote_write_behind 15.016666666666667 15",
        ),
        (|view| view.mail = None, ""),
    ];
    for (change, expected) in cases {
        let mut view = view(well());
        change(&mut view);
        assert_eq!(said(&view).concat(), expected);
    }
}

#[test]
fn every_rule_has_its_row_on_the_page_about_alerts() {
    let page = include_str!("../../../../docs/alerts.md");
    for rule in RULES {
        assert!(
            page.contains(&format!("| `{}` |", rule.name.name())),
            "{}",
            rule.name.name()
        );
        assert!(std::ptr::eq(Rule::of(rule.name), *rule));
        let of_alarm = releve_protocol::control::AlarmName::from_name(rule.name.name());
        assert_eq!(of_alarm, None, "alarms and rules share one label");
        let json = serde_json::to_string(&AlertName::Rule(rule.name)).expect("JSON");
        assert_eq!(json, format!("\"{}\"", rule.name.name()));
        assert_eq!(
            serde_json::from_str::<AlertName>(&json).expect("a name"),
            AlertName::Rule(rule.name)
        );
    }
}
