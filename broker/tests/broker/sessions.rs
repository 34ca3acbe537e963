//! Takeover of a client id, and sessions that outlive their connection.

use super::support::{Client, Connect, Fixture, Packet};

/// Session expiry interval of 100 s.
const EXPIRY: [u8; 5] = [0x11, 0, 0, 0, 100];

fn resuming(broker: &Fixture, version_5: bool, id: &str) -> (Client, bool) {
    let mut client = broker.socket();
    client.v5 = version_5;
    let connect = if version_5 {
        Connect {
            flags: 0,
            properties: EXPIRY.to_vec(),
            ..Connect::v5(id)
        }
    } else {
        Connect {
            flags: 0,
            ..Connect::v311(id)
        }
    };
    client.send(&connect.packet());
    let connack = client.packet();
    assert_eq!((connack.first_byte, connack.body[1]), (0x20, 0));
    (client, connack.body[0] == 1)
}

#[test]
fn a_newcomer_takes_the_client_id_over() {
    let broker = Fixture::start();
    let mut first = broker.v5("same");
    let mut second = broker.v311("same");
    assert_eq!(first.until_disconnected(), 0x8e);
    let mut third = broker.v5("same");
    assert!(second.until_closed().is_empty());
    third.ping();
}

#[test]
fn a_storm_of_takeovers_leaves_one() {
    let broker = Fixture::start();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let addr = broker.addr();
            std::thread::spawn(move || {
                for _ in 0..25 {
                    let mut client = Client::new(addr);
                    client.send(&Connect::v311("contested").packet());
                    // Either it was connected, or another had come before that.
                    client.until_answered();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let mut last = broker.v311("contested");
    last.subscribe("a", 1);
    last.publish("a", "1", 0, false);
    assert_eq!(last.message().text(), "a 1");
    broker.assert_alive();
}

#[test]
fn a_session_waits_for_its_client() {
    for version_5 in [false, true] {
        let broker = Fixture::start();
        let (mut client, present) = resuming(&broker, version_5, "away");
        assert!(!present);
        client.subscribe("a", 1);
        let mut publisher = broker.v311("publisher");
        publisher.publish("a", "unacknowledged", 1, false);
        let first = client.unacknowledged_message();
        assert!(!first.duplicate);
        client.reset();
        // More than the router's window of 100.
        for number in 0..250 {
            publisher.publish("a", number.to_string(), 1, false);
        }
        let (mut client, present) = resuming(&broker, version_5, "away");
        assert!(present);
        let again = client.message();
        assert_eq!(
            (again.text(), again.duplicate, again.packet_id),
            (first.text(), true, first.packet_id)
        );
        for number in 0..250 {
            assert_eq!(client.message().text(), format!("a {number}"));
        }
        client.assert_nothing_comes();
    }
}

#[test]
fn a_clean_start_forgets_the_session() {
    let broker = Fixture::start();
    let (mut client, _) = resuming(&broker, true, "away");
    client.subscribe("a", 1);
    drop(client);
    drop(broker.v5("away"));
    let (mut client, present) = resuming(&broker, true, "away");
    assert!(!present);
    broker.v311("publisher").publish("a", "1", 1, false);
    client.assert_nothing_comes();
}

#[test]
fn a_session_is_taken_over_with_its_messages() {
    let broker = Fixture::start();
    let (mut old, _) = resuming(&broker, true, "moving");
    old.subscribe("a", 1);
    broker.v311("publisher").publish("a", "1", 1, false);
    let sent = old.unacknowledged_message();
    let (mut new, present) = resuming(&broker, true, "moving");
    assert!(present);
    assert_eq!(old.until_disconnected(), 0x8e);
    let again = new.message();
    assert_eq!((again.text(), again.duplicate), (sent.text(), true));
    broker.v311("publisher").publish("a", "2", 1, false);
    assert_eq!(new.message().text(), "a 2");
}

#[test]
fn a_session_expires() {
    let broker = Fixture::start();
    let mut client = broker.socket();
    client.v5 = true;
    client.send(
        &Connect {
            flags: 0,
            properties: vec![0x11, 0, 0, 0, 1],
            ..Connect::v5("away")
        }
        .packet(),
    );
    client.packet();
    client.subscribe("a", 1);
    drop(client);
    // A client that asks every now and then would renew it, so another shows when it is over: its
    // will comes with the end of its session at the latest.
    let mut watcher = broker.v311("watcher");
    watcher.subscribe("will", 1);
    let mut dying = broker.socket();
    let connect = Connect {
        properties: vec![0x11, 0, 0, 0, 1],
        ..Connect::v5("dying").will("will", "over", false)
    };
    let (topic, payload, _) = connect.will.clone().unwrap();
    let connect = Connect {
        will: Some((topic, payload, vec![0x18, 0, 0, 0, 50])),
        ..connect
    };
    dying.send(&connect.packet());
    dying.packet();
    dying.reset();
    assert_eq!(watcher.message().text(), "will over");
    let (_, present) = resuming(&broker, true, "away");
    assert!(!present);
}

#[test]
fn longer_sessions_than_allowed_are_shortened_and_told() {
    let broker = Fixture::with(|config| {
        config.limits.session_expiry = std::time::Duration::from_secs(50);
    });
    let mut client = broker.socket();
    client.send(
        &Connect {
            flags: 0,
            properties: EXPIRY.to_vec(),
            ..Connect::v5("long")
        }
        .packet(),
    );
    assert!(client.packet().holds(&[0x11, 0, 0, 0, 50]));
}

#[test]
fn sessions_beyond_the_bound_are_not_kept() {
    let broker = Fixture::with(|config| config.limits.parked_sessions = 1);
    for id in ["one", "two"] {
        let (mut client, _) = resuming(&broker, false, id);
        client.subscribe("a", 1);
        client.send(&[0xe0, 0]);
        client.until_closed();
    }
    let mut client = broker.socket();
    client.send(
        &Connect {
            flags: 0,
            ..Connect::v311("two")
        }
        .packet(),
    );
    assert_eq!(client.packet(), Packet::new(0x20, &[0, 0]));
    let mut client = broker.socket();
    client.send(
        &Connect {
            flags: 0,
            ..Connect::v311("one")
        }
        .packet(),
    );
    assert_eq!(client.packet(), Packet::new(0x20, &[1, 0]));
}
