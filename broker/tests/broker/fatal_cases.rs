//! Each way in which a client could bring stock rumqttd 0.20 down. After each, the broker serves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::support::{Connect, Fixture, packet, string};

/// Stock: the whole listener of the older version dies.
#[test]
fn properties_of_version_5_reach_a_subscriber_of_version_311() {
    let broker = Fixture::start();
    let mut subscriber = broker.v311("old");
    subscriber.subscribe("a/#", 1);
    let mut publisher = broker.v5("new");
    // Payload format, expiry, content type, response topic, correlation data, user property.
    let mut properties = vec![0x01, 1, 0x02, 0, 0, 0, 60, 0x03];
    properties.extend(string(b"text/plain"));
    properties.push(0x08);
    properties.extend(string(b"a/reply"));
    properties.push(0x09);
    properties.extend(string(b"id"));
    properties.push(0x26);
    properties.extend(string(b"key"));
    properties.extend(string(b"value"));
    assert_eq!(publisher.publish_with("a/b", b"1", 1, true, &properties), 0);
    assert_eq!(subscriber.message().text(), "a/b 1");
    let mut late = broker.v311("late");
    late.subscribe("a/b", 1);
    assert_eq!(late.message().text(), "a/b 1");
    broker.assert_alive();
}

/// Stock: the second connection takes the listener down.
#[test]
fn client_ids_with_any_characters_connect_twice() {
    let broker = Fixture::start();
    for id in [
        "a/b", "+", "#", "$SYS", "a%b", "été", "a b", "..", "link-1", "router-0",
    ] {
        let mut first = broker.v311(id);
        let mut second = broker.v5(id);
        assert!(first.until_closed().is_empty());
        second.ping();
        second.subscribe("t", 1);
        second.publish("t", "x", 0, false);
        assert_eq!(second.message().text(), "t x");
    }
    broker.assert_alive();
}

/// Stock: the listener dies.
#[test]
fn a_reset_right_after_connect() {
    let broker = Fixture::start();
    for round in 0..50 {
        let mut client = broker.socket();
        let id = ["same", "other/+"][round % 2];
        client.send(&Connect::v311(id).packet());
        client.reset();
        broker.socket().reset();
    }
    broker.assert_alive();
}

/// Stock: the router's thread dies, the process stays.
#[test]
fn topics_that_start_beyond_ascii() {
    let broker = Fixture::start();
    let mut subscriber = broker.v311("subscriber");
    subscriber.subscribe("#", 1);
    let mut accented = broker.v311("accented");
    accented.subscribe("été/+", 1);
    let mut publisher = broker.v5("publisher");
    for topic in ["été/état", "é", "日本", "🔋/x"] {
        assert_eq!(publisher.publish(topic, "1", 1, true), 0);
        assert_eq!(subscriber.message().topic, topic);
    }
    assert_eq!(accented.message().topic, "été/état");
    broker.assert_alive();
}

/// Stock: the router's thread dies, here and there.
#[test]
fn subscribers_of_qos_0_leave_under_a_flood() {
    let broker = Fixture::start();
    let stop = Arc::new(AtomicBool::new(false));
    let flood = {
        let mut publisher = broker.v311("flood");
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            let message = publisher.publish_packet(b"flood/x", &[7; 200], 0, false, 0, &[]);
            let burst = message.repeat(50);
            while !stop.load(Ordering::Relaxed) {
                publisher.send(&burst);
            }
        })
    };
    for round in 0..60 {
        let mut subscriber = broker.v311(&format!("leaver-{}", round % 7));
        subscriber.subscribe("flood/#", 0);
        for _ in 0..20 {
            subscriber.unacknowledged_message();
        }
        match round % 3 {
            0 => subscriber.send(&[0xe0, 0]),
            1 => subscriber.reset(),
            _ => drop(subscriber),
        }
    }
    stop.store(true, Ordering::Relaxed);
    flood.join().unwrap();
    broker.assert_alive();
}

/// Stock: the late end of an old connection throws out whoever has its number by then.
#[test]
fn churn_does_not_throw_out_others() {
    let broker = Fixture::start();
    let mut resident = broker.v311("resident");
    resident.subscribe("resident", 1);
    let churners: Vec<_> = (0..4)
        .map(|thread| {
            let addr = broker.addr();
            std::thread::spawn(move || {
                for round in 0..40 {
                    let mut client = super::support::Client::new(addr);
                    client.send(&Connect::v311(&format!("churn-{thread}-{}", round % 2)).packet());
                    client.packet();
                    client.subscribe("churn/#", 1);
                    if round % 2 == 0 {
                        client.reset()
                    } else {
                        drop(client)
                    }
                }
            })
        })
        .collect();
    let mut publisher = broker.v311("publisher");
    for number in 0..200 {
        publisher.publish("resident", number.to_string(), 1, false);
        assert_eq!(resident.message().text(), format!("resident {number}"));
    }
    for churner in churners {
        churner.join().unwrap();
    }
    resident.ping();
    broker.assert_alive();
}

/// Stock: acknowledgements out of order, or of nothing, make the router drop the client.
#[test]
fn acknowledgements_in_any_order() {
    let broker = Fixture::start();
    let mut subscriber = broker.v311("subscriber");
    subscriber.subscribe("a", 1);
    let mut publisher = broker.v311("publisher");
    for round in 0..300 {
        publisher.publish("a", round.to_string(), 1, false);
        publisher.publish("a", "second", 1, false);
        let first = subscriber.unacknowledged_message();
        let second = subscriber.unacknowledged_message();
        assert_eq!(first.text(), format!("a {round}"));
        subscriber.acknowledge(&second);
        subscriber.acknowledge(&first);
        subscriber.acknowledge(&first);
    }
    subscriber.send(&packet(0x40, &[0x12, 0x34]));
    subscriber.ping();
    broker.assert_alive();
}

/// The codec panics on packets that only servers send; others are malformed in every way.
#[test]
fn malformed_packets_at_every_state() {
    let broker = Fixture::start();
    let mut hostile: Vec<Vec<u8>> = (0..=255).map(|first| vec![first, 0]).collect();
    for first in [
        0x10, 0x20, 0x30, 0x32, 0x40, 0x50, 0x62, 0x70, 0x82, 0x90, 0xa2, 0xb0, 0xe0, 0xf0,
    ] {
        hostile.push(vec![first, 1, 0]);
        hostile.push(vec![first, 2, 0, 0]);
        hostile.push(vec![first, 4, 0xff, 0xff, 0xff, 0xff]);
        hostile.push(vec![first, 5, 0, 1, 0x80, 0x80, 0x80]);
        hostile.push(vec![first, 0xff, 0xff, 0xff, 0xff, 0xff]);
    }
    for bytes in hostile {
        broker.socket().send(&bytes);
        let mut old = broker.v311("hostile");
        old.send(&bytes);
        let mut new = broker.v5("hostile");
        new.send(&bytes);
    }
    broker.assert_alive();
}
