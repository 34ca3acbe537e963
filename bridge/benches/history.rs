//! A year of one site in the bridge's store: its size, and how long charts and files of it take.
//!
//! `cargo xtask bench` runs it; by itself: `cargo bench -p releve-bridge --bench history`.

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use releve_bridge::store::{Opened, Record, Remembered, Store};
use releve_bridge::{Bridge, Config};
use releve_protocol::control::statistics::{Quality, Statistics};
use releve_protocol::{Epoch, NodeId, Reading, Timestamp};

type Outcome<T> = Result<T, Box<dyn Error>>;

const NODE: &str = "bench";
/// A window, ms.
const WINDOW: i64 = 30_000;
const DAY: i64 = 86_400_000;
const DAYS: i64 = 365;
/// A chart is asked for so many times.
const TIMES: u32 = 5;

#[tokio::main]
async fn main() -> Outcome<()> {
    releve_access::encrypt_with_ring();
    // Beside the programs, for `/tmp` may be in memory.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let end = i64::try_from(now)? / DAY * DAY;
    write_a_year(directory.path(), end - DAYS * DAY).await?;
    roll_up(directory.path()).await?;
    let bridge = start(directory.path()).await?;
    let moment = Timestamp::from_unix_millis;
    let year = format!("from={}&to={}", moment(end - DAYS * DAY), moment(end));
    let day = format!("from={}&to={}", moment(end - DAY), moment(end));
    for (what, question) in [
        (
            "a year's chart of 1,000 points (goal: at most 100 ms)",
            format!("history?{year}&points=1000"),
        ),
        (
            "a day's chart of 500 points",
            format!("history?{day}&points=500"),
        ),
        (
            "a day's chart of readings",
            format!("history?{day}&points=5000"),
        ),
    ] {
        ask(&bridge, what, &question).await?;
    }
    for resolution in ["1h", "5m", "raw"] {
        let what = format!("a year as CSV, {resolution}");
        let question = format!("readings.csv?{year}&resolution={resolution}");
        fetch(&bridge, &what, &question).await?;
    }
    bridge.stop().await;
    Ok(())
}

/// Writes the readings of a year, a day in each transaction.
async fn write_a_year(directory: &Path, from: i64) -> Outcome<()> {
    let Opened { store, thread, .. } = Store::open(Some(directory))?;
    let mut site = Site::new(from)?;
    let mut writing = Duration::ZERO;
    let mut count = 0_u32;
    for _ in 0..DAYS {
        let records: Vec<_> = (0..DAY / WINDOW).map(|_| site.next()).collect();
        count += u32::try_from(records.len())?;
        let began = Instant::now();
        // As the bridge does: what it knows after a restart is saved, too.
        store
            .write(Arc::new(records), Some(Remembered::default()))
            .await?;
        writing += began.elapsed();
    }
    drop(store);
    thread.join();
    println!(
        "{count} readings written: {:.2} µs each",
        writing.as_secs_f64() * 1e6 / f64::from(count)
    );
    print_size(directory, "readings alone", count)?;
    Ok(())
}

