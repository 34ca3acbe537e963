//! Last wills.

use super::support::{Client, Connect, Fixture, string};

fn with_delay(id: &str, delay_seconds: u8, session_seconds: u8) -> Connect {
    let connect = Connect::v5(id).will("will", "gone", false);
    let (topic, payload, _) = connect.will.clone().unwrap();
    Connect {
        flags: connect.flags & !2,
        properties: vec![0x11, 0, 0, 0, session_seconds],
        will: Some((topic, payload, vec![0x18, 0, 0, 0, delay_seconds])),
        ..connect
    }
}

fn connected(broker: &Fixture, connect: &Connect) -> Client {
    let mut client = broker.socket();
    client.v5 = connect.level == 5;
    client.send(&connect.packet());
    assert_eq!(client.packet().body[1], 0);
    client
}

fn watcher(broker: &Fixture) -> Client {
    let mut watcher = broker.v311("watcher");
    watcher.subscribe("will", 1);
    watcher
}

#[test]
fn a_lost_connection_publishes_the_will_and_a_goodbye_does_not() {
    let broker = Fixture::start();
    let mut watcher = watcher(&broker);
    connected(&broker, &Connect::v311("a").will("will", "reset", false)).reset();
    assert_eq!(watcher.message().text(), "will reset");
    drop(connected(
        &broker,
        &Connect::v5("a").will("will", "closed", false),
    ));
    assert_eq!(watcher.message().text(), "will closed");
    let mut breaker = connected(&broker, &Connect::v311("a").will("will", "fault", false));
    breaker.send(&[0xf0, 0]);
    assert_eq!(watcher.message().text(), "will fault");
    let mut polite = connected(&broker, &Connect::v311("a").will("will", "polite", false));
    polite.send(&[0xe0, 0]);
    polite.until_closed();
    watcher.assert_nothing_comes();
}

#[test]
fn a_will_wants_its_answers_where_answers_can_come() {
    let broker = Fixture::start();
    for (topic, code) in [("answers", 0), ("answers/#", 0x82), ("", 0x82)] {
        let mut connect = Connect::v5("asker").will("will", "gone", false);
        let properties = [&[0x08][..], &string(topic.as_bytes())].concat();
        connect.will = connect
            .will
            .map(|(topic, payload, _)| (topic, payload, properties));
        assert_eq!(broker.connack(&connect), code, "{topic}");
    }
}

#[test]
fn a_retained_will_is_kept() {
    let broker = Fixture::start();
    let mut node = connected(
        &broker,
        &Connect::v311("node").will("node/availability", "offline", true),
    );
    node.publish("node/availability", "online", 1, true);
    let mut watcher = broker.v311("watcher");
    watcher.subscribe("node/availability", 1);
    assert_eq!(watcher.message().text(), "node/availability online");
    node.reset();
    let will = watcher.message();
    assert_eq!(
        (will.text().as_str(), will.retain),
        ("node/availability offline", false)
    );
    let mut late = broker.v311("late");
    late.subscribe("node/availability", 1);
    let will = late.message();
    assert_eq!(
        (will.text().as_str(), will.retain),
        ("node/availability offline", true)
    );
}

/// Stock: the will comes after the newcomer's first messages, or for the newcomer, or never.
#[test]
fn at_a_takeover_the_will_comes_before_the_newcomers_messages() {
    let broker = Fixture::start();
    let mut watcher = broker.v311("watcher");
    watcher.subscribe("node/availability", 1);
    for _ in 0..20 {
        let mut node = connected(
            &broker,
            &Connect::v311("node").will("node/availability", "offline", true),
        );
        node.publish("node/availability", "online", 1, true);
        assert_eq!(watcher.message().text(), "node/availability online");
        let mut back = connected(
            &broker,
            &Connect::v311("node").will("node/availability", "offline", true),
        );
        back.publish("node/availability", "online", 1, true);
        assert_eq!(watcher.message().text(), "node/availability offline");
        assert_eq!(watcher.message().text(), "node/availability online");
        back.send(&[0xe0, 0]);
        back.until_closed();
    }
    watcher.assert_nothing_comes();
}

#[test]
fn a_delayed_will_waits_for_the_clients_return() {
    let broker = Fixture::start();
    let mut watcher = watcher(&broker);
    // The client is back in time, for good: its will is never published.
    connected(&broker, &with_delay("back", 1, 100)).reset();
    let back = Connect {
        flags: 0,
        will: None,
        ..with_delay("back", 0, 100)
    };
    let _back = connected(&broker, &back);
    // This one does not come back.
    connected(&broker, &with_delay("gone", 2, 100)).reset();
    let will = watcher.message();
    assert_eq!(will.text(), "will gone");
    watcher.assert_nothing_comes();
}

#[test]
fn a_clean_start_ends_the_session_and_publishes_the_delayed_will() {
    let broker = Fixture::start();
    let mut watcher = watcher(&broker);
    connected(&broker, &with_delay("a", 100, 100)).reset();
    broker.v5("a");
    assert_eq!(watcher.message().text(), "will gone");
}

#[test]
fn properties_of_a_will_are_published_with_it() {
    let broker = Fixture::start();
    let mut watcher = broker.v5("watcher");
    watcher.subscribe("will", 1);
    let mut connect = Connect::v5("a").will("will", "gone", false);
    let mut properties = vec![0x01, 1, 0x03];
    properties.extend(super::support::string(b"text/plain"));
    connect.will = Some((b"will".to_vec(), b"gone".to_vec(), properties));
    connected(&broker, &connect).reset();
    let mut expected = vec![0x01, 1, 0x03];
    expected.extend(super::support::string(b"text/plain"));
    assert_eq!(watcher.message().properties, expected);
}
