//! The shell of the alerts: shows them how everything stands, and queues mails for what is to be told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use releve_protocol::{NodeId, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::alerts::{NodeView, Notice, RemoteWriteView, View};
use crate::fleet::{News, Node};
use crate::ingest::Memory;
use crate::mail::{Post, Site};
use crate::moment::Moment;
use crate::mqtt::Link;
use crate::remote_write::Progress;
use crate::store::{Reader, readings};

/// How often the bridge's own rules judge.
const JUDGE_EVERY: Duration = Duration::from_secs(2);
/// How often the store is asked for its room, and for what waits: all who show it take it from here, so that a disk
/// that does not answer holds one thread, not one for each of them.
const USAGE_EVERY: Duration = Duration::from_secs(2);

/// Watches.
pub struct Watch {
    /// The bridge's name.
    pub id: NodeId,
    /// How the connection to the broker stands.
    pub link: Link,
    /// Where mails go, where mail is configured.
    pub post: Option<Arc<Post>>,
    /// The web app's address for links.
    pub public_url: Option<String>,
    /// What it remembers of the last look.
    pub last: LastLook,
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub struct LastLook {
    judged: Option<Instant>,
    // By the clock that is never set.
    connected_since: Option<Instant>,
    disconnected_since: Option<Instant>,
    saved: Option<String>,
}

impl LastLook {
    /// Remembers since when the bridge is connected, or not.
    fn connection(&mut self, is_there: bool, now: Instant) {
        if is_there {
            self.connected_since.get_or_insert(now);
            self.disconnected_since = None;
        } else {
            self.disconnected_since.get_or_insert(now);
            self.connected_since = None;
        }
    }
}

/// Tells the alerts what is new; whether it concerns them.
pub fn hear(memory: &Memory, news: &News, now: Moment) -> bool {
    let mut alerts = memory.alerts();
    match news {
        News::Event {
            node,
            record,
            from_before: false,
        } => alerts.event(node, record, now.wall),
        News::State { node, state } => alerts.state(node, state, now.wall),
        News::Removed { node } => {
            alerts.forget(node);
            true
        }
        _ => false,
    }
}

/// What the fleet knows of a node, before its trends are known.
struct Seen {
    id: NodeId,
    view: NodeView,
    lost: u64,
}

impl Watch {
    /// Judges if it is time, and queues what is to be told; whether that was anything.
    pub fn look(&mut self, memory: &Memory, now: Moment) -> bool {
        let is_time = |last: Instant| now.instant.saturating_duration_since(last) >= JUDGE_EVERY;
        if self.last.judged.is_none_or(is_time) {
            self.last.judged = Some(now.instant);
            self.judge(memory, now);
        }
        let notices = memory.alerts().due(now.wall);
        for notice in &notices {
            self.tell(memory, notice, now);
        }
        !notices.is_empty()
    }

    /// What must be known of alerts after a restart, unless the store has it already.
    pub fn unsaved(&mut self, memory: &Memory) -> Option<String> {
        let alerts = memory.alerts().saved();
        let is_news = self.last.saved.as_ref() != Some(&alerts);
        is_news.then(|| {
            self.last.saved = Some(alerts.clone());
            alerts
        })
    }

    /// What was to be saved is not.
    pub fn not_saved(&mut self) {
        self.last.saved = None;
    }

    fn judge(&mut self, memory: &Memory, now: Moment) {
        let is_connected = self.link.check(now.instant).is_ok();
        self.last.connection(is_connected, now.instant);
        let seen: Vec<Seen> = {
            let fleet = memory.fleet();
            let nodes = fleet.nodes();
            nodes.map(|(id, node)| seen(id, node, now)).collect()
        };
        let storing = memory.storing().failing_since();
        let free_bytes = memory.usage().map(|usage| usage.free_bytes);
        let mut alerts = memory.alerts();
        let grace = alerts.pace().grace;
        let trends = alerts.trends();
        let nodes = seen.into_iter().map(|mut seen| {
            let (id, missing) = (&seen.id, seen.view.missing);
            let trend = trends.look(id, seen.view.online, missing, seen.lost, now.wall);
            seen.view.stuck_since = trend.stuck_since;
            seen.view.lost = trend.lost;
            seen.view
        });
        let nodes = nodes.collect();
        let view = View {
            now: now.wall,
            connected_since: self.last.connected_since.map(|since| wall(since, now)),
            disconnected_since: (self.last.disconnected_since).map(|since| wall(since, now)),
            nodes_known: self.knows_nodes(grace, now),
            store_failing_since: storing.map(|since| wall(since, now)),
            free_bytes,
            mail: self.post.as_ref().map(|post| post.view()),
            remote_write: memory.sending(),
            nodes,
        };
        alerts.judge(&view);
    }

