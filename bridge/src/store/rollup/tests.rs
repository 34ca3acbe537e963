//! What is rolled up and the readings behind it, held against a plain computation over all readings.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use releve_protocol::catalog::QUANTITIES;
use releve_protocol::{Reading, Timestamp};
use rusqlite::Connection;
use tempfile::TempDir;

use super::bucket::{Bucket, Filling};
use super::marks::{Marks, QUIET};
use crate::samples;
use crate::spans::{DAY_MS, FIVE_MINUTES_MS, HOUR_MS};
use crate::store::append::{Last, append};
use crate::store::history::{Grid, buckets};
use crate::store::ledger::Ledger;
use crate::store::names::Numbers;
use crate::store::retention::{At, Cutting, Keep};
use crate::store::row::{Body, Figures};
use crate::store::upkeep::Upkeep;
use crate::store::{Record, schema};

/// So much later every hour is quiet, and it is looked again for what is too old.
const LATER: Duration = Duration::from_mins(10);
/// When the readings of the tests begin: a full hour.
const BASE: i64 = 1_795_345_200_000;
/// They lie within so many windows of 30 s from there.
const WINDOWS: u64 = 600;

/// A store as its thread has it, without the thread.
struct Bench {
    directory: TempDir,
    connection: Connection,
    numbers: Numbers,
    marks: Marks,
    last: Last,
    cutting: Keep,
    upkeep: Upkeep,
}

fn upkeep(keep: Keep) -> Upkeep {
    Upkeep::new(Cutting::new(keep, Arc::default()))
}

fn connect(directory: &Path) -> Connection {
    schema::open_for_writing(&directory.join("bridge.db")).expect("a database")
}

impl Bench {
    fn new(keep: Keep) -> Self {
        let directory = TempDir::new().expect("a directory");
        Self {
            connection: connect(directory.path()),
            directory,
            numbers: Numbers::default(),
            marks: Marks::default(),
            last: Last {
                reading: 0,
                event: 0,
            },
            cutting: keep,
            upkeep: upkeep(keep),
        }
    }

    /// What its one who cuts is told, and tells.
    fn share_ledger(&mut self) -> Arc<Ledger> {
        let ledger = Arc::default();
        self.upkeep = Upkeep::new(Cutting::new(self.cutting, Arc::clone(&ledger)));
        ledger
    }

    fn write(&mut self, readings: &[Reading]) {
        let record = |reading: &Reading| Record::Reading {
            node: samples::node(),
            reading: Box::new(reading.clone()),
            accelerated: false,
        };
        let records: Vec<_> = readings.iter().map(record).collect();
        let (numbers, marks) = (&mut self.numbers, &mut self.marks);
        let written = append(&self.connection, numbers, marks, self.last, &records, None);
        self.last = written.expect("written");
    }

    /// Another site has a reading of that moment: the clock is right.
    fn another_site_reads(&mut self, wall: i64) {
        let mut elsewhere = reading(1, 130_000, true);
        elsewhere.at = Timestamp::from_unix_millis(wall);
        let record = Record::Reading {
            node: "elsewhere".parse().expect("a node id"),
            reading: Box::new(elsewhere),
            accelerated: false,
        };
        let (numbers, marks) = (&mut self.numbers, &mut self.marks);
        let written = append(&self.connection, numbers, marks, self.last, &[record], None);
        self.last = written.expect("written");
    }

    /// As a kill does: what was in memory is gone.
    fn restart(&mut self) {
        self.connection = connect(self.directory.path());
        self.numbers = Numbers::default();
        self.marks = Marks::default();
        self.upkeep = upkeep(self.cutting);
    }

    /// Keeps it in order at that moment, at most `slices` times; whether there was nothing left to do.
    fn keep_in_order(&mut self, now: Instant, wall: i64, slices: usize) -> bool {
        let at = At {
            now,
            wall: Timestamp::from_unix_millis(wall),
            through: self.last,
        };
        let (numbers, marks) = (&mut self.numbers, &mut self.marks);
        (0..slices).any(|_| !(self.upkeep).slice(&self.connection, numbers, marks, at))
    }

    /// Rows of the site that the tests are about.
    fn count(&self, table: &str) -> i64 {
        // It is the first that is met; keys begin with the node's number.
        let of_node = match table {
            "reading" => "node = 1",
            _ => "key / 4294967296 = 1",
        };
        let count = format!("SELECT count(*) FROM {table} WHERE {of_node}");
        let count = self.connection.query_row(&count, [], |row| row.get(0));
        count.expect("a count")
    }

