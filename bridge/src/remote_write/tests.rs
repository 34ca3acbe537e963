//! From the store to a server that the test plays, in virtual time.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::answer::Answer;
use super::connection::Server;
use super::decoded::WriteRequest;
use super::progress::Saved;
use super::request::most_samples;
use super::sender::{MAX_ROWS, Sender};
use super::*;
use crate::samples;
use crate::store::{Opened, Record, Thread};

const VOLTAGE: &str = "releve_battery_voltage_volts";

/// A server whose answers the test gives.
struct Played {
    calls: mpsc::UnboundedSender<Call>,
}

/// A request that waits for its answer.
struct Call {
    request: WriteRequest,
    at: Instant,
    reply: oneshot::Sender<Answer>,
}

impl Server for Played {
    async fn post(&mut self, body: Vec<u8>) -> Answer {
        let (reply, answer) = oneshot::channel();
        let call = Call {
            request: WriteRequest::of(&body),
            at: Instant::now(),
            reply,
        };
        self.calls
            .send(call)
            .unwrap_or_else(|_| panic!("the test is over"));
        let answer = answer.await;
        answer.unwrap_or_else(|_| Answer::none("the connection breaks"))
    }
}

impl Call {
    /// The numbers of the readings in it.
    fn seqs(&self) -> Vec<u64> {
        let first = samples::reading("a", 1).at.as_unix_millis();
        let moments = self.request.moments(VOLTAGE).into_iter();
        let seq = |at: i64| u64::try_from((at - first) / 30_000 + 1).expect("a number");
        moments.map(|(_, at)| seq(at)).collect()
    }

    fn answer(self, answer: Answer) {
        self.reply.send(answer).expect("a sender that waits");
    }

    fn taken(self) {
        self.answer(Answer::Taken);
    }

    fn refused(self) {
        self.answer(Answer::Refused("out of bounds".to_owned()));
    }
}

/// A store whose readings are sent to the test.
struct Bench {
    store: Store,
    thread: Thread,
    progress: Arc<Progress>,
    stop: CancellationToken,
    calls: mpsc::UnboundedReceiver<Call>,
    sending: JoinHandle<()>,
}

impl Bench {
    fn start(directory: &Path) -> Self {
        let opened = Store::open(Some(directory)).expect("a store");
        let Opened {
            store,
            recovered,
            thread,
        } = opened;
        let progress = Arc::new(recover(&recovered));
        let (sender, calls) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let server = Played { calls: sender };
        let sending = Sender::new(store.clone(), server, Arc::clone(&progress), stop.clone());
        Self {
            store,
            thread,
            progress,
            stop,
            calls,
            sending: tokio::spawn(sending.run()),
        }
    }

    async fn write(&self, seqs: impl IntoIterator<Item = u64>) {
        let records = seqs.into_iter().map(|seq| record(seq, false));
        self.write_records(records.collect()).await;
    }

    async fn write_records(&self, records: Vec<Record>) {
        let written = self.store.write(Arc::new(records), None).await;
        written.expect("written");
    }

    async fn call(&mut self) -> Call {
        self.calls.recv().await.expect("a request")
    }

