//! Takes messages into the fleet and carries out what follows: rows in the store, alerts, requests.
//!
//! Messages are folded as they come; what they bring is written in batches, one at a time, and only then
//! acknowledged to the broker. Live values and alarms never wait for the disk.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use releve_protocol::Topic;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::alerts::{Alerts, RemoteWriteView};
use crate::batch::{self, Batch, Health, Unwritten};
use crate::commands::Desk;
use crate::fleet::{Fleet, Message, News, Past};
use crate::moment::Moment;
use crate::mqtt::{Incoming, Outgoing};
use crate::store::{Record, Recovered, Remembered, Store, StoreError, UNREADABLE_BYTES, Usage};
use crate::watch::{self, Watch};

/// How often missing records are looked for.
const TICK: Duration = Duration::from_millis(500);
/// Without a tick for so long the bridge hangs.
const HANGS_AFTER: Duration = Duration::from_secs(10);
/// How often what must be known after a restart is saved.
const REMEMBER_EVERY: Duration = Duration::from_secs(10);
/// Messages folded in one go.
const FOLDED_TOGETHER: usize = 256;
/// Messages that may wait to be written; further ones wait in the inbox, and then at the broker.
const WAITING: usize = 4_096;
/// The name under which the count of failed writes is remembered.
const STORE_ERRORS: &str = "store_errors";
/// The name under which alerts are remembered.
const ALERTS: &str = "alerts";
/// At the end, the longest wait for the disk.
const FAREWELL: Duration = Duration::from_secs(3);

/// What HTTP reads while messages come in.
#[derive(Debug)]
pub struct Memory {
    fleet: Mutex<Fleet>,
    storing: Mutex<Health>,
    alerts: Mutex<Alerts>,
    usage: Mutex<Option<Usage>>,
    sending: Mutex<Option<RemoteWriteView>>,
    last_tick: Mutex<Instant>,
}

/// A lock that an earlier panic cannot close for ever.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// A memory as an earlier run left it; `run` is the name of this one, `alerts` know nothing yet.
    pub fn recover(mut recovered: Recovered, run: String, past: Past, mut alerts: Alerts) -> Self {
        let mut fleet = Fleet::new(run, past);
        if let Err(problem) = fleet.recover(&mut recovered) {
            warn!(%problem, "counts of earlier runs cannot be read; they begin anew");
        }
        if let Some(saved) = recovered.things.get(ALERTS)
            && let Err(problem) = alerts.recover(saved)
        {
            warn!(%problem, "what was told of alerts cannot be read; what is wrong now is told again");
        }
        let errors = recovered.things.get(STORE_ERRORS);
        let errors = errors.and_then(|errors| errors.parse().ok());
        Self {
            fleet: Mutex::new(fleet),
            storing: Mutex::new(Health::after(errors.unwrap_or(0))),
            alerts: Mutex::new(alerts),
            usage: Mutex::new(None),
            sending: Mutex::new(None),
            last_tick: Mutex::new(Instant::now()),
        }
    }

    /// The fleet.
    pub fn fleet(&self) -> MutexGuard<'_, Fleet> {
        lock(&self.fleet)
    }

    /// The alerts. Not to be asked for while the fleet is held, nor the other way round.
    pub fn alerts(&self) -> MutexGuard<'_, Alerts> {
        lock(&self.alerts)
    }

    /// How much room the store has, as far as the disk told lately.
    pub fn usage(&self) -> Option<Usage> {
        *lock(&self.usage)
    }

    /// The disk has told how much room the store has.
    pub fn set_usage(&self, usage: Option<Usage>) {
        *lock(&self.usage) = usage;
    }

    /// What waited for Prometheus at the last look, where readings are sent there.
    pub fn sending(&self) -> Option<RemoteWriteView> {
        *lock(&self.sending)
    }

    /// Notes what waits for Prometheus.
    pub fn set_sending(&self, sending: RemoteWriteView) {
        *lock(&self.sending) = Some(sending);
    }

    /// How writing goes.
    pub fn storing(&self) -> MutexGuard<'_, Health> {
        lock(&self.storing)
    }

    /// Whether messages are being taken in.
    ///
    /// # Errors
    /// Says for how long they are not.
    pub fn check(&self, now: Instant) -> Result<(), String> {
        let still = now.saturating_duration_since(*lock(&self.last_tick));
        if still <= HANGS_AFTER {
            return Ok(());
        }
        let seconds = still.as_secs();
        Err(format!(
            "no message was taken in for {seconds} s: restart the bridge"
        ))
    }
}

