use std::time::Duration;

use bytes::Bytes;
use rumqttd::protocol::QoS;

use super::*;

fn message(topic: &str, payload: &str) -> Message {
    Message {
        topic: Bytes::copy_from_slice(topic.as_bytes()),
        payload: Bytes::copy_from_slice(payload.as_bytes()),
        qos: QoS::AtLeastOnce,
        retain: true,
        properties: None,
        expires: None,
    }
}

fn topics_under(store: &RetainedStore, filter: &str) -> Vec<String> {
    let snapshot = store.matching(filter, Instant::now());
    snapshot
        .messages
        .iter()
        .map(|kept| kept.topic_name().to_owned())
        .collect()
}

#[test]
fn the_last_message_of_each_topic_is_kept() {
    let mut store = RetainedStore::new(10, 10_000);
    let now = Instant::now();
    assert_eq!(store.record(&message("a/b", "1"), now), Ok(1));
    assert_eq!(store.record(&message("a/c", "2"), now), Ok(2));
    assert_eq!(store.record(&message("a/b", "3"), now), Ok(3));
    let snapshot = store.matching("a/+", now);
    assert_eq!(snapshot.sequence, 3);
    let payloads: Vec<_> = snapshot
        .messages
        .iter()
        .map(|kept| kept.payload.clone())
        .collect();
    assert_eq!(payloads, ["3", "2"]);
}

#[test]
fn an_empty_payload_deletes() {
    let mut store = RetainedStore::new(10, 10_000);
    let now = Instant::now();
    store.record(&message("a/b", "1"), now).unwrap();
    assert_eq!(store.record(&message("a/b", ""), now), Ok(2));
    assert!(topics_under(&store, "#").is_empty());
    assert_eq!(store.bytes, 0);
}

#[test]
fn filters_find_exactly_what_they_match() {
    let mut store = RetainedStore::new(100, 100_000);
    let now = Instant::now();
    for topic in ["a", "a/b", "a/b/c", "a-x", "ab", "b/b", "é/b", "a/é"] {
        store.record(&message(topic, "1"), now).unwrap();
    }
    assert_eq!(topics_under(&store, "a/#"), ["a", "a/b", "a/b/c", "a/é"]);
    assert_eq!(topics_under(&store, "a"), ["a"]);
    assert_eq!(topics_under(&store, "+/b"), ["a/b", "b/b", "é/b"]);
    assert_eq!(topics_under(&store, "#").len(), 8);
    assert!(topics_under(&store, "c/#").is_empty());
}

#[test]
fn both_bounds_are_kept_and_a_replacement_still_fits() {
    let mut store = RetainedStore::new(2, 10_000);
    let now = Instant::now();
    store.record(&message("a", "1"), now).unwrap();
    store.record(&message("b", "1"), now).unwrap();
    let full = store.record(&message("c", "1"), now).unwrap_err();
    assert_eq!(full.messages, 2);
    assert_eq!(store.record(&message("a", "22"), now), Ok(3));

    let mut store = RetainedStore::new(100, 2 * ENTRY_BYTES);
    store.record(&message("a", "1"), now).unwrap();
    assert!(
        store
            .record(&message("b", &"x".repeat(ENTRY_BYTES)), now)
            .is_err()
    );
    assert_eq!(topics_under(&store, "#"), ["a"]);
}

#[test]
fn expired_messages_are_not_shown_and_make_room() {
    let mut store = RetainedStore::new(1, 10_000);
    let now = Instant::now();
    let mut short = message("a", "1");
    short.expires = Some(now + Duration::from_secs(5));
    store.record(&short, now).unwrap();
    let later = now + Duration::from_secs(5);
    assert!(store.record(&message("b", "1"), now).is_err());
    assert!(store.matching("#", later).messages.is_empty());
    store.record(&message("b", "1"), later).unwrap();
    assert_eq!(topics_under(&store, "#"), ["b"]);
}
