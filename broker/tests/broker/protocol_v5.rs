//! MQTT 5, packet by packet.

use super::support::{Connect, Fixture, Packet, packet, string};

#[test]
fn the_connack_announces_what_is_not_offered() {
    let broker = Fixture::start();
    let mut client = broker.socket();
    client.send(&Connect::v5("").packet());
    let connack = client.packet();
    assert_eq!(connack.body[..2], [0, 0]);
    for (what, property) in [
        ("maximum QoS 1", &[0x24, 1][..]),
        ("topic alias maximum 0", &[0x22, 0, 0]),
        ("no shared subscriptions", &[0x2a, 0]),
        ("receive maximum", &[0x21, 0, 100]),
        ("maximum packet size", &[0x27, 0, 0x10, 0, 0]),
        ("assigned client id", &[0x12, 0, 21, b'a', b'u', b't', b'o']),
    ] {
        assert!(connack.holds(property), "{what}: {connack:?}");
    }
}

#[test]
fn refused_connects_get_their_reason() {
    let broker = Fixture::start();
    let mut authentication = vec![0x15];
    authentication.extend(string(b"SCRAM"));
    let long_id = "x".repeat(2000);
    for (reason, connect) in [
        (
            0x8c,
            Connect {
                properties: authentication,
                ..Connect::v5("x")
            },
        ),
        (0x85, Connect::v5(&long_id)),
        (0x90, Connect::v5("x").will("a/#", "1", false)),
        (
            0x87,
            Connect::v5("x").will("releve/site-1/set/mode", "observer", true),
        ),
        (0x9b, {
            let with_will = Connect::v5("x").will("a", "1", false);
            Connect {
                flags: (with_will.flags & !0b1_1000) | 0b1_0000,
                ..with_will
            }
        }),
        (
            0x82,
            Connect {
                properties: vec![0x21, 0, 0],
                ..Connect::v5("x")
            },
        ),
        (
            0x81,
            Connect {
                properties: vec![0x21, 0],
                ..Connect::v5("x")
            },
        ),
    ] {
        let mut client = broker.socket();
        client.send(&connect.packet());
        let connack = client.packet();
        assert_eq!((connack.first_byte, connack.body[1]), (0x20, reason));
        client.until_closed();
    }
}

#[test]
fn properties_reach_subscribers_unchanged() {
    let broker = Fixture::start();
    let mut subscriber = broker.v5("subscriber");
    subscriber.subscribe("a", 1);
    let mut publisher = broker.v5("publisher");
    let mut properties = vec![0x01, 1, 0x08];
    properties.extend(string(b"a/reply"));
    properties.push(0x09);
    properties.extend(string(b"id"));
    properties.push(0x26);
    properties.extend(string(b"key"));
    properties.extend(string(b"value"));
    properties.push(0x03);
    properties.extend(string(b"text/plain"));
    publisher.publish_with("a", b"1", 1, false, &properties);
    assert_eq!(subscriber.message().properties, properties);
}

#[test]
fn subscription_identifiers_come_back() {
    let broker = Fixture::start();
    let mut client = broker.v5("client");
    let subscribe = client.subscribe_packet(1, "a", 1, &[0x0b, 42]);
    client.send(&subscribe);
    client.packet();
    client.publish("a", "live", 0, true);
    assert_eq!(client.message().properties, [0x0b, 42]);
    let subscribe = client.subscribe_packet(2, "a", 1, &[0x0b, 43]);
    client.send(&subscribe);
    client.packet();
    assert_eq!(client.message().properties, [0x0b, 43]);
    let subscribe = client.subscribe_packet(3, "a", 1, &[0x0b, 0]);
    client.send(&subscribe);
    assert_eq!(client.until_disconnected(), 0x82);
}

