//! MQTT 3.1.1, packet by packet.

use super::support::{Connect, Fixture, Packet, packet, string};

#[test]
fn qos_is_the_lower_of_published_and_granted() {
    let broker = Fixture::start();
    let mut zero = broker.v311("zero");
    assert_eq!(zero.subscribe("t", 0), 0);
    let mut one = broker.v311("one");
    assert_eq!(one.subscribe("t", 1), 1);
    let mut two = broker.v311("two");
    assert_eq!(two.subscribe("t", 2), 1, "QoS 2 is granted as 1");
    let mut publisher = broker.v311("publisher");
    publisher.publish("t", "0", 0, false);
    publisher.publish("t", "1", 1, false);
    assert_eq!((zero.message().qos, zero.message().qos), (0, 0));
    assert_eq!((one.message().qos, one.message().qos), (0, 1));
    assert_eq!((two.message().qos, two.message().qos), (0, 1));
}

#[test]
fn qos_2_is_taken_exactly_once() {
    let broker = Fixture::start();
    let mut subscriber = broker.v311("subscriber");
    subscriber.subscribe("t", 2);
    let mut publisher = broker.v311("publisher");
    let publish = publisher.publish_packet(b"t", b"x", 2, false, 7, &[]);
    publisher.send(&publish);
    assert_eq!(publisher.packet(), Packet::new(0x50, &[0, 7]));
    publisher.send(&publish);
    assert_eq!(publisher.packet(), Packet::new(0x50, &[0, 7]));
    publisher.send(&packet(0x62, &[0, 7]));
    assert_eq!(publisher.packet(), Packet::new(0x70, &[0, 7]));
    assert_eq!(subscriber.message().text(), "t x");
    // Released, the id is free for another message.
    publisher.send(&publish);
    assert_eq!(publisher.packet(), Packet::new(0x50, &[0, 7]));
    assert_eq!(subscriber.message().text(), "t x");
    subscriber.assert_nothing_comes();
}

#[test]
fn unsubscribing_is_acknowledged_and_ends_the_messages() {
    let broker = Fixture::start();
    let mut client = broker.v311("client");
    client.subscribe("a", 1);
    client.subscribe("b", 1);
    assert!(client.unsubscribe(&["a", "never-subscribed"]).is_empty());
    let mut publisher = broker.v311("publisher");
    publisher.publish("a", "1", 1, false);
    publisher.publish("b", "2", 1, false);
    assert_eq!(client.message().text(), "b 2");
    client.assert_nothing_comes();
    client.subscribe("a", 1);
    publisher.publish("a", "3", 1, false);
    assert_eq!(client.message().text(), "a 3");
}

#[test]
fn refused_filters_get_the_failure_code_and_others_are_granted() {
    let broker = Fixture::start();
    let mut client = broker.v311("client");
    assert_eq!(client.subscribe("$share/group/t", 1), 0x80);
    assert_eq!(client.subscribe("a/#/b", 1), 0x80);
    assert_eq!(client.subscribe("", 1), 0x80);
    assert_eq!(client.subscribe("a+", 1), 0x80);
    let mut body = vec![0, 99];
    for filter in ["good/#", "bad#"] {
        body.extend(string(filter.as_bytes()));
        body.push(1);
    }
    client.send(&packet(0x82, &body));
    assert_eq!(client.packet(), Packet::new(0x90, &[0, 99, 1, 0x80]));
}

#[test]
fn other_protocol_versions_are_refused_in_a_connack() {
    let broker = Fixture::start();
    for level in [3, 6, 0x84] {
        let mut client = broker.socket();
        client.send(
            &Connect {
                level,
                ..Connect::v311("x")
            }
            .packet(),
        );
        assert_eq!(client.packet(), Packet::new(0x20, &[0, 1]), "level {level}");
        client.until_closed();
    }
    let mut client = broker.socket();
    let mut body = string(b"MQIsdp");
    body.extend([3, 2, 0, 0]);
    body.extend(string(b"x"));
    client.send(&packet(0x10, &body));
    assert_eq!(client.packet(), Packet::new(0x20, &[0, 1]));
}

