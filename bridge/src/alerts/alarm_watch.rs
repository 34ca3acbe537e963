//! Which alarms of nodes began and ended. Pure.
//!
//! Events tell at once and exactly. The state is the fallback where an event was missed: it names
//! every active alarm. Both arrive on topics that may overtake one another, so a state older than
//! what is already known decides nothing, and an end that only a state shows must be confirmed by
//! the next one.

use std::collections::BTreeMap;

use releve_protocol::control::{Alarm, AlarmName, Event};
use releve_protocol::{Epoch, EventRecord, NodeId, State, Timestamp};
use serde::{Deserialize, Serialize};

use super::condition::{Condition, Ended};

/// An alarm moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Move {
    /// It began.
    Raised(AlarmName, Condition),
    /// It ended.
    Cleared(AlarmName, Ended),
    /// A person said that they know of it.
    Acknowledged(AlarmName),
}

/// What is known of one alarm of one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Episode {
    /// It is active, and its begin was told.
    Active {
        raised_at: Timestamp,
        acknowledged: bool,
        /// The moment of the first state that no longer named it.
        missing_since: Option<Timestamp>,
    },
    /// It ended then, and its end was told.
    Ended { at: Timestamp },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Known {
    /// The journal of the last transition: stamps of another journal are not compared with it.
    epoch: Epoch,
    episode: Episode,
}

impl Known {
    /// Whether something that happened at `at` in `epoch` is older than the last transition.
    fn is_newer_than(&self, epoch: &Epoch, at: Timestamp) -> bool {
        let last = match self.episode {
            Episode::Active { raised_at, .. } => raised_at,
            Episode::Ended { at } => at,
        };
        self.epoch == *epoch && at <= last
    }

    const fn is_active(&self) -> bool {
        matches!(self.episode, Episode::Active { .. })
    }
}

/// The alarms of all nodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct AlarmWatch {
    known: BTreeMap<(NodeId, AlarmName), Known>,
    /// The journal that each node writes, as its last state says.
    written: BTreeMap<NodeId, Epoch>,
}

/// JSON knows no keys but texts.
#[derive(Serialize, Deserialize)]
struct Saved {
    known: Vec<((NodeId, AlarmName), Known)>,
    written: BTreeMap<NodeId, Epoch>,
}

impl From<Saved> for AlarmWatch {
    fn from(saved: Saved) -> Self {
        Self {
            known: saved.known.into_iter().collect(),
            written: saved.written,
        }
    }
}

impl From<AlarmWatch> for Saved {
    fn from(watch: AlarmWatch) -> Self {
        Self {
            known: watch.known.into_iter().collect(),
            written: watch.written,
        }
    }
}

impl AlarmWatch {
    /// Forgets a node that was removed.
    pub fn forget(&mut self, node: &NodeId) {
        self.known.retain(|(of, _), _| of != node);
        self.written.remove(node);
    }

    /// Learns from an event; what moved.
    ///
    /// An event of another journal than the one that is written may be long past; of a new journal the state
    /// follows at once and tells the same.
    pub fn event(&mut self, node: &NodeId, record: &EventRecord) -> Option<Move> {
        if (self.written.get(node)).is_some_and(|written| *written != record.epoch) {
            return None;
        }
        match record.event {
            Event::AlarmRaised {
                alarm,
                severity,
                value,
                threshold,
                cause,
            } => {
                let raised = Alarm {
                    alarm,
                    severity,
                    since: record.at,
                    acknowledged_at: None,
                    value,
                    threshold,
                    cause,
                    latched: false,
                };
                self.raise(node, &record.epoch, record.at, &raised)
            }
            Event::AlarmCleared {
                alarm,
                value,
                threshold,
                ..
            } => self.clear(node, alarm, &record.epoch, record.at, (value, threshold)),
            Event::AlarmAcknowledged { alarm } => {
                self.acknowledge(node, &record.epoch, record.at, alarm)
            }
            _ => None,
        }
    }

    /// Learns from a state; what moved.
    pub fn state(&mut self, node: &NodeId, state: &State) -> Vec<Move> {
        let epoch = &state.journal.current.epoch;
        self.written.insert(node.clone(), epoch.clone());
        let mut moves = Vec::new();
        for alarm in &state.alarms {
            moves.extend(self.raise(node, epoch, state.at, alarm));
            if alarm.acknowledged_at.is_some() {
                moves.extend(self.acknowledge(node, epoch, state.at, alarm.alarm));
            }
        }
        for alarm in self.unconfirmed(node, state) {
            moves.extend(self.clear(node, alarm, epoch, state.at, (None, None)));
        }
        moves
    }

    /// The active alarms that this state and an earlier one do not name.
    fn unconfirmed(&mut self, node: &NodeId, state: &State) -> Vec<AlarmName> {
        let mut ended = Vec::new();
        for ((of, alarm), known) in &mut self.known {
            if of != node || known.is_newer_than(&state.journal.current.epoch, state.at) {
                continue;
            }
            let Episode::Active { missing_since, .. } = &mut known.episode else {
                continue;
            };
            let is_named = state.alarms.iter().any(|active| active.alarm == *alarm);
            match *missing_since {
                _ if is_named => *missing_since = None,
                None => *missing_since = Some(state.at),
                Some(before) if before != state.at => ended.push(*alarm),
                Some(_) => {}
            }
        }
        ended
    }

    fn raise(
        &mut self,
        node: &NodeId,
        epoch: &Epoch,
        at: Timestamp,
        alarm: &Alarm<Timestamp>,
    ) -> Option<Move> {
        let key = (node.clone(), alarm.alarm);
        let is_old = self
            .known
            .get(&key)
            .is_some_and(|known| known.is_active() || known.is_newer_than(epoch, at));
        if is_old {
            return None;
        }
        let episode = Episode::Active {
            raised_at: alarm.since,
            acknowledged: alarm.acknowledged_at.is_some(),
            missing_since: None,
        };
        let epoch = epoch.clone();
        self.known.insert(key, Known { epoch, episode });
        let condition = Condition {
            severity: alarm.severity,
            since: alarm.since,
            value: alarm.value,
            threshold: alarm.threshold,
            cause: alarm.cause,
            acknowledged: alarm.acknowledged_at.is_some(),
        };
        Some(Move::Raised(alarm.alarm, condition))
    }

    fn acknowledge(
        &mut self,
        node: &NodeId,
        epoch: &Epoch,
        at: Timestamp,
        alarm: AlarmName,
    ) -> Option<Move> {
        let known = self.known.get_mut(&(node.clone(), alarm))?;
        if known.is_newer_than(epoch, at) {
            return None;
        }
        match &mut known.episode {
            Episode::Active { acknowledged, .. } if !*acknowledged => {
                *acknowledged = true;
                Some(Move::Acknowledged(alarm))
            }
            _ => None,
        }
    }

    fn clear(
        &mut self,
        node: &NodeId,
        alarm: AlarmName,
        epoch: &Epoch,
        at: Timestamp,
        (value, threshold): (Option<f64>, Option<f64>),
    ) -> Option<Move> {
        let known = self.known.get_mut(&(node.clone(), alarm))?;
        if known.is_newer_than(epoch, at) {
            return None;
        }
        if !known.is_active() {
            return None;
        }
        *known = Known {
            epoch: epoch.clone(),
            episode: Episode::Ended { at },
        };
        let ended = Ended {
            at,
            value,
            threshold,
        };
        Some(Move::Cleared(alarm, ended))
    }
}

#[cfg(test)]
mod tests;