/// Takes messages in.
pub struct Ingest {
    /// What it writes.
    pub memory: Arc<Memory>,
    /// Where records go.
    pub store: Store,
    /// Where messages come from.
    pub inbox: mpsc::Receiver<Incoming>,
    /// Where requests for missing records go.
    pub outbox: mpsc::Sender<Outgoing>,
    /// What people are told.
    pub watch: Watch,
    /// What people ask of the bridge.
    pub desk: Desk,
    /// What the store did not take, and nobody can be asked for.
    pub unwritten: Unwritten,
}

/// A write under way.
struct Writing {
    batch: Batch,
    /// Whether what must be known after a restart is among it.
    remembers: bool,
    records: Arc<Vec<Record>>,
    began: Instant,
    done: Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>,
}

/// The outcome of the write under way; never where there is none.
async fn outcome(writing: &mut Option<Writing>) -> Result<(), StoreError> {
    match writing {
        Some(writing) => writing.done.as_mut().await,
        None => std::future::pending().await,
    }
}

impl Ingest {
    /// Runs until it is stopped.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut incoming = Vec::with_capacity(FOLDED_TOGETHER);
        let mut next = Batch::default();
        let mut writing: Option<Writing> = None;
        let mut remembered_at = Instant::now();
        // Whether something about alerts, mails or what was just met must be saved at once.
        let mut urgent = false;
        loop {
            let may_fold = next.messages() < WAITING;
            tokio::select! {
                count = self.inbox.recv_many(&mut incoming, FOLDED_TOGETHER), if may_fold => {
                    if count == 0 {
                        break;
                    }
                    urgent |= self.take_in(incoming.drain(..), &mut next);
                }
                outcome = outcome(&mut writing) => {
                    if let Some(writing) = writing.take() {
                        self.settle(writing, outcome);
                    }
                }
                _ = tick.tick() => urgent |= self.tick(Moment::now()),
                () = stop.cancelled() => break,
            }
            if let Some(slow) = &writing {
                if slow.began.elapsed() >= batch::STALLED_AFTER {
                    self.leave_out(&mut next);
                }
                continue;
            }
            let remember = urgent || remembered_at.elapsed() >= REMEMBER_EVERY;
            if remember {
                urgent = false;
                remembered_at = Instant::now();
            }
            writing = self.begin(std::mem::take(&mut next), remember);
        }
        self.finish(writing, next).await;
    }

    /// Folds messages; what they bring waits in `next`. Whether that must be remembered with the next write.
    fn take_in(&mut self, incoming: impl Iterator<Item = Incoming>, next: &mut Batch) -> bool {
        let now = Moment::now();
        let mut concerns_alerts = false;
        for incoming in incoming {
            let (publish, by) = match incoming {
                Incoming::Message(publish, by) => (publish, by),
                Incoming::Disconnected => {
                    self.memory.fleet().disconnected();
                    self.desk.disconnected();
                    continue;
                }
            };
            let topic = String::from_utf8_lossy(&publish.topic);
            let message = Message {
                topic: &topic,
                payload: &publish.payload,
                retained: publish.retain,
            };
            if let Some(thing) = self.desk.thing(&topic) {
                concerns_alerts |= self.desk.take(&self.memory, &thing, message, now);
                next.acknowledge_later(publish, by);
                continue;
            }
            let news = self.memory.fleet().fold(message, now);
            for news in news {
                concerns_alerts |= watch::hear(&self.memory, &news, now);
                let record = self.carry_out(news, &publish.payload, now);
                next.records.extend(record);
            }
            next.acknowledge_later(publish, by);
        }
        if concerns_alerts {
            self.watch.look(&self.memory, now);
        }
        // While nothing can be written, the next try comes by itself.
        concerns_alerts || (self.memory.storing().is_well() && self.memory.fleet().must_be_saved())
    }

    /// Does what cannot wait, and gives what is to be written.
    fn carry_out(&self, news: News, payload: &[u8], now: Moment) -> Option<Record> {
        match news {
            News::Reading { node, reading, .. } => {
                let fleet = self.memory.fleet();
                let accelerated = fleet.node(&node).is_some_and(|node| node.is_accelerated());
                Some(Record::Reading {
                    node,
                    reading,
                    accelerated,
                })
            }
            News::Event { node, record, .. } => Some(Record::Event { node, record }),
            News::State { .. } => None,
            News::Removed { node } => {
                info!(%node, "the node was removed from the broker");
                None
            }
            News::Malformed { topic, problem } => {
                warn!(%topic, %problem, "a message cannot be read and is set aside; further ones of its kind are counted, not reported");
                Some(Record::Unreadable {
                    received: now.wall,
                    topic,
                    problem,
                    payload: payload[..payload.len().min(UNREADABLE_BYTES)].to_vec(),
                })
            }
            News::TooManyNodes { bound } => {
                warn!(
                    bound,
                    "there are more nodes than one bridge watches; run another bridge"
                );
                None
            }
        }
    }

    /// Begins to write; nothing where there is nothing.
    fn begin(&mut self, mut batch: Batch, remember: bool) -> Option<Writing> {
        if batch.records.is_empty() && !remember {
            batch.acknowledge();
            return None;
        }
        let remembered = remember.then(|| self.remembered());
        if remember {
            // Not with each batch: while the store fails they would be tried without end.
            batch.records.splice(..0, self.unwritten.take());
        }
        let records = Arc::new(std::mem::take(&mut batch.records));
        let (store, given) = (self.store.clone(), Arc::clone(&records));
        Some(Writing {
            batch,
            remembers: remember,
            records,
            began: Instant::now(),
            done: Box::pin(async move { store.write(given, remembered).await }),
        })
    }

    /// What must be known after a restart, as of everything that was folded so far.
    fn remembered(&mut self) -> Remembered {
        let mut remembered = self.memory.fleet().take_unsaved();
        let errors = self.memory.storing().errors().to_string();
        remembered.things.push((STORE_ERRORS, errors));
        let alerts = self.watch.unsaved(&self.memory);
        (remembered.things).extend(alerts.map(|alerts| (ALERTS, alerts)));
        if let Some(post) = &self.watch.post {
            let (mails, counts) = post.take_changes();
            remembered.mails = mails;
            remembered.things.push(counts);
        }
        remembered
    }

    /// A write has ended: its messages are acknowledged. What it did not write counts as missing.
    fn settle(&mut self, mut writing: Writing, outcome: Result<(), StoreError>) {
        let now = Instant::now();
        if let Some(post) = self.watch.post.as_ref().filter(|_| writing.remembers) {
            post.settled(outcome.is_ok());
        }
        match outcome {
            Ok(()) => {
                if let Some(down) = self.memory.storing().worked(now) {
                    let seconds = down.as_secs();
                    info!(
                        seconds,
                        "the store works again; what it did not take is asked for"
                    );
                }
            }
            Err(problem) => {
                if self.memory.storing().failed(now) {
                    error!(%problem, "readings and events cannot be stored; the nodes are asked for them once it works again");
                }
                self.release(&writing.records);
                self.memory.fleet().not_saved();
                self.watch.not_saved();
            }
        }
        writing.batch.acknowledge();
    }

    /// The disk is stuck: what waits behind it is left out, so that live values go on.
    fn leave_out(&mut self, next: &mut Batch) {
        let is_news = self.memory.storing().stalled(Instant::now());
        if is_news {
            let seconds = batch::STALLED_AFTER.as_secs();
            error!(
                seconds,
                "the store has not answered for so long; readings go on without it, and the nodes are asked for them later"
            );
        }
        self.release(&std::mem::take(&mut next.records));
        next.acknowledge();
        if let Some(post) = &self.watch.post {
            post.release();
        }
    }

    /// Was not written: is asked for again or, where nobody can be asked, kept.
    fn release(&mut self, records: &[Record]) {
        self.unwritten.keep(records);
        let mut fleet = self.memory.fleet();
        for written in batch::numbered(records) {
            fleet.not_stored(&written);
        }
    }

    /// Writes what is left, and what must be known after the restart.
    async fn finish(mut self, writing: Option<Writing>, next: Batch) {
        let last = async {
            if let Some(mut writing) = writing {
                let outcome = writing.done.as_mut().await;
                self.settle(writing, outcome);
            }
            if let Some(mut writing) = self.begin(next, true) {
                let outcome = writing.done.as_mut().await;
                self.settle(writing, outcome);
            }
        };
        if timeout(FAREWELL, last).await.is_err() {
            warn!(
                "the store did not take the last records in time; the nodes are asked for them at the next start"
            );
        }
    }

    /// What is done now and then; whether something must be saved at once.
    fn tick(&mut self, now: Moment) -> bool {
        *lock(&self.memory.last_tick) = now.instant;
        let is_well = self.memory.storing().is_well();
        // What cannot be stored is not asked for.
        if is_well {
            self.ask_for_missing(now);
        }
        let told = self.watch.look(&self.memory, now);
        self.desk.announce(&self.memory, now);
        // While nothing can be written, the next try comes by itself.
        let sent = self
            .watch
            .post
            .as_ref()
            .is_some_and(|post| is_well && post.has_changes());
        told || sent
    }

    fn ask_for_missing(&self, now: Moment) {
        let most = self.outbox.capacity();
        let due = self.memory.fleet().due_requests(now, most);
        for (node, id, resend) in due {
            let payload = json!({
                "epoch": resend.epoch,
                "stream": resend.stream,
                "from": resend.from,
                "to": resend.to,
                "id": id,
            });
            let outgoing = Outgoing {
                topic: Topic::Set(node, "resend".to_owned()),
                payload: payload.to_string(),
            };
            // A request that is lost on the way is repeated after its deadline.
            if self.outbox.try_send(outgoing).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