/// Opens the store anew, which rolls up what is stale, and waits for that.
async fn roll_up(directory: &Path) -> Outcome<()> {
    let began = Instant::now();
    let Opened { store, thread, .. } = Store::open(Some(directory))?;
    store.put("bench", "{}".to_owned()).await?;
    loop {
        let left = store.reader().ask(|connection| {
            let count = "SELECT count(*) FROM stale";
            Ok(connection.query_row(count, [], |row| row.get::<_, i64>(0))?)
        });
        if left.await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    drop(store);
    thread.join();
    let hours = f64::from(i32::try_from(DAYS * 24)?);
    println!(
        "{hours} hours rolled up: {:.2} ms each",
        seconds * 1e3 / hours
    );
    let count = u32::try_from(DAYS * DAY / WINDOW)?;
    print_size(directory, "with what is rolled up", count)
}

fn print_size(directory: &Path, what: &str, readings: u32) -> Outcome<()> {
    let bytes = std::fs::metadata(directory.join("bridge.db"))?.len() as f64;
    println!(
        "{what}: {:.1} MB, {:.1} bytes a reading",
        bytes / 1e6,
        bytes / f64::from(readings)
    );
    Ok(())
}

async fn start(directory: &Path) -> Outcome<Bridge> {
    // No broker is there: the past can be told all the same.
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let id: NodeId = "bench".parse()?;
    let mut config = Config::new(id, nowhere, any);
    config.state = Some(directory.to_owned());
    Ok(releve_bridge::start(config).await?)
}

fn address(bridge: &Bridge, question: &str) -> String {
    format!(
        "http://{}/api/v1/nodes/{NODE}/{question}",
        bridge.http_addr()
    )
}

/// Asks several times, and prints how long the fastest and the slowest answer took.
async fn ask(bridge: &Bridge, what: &str, question: &str) -> Outcome<()> {
    let url = address(bridge, question);
    let (mut fastest, mut slowest, mut bytes) = (f64::INFINITY, 0.0_f64, 0);
    for _ in 0..TIMES {
        let began = Instant::now();
        let body = reqwest::get(&url)
            .await?
            .error_for_status()?
            .bytes()
            .await?;
        let took = began.elapsed().as_secs_f64() * 1e3;
        (fastest, slowest) = (fastest.min(took), slowest.max(took));
        bytes = body.len();
    }
    println!(
        "{what}: {fastest:.1} to {slowest:.1} ms, {:.0} kB",
        bytes as f64 / 1e3
    );
    Ok(())
}

/// Fetches a file piece by piece.
async fn fetch(bridge: &Bridge, what: &str, question: &str) -> Outcome<()> {
    let began = Instant::now();
    let mut answer = reqwest::get(address(bridge, question))
        .await?
        .error_for_status()?;
    let (mut bytes, mut lines) = (0, 0);
    while let Some(piece) = answer.chunk().await? {
        bytes += piece.len();
        lines += piece.iter().filter(|byte| **byte == b'\n').count();
    }
    let seconds = began.elapsed().as_secs_f64();
    let megabytes = bytes as f64 / 1e6;
    println!("{what}: {seconds:.2} s, {lines} lines, {megabytes:.1} MB");
    Ok(())
}

/// A cheap site: a day's rhythm and noise of an ADC's steps; the same each time.
struct Site {
    sample: Reading,
    node: NodeId,
    at: i64,
    random: u64,
}

impl Site {
    fn new(from: i64) -> Outcome<Self> {
        let sample: Reading =
            serde_json::from_str(include_str!("../../protocol/golden/reading.json"))?;
        Ok(Self {
            sample: Reading {
                epoch: "bench".parse::<Epoch>()?,
                seq: 0,
                ..sample
            },
            node: NODE.parse()?,
            at: from,
            random: 1,
        })
    }

    fn next(&mut self) -> Record {
        self.at += WINDOW;
        self.sample.seq += 1;
        self.sample.at = Timestamp::from_unix_millis(self.at);
        let day = (self.at % DAY) as f64 / DAY as f64 * std::f64::consts::TAU;
        let (volts, amperes) = (13.2 + 0.6 * day.sin(), 2.0 * day.cos());
        let load = 3.2 + 0.4 * (day * 5.0).sin();
        self.sample.battery.voltage = self.around(volts, 0.02);
        self.sample.battery.current = self.around(amperes, 0.05);
        self.sample.charger.voltage = self.around(volts + 0.04, 0.02);
        self.sample.charger.current = self.around(amperes + load, 0.05);
        self.sample.charger.power = self.around(volts * (amperes + load), 0.8);
        self.sample.load.voltage = self.around(volts, 0.02);
        self.sample.load.current = self.around(load, 0.05);
        self.sample.load.power = self.around(volts * load, 0.8);
        self.sample.temperature = self.around(18.0 + 5.0 * day.sin(), 0.1);
        self.sample.missing_ah = Some(rounded(20.0 - 20.0 * day.sin()));
        self.sample.state_of_charge = Some(rounded(80.0 + 20.0 * day.sin()));
        Record::Reading {
            node: self.node.clone(),
            reading: Box::new(self.sample.clone()),
            accelerated: false,
        }
    }

    /// Statistics of ten samples around that value.
    fn around(&mut self, value: f64, noise: f64) -> Statistics {
        let samples: [f64; 10] = std::array::from_fn(|_| value + noise * (self.random() - 0.5));
        let mean = samples.iter().sum::<f64>() / 10.0;
        Statistics {
            mean: Some(rounded(mean)),
            min: Some(rounded(
                samples.iter().copied().fold(f64::INFINITY, f64::min),
            )),
            max: Some(rounded(
                samples.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            )),
            sd: None,
            n: 10,
            quality: Quality::Good,
        }
    }

    /// Between 0 and 1: a linear congruential generator.
    fn random(&mut self) -> f64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// To 0.0001, as a node rounds.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