    /// Whether the broker had time to send what it keeps.
    fn knows_nodes(&self, grace: Duration, now: Moment) -> bool {
        let long_enough = |since: Instant| now.instant.saturating_duration_since(since) >= grace;
        self.last.connected_since.is_some_and(long_enough)
    }

    fn tell(&self, memory: &Memory, notice: &Notice, now: Moment) {
        let node = notice.key.node.as_ref().map_or("", |node| node.as_str());
        let (alert, kind) = (notice.key.alert.name(), notice.kind);
        info!(node, alert, ?kind, "an alert is told");
        if let Some(post) = &self.post {
            post.tell(
                notice,
                &self.site(memory, notice.key.node.as_ref()),
                now.wall,
            );
        }
    }

    fn site(&self, memory: &Memory, node: Option<&NodeId>) -> Site {
        let url = self
            .public_url
            .as_ref()
            .map(|url| url.trim_end_matches('/'));
        let Some(node) = node else {
            return Site {
                name: format!("releve-bridge {}", self.id),
                simulated: false,
                page: url.map(ToOwned::to_owned),
            };
        };
        let fleet = memory.fleet();
        let about = fleet.node(node).and_then(|node| node.about.as_ref());
        Site {
            name: about.map_or(node.as_str(), |about| &about.name).to_owned(),
            simulated: about.is_some_and(|about| about.simulated),
            page: url.map(|url| format!("{url}/site/{node}")),
        }
    }
}

fn seen(id: &NodeId, node: &Node, now: Moment) -> Seen {
    let view = NodeView {
        id: id.clone(),
        online: node.is_online(),
        last_reading_at: node.last_reading_at(),
        // Its age by the clock that is never set.
        received: (node.last_reading.as_ref()).map(|last| wall(last.received.instant, now)),
        windows: node.silent_after_last(),
        delay_s: node.reading_delay_seconds(),
        clock_known: node.clock_known,
        missing: node.missing_readings(),
        stuck_since: None,
        lost: None,
    };
    let (id, lost) = (id.clone(), node.lost_readings());
    Seen { id, view, lost }
}

/// The moment on the wall clock.
fn wall(since: Instant, now: Moment) -> Timestamp {
    (now.wall).before(now.instant.saturating_duration_since(since))
}

/// Asks the store now and then how much room is left and what waits for Prometheus, until it is stopped.
pub async fn usage(
    memory: Arc<Memory>,
    history: Arc<Reader>,
    sent: Option<Arc<Progress>>,
    stop: CancellationToken,
) {
    let mut every = tokio::time::interval(USAGE_EVERY);
    let mut waiting = Waiting::default();
    let look = async {
        loop {
            every.tick().await;
            memory.set_usage(history.usage().await);
            let Some(sent) = &sent else {
                continue;
            };
            let row = sent.now().saved.row.unwrap_or(0);
            let pending = history.ask(move |connection| readings::pending(connection, row));
            if let Ok((pending, oldest)) = pending.await {
                let view = waiting.look(row, pending, Moment::now().wall);
                memory.set_sending(RemoteWriteView { oldest, ..view });
            }
        }
    };
    tokio::select! {
        () = look => {}
        () = stop.cancelled() => {}
    }
}

/// Tells readings that wait from a server that takes one after the other, however old they are.
#[derive(Debug, Default)]
struct Waiting {
    /// The last row that was taken, and since when none was taken behind it.
    stuck: Option<(i64, Timestamp)>,
}

impl Waiting {
    fn look(&mut self, row: i64, pending: u64, now: Timestamp) -> RemoteWriteView {
        let before = self.stuck.filter(|(at, _)| *at == row && pending > 0);
        self.stuck = (pending > 0).then(|| before.unwrap_or((row, now)));
        RemoteWriteView {
            waiting: pending,
            oldest: None,
            stuck_since: self.stuck.map(|(_, since)| since),
        }
    }
}

#[cfg(test)]
mod tests;
