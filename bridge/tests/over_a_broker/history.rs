//! What a bridge tells of the past: charts, events, files; each answer as `openapi.json` describes it.

use std::time::{SystemTime, UNIX_EPOCH};

use releve_bridge::Bridge;
use releve_broker::Broker;
use releve_protocol::{EventRecord, Reading, Timestamp, Topic};
use serde_json::{Value, json};

use crate::harness::{Peer, node, reading, start_bridge, start_broker, until};
use crate::openapi::OpenApi;

const HOUR_MS: i64 = 3_600_000;
const HISTORY: &str = "/api/v1/nodes/{node}/history";
const EVENTS: &str = "/api/v1/nodes/{node}/events";

/// A bridge that holds an hour and a half of readings, with a gap, and events.
struct Site {
    _broker: Broker,
    bridge: Bridge,
    peer: Peer,
    api: OpenApi,
    /// When its readings begin, ms since 1970: a full hour that is over.
    base: i64,
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_millis(ms)
}

/// The full hour that began between five and six hours ago.
fn full_hour() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock");
    let now = i64::try_from(now.as_millis()).expect("small");
    (now / HOUR_MS - 5) * HOUR_MS
}

/// The reading whose window ended so many windows behind `base`.
fn of_window(base: i64, seq: u64, window: i64) -> Reading {
    let mut reading = reading(seq);
    reading.at = at(base + window * 30_000);
    if window == 7 {
        reading.battery.voltage.max = Some(15.5);
    }
    reading
}

fn event(seq: u64, golden: &[u8], ms: i64) -> EventRecord {
    let mut record: EventRecord = releve_protocol::decode(golden).expect("a golden event");
    (record.seq, record.at) = (seq, at(ms));
    record
}

impl Site {
    async fn start() -> Self {
        let broker = start_broker().await;
        let bridge = start_bridge(&broker).await;
        let peer = Peer::connect(&broker, "node").await;
        let base = full_hour();
        peer.publish(Topic::Availability(node()), "online").await;
        // An hour, and after a quarter of one another quarter.
        let windows = (1..=120).chain(151..=180);
        for (seq, window) in (1..).zip(windows) {
            let reading = of_window(base, seq, window);
            peer.publish_json(Topic::Reading(node()), &reading).await;
        }
        let goldens: [&[u8]; 3] = [
            include_bytes!("../../../protocol/golden/event/alarm_raised.json"),
            include_bytes!("../../../protocol/golden/event/cycle_ended.json"),
            include_bytes!("../../../protocol/golden/event/transient.json"),
        ];
        for (seq, golden) in (1..).zip(goldens) {
            let record = event(seq, golden, base + seq as i64 * 60_000);
            peer.publish_json(Topic::Event(node()), &record).await;
        }
        let site = Self {
            _broker: broker,
            bridge,
            peer,
            api: OpenApi::committed(),
            base,
        };
        until("what was published", async || {
            let events = site.json(EVENTS, "events", "").await?;
            let history = site.history("points=5000").await?;
            let came = events["events"].as_array()?.len() == 3;
            (came && history["at"].as_array()?.len() == 151).then_some(())
        })
        .await;
        site
    }

    fn origin(&self) -> String {
        format!("http://{}", self.bridge.http_addr())
    }

    /// An answer about the node, unless it is not known yet.
    async fn json(&self, path: &str, what: &str, query: &str) -> Option<Value> {
        let actual = format!("/api/v1/nodes/{}/{what}?{query}", node());
        let (status, body) = self.api.ask(&self.origin(), path, &actual).await;
        (status == 200).then(|| serde_json::from_str(&body).expect("JSON"))
    }

    /// The history of its two hours.
    async fn history(&self, query: &str) -> Option<Value> {
        let (from, to) = (at(self.base), at(self.base + 2 * HOUR_MS));
        let query = format!("from={from}&to={to}&{query}");
        self.json(HISTORY, "history", &query).await
    }

    async fn refusal(&self, path: &str, actual: &str, expected: u16) -> String {
        let (status, body) = self.api.ask(&self.origin(), path, actual).await;
        assert_eq!(status, expected, "{actual}: {body}");
        body
    }
}

