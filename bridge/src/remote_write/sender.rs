//! Takes readings from the store to the server, in the order of their rows.
//!
//! One batch at a time; the row up to which all is settled moves only after the server has answered, and is kept
//! in the store with each batch. What is killed in between is sent again: the server has the same samples then.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::answer::Answer;
use super::backoff::Backoff;
use super::connection::Server;
use super::parts::Parts;
use super::progress::{NAME, Progress};
use super::request::{self, Request};
use crate::store::queue::{self, Rows};
use crate::store::{Store, StoreError, StoredReading};

/// How long readings are gathered before they are sent.
const GATHERING: Duration = Duration::from_secs(5);
/// The most rows of a batch.
pub const MAX_ROWS: usize = 500;
/// At the end, the longest wait for the answer to a request under way.
const FAREWELL: Duration = Duration::from_secs(3);
/// Refusals are reported that seldom.
const REPORT_EVERY: Duration = Duration::from_hours(1);

/// Sends what is in the store.
pub struct Sender<S> {
    store: Store,
    server: S,
    progress: Arc<Progress>,
    stop: CancellationToken,
    backoff: Backoff,
    /// Whether the server has taken anything in this run.
    has_taken: bool,
    /// Since when the server takes nothing, and why, as it was reported last.
    trouble: Option<(Instant, String)>,
    refusal_reported: Option<Instant>,
    store_fails: bool,
}

/// The bridge stops.
#[derive(Debug)]
pub struct Stopped;

/// What became of a part of a batch.
enum Outcome {
    Taken,
    Refused(String),
}

impl<S: Server> Sender<S> {
    /// One that sends from `store` to `server` until `stop`.
    pub fn new(store: Store, server: S, progress: Arc<Progress>, stop: CancellationToken) -> Self {
        Self {
            store,
            server,
            progress,
            stop,
            backoff: Backoff::default(),
            has_taken: false,
            trouble: None,
            refusal_reported: None,
            store_fails: false,
        }
    }

    /// Sends until it is stopped.
    pub async fn run(mut self) {
        // The end of the bridge is told by `Stopped`, wherever it is met.
        let Err(Stopped) = self.send_on().await;
        self.save().await;
    }

    async fn send_on(&mut self) -> Result<std::convert::Infallible, Stopped> {
        loop {
            let rows = self.next_rows().await;
            let is_full = rows.count() >= MAX_ROWS;
            let all_fit = self.settle(rows).await?;
            if !is_full && all_fit {
                self.wait(GATHERING).await?;
            }
        }
    }

    /// The next rows; none where the store does not give them.
    async fn next_rows(&mut self) -> Rows {
        let behind = self.progress.now().saved.row.unwrap_or(0);
        let question = move |connection: &rusqlite::Connection| {
            queue::rows_behind(connection, behind, MAX_ROWS)
        };
        let asked = self.store.reader().ask(question).await;
        self.report_store(asked.as_ref().err());
        asked.unwrap_or_default()
    }

    /// Sends a batch of these rows, as many as fit; whether all did.
    async fn settle(&mut self, rows: Rows) -> Result<bool, Stopped> {
        let Rows {
            mut readings,
            damaged,
            ends,
        } = rows;
        let Some((first, last)) = ends else {
            return Ok(true);
        };
        self.begin_before(first).await;
        let fit = request::how_many_fit(&readings);
        let all_fit = fit >= readings.len();
        readings.truncate(fit);
        let last = match readings.last() {
            // Damaged rows among those that do not fit are met again.
            Some(reading) if !all_fit => reading.number,
            _ => last,
        };
        let most = request::most_samples();
        let before = self.progress.now().saved.row;
        // Rows are cut by node and hour: holes lie anywhere among them.
        let there = i64::try_from(readings.len()).unwrap_or(i64::MAX);
        let damaged_there = i64::try_from(damaged).unwrap_or(i64::MAX);
        let expired = before.map_or(0, |row| {
            let missing = (last - row)
                .saturating_sub(there)
                .saturating_sub(damaged_there);
            u64::try_from(missing).unwrap_or(0)
        });
        let (dated, undated): (Vec<_>, Vec<_>) = readings
            .into_iter()
            .partition(|reading| !reading.accelerated);
        let undated = undated.iter().map(request::samples_of).sum::<u64>();
        self.send_all(&dated).await?;
        self.progress.change(|standing| {
            let saved = &mut standing.saved;
            saved.row = Some(last);
            saved.dropped.expired += expired * most;
            saved.dropped.accelerated += undated;
            if all_fit {
                saved.dropped.damaged += damaged * most;
            }
        });
        self.save().await;
        Ok(all_fit)
    }

    /// Whoever sends for the first time begins with that row: what is cut of it and the later ones is lost.
    async fn begin_before(&mut self, first: i64) {
        if self.progress.now().saved.row.is_none() {
            let row = Some(first.saturating_sub(1));
            self.progress.change(|standing| standing.saved.row = row);
            self.save().await;
        }
    }

