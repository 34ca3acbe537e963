//! Takes messages into the fleet and carries out what follows: history, mails, requests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use releve_protocol::{NodeId, Topic};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::fleet::{Fleet, Message, News};
use crate::mail::{AlarmWatch, Mailer, Notice, Site};
use crate::moment::Moment;
use crate::mqtt::{Incoming, Outgoing};
use crate::recent::Recent;

/// How often missing records are looked for.
const TICK: Duration = Duration::from_millis(500);
/// Without a tick for so long the bridge hangs.
const HANGS_AFTER: Duration = Duration::from_secs(10);

/// What HTTP reads while messages come in.
#[derive(Debug)]
pub struct Memory {
    fleet: Mutex<Fleet>,
    recent: Mutex<Recent>,
    last_tick: Mutex<Instant>,
}

/// A lock that an earlier panic cannot close for ever.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// An empty memory; `run` as in [`Fleet::new`].
    pub fn new(run: String) -> Self {
        Self {
            fleet: Mutex::new(Fleet::new(run)),
            recent: Mutex::default(),
            last_tick: Mutex::new(Instant::now()),
        }
    }

    /// The fleet.
    pub fn fleet(&self) -> MutexGuard<'_, Fleet> {
        lock(&self.fleet)
    }

    /// The recent readings.
    pub fn recent(&self) -> MutexGuard<'_, Recent> {
        lock(&self.recent)
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
    pub memory: std::sync::Arc<Memory>,
    /// Where messages come from.
    pub inbox: mpsc::Receiver<Incoming>,
    /// Where requests for missing records go.
    pub outbox: mpsc::Sender<Outgoing>,
    /// Who is told of alarms, where mail is configured.
    pub mailer: Option<Mailer>,
    /// The web app's address for links.
    pub public_url: Option<String>,
    /// Which alarms are known.
    pub alarms: AlarmWatch,
}

impl Ingest {
    /// Runs until it is stopped.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                incoming = self.inbox.recv() => match incoming {
                    Some(Incoming::Message(publish)) => {
                        let topic = String::from_utf8_lossy(&publish.topic);
                        let message = Message {
                            topic: &topic,
                            payload: &publish.payload,
                            retained: publish.retain,
                        };
                        self.take_in(message, Moment::now());
                    }
                    Some(Incoming::Disconnected) => self.memory.fleet().disconnected(),
                    None => return,
                },
                _ = tick.tick() => {
                    let now = Moment::now();
                    *lock(&self.memory.last_tick) = now.instant;
                    self.ask_for_missing(now);
                }
                () = stop.cancelled() => return,
            }
        }
    }

    fn take_in(&mut self, message: Message<'_>, now: Moment) {
        let news = self.memory.fleet().fold(message, now);
        for news in news {
            self.carry_out(news);
        }
    }

    fn carry_out(&mut self, news: News) {
        match news {
            News::Reading {
                node,
                reading,
                late,
            } => self.memory.recent().record(&node, &reading, late),
            News::Event { node, record } => {
                let notice = self.alarms.event(&node, &record);
                self.tell(notice);
            }
            News::State { node, state } => {
                let notices = self.alarms.state(&node, &state);
                self.tell(notices);
            }
            News::Removed { node } => {
                self.memory.recent().forget(&node);
                self.alarms.forget(&node);
                info!(%node, "the node was removed from the broker");
            }
            News::Malformed { topic, problem } => {
                warn!(%topic, %problem, "a message cannot be read; further ones of its kind are counted, not reported");
            }
            News::TooManyNodes { bound } => {
                warn!(
                    bound,
                    "there are more nodes than one bridge watches; run another bridge"
                );
            }
        }
    }

    fn tell(&self, notices: impl IntoIterator<Item = Notice>) {
        let Some(mailer) = &self.mailer else {
            return;
        };
        for notice in notices {
            mailer.tell(&notice, &self.site(&notice.node));
        }
    }

    fn site(&self, node: &NodeId) -> Site {
        let page = self
            .public_url
            .as_ref()
            .map(|url| format!("{}/site/{node}", url.trim_end_matches('/')));
        let fleet = self.memory.fleet();
        let about = fleet.node(node).and_then(|node| node.about.as_ref());
        Site {
            name: about.map_or(node.as_str(), |about| &about.name).to_owned(),
            simulated: about.is_some_and(|about| about.simulated),
            page,
        }
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
