use std::time::Duration;

use proptest::prelude::*;
use releve_protocol::Timestamp;
use releve_protocol::journal::{Extent, JournalExtent};
use releve_protocol::{Backlog, Records};
use serde::Serialize;
use serde_json::json;

use super::fold::MAX_NODES;
use super::*;
use crate::samples;

/// A fleet that messages of one node go to, at a time of the test's own.
struct Story {
    fleet: Fleet,
    now: Moment,
}

impl Story {
    fn new() -> Self {
        Self {
            fleet: Fleet::new("run", Past::Recent),
            now: Moment::now(),
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = samples::after(self.now, Duration::from_secs(seconds));
    }

    fn publish_as(&mut self, kind: &str, payload: &[u8], retained: bool) -> Vec<News> {
        let topic = format!("releve/{}/{kind}", samples::node());
        let message = Message {
            topic: &topic,
            payload,
            retained,
        };
        self.fleet.fold(message, self.now)
    }

    fn publish(&mut self, kind: &str, payload: &impl Serialize) -> Vec<News> {
        let payload = serde_json::to_vec(payload).expect("JSON");
        self.publish_as(kind, &payload, false)
    }

    fn availability(&mut self, payload: &str) -> Vec<News> {
        self.publish_as("availability", payload.as_bytes(), true)
    }

    fn reading(&mut self, seq: u64) -> Vec<News> {
        self.publish("reading", &samples::reading("a", seq))
    }

    fn backlog(&mut self, from: u64, to: u64, held: &[u64]) -> Vec<News> {
        let lost = (from..=to)
            .filter(|seq| !held.contains(seq))
            .map(|seq| (seq, seq))
            .collect();
        let readings = held.iter().map(|seq| samples::reading("a", *seq));
        let backlog = Backlog {
            v: 1,
            epoch: "a".parse().expect("an epoch"),
            from,
            to,
            lost,
            records: Records::Reading(readings.collect()),
        };
        self.publish("backlog", &backlog)
    }

    /// What is asked for at this moment, as (id, from, to).
    fn requests(&mut self) -> Vec<(String, u64, u64)> {
        let due = self.fleet.due_requests(self.now, 100).into_iter();
        due.map(|(_, id, resend)| (id, resend.from, resend.to))
            .collect()
    }

    fn node(&self) -> &Node {
        self.fleet.node(&samples::node()).expect("the node")
    }

    /// An online node of which the readings 1 and 5 came.
    fn with_a_gap() -> Self {
        let mut story = Self::new();
        story.availability("online");
        story.reading(1);
        story.reading(5);
        story
    }
}

fn seqs(news: &[News]) -> Vec<(u64, bool)> {
    let seq = |news: &News| match news {
        News::Reading { reading, late, .. } => (reading.seq, *late),
        other => panic!("{other:?}"),
    };
    news.iter().map(seq).collect()
}

fn is_malformed(news: &[News], said: &str) -> bool {
    matches!(news, [News::Malformed { problem, .. }] if problem.contains(said))
}

#[test]
fn a_reading_is_news_once() {
    let mut story = Story::new();
    assert_eq!(seqs(&story.reading(1)), [(1, false)]);
    assert_eq!(story.reading(1), []);
    assert_eq!((story.node().readings, story.node().duplicates), (1, 1));
}

#[test]
fn an_event_is_news_once() {
    let mut story = Story::new();
    let record = samples::alarm_raised();
    let news = story.publish("event", &record);
    assert!(matches!(&news[..], [News::Event { record: told, .. }] if **told == record));
    assert_eq!(story.publish("event", &record), []);
}

#[test]
fn the_newest_live_reading_stands_for_the_present() {
    let mut story = Story::new();
    story.availability("online");
    story.reading(5);
    story.reading(4);
    story.backlog(1, 3, &[1, 2, 3]);
    let last = story.node().last_reading.as_ref().expect("a reading");
    assert_eq!(last.reading.seq, 5);
}

#[test]
fn a_reading_of_a_new_journal_is_newer_whatever_its_number() {
    let mut story = Story::new();
    story.reading(500);
    story.publish("reading", &samples::reading("b", 1));
    let last = story.node().last_reading.as_ref().expect("a reading");
    assert_eq!(last.reading.epoch.as_str(), "b");
}

#[test]
fn a_gap_is_asked_for_and_filled_once() {
    let mut story = Story::with_a_gap();
    assert_eq!(story.requests(), []);
    story.wait(3);
    assert_eq!(story.requests(), [("run-1".to_owned(), 2, 4)]);
    assert_eq!(story.requests(), [], "one open request");
    assert_eq!(seqs(&story.backlog(2, 3, &[2, 3])), [(2, true), (3, true)]);
    assert_eq!(story.backlog(2, 3, &[2, 3]), []);
    assert_eq!(seqs(&story.backlog(4, 4, &[4])), [(4, true)]);
    story.wait(3_600);
    assert_eq!(story.requests(), []);
    assert_eq!(story.node().missing_readings(), 0);
}

/// A mail must not name a moment of a clock that nobody believes.
#[test]
fn a_state_of_a_node_that_does_not_know_the_time_is_dated_by_its_receipt() {
    for (clock_known, years_off) in [(true, 0), (false, 0), (false, -50), (false, 3)] {
        let mut story = Story::new();
        let off = |moment| samples::later(moment, years_off * 31_536_000_000);
        let mut state = samples::state();
        let age = state.at.as_unix_millis() - state.alarms[0].since.as_unix_millis();
        state.clock_known = clock_known;
        state.at = off(state.at);
        for alarm in &mut state.alarms {
            alarm.since = off(alarm.since);
        }
        let news = story.publish("state", &state);
        let [News::State { state: told, .. }] = &news[..] else {
            panic!("{news:?}");
        };
        let at = if clock_known {
            state.at
        } else {
            story.now.wall
        };
        assert_eq!(told.at, at);
        assert_eq!(told.alarms[0].since, samples::later(at, -age));
    }
}

#[test]
fn the_state_tells_of_readings_that_never_came() {
    let mut story = Story::with_a_gap();
    let mut state = samples::state();
    let extent = |next| Extent { first: 1, next };
    state.journal.current = JournalExtent {
        epoch: "a".parse().expect("an epoch"),
        reading: extent(8),
        event: extent(1),
    };
    story.backlog(2, 4, &[2, 3, 4]);
    let news = story.publish_as("state", &serde_json::to_vec(&state).expect("JSON"), true);
    assert!(matches!(&news[..], [News::State { .. }]));
    story.requests();
    story.wait(3);
    assert_eq!(story.requests(), [("run-1".to_owned(), 6, 7)]);
}

#[test]
fn a_stream_that_is_met_must_be_saved_at_once_and_a_further_record_must_not() {
    let mut story = Story::new();
    story.availability("online");
    assert!(!story.fleet.must_be_saved());
    story.publish("state", &samples::state());
    assert!(story.fleet.must_be_saved());
    assert_eq!(story.fleet.take_unsaved().nodes.len(), 1);
    assert!(!story.fleet.must_be_saved());
    story.publish("state", &samples::state());
    story.publish("reading", &samples::reading("k3f9", 1300));
    assert!(!story.fleet.must_be_saved());
    story.fleet.not_saved();
    assert!(story.fleet.must_be_saved());
}

#[test]
fn what_the_journal_lost_is_counted_and_given_up() {
    let mut story = Story::with_a_gap();
    story.requests();
    story.wait(3);
    story.requests();
    story.backlog(2, 4, &[4]);
    story.wait(3_600);
    assert_eq!(story.requests(), []);
    assert_eq!(story.node().lost_readings(), 2);
}

#[test]
fn a_journal_that_the_node_no_longer_has_is_given_up() {
    let mut story = Story::with_a_gap();
    story.requests();
    story.wait(3);
    let (id, ..) = story.requests().remove(0);
    let result = |id: &str| {
        json!({"v": 1, "id": id, "set": "resend", "value": null, "status": "rejected",
            "code": "unknown_epoch", "reason": "Gone.", "at": "2026-11-22T23:19:30.000Z"})
    };
    story.publish("result", &result("somebody-else"));
    assert_eq!(story.node().missing_readings(), 3);
    story.publish("result", &result(&id));
    assert_eq!(story.node().missing_readings(), 0);
    assert_eq!(story.node().lost_readings(), 3);
}

#[test]
fn a_node_that_is_away_is_not_asked() {
    let mut story = Story::with_a_gap();
    story.requests();
    story.availability("offline");
    story.wait(60);
    assert_eq!(story.requests(), []);
    story.availability("online");
    story.requests();
    story.wait(3);
    assert_eq!(story.requests(), [("run-1".to_owned(), 2, 4)]);
}

#[test]
fn many_nodes_are_asked_a_few_at_a_time() {
    let mut fleet = Fleet::new("run", Past::Recent);
    let now = Moment::now();
    for number in 0..10 {
        let mut publish = |kind: &str, payload: &[u8]| {
            let topic = format!("releve/n{number}/{kind}");
            let message = Message {
                topic: &topic,
                payload,
                retained: false,
            };
            fleet.fold(message, now);
        };
        publish("availability", b"online");
        for seq in [1, 3] {
            let reading = serde_json::to_vec(&samples::reading("a", seq)).expect("JSON");
            publish("reading", &reading);
        }
    }
    assert_eq!(fleet.due_requests(now, 100), []);
    let later = samples::after(now, Duration::from_secs(3));
    let mut asked = Vec::new();
    while asked.len() < 10 {
        let due = fleet.due_requests(later, 5);
        assert!((1..=5).contains(&due.len()), "{}", due.len());
        asked.extend(due.into_iter().map(|(node, ..)| node));
    }
    asked.dedup();
    assert_eq!(asked.len(), 10, "each once");
}

#[test]
fn without_the_broker_nobody_is_online_and_requests_begin_anew() {
    let mut story = Story::with_a_gap();
    story.requests();
    story.wait(3);
    assert_eq!(story.requests().len(), 1);
    story.fleet.disconnected();
    assert!(!story.node().is_online());
    assert_eq!(story.requests(), []);
    story.availability("online");
    story.requests();
    story.wait(3);
    assert_eq!(story.requests(), [("run-2".to_owned(), 2, 4)]);
}

#[test]
fn what_cannot_be_read_is_counted_and_reported_once() {
    let mut story = Story::new();
    let wrong: [(&str, &[u8], &str); 9] = [
        ("availability", b"here", "neither"),
        ("info", b"{}", "missing field"),
        ("state", b"{\"v\":1}", "missing field"),
        ("reading", b"\xff\xfe", "expected value"),
        ("event", b"{\"v\":2}", "version 2"),
        ("backlog", b"[]", "invalid"),
        ("result", b"", "EOF"),
        ("nonsense", b"", "no topic"),
        ("set/mode", b"observer", "not for the bridge"),
    ];
    for (kind, payload, said) in wrong {
        let first = story.publish_as(kind, payload, false);
        let seen_before = kind == "set/mode";
        assert!(
            seen_before || is_malformed(&first, said),
            "{kind}: {first:?}"
        );
        assert_eq!(story.publish_as(kind, payload, false), []);
    }
    let total: u64 = story.fleet.malformed().map(|(_, _, count)| count).sum();
    assert_eq!(total, 18);
    assert_eq!(story.fleet.nodes().count(), 0, "no node from nonsense");
}

#[test]
fn an_info_of_another_node_is_not_believed() {
    let mut story = Story::new();
    let mut info = samples::info();
    info.node = "other".parse().expect("a node id");
    assert!(is_malformed(&story.publish("info", &info), "other"));
}

#[test]
fn numbers_begin_at_one() {
    let mut story = Story::new();
    assert!(is_malformed(&story.reading(0), "begin at 1"));
    assert!(is_malformed(&story.backlog(1, 1, &[0]), "begin at 1"));
}

#[test]
fn a_retained_reading_is_not_believed() {
    let mut story = Story::new();
    let payload = serde_json::to_vec(&samples::reading("a", 1)).expect("JSON");
    assert!(is_malformed(
        &story.publish_as("reading", &payload, true),
        "retained"
    ));
    assert_eq!(story.fleet.nodes().count(), 0);
}

#[test]
fn a_node_whose_retained_topics_are_cleared_is_removed() {
    let mut story = Story::new();
    story.availability("offline");
    story.publish("info", &samples::info());
    assert_eq!(story.publish_as("info", b"", false), []);
    let node = samples::node();
    assert_eq!(
        story.publish_as("availability", b"", false),
        [News::Removed { node }]
    );
    assert_eq!(story.fleet.nodes().count(), 0);
    assert_eq!(story.publish_as("state", b"", false), []);
}

#[test]
fn one_node_too_many_is_ignored_and_counted() {
    let mut story = Story::new();
    let mut online = |number: usize| {
        let topic = format!("releve/n{number}/availability");
        let message = Message {
            topic: &topic,
            payload: b"online",
            retained: true,
        };
        story.fleet.fold(message, story.now)
    };
    for number in 0..MAX_NODES {
        assert_eq!(online(number), []);
    }
    let bound = MAX_NODES;
    assert_eq!(online(MAX_NODES), [News::TooManyNodes { bound }]);
    assert_eq!(online(MAX_NODES + 1), []);
    assert_eq!(online(0), [], "a known node is still heard");
    assert_eq!(story.fleet.nodes().count(), MAX_NODES);
    assert_eq!(story.fleet.ignored_messages(), 2);
}

/// Golden payloads, to be damaged.
const GOLDEN: [(&str, &[u8]); 7] = [
    ("availability", b"online"),
    ("info", include_bytes!("../../../protocol/golden/info.json")),
    (
        "state",
        include_bytes!("../../../protocol/golden/state.json"),
    ),
    (
        "reading",
        include_bytes!("../../../protocol/golden/reading.json"),
    ),
    (
        "event",
        include_bytes!("../../../protocol/golden/event/alarm_raised.json"),
    ),
    (
        "backlog",
        include_bytes!("../../../protocol/golden/backlog/event.json"),
    ),
    (
        "result",
        include_bytes!("../../../protocol/golden/result/rejected.json"),
    ),
];

proptest! {
    /// Whatever comes, the fold goes on: a damaged payload is taken in or counted, never both.
    #[test]
    fn a_damaged_payload_is_taken_in_or_counted(
        which in 0..GOLDEN.len(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4),
        kept in any::<proptest::sample::Index>(),
        truncated in any::<bool>(),
        retained in any::<bool>(),
    ) {
        let (kind, golden) = GOLDEN[which];
        let mut payload = golden.to_vec();
        for (place, byte) in damage {
            let place = place.index(payload.len());
            payload[place] = byte;
        }
        if truncated {
            payload.truncate(kept.index(golden.len()));
        }
        let mut story = Story::new();
        let news = story.publish_as(kind, &payload, retained);
        let counted: u64 = story.fleet.malformed().map(|(_, _, count)| count).sum();
        let reported = matches!(&news[..], [News::Malformed { .. }]);
        prop_assert_eq!(counted == 1, reported);
        prop_assert!(counted == 0 || story.fleet.nodes().count() == 0);
    }
}

#[test]
fn an_endless_list_of_losses_is_refused() {
    let mut story = Story::with_a_gap();
    let lost: Vec<(u64, u64)> = vec![(1, 1); 1_001];
    let backlog = json!({"v": 1, "epoch": "a", "from": 1, "to": 1, "lost": lost,
        "stream": "reading", "records": []});
    assert!(is_malformed(
        &story.publish("backlog", &backlog),
        "1001 lost"
    ));
}

#[test]
fn the_largest_numbers_break_nothing() {
    let mut story = Story::with_a_gap();
    story.reading(u64::MAX);
    let lost = json!({"v": 1, "epoch": "a", "from": 0, "to": u64::MAX, "lost": [[0, u64::MAX]],
        "stream": "reading", "records": []});
    story.publish("backlog", &lost);
    assert_eq!(story.node().missing_readings(), 0);
    assert_eq!(story.node().lost_readings(), u64::MAX - 3);
    assert_eq!(story.reading(7), [], "a loss that was admitted is final");
}

/// What happens to one of the numbers 1 to 60 on its way to the bridge.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrives,
    ArrivesTwice,
    IsLostOnTheWay,
    IsLostInTheJournal,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Arrives),
        1 => Just(Fate::ArrivesTwice),
        3 => Just(Fate::IsLostOnTheWay),
        1 => Just(Fate::IsLostInTheJournal),
    ]
}

