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

#[test]
fn what_expires_is_known_whatever_became_of_it() {
    let mut store = RetainedStore::new(3, 10_000);
    let now = Instant::now();
    let at = |seconds| now + Duration::from_secs(seconds);
    let expiring = |topic, seconds| Message {
        expires: Some(at(seconds)),
        ..message(topic, "1")
    };
    for message in [
        expiring("a", 5),
        // Later, never, gone, and sooner.
        expiring("a", 20),
        expiring("b", 5),
        message("b", "1"),
        expiring("c", 5),
        message("c", ""),
        expiring("c", 30),
        expiring("c", 10),
    ] {
        store.record(&message, now).unwrap();
    }
    assert_eq!(store.by_expiry.len(), 2);
    assert!(store.record(&message("d", "1"), at(9)).is_err());
    store.record(&message("d", "1"), at(10)).unwrap();
    assert_eq!(topics_under(&store, "#"), ["a", "b", "d"]);
    store.record(&message("e", "1"), at(20)).unwrap();
    assert_eq!(topics_under(&store, "#"), ["b", "d", "e"]);
    assert!(store.by_expiry.is_empty());
}

/// What is to be written, as text.
fn changes(store: &mut RetainedStore) -> Option<(u64, bool, Vec<String>)> {
    let changes = store.take_changes()?;
    let text = |(topic, message): (String, Option<Arc<Message>>)| match message {
        Some(message) => format!("{topic} {}", String::from_utf8_lossy(&message.payload)),
        None => topic,
    };
    let mut topics: Vec<_> = changes.topics.into_iter().map(text).collect();
    topics.sort_unstable();
    Some((changes.sequence, changes.everything, topics))
}

fn written_down(max_messages: usize) -> RetainedStore {
    let mut store = RetainedStore::new(max_messages, 10_000);
    store.tell_changes_to(Box::new(|| {}));
    store
}

#[test]
fn each_topic_that_changed_is_to_be_written_once() {
    let mut store = written_down(10);
    let now = Instant::now();
    assert_eq!(changes(&mut store), None);
    for (topic, payload) in [("a", "1"), ("b", "1"), ("a", "2"), ("b", ""), ("c", "")] {
        store.record(&message(topic, payload), now).unwrap();
    }
    let expected = ["a 2", "b", "c"].map(str::to_owned).to_vec();
    assert_eq!(changes(&mut store), Some((5, false, expected)));
    assert_eq!(changes(&mut store), None);
}

#[test]
fn what_could_not_be_written_is_to_be_written_as_it_is_then() {
    let mut store = written_down(10);
    let now = Instant::now();
    store.record(&message("a", "1"), now).unwrap();
    store.record(&message("b", "1"), now).unwrap();
    let failed = store.take_changes().unwrap();
    store.record(&message("a", "2"), now).unwrap();
    store.give_back(failed);
    let expected = ["a 2", "b 1"].map(str::to_owned).to_vec();
    assert_eq!(changes(&mut store), Some((3, false, expected)));
}

#[test]
fn more_than_can_be_remembered_is_written_as_a_whole() {
    let mut store = written_down(1);
    let now = Instant::now();
    for topic in ["a", "b", "c"] {
        store.record(&message(topic, "1"), now).unwrap();
        store.record(&message(topic, ""), now).unwrap();
    }
    store.record(&message("d", "1"), now).unwrap();
    assert_eq!(changes(&mut store), Some((7, true, vec!["d 1".to_owned()])));
}

#[test]
fn what_is_read_back_keeps_to_the_bounds() {
    let mut store = RetainedStore::new(2, 10_000);
    let now = Instant::now();
    let mut old = message("old", "1");
    old.expires = Some(now);
    let read = vec![old, message("a", "1"), message("b", "1"), message("c", "1")];
    assert_eq!(store.restore(read, now), 2);
    assert_eq!(topics_under(&store, "#"), ["a", "b"]);
    let gone = ["c", "old"].map(str::to_owned).to_vec();
    assert_eq!(changes(&mut store), Some((0, false, gone)));
}

#[test]
fn what_has_expired_is_removed_from_the_disk_too() {
    let mut store = written_down(1);
    let now = Instant::now();
    let mut short = message("a", "1");
    short.expires = Some(now + Duration::from_secs(5));
    store.record(&short, now).unwrap();
    store.take_changes();
    let later = now + Duration::from_secs(5);
    store.record(&message("b", "1"), later).unwrap();
    let expected = ["a", "b 1"].map(str::to_owned).to_vec();
    assert_eq!(changes(&mut store), Some((2, false, expected)));
}
