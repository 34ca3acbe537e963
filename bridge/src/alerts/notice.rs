//! What people are told, once for each recipient.

use releve_protocol::Timestamp;
use serde::{Deserialize, Serialize};

use super::condition::{Condition, Ended, Key};

/// Why people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It began.
    Begun,
    /// It has another cause than people were told of.
    Changed,
    /// It comes and goes; from now on it is told of less often.
    Flapping,
    /// It is still there, and nobody acknowledged it.
    Reminder,
    /// It is over.
    Ended,
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// What of, and where.
    pub key: Key,
    /// Why.
    pub kind: Kind,
    /// When the bridge met the episode, in real time: with the key it names the episode.
    pub episode: Timestamp,
    /// Its number among what was told of the episode, from 1.
    pub number: u32,
    /// When it was to be told, in real time.
    pub told_at: Timestamp,
    /// What is wrong; of an episode that is over, what was.
    pub condition: Condition,
    /// Its end, where it is over.
    pub ended: Option<Ended>,
    /// How often it rose within the last hours, this time included.
    pub rises: u32,
    /// Whether it counts as one that comes and goes.
    pub flapping: bool,
}

impl Notice {
    /// A name that no other notice has, and that this one has after a restart too: letters, digits, `_`, `-`
    /// and `.`.
    #[must_use]
    pub fn name(&self) -> String {
        self.name_of(self.number)
    }

    /// The name of the first notice of the same episode.
    #[must_use]
    pub fn name_of_first(&self) -> String {
        self.name_of(1)
    }

    fn name_of(&self, number: u32) -> String {
        let node = (self.key.node.as_ref()).map_or("bridge.", |node| node.as_str());
        let alert = self.key.alert.name();
        let episode = self.episode.as_unix_millis();
        format!("{node}.{alert}.{episode}.{number}")
    }
}
