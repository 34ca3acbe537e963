//! Which alarms began and ended: what a mail is sent for. Pure.
//!
//! Events tell at once and exactly. The state is the fallback where an event was missed: it names
//! every active alarm. Both arrive on topics that may overtake one another, so a state older than
//! what is already known decides nothing, and an end that only a state shows must be confirmed by
//! the next one.

use std::collections::BTreeMap;

use releve_protocol::control::{Alarm, AlarmName, Event, Severity};
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
}

impl AlarmWatch {
    /// Forgets a node that was removed.
    pub fn forget(&mut self, node: &NodeId) {
        self.known.retain(|(of, _), _| of != node);
    }

    /// Learns from an event; what to tell about it.
    pub fn event(&mut self, node: &NodeId, record: &EventRecord) -> Option<Notice> {
        match record.event {
            Event::AlarmRaised {
                alarm,
                severity,
                value,
                threshold,
            } => {
                let raised = Alarm {
                    alarm,
                    severity,
                    since: record.at,
                    acknowledged_at: None,
                    value,
                    threshold,
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
        let epoch = &state.journal.epoch;
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
            if of != node || known.is_newer_than(&state.journal.epoch, state.at) {
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
            raised_at,
            cleared_at: Some(at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    const ALARM: AlarmName = AlarmName::TemperatureLimit;

    /// An event at that second of the story.
    fn at(mut record: EventRecord, second: i64) -> EventRecord {
        record.at = samples::later(record.at, second * 1000);
        record
    }

    /// A state at that second of the story, with the alarm or without any.
    fn state(second: i64, raised: Option<i64>) -> State {
        let origin = samples::alarm_raised().at;
        let mut state = samples::state();
        state.at = samples::later(origin, second * 1000);
        state.alarms.retain(|active| active.alarm == ALARM);
        match raised {
            Some(second) => state.alarms[0].since = samples::later(origin, second * 1000),
            None => state.alarms.clear(),
        }
        state
    }

    /// What is told of each step: `+` for a begin, `-` for an end.
    fn told(notices: impl IntoIterator<Item = Notice>) -> String {
        let sign = |notice: Notice| {
            if notice.cleared_at.is_some() {
                '-'
            } else {
                '+'
            }
        };
        notices.into_iter().map(sign).collect()
    }

    #[test]
    fn begin_and_end_are_told_once_whether_events_or_states_come_first() {
        let node = samples::node();
        let mut watch = AlarmWatch::default();
        let raised = at(samples::alarm_raised(), 0);
        let cleared = at(samples::alarm_cleared(), 60);
        assert_eq!(told(watch.event(&node, &raised)), "+");
        assert_eq!(told(watch.state(&node, &state(1, Some(0)))), "");
        // A state from before the begin that was overtaken by the event.
        assert_eq!(told(watch.state(&node, &state(-1, None))), "");
        assert_eq!(told(watch.state(&node, &state(30, Some(0)))), "");
        assert_eq!(told(watch.event(&node, &cleared)), "-");
        // A state from before the end that was overtaken by the event.
        assert_eq!(told(watch.state(&node, &state(59, Some(0)))), "");
        assert_eq!(told(watch.state(&node, &state(61, None))), "");
    }

    #[test]
    fn the_notice_carries_the_figures() {
        let node = samples::node();
        let mut watch = AlarmWatch::default();
        let raised = watch.event(&node, &samples::alarm_raised()).expect("told");
        assert_eq!((raised.value, raised.threshold), (Some(45.125), Some(45.0)));
        assert_eq!(raised.severity, Severity::Critical);
        let end = at(samples::alarm_cleared(), 60);
        let cleared = watch.event(&node, &end).expect("told");
        assert_eq!(
            (cleared.value, cleared.threshold),
            (Some(41.875), Some(42.0))
        );
        assert_eq!(cleared.raised_at, raised.raised_at);
        assert_eq!(cleared.cleared_at, Some(end.at));
    }

    #[test]
    fn an_alarm_that_is_active_at_the_start_is_told_once() {
        let node = samples::node();
        let mut watch = AlarmWatch::default();
        assert_eq!(told(watch.state(&node, &state(500, Some(0)))), "+");
        assert_eq!(told(watch.state(&node, &state(500, Some(0)))), "");
        assert_eq!(told(watch.state(&node, &state(530, Some(0)))), "");
    }

    #[test]
    fn missed_events_are_made_up_for_by_states_and_not_told_again_from_the_backlog() {
        let node = samples::node();
        let mut watch = AlarmWatch::default();
        assert_eq!(told(watch.state(&node, &state(1, Some(0)))), "+");
        assert_eq!(told(watch.state(&node, &state(60, None))), "");
        assert_eq!(told(watch.state(&node, &state(60, None))), "");
        assert_eq!(told(watch.state(&node, &state(90, None))), "-");
        let raised = at(samples::alarm_raised(), 0);
        let cleared = at(samples::alarm_cleared(), 55);
        assert_eq!(told(watch.event(&node, &raised)), "");
        assert_eq!(told(watch.event(&node, &cleared)), "");
    }

    #[test]
    fn an_episode_that_was_missed_whole_is_told_from_the_backlog() {
        let node = samples::node();
        let mut watch = AlarmWatch::default();
        assert_eq!(told(watch.state(&node, &state(100, None))), "");
        assert_eq!(
            told(watch.event(&node, &at(samples::alarm_raised(), 0))),
            "+"
        );
        assert_eq!(
            told(watch.event(&node, &at(samples::alarm_cleared(), 55))),
            "-"
        );
    }

    #[test]
    fn a_state_that_names_the_alarm_again_withdraws_its_end() {
        let node = samples::node();
        let mut watch = AlarmWatch::default();
        assert_eq!(told(watch.state(&node, &state(1, Some(0)))), "+");
        assert_eq!(told(watch.state(&node, &state(30, None))), "");
        assert_eq!(told(watch.state(&node, &state(60, Some(0)))), "");
        assert_eq!(told(watch.state(&node, &state(90, None))), "");
        assert_eq!(told(watch.state(&node, &state(120, None))), "-");
    }

    #[test]
    fn a_clock_set_back_with_a_new_journal_hides_no_alarm() {
        let node = samples::node();
        let mut watch = AlarmWatch::default();
        watch.event(&node, &at(samples::alarm_raised(), 0));
        watch.event(&node, &at(samples::alarm_cleared(), 60));
        let mut earlier = at(samples::alarm_raised(), -90_000);
        assert_eq!(told(watch.event(&node, &earlier)), "");
        earlier.epoch = "b".parse().expect("an epoch");
        assert_eq!(told(watch.event(&node, &earlier)), "+");
    }

    #[test]
    fn alarms_and_nodes_are_told_apart() {
        let mut watch = AlarmWatch::default();
        let other: NodeId = "other".parse().expect("a node id");
        assert_eq!(told(watch.state(&samples::node(), &samples::state())), "++");
        assert_eq!(told(watch.state(&other, &samples::state())), "++");
        watch.forget(&other);
        assert_eq!(told(watch.state(&samples::node(), &samples::state())), "");
        assert_eq!(told(watch.state(&other, &samples::state())), "++");
    }
}