#[tokio::test]
async fn a_chart_is_as_fine_as_its_points_allow() {
    let site = Site::start().await;
    let raw = site.history("points=151").await.expect("readings");
    assert_eq!(
        (&raw["resolution"], &raw["step_s"]),
        (&json!("raw"), &json!(null))
    );
    let means = raw["quantities"]["battery.voltage"]["mean"].as_array();
    let gaps: Vec<_> = (means.expect("a column").iter().enumerate())
        .filter(|(_, mean)| mean.is_null())
        .map(|(place, _)| place)
        .collect();
    assert_eq!(gaps, [120]);

    let minutes = site.history("points=150").await.expect("buckets");
    assert_eq!(
        (&minutes["resolution"], &minutes["step_s"]),
        (&json!("5m"), &json!(300))
    );
    assert_eq!(minutes["at"].as_array().map(Vec::len), Some(24));
    assert_eq!(minutes["at"][0], json!(at(site.base)));
    let voltage = &minutes["quantities"]["battery.voltage"];
    assert_eq!(
        (&voltage["mean"][0], &voltage["max"][0]),
        (&json!(13.62), &json!(15.5))
    );
    assert_eq!(voltage["mean"][12], json!(null), "the gap");
    assert_eq!(minutes["covered"][0], json!(1.0));
    assert_eq!(minutes["quality"]["temperature"][0], json!("missing"));
    assert_eq!(minutes["relays"]["mains"][0], json!(1.0));

    let query = "points=2&quantities=battery.voltage";
    let hours = site.history(query).await.expect("buckets");
    assert_eq!(
        (&hours["resolution"], &hours["step_s"]),
        (&json!("1h"), &json!(3600))
    );
    let expected = json!({"battery.voltage": {"mean": [13.62, 13.62], "min": [13.6, 13.6], "max": [15.5, 13.64]}});
    assert_eq!(hours["quantities"], expected);
    assert_eq!(hours["covered"], json!([1.0, 0.25]));
    assert_eq!(hours["missing_ah"]["last"], json!([0.42, 0.42]));
    assert_eq!(hours["mode"], json!(["observer", "observer"]));
}