#[test]
fn subscribe_options_are_kept() {
    let broker = Fixture::start();
    let mut publisher = broker.v5("publisher");
    publisher.publish("a", "retained", 1, true);
    let mut client = broker.v5("client");
    assert_eq!(client.subscribe("a", 0b10_0001), 1);
    client.assert_nothing_comes();
    assert_eq!(client.subscribe("a", 0b01_0001), 1);
    client.assert_nothing_comes();
    let mut client = broker.v5("new-only");
    assert_eq!(client.subscribe("a", 0b01_0001), 1);
    assert_eq!(client.message().text(), "a retained");

    let mut keeping = broker.v5("keeps-the-flag");
    keeping.subscribe("b", 0b1001);
    publisher.publish("b", "1", 1, true);
    assert!(keeping.message().retain);
    publisher.publish("b", "2", 1, false);
    assert!(!keeping.message().retain);

    let mut deaf = broker.v5("deaf-to-itself");
    deaf.subscribe("c", 0b0101);
    deaf.publish("c", "own", 0, false);
    publisher.publish("c", "other", 1, false);
    assert_eq!(deaf.message().text(), "c other");
}

#[test]
fn subscriptions_and_unsubscriptions_get_their_codes() {
    let broker = Fixture::with(|config| config.limits.subscriptions = 2);
    let mut client = broker.v5("client");
    assert_eq!(client.subscribe("$share/group/t", 1), 0x9e);
    assert_eq!(client.subscribe("a/#/b", 1), 0x8f);
    assert_eq!(client.subscribe("a", 2), 1);
    assert_eq!(client.subscribe("b", 0), 0);
    assert_eq!(client.subscribe("c", 0), 0x97);
    assert_eq!(client.subscribe("a", 0), 0, "no more than before");
    assert_eq!(client.unsubscribe(&["a", "nothing"]), [0, 0x11]);
}

#[test]
fn forbidden_publishes_are_answered_with_their_reason() {
    let broker = Fixture::start();
    let mut client = broker.v5("client");
    let publish = client.publish_packet(b"releve/site-1/set/mode", b"observer", 1, true, 5, &[]);
    client.send(&publish);
    let puback = client.packet();
    assert_eq!(
        (puback.first_byte, &puback.body[..3]),
        (0x40, &[0, 5, 0x87][..])
    );
    assert!(puback.holds(b"must not be retained"), "{puback:?}");
    assert_eq!(client.publish("$SYS/x", "1", 1, false), 0x87);
    assert_eq!(
        client.publish("releve/site-1/set/mode", "observer", 1, false),
        0
    );
}

#[test]
fn reasons_in_words_are_left_out_where_not_wanted() {
    let broker = Fixture::start();
    let mut client = broker.socket();
    client.v5 = true;
    client.send(
        &Connect {
            properties: vec![0x17, 0],
            ..Connect::v5("client")
        }
        .packet(),
    );
    client.packet();
    let publish = client.publish_packet(b"releve/site-1/set/mode", b"observer", 1, true, 5, &[]);
    client.send(&publish);
    assert_eq!(client.packet(), Packet::new(0x40, &[0, 5, 0x87, 0]));
}

#[test]
fn broken_rules_end_the_connection_with_their_reason() {
    let broker = Fixture::with(|config| config.limits.packet_bytes = 4096);
    let publish = |topic: &[u8], payload: &[u8], qos: u8, properties: &[u8]| {
        broker
            .v5("other")
            .publish_packet(topic, payload, qos, false, 1, properties)
    };
    for (reason, bytes) in [
        (0x94, publish(b"", b"1", 1, &[0x23, 0, 1])),
        (0x94, publish(b"a", b"1", 1, &[0x23, 0, 1])),
        (0x90, publish(b"", b"1", 1, &[])),
        (0x90, publish(b"a/+", b"1", 1, &[])),
        (0x9b, publish(b"a", b"1", 2, &[])),
        (0x95, publish(b"a", &[0; 5000], 1, &[])),
        (0x82, publish(b"a", b"1", 1, &[0x0b, 1])),
        (0x82, publish(b"a", b"1", 1, &[0x08, 0, 1, b'#'])),
        (0x81, publish(b"a", b"1", 1, &[0x08, 0])),
        (0x81, vec![0x90, 3, 0, 1, 0]),
        (0x81, vec![0xf0, 0]),
        (0x81, packet(0x36, b"\0\x01a\0\x01")),
        (0x82, packet(0x50, &[0, 1])),
        (0x82, packet(0x82, &[0, 0, 0, 0, 1, b'a', 0])),
        (0x82, packet(0xa2, &[0, 1, 0])),
        (0x82, Connect::v5("x").packet()),
    ] {
        let mut client = broker.v5("client");
        client.send(&bytes);
        assert_eq!(client.until_disconnected(), reason, "{bytes:?}");
    }
    broker.assert_alive();
}