    /// Asks for these steps, and compares with what the readings say.
    fn assert_tells_of(&self, readings: &[Reading], seed: &str) {
        for step in [FIVE_MINUTES_MS, 3 * FIVE_MINUTES_MS, HOUR_MS, 2 * HOUR_MS] {
            let to = BASE + WINDOWS as i64 * 30_000;
            let grid = Grid::around(BASE - 1, to + 1, step);
            let told = buckets(&self.connection, &samples::node(), grid).expect("an answer");
            for (place, told) in told.iter().enumerate() {
                let start = grid.start + place as i64 * step;
                let expected = plain(readings, start, step);
                assert_alike(told.as_ref(), expected.as_ref(), (step, start), seed);
            }
        }
    }
}

/// The bucket as the readings alone say, one after the other in the order of their moments.
fn plain(readings: &[Reading], start: i64, step: i64) -> Option<Bucket> {
    let ends = |reading: &&Reading| {
        let at = reading.at.as_unix_millis();
        at > start && at <= start + step
    };
    let mut inside: Vec<_> = readings.iter().filter(ends).collect();
    inside.sort_by_key(|reading| reading.at);
    let mut filling = Filling::default();
    for reading in inside {
        let figures = QUANTITIES.iter().map(|of| Figures::from((of.of)(reading)));
        let body = Body {
            accelerated: false,
            window_s: reading.window_s,
            missing_ah: reading.missing_ah,
            state_of_charge: reading.state_of_charge,
            quantities: figures.collect(),
        };
        filling.add_reading(reading.at.as_unix_millis(), 1, &body);
    }
    filling.finish()
}

fn assert_alike(told: Option<&Bucket>, expected: Option<&Bucket>, of: (i64, i64), seed: &str) {
    let (Some(told), Some(expected)) = (told, expected) else {
        assert_eq!(told, expected, "{of:?}, {seed}");
        return;
    };
    let exact = |bucket: &Bucket| {
        let of_quantity = |it: &super::bucket::Summary| {
            let figures = it.figures;
            (figures.min, figures.max, figures.quality, it.known_ms)
        };
        let quantities: Vec<_> = bucket.quantities.iter().map(of_quantity).collect();
        let ms: u64 = bucket.statuses.iter().map(|(_, ms)| ms).sum();
        let counts = (bucket.missing_ah, bucket.state_of_charge);
        (
            bucket.readings,
            bucket.covered_ms,
            bucket.last_at,
            ms,
            counts,
            quantities,
        )
    };
    assert_eq!(exact(told), exact(expected), "{of:?}, {seed}");
    for (told, expected) in told.quantities.iter().zip(&expected.quantities) {
        let (told, expected) = (told.figures.mean, expected.figures.mean);
        // Means of means, each rounded to 0.0001.
        let close = match (told, expected) {
            (Some(told), Some(expected)) => (told - expected).abs() < 0.000_21,
            (told, expected) => told == expected,
        };
        assert!(close, "{told:?} is not {expected:?}: {of:?}, {seed}");
    }
}

/// A reading at the end of that window, with figures of its own.
fn reading(window: u64, figure: i32, is_known: bool) -> Reading {
    let mut reading = samples::reading("a", window + 1);
    reading.at = Timestamp::from_unix_millis(BASE + window as i64 * 30_000);
    reading.window_s = if window.is_multiple_of(7) { 12.5 } else { 30.0 };
    let voltage = &mut reading.battery.voltage;
    let mean = f64::from(figure) / 1e4;
    (voltage.mean, voltage.min, voltage.max) = (Some(mean), Some(mean - 0.5), Some(mean + 0.25));
    if !is_known {
        reading.battery.voltage = releve_protocol::control::statistics::Statistics::MISSING;
        reading.missing_ah = None;
    }
    reading.state_of_charge = Some(f64::from(figure % 100));
    reading
}

/// What happens to a store.
#[derive(Debug, Clone)]
enum Happening {
    Write(usize),
    Restart,
    /// So much of what is due is rolled up.
    RollUp(usize),
    /// Readings are cut as if so many hours had passed since the last of them.
    Cut(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (1_usize..60).prop_map(Happening::Write),
        1 => Just(Happening::Restart),
        2 => (1_usize..4).prop_map(Happening::RollUp),
        1 => (0_i64..8).prop_map(Happening::Cut),
    ]
}