#[tokio::test]
async fn a_late_reading_is_in_the_next_answer() {
    let site = Site::start().await;
    let mut late = of_window(site.base, 200, 130);
    late.battery.voltage.min = Some(11.0);
    let topic = Topic::Reading(node());
    site.peer.publish_json(topic, &late).await;
    until("the late reading", async || {
        let hours = site.history("points=2").await?;
        (hours["quantities"]["battery.voltage"]["min"][1] == json!(11.0)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn events_come_page_by_page() {
    let site = Site::start().await;
    let kinds = |page: &Value| -> Vec<String> {
        let events = page["events"].as_array().expect("events");
        events
            .iter()
            .map(|event| event["event"].as_str().expect("a kind").to_owned())
            .collect()
    };
    let first = site
        .json(EVENTS, "events", "limit=2")
        .await
        .expect("a page");
    assert_eq!(kinds(&first), ["transient", "cycle_ended"]);
    assert_eq!(first["events"][1]["report"]["outcome"], json!("aborted"));
    let next = first["next"].as_str().expect("another page");
    let query = format!("limit=2&before={next}");
    let second = site.json(EVENTS, "events", &query).await.expect("a page");
    assert_eq!(
        (kinds(&second), &second["next"]),
        (vec!["alarm_raised".to_owned()], &json!(null))
    );
    let query = "kind=alarm_raised,cycle_ended";
    let some = site.json(EVENTS, "events", query).await.expect("a page");
    assert_eq!(kinds(&some), ["cycle_ended", "alarm_raised"]);
    let path = "/api/v1/nodes/{node}/cycles";
    let cycles = site.json(path, "cycles", "").await.expect("reports");
    assert_eq!(cycles["cycles"][0]["cause"], json!("probe_dip"));
}

#[tokio::test]
async fn events_of_a_clock_that_is_ahead_are_told_without_an_end() {
    let site = Site::start().await;
    let golden = include_bytes!("../../../protocol/golden/event/mode_changed.json");
    let ahead = event(9, golden, full_hour() + 400 * 24 * HOUR_MS);
    site.peer.publish_json(Topic::Event(node()), &ahead).await;
    until("the event of the year after next", async || {
        let page = site.json(EVENTS, "events", "limit=1").await?;
        (page["events"][0]["event"] == json!("mode_changed")).then_some(())
    })
    .await;
    let all = site.json(EVENTS, "events", "").await.expect("a page");
    assert_eq!(all["events"].as_array().map(Vec::len), Some(4));
    let path = "/api/v1/nodes/{node}/events.csv";
    let actual = format!("/api/v1/nodes/{}/events.csv", node());
    let (_, file) = site.api.ask(&site.origin(), path, &actual).await;
    assert_eq!(file.lines().count(), 1 + 4, "{file}");
}

#[tokio::test]
async fn files_are_for_spreadsheets_in_both_languages() {
    let site = Site::start().await;
    let path = "/api/v1/nodes/{node}/readings.csv";
    let ask = async |query: &str| {
        let (from, to) = (at(site.base), at(site.base + 2 * HOUR_MS));
        let actual = format!(
            "/api/v1/nodes/{}/readings.csv?from={from}&to={to}&{query}",
            node()
        );
        let (status, body) = site.api.ask(&site.origin(), path, &actual).await;
        assert_eq!(status, 200, "{body}");
        body
    };
    for (query, rows) in [("resolution=raw", 150), ("", 15), ("resolution=1h", 2)] {
        let text = ask(query).await;
        assert_eq!(text.lines().count(), 1 + rows, "{query}");
        assert!(
            text.starts_with("Time (UTC),") && text.ends_with("\r\n"),
            "{query}"
        );
    }
    let french = ask("language=fr&resolution=1h").await;
    assert!(french.contains(";13,62;13,6;15,5;bonne;"), "{french}");

    let path = "/api/v1/nodes/{node}/events.csv";
    let actual = format!("/api/v1/nodes/{}/events.csv", node());
    let (_, events) = site.api.ask(&site.origin(), path, &actual).await;
    assert!(events.contains(",cycle_ended,\"{"), "{events}");
    let url = format!(
        "{}/api/v1/nodes/{}/readings.csv?to=1795345200",
        site.origin(),
        node()
    );
    let response = reqwest::get(url).await.expect("an answer");
    let name = response.headers()["content-disposition"]
        .to_str()
        .expect("text");
    let expected =
        "attachment; filename=\"releve-col-de-porte-5m-20261023T110000Z-20261122T110000Z.csv\"";
    assert_eq!(name, expected);
}

#[tokio::test]
async fn what_cannot_be_read_is_shown() {
    let site = Site::start().await;
    let topic = Topic::Reading(node());
    site.peer.publish(topic, "{\"v\":1,").await;
    let messages = until("the message", async || {
        let path = "/api/v1/unreadable";
        let answer = site.api.json(&site.origin(), path, path).await;
        let messages = answer["messages"].as_array()?.clone();
        (!messages.is_empty()).then_some(messages)
    })
    .await;
    let [message] = &messages[..] else {
        panic!("{messages:?}");
    };
    assert_eq!(message["topic"], json!("releve/col-de-porte/reading"));
    assert_eq!(
        (&message["payload"], &message["encoding"]),
        (&json!("{\"v\":1,"), &json!("text"))
    );
}

#[tokio::test]
async fn nodes_are_listed_and_every_address_answers_as_described() {
    let site = Site::start().await;
    let path = "/api/v1/nodes";
    let nodes = site.api.json(&site.origin(), path, path).await;
    let [one] = &nodes["nodes"].as_array().expect("nodes")[..] else {
        panic!("{nodes}");
    };
    assert_eq!(
        (&one["id"], &one["up"]),
        (&json!("col-de-porte"), &json!(true))
    );
    assert_eq!(one["last_reading_at"], json!(at(site.base + 180 * 30_000)));
    for path in site.api.paths() {
        let actual = path.replace("{node}", node().as_str());
        let (status, body) = site.api.ask(&site.origin(), &path, &actual).await;
        assert_eq!(status, 200, "{path}: {body}");
    }
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused_in_words() {
    let site = Site::start().await;
    let of_node = |what: &str| format!("/api/v1/nodes/col-de-porte/{what}");
    for (path, what, part) in [
        (HISTORY, "history?from=yesterday", "RFC"),
        (HISTORY, "history?from=20&to=10", "not before"),
        (HISTORY, "history?points=1", "from 2 to 5000"),
        (HISTORY, "history?quantities=voltage", "battery.voltage"),
        (HISTORY, "history?point=3", "quantities"),
        (EVENTS, "events?kind=alarm", "alarm_raised"),
        (EVENTS, "events?limit=0", "from 1 to 1000"),
        (EVENTS, "events?before=x", "next"),
        (
            "/api/v1/nodes/{node}/readings.csv",
            "readings.csv?resolution=2m",
            "raw, 5m, 1h",
        ),
        (
            "/api/v1/nodes/{node}/readings.csv",
            "readings.csv?language=de",
            "en, fr",
        ),
    ] {
        let part = if part == "RFC" {
            "2026-11-22T23:19:30Z"
        } else {
            part
        };
        let body = site.refusal(path, &of_node(what), 400).await;
        assert!(body.contains(part), "{what}: {body}");
    }
    site.refusal(HISTORY, "/api/v1/nodes/a%20b/history", 400)
        .await;
    let body = site
        .refusal(HISTORY, "/api/v1/nodes/elsewhere/history", 404)
        .await;
    assert!(body.contains("elsewhere"), "{body}");
    let path = "/api/v1/nodes/{node}/events.csv";
    site.refusal(path, "/api/v1/nodes/elsewhere/events.csv", 404)
        .await;
}
