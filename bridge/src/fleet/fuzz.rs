//! Whatever messages come, in whatever order: the fleet goes on, counts what it cannot read, and can be shown, saved
//! and taken up again.
//!
//! Each run has seeds of its own. `cargo xtask fuzz` runs these tests for longer.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::*;
use crate::samples;
use crate::store::Recovered;

#[path = "../../../protocol/tests/fuzz/damage.rs"]
mod damage;

use damage::{Damage, any_damage, any_json, damaged};

/// Golden payloads by their topics.
const GOLDEN: [(&str, &str); 9] = [
    ("info", include_str!("../../../protocol/golden/info.json")),
    ("state", include_str!("../../../protocol/golden/state.json")),
    (
        "state",
        include_str!("../../../protocol/golden/state-cycle.json"),
    ),
    (
        "reading",
        include_str!("../../../protocol/golden/reading.json"),
    ),
    (
        "event",
        include_str!("../../../protocol/golden/event/alarm_raised.json"),
    ),
    (
        "event",
        include_str!("../../../protocol/golden/event/transient.json"),
    ),
    (
        "backlog",
        include_str!("../../../protocol/golden/backlog/reading.json"),
    ),
    (
        "backlog",
        include_str!("../../../protocol/golden/backlog/event.json"),
    ),
    (
        "result",
        include_str!("../../../protocol/golden/result/rejected.json"),
    ),
];

/// A message that may be sound.
#[derive(Debug, Clone)]
struct Sent {
    kind: &'static str,
    payload: Vec<u8>,
    retained: bool,
    /// Seconds since the one before.
    after_s: u64,
}

fn any_payload() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let golden = (0..GOLDEN.len(), proptest::option::of(any_damage()));
    let golden = golden.prop_map(|(which, damage): (usize, Option<(Index, Damage)>)| {
        let (kind, text) = GOLDEN[which];
        let whole: Value = serde_json::from_str(text).expect("a golden payload");
        let payload = damage.map(|damage| damaged(&whole, &damage).0);
        (kind, payload.unwrap_or_else(|| text.as_bytes().to_vec()))
    });
    let kind = || proptest::sample::select(KINDS.to_vec());
    prop_oneof![
        8 => golden,
        1 => (kind(), any_json()).prop_map(|(kind, json)| (kind, json.to_string().into_bytes())),
        1 => (kind(), proptest::collection::vec(any::<u8>(), 0..40)),
        2 => proptest::bool::ANY.prop_map(|online| {
            let payload: &[u8] = if online { b"online" } else { b"offline" };
            ("availability", payload.to_vec())
        }),
        1 => (kind(), Just(Vec::new())),
    ]
}

fn any_message() -> impl Strategy<Value = Sent> {
    let message = (any_payload(), proptest::bool::weighted(0.3), 0..400_u64);
    message.prop_map(|((kind, payload), retained, after_s)| Sent {
        kind,
        payload,
        retained,
        after_s,
    })
}

proptest! {
    #[test]
    fn whatever_comes_the_fleet_goes_on(messages in proptest::collection::vec(any_message(), 1..16)) {
        let mut fleet = Fleet::new("run", Past::Everything);
        let mut now = Moment::now();
        for sent in &messages {
            now = samples::after(now, Duration::from_secs(sent.after_s));
            let topic = format!("releve/{}/{}", samples::node(), sent.kind);
            let message = Message {
                topic: &topic,
                payload: &sent.payload,
                retained: sent.retained,
            };
            let unread = |fleet: &Fleet| fleet.malformed().map(|(_, _, count)| count).sum::<u64>();
            let before = unread(&fleet);
            let news = fleet.fold(message, now);
            for told in &news {
                if let News::Malformed { problem, .. } = told {
                    prop_assert!(!problem.is_empty() && problem.chars().count() <= 300);
                    prop_assert_eq!(unread(&fleet), before + 1);
                }
            }
            for (_, _, resend) in fleet.due_requests(now, 100) {
                prop_assert!(resend.check().is_ok(), "{:?}", resend);
            }
        }
        let counts = |fleet: &Fleet| -> Vec<_> {
            let counted = |node: &Node| (node.readings, node.missing_readings(), node.lost_readings());
            fleet.nodes().map(|(id, node)| (id.clone(), counted(node))).collect()
        };
        let remembered = fleet.take_unsaved();
        let things = remembered.things.into_iter();
        let mut recovered = Recovered {
            nodes: remembered.nodes.into_iter().collect(),
            things: things.map(|(name, body)| (name.to_owned(), body)).collect(),
            ..Recovered::default()
        };
        let mut again = Fleet::new("next", Past::Everything);
        prop_assert!(again.recover(&mut recovered).is_ok());
        prop_assert_eq!(counts(&again), counts(&fleet));
    }
}