fn readings() -> impl Strategy<Value = Vec<Reading>> {
    let one = (0..WINDOWS, 100_000..150_000, prop::bool::weighted(0.9));
    prop::collection::vec(one, 1..300).prop_map(|all| {
        let mut seen = std::collections::HashSet::new();
        let new = all.into_iter().filter(|(window, ..)| seen.insert(*window));
        new.map(|(window, figure, known)| reading(window, figure, known))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_an_answer_tells_of_every_reading_once(
        readings in readings(),
        happenings in prop::collection::vec(happening(), 1..25),
    ) {
        let keep = Keep { readings_days: 1, ..Keep::default() };
        let mut bench = Bench::new(keep);
        let seed = format!("{happenings:?}");
        let mut written = 0;
        let mut now = Instant::now();
        for happening in &happenings {
            now += LATER;
            match happening {
                Happening::Write(count) => {
                    let end = (written + count).min(readings.len());
                    bench.write(&readings[written..end]);
                    written = end;
                }
                Happening::Restart => bench.restart(),
                Happening::RollUp(slices) => {
                    // Marks carry the real clock's moments, which all lie before.
                    bench.keep_in_order(now, BASE, *slices);
                }
                Happening::Cut(hours) => {
                    let wall = BASE + (24 + hours) * HOUR_MS;
                    bench.keep_in_order(now, wall, 40);
                }
            }
            bench.assert_tells_of(&readings[..written], &seed);
        }
    }
}

#[test]
fn what_is_rolled_up_needs_no_reading_any_more() {
    let mut bench = Bench::new(Keep::default());
    let readings: Vec<_> = (0..WINDOWS)
        .map(|window| reading(window, 130_000, true))
        .collect();
    bench.write(&readings);
    assert!(bench.count("stale") > 0);
    assert!(bench.keep_in_order(Instant::now(), BASE, 1_000), "an end");
    assert!(bench.count("stale") > 0, "the hours may run still");
    let later = Instant::now() + QUIET;
    assert!(bench.keep_in_order(later, BASE, 1_000), "an end");
    assert_eq!(bench.count("stale"), 0);
    bench
        .connection
        .execute("DELETE FROM reading", [])
        .expect("deleted");
    bench.assert_tells_of(&readings, "");
}

#[test]
fn a_node_that_writes_keeps_its_hour_open() {
    let mut bench = Bench::new(Keep::default());
    bench.write(&[reading(1, 130_000, true)]);
    bench.write(&[reading(2, 130_000, true)]);
    assert_eq!(bench.count("stale"), 1);
    bench.restart();
    // Nobody knows how long it was quiet: it is computed, and marked by the next reading anew.
    assert!(bench.keep_in_order(Instant::now(), BASE, 1_000));
    assert_eq!(bench.count("stale"), 0);
    bench.write(&[reading(3, 130_000, true)]);
    assert_eq!(bench.count("stale"), 1);
}

#[test]
fn readings_are_cut_by_their_age_and_their_averages_stay() {
    let keep = Keep {
        readings_days: 2,
        averages_days: 10,
        ..Keep::default()
    };
    let mut bench = Bench::new(keep);
    let readings: Vec<_> = (1..=WINDOWS)
        .map(|window| reading(window, 130_000, true))
        .collect();
    bench.write(&readings);
    let day = DAY_MS;
    // A clock that is ahead of every reading makes nothing old.
    let now = Instant::now();
    assert!(bench.keep_in_order(now, BASE + 5_000 * day, 10_000));
    assert_eq!(bench.count("reading"), 600);
    // The first one of five hours is older than two days.
    bench.another_site_reads(BASE + 2 * day + HOUR_MS);
    let now = now + LATER;
    assert!(bench.keep_in_order(now, BASE + 2 * day + HOUR_MS, 10_000));
    assert_eq!(bench.count("reading"), 480);
    bench.assert_tells_of(&readings, "");
    // The last three hours stay.
    bench.another_site_reads(BASE + 9 * day);
    let later = now + LATER;
    assert!(bench.keep_in_order(later, BASE + 9 * day, 10_000));
    assert_eq!((bench.count("reading"), bench.count("minutes")), (360, 5));
    bench.assert_tells_of(&readings, "");
    bench.another_site_reads(BASE + 11 * day);
    assert!(bench.keep_in_order(later + LATER, BASE + 11 * day, 10_000));
    assert_eq!((bench.count("minutes"), bench.count("hours")), (0, 5));
}

#[test]
fn what_is_not_known_after_a_restart_is_not_cut() {
    let mut bench = Bench::new(Keep {
        readings_days: 1,
        ..Keep::default()
    });
    bench.write(&[reading(1, 130_000, true), reading(599, 130_000, true)]);
    let wall = BASE + 100 * DAY_MS;
    bench.another_site_reads(wall);
    let last = std::mem::replace(
        &mut bench.last,
        Last {
            reading: 0,
            event: 0,
        },
    );
    assert!(bench.keep_in_order(Instant::now(), wall, 100));
    assert_eq!(bench.count("reading"), 2);
    bench.last = last;
    assert!(bench.keep_in_order(Instant::now() + LATER, wall, 100));
    assert_eq!(bench.count("reading"), 1);
}

#[test]
fn a_store_that_is_too_large_loses_its_oldest_readings() {
    let mut bench = Bench::new(Keep {
        bytes: 500_000,
        ..Keep::default()
    });
    let ledger = bench.share_ledger();
    let hours = 60;
    let readings: Vec<_> = (1..=hours * 120)
        .map(|window| reading(window, 130_000, true))
        .collect();
    bench.write(&readings);
    let now = Instant::now() + QUIET;
    assert!(bench.keep_in_order(now, BASE, 10_000));
    let left = bench.count("reading") as usize;
    assert!(left > 0 && left < readings.len() - 100, "{left}");
    let cut = ledger.cut_for_room();
    assert_eq!(left + usize::try_from(cut).expect("few"), readings.len());
    let oldest = "SELECT min(at) FROM reading";
    let oldest = bench
        .connection
        .query_row(oldest, [], |row| row.get::<_, i64>(0));
    let newest_cut = readings[readings.len() - left - 1].at.as_unix_millis();
    assert!(oldest.expect("a reading") > newest_cut);
    assert_eq!(bench.count("hours"), hours as i64);
}

/// A store of 60 hours that is too large, and what its one who cuts is told.
fn too_large() -> (Bench, Arc<Ledger>, Vec<Reading>) {
    let mut bench = Bench::new(Keep {
        bytes: 500_000,
        ..Keep::default()
    });
    let ledger = bench.share_ledger();
    let readings: Vec<_> = (1..=60 * 120)
        .map(|window| reading(window, 130_000, true))
        .collect();
    bench.write(&readings);
    (bench, ledger, readings)
}

#[test]
fn a_late_reading_that_is_not_sent_yet_is_not_cut_for_room() {
    let (mut bench, ledger, readings) = too_large();
    ledger.set_sent_through(bench.last.reading);
    let now = Instant::now() + QUIET;
    assert!(bench.keep_in_order(now, BASE, 10_000));
    let left = bench.count("reading");
    // Of the first hour, which was cut, and of hours before it that never came.
    let mut late = [reading(1, 140_000, true), reading(1, 140_000, true)];
    late[1].at = samples::later(late[1].at, -50 * HOUR_MS);
    bench.write(&late);
    let more: Vec<_> = (readings.len() as u64 + 1..=readings.len() as u64 + 600)
        .map(|window| reading(window, 130_000, true))
        .collect();
    bench.write(&more);
    ledger.set_sent_through(readings.len() as i64);
    assert!(bench.keep_in_order(now + LATER, BASE, 10_000));
    let there = |bench: &Bench| -> i64 {
        let find = "SELECT count(*) FROM reading WHERE number IN (?1, ?1 + 1)";
        let first = readings.len() as i64 + 1;
        let count = bench.connection.query_row(find, [first], |row| row.get(0));
        count.expect("a count")
    };
    assert_eq!(there(&bench), 2, "they wait to be sent");
    let kept = bench.count("reading");
    assert!(
        kept < left + 2 + 600 - 100,
        "others make room: {kept} of {left}"
    );
    ledger.set_sent_through(bench.last.reading);
    assert!(bench.keep_in_order(now + 2 * LATER, BASE, 10_000));
    assert_eq!(there(&bench), 0);
}

#[test]
fn what_is_too_old_stays_until_it_is_sent() {
    let mut bench = Bench::new(Keep {
        readings_days: 1,
        ..Keep::default()
    });
    let ledger = bench.share_ledger();
    ledger.set_sent_through(0);
    bench.write(&[reading(1, 130_000, true), reading(599, 130_000, true)]);
    let wall = BASE + 100 * DAY_MS;
    bench.another_site_reads(wall);
    assert!(bench.keep_in_order(Instant::now(), wall, 100));
    assert_eq!(bench.count("reading"), 2);
    ledger.set_sent_through(bench.last.reading);
    assert!(bench.keep_in_order(Instant::now() + LATER, wall, 100));
    assert_eq!(bench.count("reading"), 1);
}

#[test]
fn where_nothing_is_sent_room_is_made_all_the_same() {
    let (mut bench, ledger, readings) = too_large();
    ledger.set_sent_through(0);
    let now = Instant::now() + QUIET;
    assert!(bench.keep_in_order(now, BASE, 10_000));
    let left = bench.count("reading") as usize;
    assert!(left > 0 && left < readings.len() - 100, "{left}");
    assert_eq!(bench.count("hours"), 60);
}
