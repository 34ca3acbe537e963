//! From what holds to what people are told: one episode, one mail at its begin and one at its end. Pure.
//!
//! An episode opens when its condition is met and is *ripe*, to be told of, once the condition held for its hold
//! time. It closes when the condition was over for the settle time; a rise before that continues it. Timers run
//! on real time and are saved, so that a restart neither repeats nor forgets anything.

use std::collections::BTreeMap;
use std::time::Duration;

use releve_protocol::control::{Cause, Severity};
use releve_protocol::{NodeId, Timestamp};
use serde::{Deserialize, Serialize};

use super::condition::{AlertName, Condition, Ended, Key, Standing};
use super::notice::{Kind, Notice};
use super::pace::{FLAPPING_RISES, FLAPPING_WITHIN, Pace, REMIND_EVERY};
use super::silences::Silences;

/// More rises of one alert are not remembered.
const RISES_KEPT: usize = 32;

/// What was told of an episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Told {
    /// When the last time.
    at: Timestamp,
    /// How often.
    times: u32,
    /// Whether it was told that it comes and goes.
    flapping: bool,
    /// Of which causes.
    causes: Vec<Cause>,
}

/// One alert from its begin to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Episode {
    began: Timestamp,
    condition: Condition,
    /// When the bridge saw it begin to hold without a break.
    holds_since: Timestamp,
    /// Whether it held for long enough to be told of.
    ripe: bool,
    /// Its end, and when the bridge saw it, until it holds again.
    over: Option<(Timestamp, Ended)>,
    told: Option<Told>,
}

/// The episodes that are open, and what is remembered of earlier ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct Episodes {
    open: BTreeMap<Key, Episode>,
    /// When each alert rose lately.
    rises: BTreeMap<Key, Vec<Timestamp>>,
}

/// JSON knows no keys but texts.
#[derive(Serialize, Deserialize)]
struct Saved {
    open: Vec<(Key, Episode)>,
    rises: Vec<(Key, Vec<Timestamp>)>,
}

impl From<Saved> for Episodes {
    fn from(saved: Saved) -> Self {
        Self {
            open: saved.open.into_iter().collect(),
            rises: saved.rises.into_iter().collect(),
        }
    }
}

impl From<Episodes> for Saved {
    fn from(episodes: Episodes) -> Self {
        Self {
            open: episodes.open.into_iter().collect(),
            rises: episodes.rises.into_iter().collect(),
        }
    }
}

impl Episodes {
    /// The alerts that people were told of, or would have been but for a silence, and that are not over.
    pub fn active(&self) -> impl Iterator<Item = (&Key, &Condition)> {
        let told_of = |episode: &Episode| episode.told.is_some() || episode.ripe;
        (self.open.iter())
            .filter(move |(_, episode)| told_of(episode) && episode.over.is_none())
            .map(|(key, episode)| (key, &episode.condition))
    }

    /// Forgets a node that was removed.
    pub fn forget(&mut self, node: &NodeId) {
        self.open.retain(|key, _| key.node.as_ref() != Some(node));
        self.rises.retain(|key, _| key.node.as_ref() != Some(node));
    }

    /// Learns how an alert stands; it must hold for `hold` before it is told of.
    pub fn observe(&mut self, key: &Key, standing: Standing, hold: Duration, now: Timestamp) {
        match standing {
            Standing::Holds(condition) => self.holds(key, condition, hold, now),
            Standing::Over(ended) => self.is_over(key, ended, now),
            Standing::Unknown => self.is_unknown(key, now),
        }
    }

    /// A person said that they know of it.
    pub fn acknowledge(&mut self, key: &Key) {
        if let Some(episode) = self.open.get_mut(key) {
            episode.condition.acknowledged = true;
        }
    }

    fn holds(&mut self, key: &Key, condition: Condition, hold: Duration, now: Timestamp) {
        let Some(episode) = self.open.get_mut(key) else {
            self.note_rise(key, now);
            let episode = Episode {
                began: now,
                condition,
                holds_since: now,
                ripe: hold.is_zero(),
                over: None,
                told: None,
            };
            self.open.insert(key.clone(), episode);
            return;
        };
        let was_over = episode.over.take().is_some();
        // Cleared and raised anew between two looks, as an alarm with another cause is.
        let is_another =
            matches!(key.alert, AlertName::Alarm(_)) && episode.condition.since != condition.since;
        if was_over {
            episode.holds_since = now;
        }
        // Of an alarm its node says whether it is acknowledged; of what the bridge watches only the episode knows.
        let is_known = matches!(key.alert, AlertName::Rule(_)) && episode.condition.acknowledged;
        let since_first = if episode.condition.cause == condition.cause {
            episode.condition.since.min(condition.since)
        } else {
            condition.since
        };
        episode.condition = Condition {
            since: since_first,
            acknowledged: condition.acknowledged || is_known,
            ..condition
        };
        episode.ripe = episode.ripe || now.since(episode.holds_since) >= hold;
        if was_over || is_another {
            self.note_rise(key, now);
        }
    }

