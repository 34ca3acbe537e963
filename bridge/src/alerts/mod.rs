//! Which alerts hold, and what people are told of them: alarms of nodes, and what the bridge itself watches.
//! Pure: time is an argument, and what is to be sent comes out. `docs/alerts.md` has every rule.

mod alarm_watch;
mod condition;
mod episodes;
mod notice;
mod pace;
pub mod rules;
mod silences;
mod trends;
mod view;

use std::time::Duration;

use releve_protocol::{EventRecord, NodeId, State, Timestamp};
use serde::{Deserialize, Serialize};

use alarm_watch::{AlarmWatch, Move};
pub use condition::{AlertName, Condition, Ended, Key, RuleName, Standing};
use episodes::Episodes;
pub use episodes::concerns;
pub use notice::{Kind, Notice};
pub use pace::Pace;
pub use silences::{Silence, SilenceError, Silences, TooManySilences};
pub use trends::{Trend, Trends};
pub use view::{MailView, NodeView, RemoteWriteView, View};

/// What must be known of alerts after a restart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Known {
    alarms: AlarmWatch,
    episodes: Episodes,
    trends: Trends,
    silences: Silences,
}

/// The alerts.
#[derive(Debug, Clone, Default)]
pub struct Alerts {
    known: Known,
    pace: Pace,
}

impl Alerts {
    /// None yet.
    #[must_use]
    pub fn new(pace: Pace, silences: Silences) -> Self {
        let known = Known {
            silences,
            ..Known::default()
        };
        Self { known, pace }
    }

    /// Takes up where an earlier run ended.
    ///
    /// # Errors
    /// If it cannot be read; then nothing is known.
    pub fn recover(&mut self, saved: &str) -> Result<(), serde_json::Error> {
        let mut known: Known = serde_json::from_str(saved)?;
        known
            .silences
            .join(std::mem::take(&mut self.known.silences));
        self.known = known;
        Ok(())
    }

    /// What must be known after a restart, as JSON.
    #[must_use]
    pub fn saved(&self) -> String {
        // Numbers, names and moments: there is nothing that JSON does not know.
        serde_json::to_string(&self.known).unwrap_or_default()
    }

    /// How long it waits.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        self.pace
    }

    /// Looks at how a node's missing and lost readings go.
    pub fn trends(&mut self) -> &mut Trends {
        &mut self.known.trends
    }

    /// Learns from an event; whether an alarm moved.
    pub fn event(&mut self, node: &NodeId, record: &EventRecord, now: Timestamp) -> bool {
        let moved = self.known.alarms.event(node, record);
        self.take(node, moved, now)
    }

    /// Learns from a state; whether an alarm moved.
    pub fn state(&mut self, node: &NodeId, state: &State, now: Timestamp) -> bool {
        let moves = self.known.alarms.state(node, state);
        self.take(node, moves, now)
    }

    fn take(
        &mut self,
        node: &NodeId,
        moves: impl IntoIterator<Item = Move>,
        now: Timestamp,
    ) -> bool {
        let mut any = false;
        let key = |alarm| Key {
            node: Some(node.clone()),
            alert: AlertName::Alarm(alarm),
        };
        let episodes = &mut self.known.episodes;
        for moved in moves {
            any = true;
            match moved {
                Move::Raised(alarm, condition) => {
                    let standing = Standing::Holds(condition);
                    episodes.observe(&key(alarm), standing, Duration::ZERO, now);
                }
                Move::Cleared(alarm, ended) => {
                    let standing = Standing::Over(ended);
                    episodes.observe(&key(alarm), standing, Duration::ZERO, now);
                }
                Move::Acknowledged(alarm) => episodes.acknowledge(&key(alarm)),
            }
        }
        any
    }

    /// Forgets a node that was removed; nobody is told.
    pub fn forget(&mut self, node: &NodeId) {
        self.known.alarms.forget(node);
        self.known.episodes.forget(node);
        self.known.trends.forget(node);
        self.known.silences.end(node);
    }

    /// Tells nothing of that site for so long; zero ends a silence.
    ///
    /// # Errors
    /// If too many sites are silenced.
    pub fn silence(
        &mut self,
        node: NodeId,
        length: Duration,
        now: Timestamp,
    ) -> Result<(), TooManySilences> {
        self.known.silences.prune(now);
        if length.is_zero() {
            self.known.silences.end(&node);
            return Ok(());
        }
        self.known.silences.set(node, now.after(length))
    }

    /// A person knows of what a rule has found; whether it holds.
    pub fn acknowledge(&mut self, rule: RuleName, node: Option<NodeId>) -> bool {
        let alert = AlertName::Rule(rule);
        let key = Key { node, alert };
        let holds = self.active().any(|(active, _)| *active == key);
        if holds {
            self.known.episodes.acknowledge(&key);
        }
        holds
    }

    /// Lets every rule of the bridge judge.
    pub fn judge(&mut self, view: &View) {
        let episodes = &mut self.known.episodes;
        rules::judge(view, |key, standing, hold| {
            episodes.observe(key, standing, hold, view.now);
        });
    }

    /// What is to be told now.
    pub fn due(&mut self, now: Timestamp) -> Vec<Notice> {
        let Known {
            episodes, silences, ..
        } = &mut self.known;
        silences.prune(now);
        episodes.due(self.pace, silences, now)
    }

    /// The alerts that hold, once they held for long enough, and what is known of them.
    pub fn active(&self) -> impl Iterator<Item = (&Key, &Condition)> {
        self.known.episodes.active()
    }

    /// Sites of which nothing is told for some time.
    #[must_use]
    pub const fn silences(&self) -> &Silences {
        &self.known.silences
    }
}
