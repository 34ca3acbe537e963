//! The same readings in a bridge's store and in a server of metrics: both tell the same history.

use std::path::Path;

use releve_bridge::metrics_server::ServerConfig;
use releve_bridge::{Bridge, Config};
use releve_broker::Broker;
use releve_protocol::control::statistics::Quality;
use releve_protocol::control::{AlarmName, Contact, Mode, Phase};
use releve_protocol::{Reading, Timestamp, Topic};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::database::{Database, Kind};
use crate::harness::{Peer, config, get, node, reading, start_bridge_as, start_broker, until};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const WINDOW_MS: i64 = 30_000;
/// Both round to as much; that two figures lie on both sides of a half is no difference.
const ROUNDING: f64 = 1.000_1e-4;

/// Three hours of three days ago, and three of today, each with a gap; all windows end at full half minutes, many at
/// the edge of a bucket.
fn readings(base: i64) -> Vec<Reading> {
    let windows = (1..=200).chain(221..=360);
    let of_today = 3 * DAY_MS / WINDOW_MS;
    let windows: Vec<i64> = windows.collect();
    let all = windows.iter().copied();
    let all = all.chain(windows.iter().map(|window| window + of_today));
    let numbered = (1..).zip(all);
    numbered
        .map(|(seq, window)| made(seq, window, base))
        .collect()
}

/// The reading whose window ended so many windows behind `base`, unlike any other.
fn made(seq: u64, window: i64, base: i64) -> Reading {
    let mut made = reading(seq);
    made.at = Timestamp::from_unix_millis(base + window * WINDOW_MS);
    // How good a figure was only the store knows.
    for statistics in [
        &mut made.battery.current,
        &mut made.charger.current,
        &mut made.charger.power,
        &mut made.load.current,
        &mut made.load.power,
    ] {
        statistics.quality = Quality::Good;
    }
    let voltage = 12.0 + (window * 37 % 1_000) as f64 / 1_000.0;
    made.battery.voltage.mean = Some(voltage);
    // Rounded, as a node does.
    let beside = |by: f64| Some(((voltage + by) * 10_000.0).round() / 10_000.0);
    made.battery.voltage.min = beside(-0.01);
    made.battery.voltage.max = beside(if window == 7 { 3.5 } else { 0.02 });
    // Known now and then, for hours, or not at all.
    if window % 40 < 25 {
        let temperature = &mut made.temperature;
        (temperature.mean, temperature.min, temperature.max) = (Some(21.5), Some(21.0), Some(22.0));
        temperature.quality = Quality::Good;
    }
    made.missing_ah = (window % 7 != 0).then_some(window as f64 / 100.0);
    made.state_of_charge = (window % 50 != 0).then(|| (1_000 - window % 500) as f64 / 10.0);
    stand(&mut made, window);
    made
}

/// Three of ten windows were in a cycle, or in the second stretch of time seven: no two modes held as long.
fn stand(made: &mut Reading, window: i64) {
    let in_cycle = if window < 1_000 { 3 } else { 7 };
    let place = window % 10;
    (made.mode, made.phase) = match place {
        0 if place < in_cycle => (Mode::ConsumptionCycle, Some(Phase::Charging)),
        1..3 => (Mode::ConsumptionCycle, Some(Phase::Discharging)),
        3..7 if place < in_cycle => (Mode::ConsumptionCycle, Some(Phase::Discharging)),
        _ => (Mode::Observer, None),
    };
    if made.phase == Some(Phase::Discharging) {
        made.relays.mains = Contact::Open;
    }
    made.alarms = Vec::new();
    if window % 13 == 0 {
        made.alarms.push(AlarmName::MainsLost);
    }
}

/// Two bridges that heard the same readings: one has them in its store and writes them to a server, the other one
/// asks that server.
struct Told {
    _broker: Broker,
    _folder: TempDir,
    store: Bridge,
    server: Bridge,
    base: i64,
}

fn at(url: String) -> Option<ServerConfig> {
    let (login, ca) = (None, None);
    Some(ServerConfig { url, login, ca })
}

fn named(broker: &Broker, name: &str, state: &Path) -> Config {
    let mut config = config(broker.tcp_addr());
    config.id = name.parse().expect("an id");
    config.state = Some(state.join(name));
    config
}

impl Told {
    async fn start(write: String, ask: String) -> Self {
        let folder = TempDir::new().expect("a folder");
        let broker = start_broker().await;
        let mut writing = named(&broker, "writing", folder.path());
        writing.remote_write = at(write);
        let mut asking = named(&broker, "asking", folder.path());
        asking.history_from = at(ask);
        let told = Self {
            store: start_bridge_as(writing).await,
            server: start_bridge_as(asking).await,
            // So that today's hours are over, too.
            base: (jiff::Timestamp::now().as_millisecond() / HOUR_MS - 5) * HOUR_MS - 3 * DAY_MS,
            _broker: broker,
            _folder: folder,
        };
        told.publish().await;
        told
    }

