//! Which alarms began and ended: what a mail is sent for. Pure.
//!
//! Events tell at once and exactly. The state is the fallback where an event was missed: it names
//! every active alarm. Both arrive on topics that may overtake one another, so a state older than
//! what is already known decides nothing, and an end that only a state shows must be confirmed by
//! the next one.

use std::collections::BTreeMap;

use releve_protocol::control::{Alarm, AlarmName, Cause, Event, Severity};
use releve_protocol::{Epoch, EventRecord, NodeId, State, Timestamp};

/// An alarm began or ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// At which site.
    pub node: NodeId,
    /// Which alarm.
    pub alarm: AlarmName,
    /// How much it matters.
    pub severity: Severity,
    /// The value that raised or ended it, in the alarm's unit, where known.
    pub value: Option<f64>,
    /// The threshold that the value passed, where known.
    pub threshold: Option<f64>,
    /// What exactly is wrong, where known; `None` when it ends.
    pub cause: Option<Cause>,
    /// When it was raised, in site time.
    pub raised_at: Timestamp,
    /// When it ended, in site time; `None` when it begins.
    pub cleared_at: Option<Timestamp>,
}

/// What is known of one alarm of one node.
#[derive(Debug, Clone)]
enum Episode {
    /// It is active, and its begin was told.
    Active {
        severity: Severity,
        raised_at: Timestamp,
        /// The moment of the first state that no longer named it.
        missing_since: Option<Timestamp>,
    },
    /// It ended then, and its end was told.
    Ended { at: Timestamp },
}

#[derive(Debug, Clone)]
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
#[derive(Debug, Default)]
pub struct AlarmWatch {
    known: BTreeMap<(NodeId, AlarmName), Known>,
    /// The journal that each node writes, as its last state says.
    written: BTreeMap<NodeId, Epoch>,
}

impl AlarmWatch {
    /// Forgets a node that was removed.
    pub fn forget(&mut self, node: &NodeId) {
        self.known.retain(|(of, _), _| of != node);
        self.written.remove(node);
    }

    /// Learns from an event; what to tell about it.
    ///
    /// An event of another journal than the one that is written may be long past; of a new journal the state
    /// follows at once and tells the same.
    pub fn event(&mut self, node: &NodeId, record: &EventRecord) -> Option<Notice> {
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
            _ => None,
        }
    }

    /// Learns from a state; what to tell about it.
    pub fn state(&mut self, node: &NodeId, state: &State) -> Vec<Notice> {
        let epoch = &state.journal.current.epoch;
        self.written.insert(node.clone(), epoch.clone());
        let mut notices = Vec::new();
        for alarm in &state.alarms {
            notices.extend(self.raise(node, epoch, state.at, alarm));
        }
        for alarm in self.unconfirmed(node, state) {
            notices.extend(self.clear(node, alarm, epoch, state.at, (None, None)));
        }
        notices
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
    ) -> Option<Notice> {
        let key = (node.clone(), alarm.alarm);
        let is_old = self
            .known
            .get(&key)
            .is_some_and(|known| known.is_active() || known.is_newer_than(epoch, at));
        if is_old {
            return None;
        }
        let episode = Episode::Active {
            severity: alarm.severity,
            raised_at: alarm.since,
            missing_since: None,
        };
        let epoch = epoch.clone();
        self.known.insert(key, Known { epoch, episode });
        Some(Notice {
            node: node.clone(),
            alarm: alarm.alarm,
            severity: alarm.severity,
            value: alarm.value,
            threshold: alarm.threshold,
            cause: alarm.cause,
            raised_at: alarm.since,
            cleared_at: None,
        })
    }

    fn clear(
        &mut self,
        node: &NodeId,
        alarm: AlarmName,
        epoch: &Epoch,
        at: Timestamp,
        (value, threshold): (Option<f64>, Option<f64>),
    ) -> Option<Notice> {
        let known = self.known.get_mut(&(node.clone(), alarm))?;
        if known.is_newer_than(epoch, at) {
            return None;
        }
        let Episode::Active {
            severity,
            raised_at,
            ..
        } = known.episode
        else {
            return None;
        };
        *known = Known {
            epoch: epoch.clone(),
            episode: Episode::Ended { at },
        };
        Some(Notice {
            node: node.clone(),
            alarm,
            severity,
            value,
            threshold,
            cause: None,
            raised_at,
            cleared_at: Some(at),
        })
    }
}

#[cfg(test)]
mod tests;