    /// Waits until the row is settled and kept.
    async fn settled(&self, row: i64) -> Saved {
        loop {
            let saved = self.progress.now().saved;
            if saved.row.is_some_and(|settled| settled >= row) {
                return saved;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Ends it as an end of the bridge does.
    async fn end(self) {
        self.stop.cancel();
        self.sending.await.expect("no panic");
        drop(self.store);
        self.thread.join();
    }
}

fn record(seq: u64, accelerated: bool) -> Record {
    Record::Reading {
        node: samples::node(),
        reading: Box::new(samples::reading("a", seq)),
        accelerated,
    }
}

fn folder() -> TempDir {
    TempDir::new().expect("a directory")
}

/// Another program at the store's file.
fn change(directory: &Path, sentence: &str) {
    let other = rusqlite::Connection::open(directory.join("bridge.db")).expect("the file");
    other.execute_batch(sentence).expect("a change");
}

/// Samples of a golden reading, which does not know the temperature.
fn of_one() -> u64 {
    most_samples() - 3
}

#[tokio::test(start_paused = true)]
async fn a_new_reading_is_sent_within_five_seconds() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    for seq in 1..=3 {
        bench.write([seq]).await;
        let written = Instant::now();
        let call = bench.call().await;
        assert_eq!(call.seqs(), [seq]);
        assert!(call.at - written <= Duration::from_secs(5));
        call.taken();
    }
    let saved = bench.settled(3).await;
    assert_eq!(saved.samples, 3 * of_one());
    assert_eq!(bench.progress.now().up, Some(true));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_server_has_not_answered_is_sent_again_after_a_restart() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    bench.write([1, 2]).await;
    bench.call().await.taken();
    bench.settled(2).await;
    bench.write([3]).await;
    let hangs = bench.call().await;
    let stopped = Instant::now();
    bench.end().await;
    let waited = stopped.elapsed().as_secs_f64();
    assert!((3.0..3.1).contains(&waited), "{waited}");
    drop(hangs);

    let mut bench = Bench::start(folder.path());
    assert_eq!(bench.progress.now().saved.samples, 2 * of_one());
    let call = bench.call().await;
    assert_eq!(call.seqs(), [3]);
    // It is stopped, and the answer comes in time.
    bench.stop.cancel();
    call.taken();
    bench.end().await;

    let mut bench = Bench::start(folder.path());
    assert_eq!(bench.progress.now().saved.row, Some(3));
    bench.write([4]).await;
    let call = bench.call().await;
    assert_eq!(call.seqs(), [4]);
    call.taken();
    bench.settled(4).await;
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn while_the_server_is_away_readings_wait_and_then_go_in_full_batches_at_once() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    bench.write([1]).await;
    let mut waits = Vec::new();
    let mut before = bench.call().await;
    for _ in 0..8 {
        let at = before.at;
        drop(before.reply);
        before = bench.call().await;
        assert_eq!(bench.progress.now().up, Some(false));
        waits.push(before.at - at);
    }
    for (failures, wait) in waits.iter().enumerate() {
        let longest = Duration::from_secs(60.min(1 << failures));
        // The timer counts in milliseconds.
        let at_most = longest + Duration::from_millis(1);
        assert!(*wait >= longest / 2 && *wait <= at_most, "{waits:?}");
    }
    let rows = MAX_ROWS as u64;
    bench.write(2..=2 * rows + 1).await;
    before.taken();
    bench.settled(1).await;
    assert_eq!(bench.progress.now().saved.retries, 8);
    let mut came = Vec::new();
    let mut sizes = Vec::new();
    for _ in 0..2 {
        let call = bench.call().await;
        sizes.push(call.seqs().len());
        came.push(call.at);
        call.taken();
    }
    assert_eq!(sizes, [MAX_ROWS, MAX_ROWS]);
    assert_eq!(came[0], came[1], "no pause between full batches");
    bench.settled(2 * MAX_ROWS as i64 + 1).await;
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_is_given_the_time_that_it_asks_for() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    bench.write([1]).await;
    let call = bench.call().await;
    let asked = call.at;
    call.answer(Answer::Later {
        why: "429 Too Many Requests".to_owned(),
        after: Some(Duration::from_secs(90)),
    });
    let call = bench.call().await;
    assert!(call.at - asked >= Duration::from_secs(90));
    assert_eq!(call.seqs(), [1]);
    call.taken();
    bench.settled(1).await;
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_reading_takes_no_neighbour_along() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    bench.write([1]).await;
    bench.call().await.taken();
    bench.settled(1).await;
    bench.write(2..=41).await;
    let bad = BTreeSet::from([7, 8, 30]);
    let mut taken = BTreeSet::new();
    while taken.len() < 37 {
        let call = bench.call().await;
        let seqs = call.seqs();
        if seqs.iter().any(|seq| bad.contains(seq)) {
            call.refused();
        } else {
            taken.extend(seqs);
            call.taken();
        }
    }
    let saved = bench.settled(41).await;
    let expected: BTreeSet<u64> = (2..=41).filter(|seq| !bad.contains(seq)).collect();
    assert_eq!(taken, expected);
    assert_eq!(saved.samples, 38 * of_one());
    assert_eq!(saved.dropped.refused, 3 * of_one());
    assert_eq!((saved.retries, bench.progress.now().up), (0, Some(true)));
    bench.end().await;
    let bench = Bench::start(folder.path());
    assert_eq!(
        bench.progress.now().saved,
        saved,
        "counts outlive a restart"
    );
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn while_parts_of_a_refused_batch_wait_those_taken_are_not_sent_again() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    bench.write(1..=4).await;
    bench.call().await.refused();
    let probe = bench.call().await;
    assert_eq!(probe.request.samples(), 0);
    probe.taken();
    let half = bench.call().await;
    assert_eq!(half.seqs(), [1, 2]);
    half.taken();
    // It goes away in between.
    for _ in 0..3 {
        let half = bench.call().await;
        assert_eq!(half.seqs(), [3, 4]);
        drop(half);
    }
    bench.call().await.taken();
    let saved = bench.settled(4).await;
    assert_eq!((saved.samples, saved.dropped.refused), (4 * of_one(), 0));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_anything_does_not_lose_the_readings() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    bench.write(1..=3).await;
    for _ in 0..3 {
        let call = bench.call().await;
        assert_eq!(call.seqs(), [1, 2, 3]);
        call.refused();
        let probe = bench.call().await;
        assert_eq!(probe.request.timeseries, []);
        probe.refused();
    }
    let call = bench.call().await;
    assert_eq!(bench.progress.now().up, Some(false));
    call.taken();
    let saved = bench.settled(3).await;
    assert_eq!((saved.samples, saved.dropped.refused), (3 * of_one(), 0));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_has_taken_some_and_then_refuses_anything_does_not_lose_the_others() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    bench.write([1]).await;
    bench.call().await.taken();
    bench.settled(1).await;
    bench.write([2]).await;
    for _ in 0..3 {
        let call = bench.call().await;
        assert_eq!(call.seqs(), [2]);
        call.refused();
        let probe = bench.call().await;
        assert_eq!(probe.request.timeseries, []);
        probe.refused();
    }
    bench.call().await.taken();
    let saved = bench.settled(2).await;
    assert_eq!((saved.samples, saved.dropped.refused), (2 * of_one(), 0));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn readings_of_another_time_are_passed_over() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    let records = vec![record(1, true), record(2, false), record(3, true)];
    bench.write_records(records).await;
    let call = bench.call().await;
    assert_eq!(call.seqs(), [2]);
    call.taken();
    let saved = bench.settled(3).await;
    assert_eq!(saved.dropped.accelerated, 2 * of_one());
    // Where there are no others nothing is sent at all.
    bench.write_records(vec![record(4, true)]).await;
    let saved = bench.settled(4).await;
    assert_eq!(saved.dropped.accelerated, 3 * of_one());
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_cut_before_it_was_sent_is_counted() {
    let folder = folder();
    let opened = Store::open(Some(folder.path())).expect("a store");
    let records = (1..=9).map(|seq| record(seq, false)).collect();
    let written = opened.store.write(Arc::new(records), None).await;
    written.expect("written");
    // It begins with the rows that it has: what was cut before is no loss.
    change(folder.path(), "DELETE FROM reading WHERE number <= 2");
    drop(opened.store);
    opened.thread.join();
    let mut bench = Bench::start(folder.path());
    let call = bench.call().await;
    assert_eq!(call.seqs(), [3, 4, 5, 6, 7, 8, 9]);
    call.taken();
    let saved = bench.settled(9).await;
    assert_eq!(saved.dropped.expired, 0);
    bench.write([10]).await;
    drop(bench.call().await);
    let again = bench.call().await;
    bench.write(11..=16).await;
    let cut = "DELETE FROM reading WHERE number <= 13 OR number = 15";
    change(folder.path(), cut);
    again.taken();
    let call = bench.call().await;
    assert_eq!(call.seqs(), [14, 16]);
    call.taken();
    let saved = bench.settled(16).await;
    assert_eq!(saved.dropped.expired, 4 * most_samples());
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_cut_before_the_server_has_taken_anything_is_counted_after_a_restart_too() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    bench.write(1..=3).await;
    drop(bench.call().await);
    bench.end().await;
    change(folder.path(), "DELETE FROM reading WHERE number <= 2");
    let mut bench = Bench::start(folder.path());
    let call = bench.call().await;
    assert_eq!(call.seqs(), [3]);
    call.taken();
    let saved = bench.settled(3).await;
    assert_eq!(saved.dropped.expired, 2 * most_samples());
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_damaged_row_keeps_none_behind_it_waiting() {
    let folder = folder();
    let mut bench = Bench::start(folder.path());
    bench.write([1]).await;
    let call = bench.call().await;
    bench.write(2..=5).await;
    change(
        folder.path(),
        "UPDATE reading SET body = x'07' WHERE number IN (3, 5)",
    );
    call.taken();
    let call = bench.call().await;
    assert_eq!(call.seqs(), [2, 4]);
    call.taken();
    let saved = bench.settled(5).await;
    assert_eq!(saved.dropped.damaged, 2 * most_samples());
    bench.end().await;
}