    async fn publish(&self) {
        let peer = Peer::connect(&self._broker, "node").await;
        peer.publish(Topic::Availability(node()), "online").await;
        let readings = readings(self.base);
        for reading in &readings {
            peer.publish_json(Topic::Reading(node()), reading).await;
        }
        let (from, to) = (self.base, self.base + 4 * DAY_MS);
        // Each gap is a point, too.
        let points = readings.len() + 3;
        for bridge in [&self.store, &self.server] {
            until("all readings", async || {
                let history = ask(bridge, from, to, "points=5000").await?;
                (history["at"].as_array()?.len() == points).then_some(())
            })
            .await;
        }
    }

    /// Asks both, checks that they say the same, and gives it.
    async fn same(&self, from: i64, to: i64, query: &str) -> Value {
        let (from, to) = (self.base + from, self.base + to);
        let store = ask(&self.store, from, to, query).await.expect("a history");
        let server = ask(&self.server, from, to, query).await.expect("a history");
        let told = format!("{} to {}, {query}", from - self.base, to - self.base);
        if let Err(difference) = is_same(&told, &store, &server) {
            panic!("{difference}");
        }
        server
    }

    /// Fetches both files, and checks that they say the same; gives the rows.
    async fn same_file(&self, from: i64, to: i64, resolution: &str) -> usize {
        let (from, to) = (self.base + from, self.base + to);
        let store = file(&self.store, from, to, resolution).await;
        let server = file(&self.server, from, to, resolution).await;
        let [of_store, of_server] = [&store, &server].map(|text| rows(text));
        assert_eq!(of_store.len(), of_server.len(), "{resolution}");
        for (a, b) in of_store.iter().zip(&of_server) {
            assert_eq!(a.len(), b.len(), "{a:?} and {b:?}");
            // The second field, how much was measured, and which figures were good is not known there.
            for (place, (a, b)) in a.iter().zip(b).enumerate() {
                let is_unknown = b.is_empty() && (place == 1 || *a == "good");
                let is_near = |(a, b): (f64, f64)| (a - b).abs() <= ROUNDING;
                let numbers = a.parse().ok().zip(b.parse().ok());
                let is_same = a == b || is_unknown || numbers.is_some_and(is_near);
                assert!(is_same, "{resolution}, field {place}: {a} and {b}");
            }
        }
        of_server.len()
    }
}

async fn file(bridge: &Bridge, from: i64, to: i64, resolution: &str) -> String {
    let [from, to] = [from, to].map(Timestamp::from_unix_millis);
    let query = format!("from={from}&to={to}&resolution={resolution}");
    let path = format!("/api/v1/nodes/{}/readings.csv?{query}", node());
    let (status, text) = get(bridge, &path).await;
    assert_eq!(status, 200, "{text}");
    text
}

/// The fields of all rows but the first. None of them has a comma.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().skip(1);
    rows.map(|row| row.split(',').collect()).collect()
}

async fn ask(bridge: &Bridge, from: i64, to: i64, query: &str) -> Option<Value> {
    let [from, to] = [from, to].map(Timestamp::from_unix_millis);
    let path = format!(
        "/api/v1/nodes/{}/history?from={from}&to={to}&{query}",
        node()
    );
    let (status, body) = get(bridge, &path).await;
    assert!([200, 404].contains(&status), "{path}: {status} {body}");
    (status == 200).then(|| serde_json::from_str(&body).expect("JSON"))
}

/// Whether two answers are the same but for what rounds, and for what the server cannot know.
fn is_same(path: &str, store: &Value, server: &Value) -> Result<(), String> {
    match (store, server) {
        (Value::Object(of_store), Value::Object(of_server)) => {
            let names =
                |of: &serde_json::Map<String, Value>| of.keys().cloned().collect::<Vec<_>>();
            if names(of_store) != names(of_server) {
                return Err(format!(
                    "{path}: {:?} and {:?}",
                    names(of_store),
                    names(of_server)
                ));
            }
            for (name, value) in of_store {
                match (name.as_str(), &of_server[name]) {
                    ("covered", Value::Array(none)) if none.iter().all(Value::is_null) => {}
                    (_, other) => is_same(&format!("{path}: {name}"), value, other)?,
                }
            }
            Ok(())
        }
        (Value::Array(of_store), Value::Array(of_server)) if of_store.len() == of_server.len() => {
            let pairs = of_store.iter().zip(of_server).enumerate();
            let mut pairs = pairs.map(|(place, (a, b))| is_same(&format!("{path}[{place}]"), a, b));
            pairs.try_for_each(|same| same)
        }
        (Value::Number(a), Value::Number(b)) => {
            let by = a.as_f64().unwrap_or(f64::NAN) - b.as_f64().unwrap_or(f64::NAN);
            let is_near = by.abs() <= ROUNDING;
            is_near
                .then_some(())
                .ok_or_else(|| format!("{path}: {a} and {b}"))
        }
        (a, b) if a == b => Ok(()),
        (a, b) => Err(format!("{path}: {a} and {b}")),
    }
}