#[test]
fn an_empty_client_id_needs_a_clean_session() {
    let broker = Fixture::start();
    broker.v311("");
    let mut client = broker.socket();
    client.send(
        &Connect {
            flags: 0,
            ..Connect::v311("")
        }
        .packet(),
    );
    assert_eq!(client.packet(), Packet::new(0x20, &[0, 2]));
    client.until_closed();
}

#[test]
fn a_connect_comes_first_and_once() {
    let broker = Fixture::start();
    let mut early = broker.socket();
    early.send(&[0xc0, 0]);
    assert!(early.until_closed().is_empty());
    let mut twice = broker.v311("twice");
    twice.send(&Connect::v311("twice").packet());
    assert!(twice.until_closed().is_empty());
}

#[test]
fn invalid_topics_end_the_connection() {
    let broker = Fixture::start();
    for topic in [&b"a/+"[..], b"#", b"", b"a\0b", b"a\xff"] {
        let mut client = broker.v311("client");
        let publish = client.publish_packet(topic, b"1", 1, false, 1, &[]);
        client.send(&publish);
        assert!(client.until_closed().is_empty(), "{topic:?}");
    }
}

#[test]
fn keep_alive_is_enforced_at_one_and_a_half_times() {
    let broker = Fixture::start();
    let mut subscriber = broker.v311("subscriber");
    subscriber.subscribe("will", 1);
    let mut silent = broker.socket();
    let connect = Connect {
        keep_alive: 1,
        ..Connect::v311("silent").will("will", "gone", false)
    };
    silent.send(&connect.packet());
    silent.packet();
    assert!(silent.until_closed().is_empty());
    assert_eq!(subscriber.message().text(), "will gone");
    // The subscriber's keep-alive is 0: it may stay silent.
    subscriber.ping();
}

#[test]
fn more_clients_than_allowed_are_refused_in_a_connack() {
    let broker = Fixture::with(|config| config.limits.connections = 2);
    let mut first = broker.v311("first");
    let _second = broker.v5("second");
    let mut third = broker.socket();
    third.send(&Connect::v311("third").packet());
    assert_eq!(third.packet(), Packet::new(0x20, &[0, 3]));
    let mut third = broker.socket();
    third.send(&Connect::v5("third").packet());
    let connack = third.packet();
    assert_eq!((connack.first_byte, connack.body[1]), (0x20, 0x89));
    first.send(&[0xe0, 0]);
    first.until_closed();
    super::support::eventually("a free place", || {
        let mut third = broker.socket();
        third.send(&Connect::v311("third").packet());
        third.packet() == Packet::new(0x20, &[0, 0])
    });
}

#[test]
fn retained_commands_are_acknowledged_and_dropped() {
    let broker = Fixture::start();
    let mut node = broker.v311("node");
    node.subscribe("releve/site-1/set/#", 1);
    let mut operator = broker.v311("operator");
    operator.publish("releve/site-1/set/mode", "consumption_cycle", 1, true);
    operator.publish("releve/site-1/set/mode", "observer", 1, false);
    assert_eq!(node.message().text(), "releve/site-1/set/mode observer");
    let mut late = broker.v311("late");
    late.subscribe("releve/#", 1);
    late.assert_nothing_comes();
}

#[test]
fn packets_larger_than_allowed_end_the_connection() {
    let broker = Fixture::with(|config| config.limits.packet_bytes = 1000);
    let mut client = broker.v311("client");
    assert_eq!(client.publish("t", [0; 900], 1, false), 0);
    let publish = client.publish_packet(b"t", &[0; 1000], 1, false, 2, &[]);
    client.send(&publish);
    assert!(client.until_closed().is_empty());
}
