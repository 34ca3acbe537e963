//! Retained messages.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::support::Fixture;

#[test]
fn a_thousand_come_under_one_wildcard_each_time() {
    let broker = Fixture::start();
    let mut publisher = broker.v311("publisher");
    for number in 0..1000 {
        publisher.publish(
            &format!("site/{number:04}/state"),
            number.to_string(),
            1,
            true,
        );
    }
    let mut subscriber = broker.v5("subscriber");
    for filter in ["site/#", "site/+/state", "site/#"] {
        assert_eq!(subscriber.subscribe(filter, 1), 1);
        let mut ids = BTreeSet::new();
        for number in 0..1000 {
            let message = subscriber.unacknowledged_message();
            assert_eq!(message.text(), format!("site/{number:04}/state {number}"));
            assert!(message.retain);
            assert_eq!(message.qos, 1);
            assert!(
                ids.insert(message.packet_id),
                "an id that is in flight was used again"
            );
            if ids.len() == 50 {
                for id in std::mem::take(&mut ids) {
                    subscriber.send(&super::support::packet(0x40, &id.to_be_bytes()));
                }
            }
        }
    }
    subscriber.assert_nothing_comes();
}

#[test]
fn only_an_empty_retained_payload_deletes() {
    let broker = Fixture::start();
    let mut publisher = broker.v311("publisher");
    publisher.publish("a", "kept", 1, true);
    publisher.publish("a", "", 1, false);
    publisher.publish("a", "passing", 1, false);
    let mut subscriber = broker.v311("subscriber");
    subscriber.subscribe("a", 1);
    assert_eq!(subscriber.message().text(), "a kept");
    publisher.publish("a", "", 1, true);
    let deletion = subscriber.message();
    assert_eq!((deletion.text().as_str(), deletion.retain), ("a ", false));
    let mut late = broker.v311("late");
    late.subscribe("a", 1);
    late.assert_nothing_comes();
}

#[test]
fn live_messages_carry_no_retain_flag_and_stored_ones_do() {
    let broker = Fixture::start();
    let mut subscriber = broker.v311("subscriber");
    subscriber.subscribe("a", 1);
    let mut publisher = broker.v311("publisher");
    publisher.publish("a", "1", 1, true);
    assert!(!subscriber.message().retain);
    subscriber.subscribe("a", 0);
    let stored = subscriber.message();
    assert_eq!((stored.retain, stored.qos), (true, 0));
}

#[test]
fn a_full_store_is_said_and_nothing_else_is_lost() {
    let broker = Fixture::with(|config| config.limits.retained_messages = 2);
    let mut subscriber = broker.v311("subscriber");
    subscriber.subscribe("#", 1);
    let mut new = broker.v5("new");
    let mut old = broker.v311("old");
    assert_eq!(new.publish("a", "1", 1, true), 0);
    assert_eq!(new.publish("b", "1", 1, true), 0);
    assert_eq!(new.publish("c", "refused", 1, true), 0x97);
    assert_eq!(old.publish("d", "only live", 1, true), 0);
    assert_eq!(new.publish("a", "2", 1, true), 0);
    let live: Vec<_> = (0..4).map(|_| subscriber.message().text()).collect();
    assert_eq!(live, ["a 1", "b 1", "d only live", "a 2"]);
    let mut late = broker.v311("late");
    late.subscribe("+", 1);
    assert_eq!(
        (late.message().text(), late.message().text()),
        ("a 2".into(), "b 1".into())
    );
    late.assert_nothing_comes();
}

/// While a topic counts up, subscribers come: each sees the count rise without a gap or a step
/// back from its first message on, whichever of them were retained or live.
#[test]
fn retained_and_live_messages_join_without_gap_or_step_back() {
    let broker = Fixture::start();
    let stop = Arc::new(AtomicBool::new(false));
    let counter = {
        let mut publisher = broker.v311("counter");
        publisher.publish("count", "0", 1, true);
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            let mut number = 1_u64;
            while !stop.load(Ordering::Relaxed) {
                publisher.publish("count", number.to_string(), 1, true);
                number += 1;
            }
        })
    };
    for round in 0..100 {
        let mut subscriber = broker.v311(&format!("subscriber-{round}"));
        subscriber.subscribe(["count", "+", "#"][round % 3], 1);
        let first = subscriber.message();
        assert!(first.retain, "the retained message comes first: {first:?}");
        let mut last: u64 = String::from_utf8(first.payload).unwrap().parse().unwrap();
        for _ in 0..20 {
            let next = subscriber.message();
            assert!(!next.retain);
            let number: u64 = String::from_utf8(next.payload).unwrap().parse().unwrap();
            assert_eq!(number, last + 1, "round {round}");
            last = number;
        }
    }
    stop.store(true, Ordering::Relaxed);
    counter.join().unwrap();
}

/// Each of the filters of one packet queues what is retained: nobody may ask for more than is bounded.
#[test]
fn one_packet_of_many_filters_does_not_pile_up_what_is_retained() {
    const FILTERS: usize = 20_000;
    let broker = Fixture::with(|config| {
        config.limits.retained_messages = 60;
        config.limits.subscriptions = 100;
    });
    let mut publisher = broker.v5("publisher");
    for number in 0..50 {
        publisher.publish(&format!("site/{number}"), "x", 1, true);
    }
    let mut body = vec![0, 9, 0];
    for _ in 0..FILTERS {
        body.extend([0, 1, b'#', 0]);
    }
    let mut greedy = broker.v5("greedy");
    greedy.send(&super::support::packet(0x82, &body));
    let answer = greedy.packet();
    assert_eq!(answer.kind(), 9);
    let codes = &answer.body[3..];
    assert_eq!(codes.len(), FILTERS);
    let granted = codes.iter().filter(|code| **code == 0).count();
    assert!((1..=2).contains(&granted), "{granted} were granted");
    assert_eq!(codes[0], 0);
    assert!(codes[2..].iter().all(|code| *code == 0x97));
}