    fn is_over(&mut self, key: &Key, ended: Ended, now: Timestamp) {
        let Some(episode) = self.open.get_mut(key) else {
            return;
        };
        if !episode.ripe {
            self.drop_unripe(key);
        } else if episode.over.is_none() {
            episode.over = Some((now, ended));
        }
    }

    /// Nothing can be said: a wait for the begin or for the end starts anew.
    fn is_unknown(&mut self, key: &Key, now: Timestamp) {
        let Some(episode) = self.open.get_mut(key) else {
            return;
        };
        if !episode.ripe {
            self.drop_unripe(key);
        } else if episode.over.take().is_some() {
            episode.holds_since = now;
        }
    }

    /// Nobody was told, and nobody will be: nor does it count as a rise.
    fn drop_unripe(&mut self, key: &Key) {
        self.open.remove(key);
        if let Some(rises) = self.rises.get_mut(key) {
            rises.pop();
        }
        self.rises.retain(|_, rises| !rises.is_empty());
    }

    fn note_rise(&mut self, key: &Key, now: Timestamp) {
        let rises = self.rises.entry(key.clone()).or_default();
        if rises.len() >= RISES_KEPT {
            rises.remove(0);
        }
        rises.push(now);
    }

    /// What is to be told now. Nothing of a site that is silenced; it is told afterwards, if it still matters.
    pub fn due(&mut self, pace: Pace, silences: &Silences, now: Timestamp) -> Vec<Notice> {
        for rises in self.rises.values_mut() {
            rises.retain(|rise| now.since(*rise) < FLAPPING_WITHIN);
        }
        self.rises.retain(|_, rises| !rises.is_empty());
        let Self { open, rises } = self;
        let mut notices = Vec::new();
        open.retain(|key, episode| {
            let rises = rises.get(key).map_or(0, Vec::len);
            let look = Look {
                now,
                rises: u32::try_from(rises).unwrap_or(u32::MAX),
                silent: silences.covers(key.node.as_ref(), now),
                settle: if rises >= FLAPPING_RISES {
                    pace.settle_flapping
                } else {
                    pace.settle
                },
            };
            let (notice, stays) = episode.due(key, look);
            notices.extend(notice);
            stays
        });
        notices
    }
}

/// What an episode is looked at with.
#[derive(Clone, Copy)]
struct Look {
    now: Timestamp,
    rises: u32,
    silent: bool,
    settle: Duration,
}

impl Look {
    fn flapping(self) -> bool {
        self.rises as usize >= FLAPPING_RISES
    }
}

impl Episode {
    /// What is to be told of it now, and whether it goes on.
    fn due(&mut self, key: &Key, look: Look) -> (Option<Notice>, bool) {
        if look.silent || !self.ripe {
            // What nobody was told of, and is over before the silence is, is no news afterwards.
            let is_worth_telling = self.told.is_some() || self.over.is_none();
            return (None, is_worth_telling);
        }
        let Some(told) = &self.told else {
            return (Some(self.tell(key, Kind::Begun, look)), true);
        };
        if let Some((seen, _)) = self.over {
            if look.now.since(seen) < look.settle {
                return (None, true);
            }
            return (Some(self.tell(key, Kind::Ended, look)), false);
        }
        let is_new_cause = |cause: Cause| !told.causes.contains(&cause);
        let kind = if self.condition.cause.is_some_and(is_new_cause) {
            Kind::Changed
        } else if look.flapping() && !told.flapping {
            Kind::Flapping
        } else if !self.condition.acknowledged && look.now.since(told.at) >= REMIND_EVERY {
            Kind::Reminder
        } else {
            return (None, true);
        };
        (Some(self.tell(key, kind, look)), true)
    }

    fn tell(&mut self, key: &Key, kind: Kind, look: Look) -> Notice {
        let told = self.told.get_or_insert(Told {
            at: look.now,
            times: 0,
            flapping: false,
            causes: Vec::new(),
        });
        told.at = look.now;
        told.times = told.times.saturating_add(1);
        told.flapping |= look.flapping();
        if let Some(cause) = self.condition.cause
            && !told.causes.contains(&cause)
        {
            told.causes.push(cause);
        }
        Notice {
            key: key.clone(),
            kind,
            episode: self.began,
            number: told.times,
            told_at: look.now,
            condition: self.condition,
            ended: self.over.map(|(_, ended)| ended),
            rises: look.rises,
            flapping: told.flapping,
        }
    }
}

/// Whether a recipient who wants mails from `least` on gets this one.
#[must_use]
pub fn concerns(notice: &Notice, least: Severity) -> bool {
    notice.condition.severity >= least
}

#[cfg(test)]
mod tests;