proptest! {
    /// Whatever is lost, doubled or out of order: each reading that the journal holds is news
    /// exactly once, at its own time.
    #[test]
    fn every_reading_that_can_be_had_is_news_exactly_once(
        fates in proptest::collection::vec(fate(), 60),
        chunk in 1u64..25,
    ) {
        let mut story = Story::new();
        story.availability("online");
        story.reading(1);
        let mut news = Vec::new();
        for (seq, fate) in (2..).zip(&fates) {
            let copies = match fate {
                Fate::Arrives => 1,
                Fate::ArrivesTwice => 2,
                Fate::IsLostOnTheWay | Fate::IsLostInTheJournal => 0,
            };
            for _ in 0..copies {
                news.extend(story.reading(seq));
            }
        }
        // The last one shows all gaps.
        let last = fates.len() as u64 + 2;
        news.extend(story.reading(last));
        let journal_holds = |seq: &u64| {
            !matches!(fates.get(*seq as usize - 2), Some(Fate::IsLostInTheJournal))
        };
        for _ in 0..300 {
            if story.node().missing_readings() == 0 {
                break;
            }
            story.wait(1);
            for (_, from, to) in story.requests() {
                let mut start = from;
                while start <= to {
                    let end = to.min(start + chunk - 1);
                    let held: Vec<u64> = (start..=end).filter(journal_holds).collect();
                    news.extend(story.backlog(start, end, &held));
                    start = end + 1;
                }
            }
        }
        let mut got: Vec<(u64, Timestamp)> = news.iter().map(|news| match news {
            News::Reading { reading, .. } => (reading.seq, reading.at),
            other => panic!("{other:?}"),
        }).collect();
        got.sort_unstable();
        let expected: Vec<(u64, Timestamp)> = (2..=last)
            .filter(journal_holds)
            .map(|seq| (seq, samples::reading("a", seq).at))
            .collect();
        prop_assert_eq!(got, expected);
        prop_assert_eq!(story.node().missing_readings(), 0);
    }
}