    /// Sends the readings until the server has taken or refused each of them.
    async fn send_all(&mut self, readings: &[StoredReading]) -> Result<(), Stopped> {
        let mut parts = Parts::of(readings.len());
        while let Some(part) = parts.next() {
            let alone = part.len() == 1;
            let request = match request::request(&readings[part]) {
                Ok(request) => request,
                Err(problem) => {
                    // As good as refused: a smaller one may be possible.
                    self.refused(&mut parts, readings, &problem.to_string());
                    continue;
                }
            };
            let samples = request.samples;
            match self.deliver(&request, alone).await? {
                Outcome::Taken => {
                    parts.taken();
                    self.has_taken = true;
                    self.progress
                        .change(|standing| standing.saved.samples += samples);
                }
                Outcome::Refused(why) => self.refused(&mut parts, readings, &why),
            }
        }
        Ok(())
    }

    /// Halves the part that was refused; a single reading is dropped.
    fn refused(&mut self, parts: &mut Parts, readings: &[StoredReading], why: &str) {
        let alone = parts.refused().and_then(|place| readings.get(place));
        let Some(reading) = alone else {
            return;
        };
        let samples = request::samples_of(reading);
        self.progress
            .change(|standing| standing.saved.dropped.refused += samples);
        let reported = self.refusal_reported;
        if reported.is_none_or(|reported| reported.elapsed() >= REPORT_EVERY) {
            self.refusal_reported = Some(Instant::now());
            warn!(node = %reading.node, at = %reading.at, why, "the remote-write server refuses a reading, which is dropped; further ones within the hour are counted, not reported");
        }
    }

    /// Sends a request, `alone` with a single reading, as often as it takes.
    async fn deliver(&mut self, request: &Request, alone: bool) -> Result<Outcome, Stopped> {
        loop {
            let (why, after) = match self.post(request).await? {
                Answer::Taken => {
                    self.works();
                    return Ok(Outcome::Taken);
                }
                Answer::Refused(why) => match self.refuses_anything(alone).await? {
                    None => {
                        self.works();
                        return Ok(Outcome::Refused(why));
                    }
                    Some(later) => later,
                },
                Answer::Later { why, after } => (why, after),
            };
            self.fails(why);
            let random = rand::rng().random::<f64>();
            let delay = self.backoff.failed(after, random);
            self.wait(delay).await?;
            self.progress.change(|standing| standing.saved.retries += 1);
        }
    }

    /// Whether a refusal says nothing of the readings, because the server refuses an empty request, too: then why,
    /// and the wait that it asks for. Whoever has taken something is believed, but not where a reading would be
    /// dropped: a proxy that refuses everything since then would cost all that waits.
    async fn refuses_anything(
        &mut self,
        before_dropping: bool,
    ) -> Result<Option<(String, Option<Duration>)>, Stopped> {
        if self.has_taken && !before_dropping {
            return Ok(None);
        }
        let Ok(nothing) = request::empty() else {
            return Ok(None);
        };
        Ok(match self.post(&nothing).await? {
            Answer::Taken => {
                self.has_taken = true;
                None
            }
            Answer::Refused(why) => Some((format!("{why}, to an empty request, too"), None)),
            Answer::Later { why, after } => Some((why, after)),
        })
    }

    async fn post(&mut self, request: &Request) -> Result<Answer, Stopped> {
        if self.stop.is_cancelled() {
            return Err(Stopped);
        }
        let stop = self.stop.clone();
        let answer = self.server.post(request.body.clone());
        tokio::pin!(answer);
        tokio::select! {
            answer = &mut answer => return Ok(answer),
            () = stop.cancelled() => {}
        }
        match timeout(FAREWELL, answer).await {
            // What it has taken is settled; anything else would have to be waited for.
            Ok(Answer::Taken) => Ok(Answer::Taken),
            _ => Err(Stopped),
        }
    }

    async fn wait(&self, delay: Duration) -> Result<(), Stopped> {
        tokio::select! {
            () = sleep(delay) => Ok(()),
            () = self.stop.cancelled() => Err(Stopped),
        }
    }

    /// Keeps how far it is. What cannot be kept is sent again after a restart.
    async fn save(&mut self) {
        let saved = self.progress.now().saved;
        let kept = match serde_json::to_string(&saved) {
            Ok(body) => self.store.put(NAME, body).await,
            Err(error) => Err(error.into()),
        };
        if let (Ok(()), Some(row)) = (&kept, saved.row) {
            // Not before it is kept: it would be sent again after a restart.
            self.store.reader().set_sent_through(row);
        }
        self.report_store(kept.as_ref().err());
    }

    fn works(&mut self) {
        self.backoff.reset();
        self.progress.change(|standing| standing.up = Some(true));
        if let Some((since, _)) = self.trouble.take() {
            let seconds = since.elapsed().as_secs();
            info!(seconds, "the remote-write server takes readings again");
        }
    }

    fn fails(&mut self, why: String) {
        self.progress.change(|standing| standing.up = Some(false));
        let since = match &self.trouble {
            Some((since, reported)) if *reported == why => *since,
            Some((since, _)) => {
                warn!(why, "the remote-write server still takes no readings");
                *since
            }
            None => {
                warn!(
                    why,
                    "the remote-write server takes no readings; they wait in the store"
                );
                Instant::now()
            }
        };
        self.trouble = Some((since, why));
    }

    /// Tells of a store that fails once.
    fn report_store(&mut self, problem: Option<&StoreError>) {
        match problem {
            Some(problem) if !self.store_fails && !self.stop.is_cancelled() => {
                error!(%problem, "the store does not give readings for remote-write, or does not keep how far they are sent");
            }
            _ => {}
        }
        self.store_fails = problem.is_some();
    }
}