/// Asks for readings, and buckets of many lengths, of stretches of time that begin and end anywhere.
async fn check(told: &Told) {
    let today = 3 * DAY_MS;
    for (from, to) in [
        (0, HOUR_MS),
        // The first and the last moment at which a window ends: the first one belongs to it.
        (WINDOW_MS, 3 * WINDOW_MS),
        (WINDOW_MS + 1, 3 * WINDOW_MS + 1),
        // One that ends where the first bucket begins.
        (2 * HOUR_MS, 2 * HOUR_MS + 1),
        (today - HOUR_MS, today + 3 * HOUR_MS),
    ] {
        let raw = told.same(from, to, "points=500").await;
        assert_eq!(raw["resolution"], json!("raw"));
    }
    let mut steps = Vec::new();
    for (from, to, points) in [
        (0, 3 * HOUR_MS, 36),
        (0, 3 * HOUR_MS, 18),
        (17, 3 * HOUR_MS - 12_345, 12),
        (0, 3 * HOUR_MS, 9),
        (0, 3 * HOUR_MS, 6),
        (0, 3 * HOUR_MS, 3),
        (-5 * HOUR_MS, today + 3 * HOUR_MS, 100),
        (0, today + 3 * HOUR_MS, 30),
        // Where a day begins is not the same each time: these points are enough for any.
        (0, today + 3 * HOUR_MS, 8),
    ] {
        let chart = told.same(from, to, &format!("points={points}")).await;
        steps.push(chart["step_s"].as_i64().expect("buckets"));
    }
    let expected = [300, 600, 900, 1200, 1800, 3600, 3600, 10_800, 43_200];
    assert_eq!(steps, expected);

    let spike = told
        .same(
            -40 * DAY_MS,
            4 * DAY_MS,
            "points=2&quantities=battery.voltage",
        )
        .await;
    let greatest = spike["quantities"]["battery.voltage"]["max"].as_array();
    let voltage = 12.0 + 0.259 + 3.5;
    assert!(
        greatest.expect("a column").contains(&json!(voltage)),
        "{spike}"
    );

    // The reading at the end of an hour belongs to that hour alone, and where nothing is, nothing is told.
    let hours = told.same(0, 4 * HOUR_MS, "points=4").await;
    let means = &hours["quantities"]["battery.voltage"]["mean"];
    assert!(means[2].is_number() && means[3].is_null(), "{means}");
    for (resolution, expected) in [("raw", 680), ("5m", 68), ("1h", 6)] {
        let rows = told.same_file(-DAY_MS, 4 * DAY_MS, resolution).await;
        assert_eq!(rows, expected, "{resolution}");
    }
    let nothing = told.same(DAY_MS, 2 * DAY_MS, "points=10").await;
    assert_eq!(nothing["at"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_tells_the_same_history_as_the_store() {
    let prometheus = Database::start(Kind::Prometheus).await;
    let told = Told::start(prometheus.write_url(), prometheus.url()).await;
    check(&told).await;
    let (_, about) = get(&told.server, "/api/v1/about").await;
    assert!(about.contains("\"history\":\"prometheus\""), "{about}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn victoria_metrics_tells_the_same_history_as_the_store() {
    let server = Database::start(Kind::VictoriaMetrics).await;
    let told = Told::start(format!("{}/api/v1/write", server.url()), server.url()).await;
    check(&told).await;
    one_site_whoever_brought_it(&told, &server).await;
}

/// Whoever scraped or wrote a series, it is one of the site.
async fn one_site_whoever_brought_it(told: &Told, server: &Database) {
    let begin = told.base + DAY_MS;
    let samples = [("a", 12.0, 10), ("b", 13.0, 20), ("b", 13.0, 30)];
    let lines = samples.map(|(job, value, second)| {
        let labels = format!("node=\"{}\",job=\"{job}\"", node());
        let at = begin + second * 1000;
        format!(
            "releve_battery_voltage_volts{{{labels}}} {value} {at}\n\
             releve_relay_closed{{{labels},relay=\"mains\"}} 1 {at}\n"
        )
    });
    let import = format!("{}/api/v1/import/prometheus", server.url());
    let sent = reqwest::Client::new().post(import).body(lines.concat());
    assert!(sent.send().await.expect("an answer").status().is_success());
    let chart = until("what was imported", async || {
        let raw = ask(&told.server, begin, begin + HOUR_MS, "points=3").await?;
        (raw["at"].as_array()?.len() == 3).then_some(())?;
        ask(&told.server, begin, begin + HOUR_MS, "points=2").await
    })
    .await;
    let voltage = &chart["quantities"]["battery.voltage"];
    assert_eq!(voltage["mean"], json!([12.6667, null]));
    assert_eq!(voltage["max"], json!([null, null]), "nothing tells of it");
    assert_eq!(chart["relays"]["mains"], json!([1.0, null]));
    assert_eq!(chart["relays"]["aux1"], json!([null, null]));
    assert_eq!(chart["mode"], json!([null, null]));
}