#[test]
fn silence_beyond_the_keep_alive_is_named() {
    let broker = Fixture::start();
    let mut client = broker.socket();
    client.send(
        &Connect {
            keep_alive: 1,
            ..Connect::v5("client")
        }
        .packet(),
    );
    client.packet();
    assert_eq!(client.until_disconnected(), 0x8d);
}

#[test]
fn no_more_than_the_receive_maximum_is_sent_unacknowledged() {
    let broker = Fixture::start();
    let mut client = broker.socket();
    client.v5 = true;
    client.send(
        &Connect {
            properties: vec![0x21, 0, 3],
            ..Connect::v5("client")
        }
        .packet(),
    );
    client.packet();
    let mut publisher = broker.v311("publisher");
    for number in 0..10 {
        publisher.publish(&format!("retained/{number}"), "r", 1, true);
    }
    client.subscribe("live", 1);
    client.subscribe("retained/#", 1);
    for number in 0..10 {
        publisher.publish("live", number.to_string(), 1, false);
    }
    let mut unacknowledged = Vec::new();
    for _ in 0..3 {
        unacknowledged.push(client.unacknowledged_message());
    }
    client.ping();
    let mut received = unacknowledged.len();
    while let Some(message) = unacknowledged.pop() {
        client.acknowledge(&message);
        if received < 20 {
            unacknowledged.insert(0, client.unacknowledged_message());
            received += 1;
        }
    }
    assert_eq!(received, 20);
    client.assert_nothing_comes();
}

#[test]
fn packets_larger_than_the_client_takes_are_not_sent() {
    let broker = Fixture::start();
    let mut client = broker.socket();
    client.v5 = true;
    client.send(
        &Connect {
            properties: vec![0x27, 0, 0, 0, 200],
            ..Connect::v5("client")
        }
        .packet(),
    );
    client.packet();
    client.subscribe("a", 1);
    let mut publisher = broker.v311("publisher");
    publisher.publish("a", [b'x'; 300], 1, false);
    publisher.publish("a", "small", 1, false);
    assert_eq!(client.message().text(), "a small");
}

#[test]
fn expired_messages_are_not_delivered_and_the_time_left_is_told() {
    let broker = Fixture::start();
    let mut publisher = broker.v5("publisher");
    publisher.publish_with("a", b"gone", 1, true, &[0x02, 0, 0, 0, 0]);
    publisher.publish_with("b", b"there", 1, true, &[0x02, 0, 0, 1, 0]);
    let mut client = broker.v5("client");
    client.subscribe("#", 1);
    let message = client.message();
    assert_eq!(message.text(), "b there");
    assert_eq!(
        message.properties[..4],
        [0x02, 0, 0, 0],
        "less than 256 s are left"
    );
}

#[test]
fn a_disconnect_without_properties_is_understood() {
    let broker = Fixture::start();
    let mut subscriber = broker.v5("subscriber");
    subscriber.subscribe("will", 1);
    let mut client = broker.socket();
    client.send(&Connect::v5("client").will("will", "sent", false).packet());
    client.packet();
    client.send(&[0xe0, 1, 4]);
    assert!(client.until_closed().is_empty());
    assert_eq!(subscriber.message().text(), "will sent");
    let mut client = broker.socket();
    client.send(&Connect::v5("client").will("will", "kept", false).packet());
    client.packet();
    client.send(&[0xe0, 1, 0]);
    assert!(client.until_closed().is_empty());
    subscriber.assert_nothing_comes();
}
