//! Sites of which nobody is told anything for some time: somebody works there.

use std::collections::BTreeMap;
use std::str::FromStr;

use releve_protocol::{NodeId, SilencedSite, Timestamp};
use serde::{Deserialize, Serialize};

/// The most silences at a time.
const MOST: usize = 1_000;

/// A site, and until when nothing is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Which site.
    pub node: NodeId,
    /// Until when, in real time.
    pub until: Timestamp,
}

/// The text names no silence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no silence: write the node and the moment in UTC, col-de-porte=2026-11-23T18:00:00Z"
)]
pub struct SilenceError(String);

impl FromStr for Silence {
    type Err = SilenceError;

    /// Reads `node=moment`, the moment with a zone.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SilenceError(text.to_owned());
        let (node, until) = text.split_once('=').ok_or_else(error)?;
        Ok(Self {
            node: node.trim().parse().map_err(|_| error())?,
            until: until.trim().parse().map_err(|_| error())?,
        })
    }
}

/// Every silence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Silences {
    until: BTreeMap<NodeId, Timestamp>,
}

/// There are too many silences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{MOST} sites are silenced already; end one of those first")]
pub struct TooManySilences;

impl FromIterator<Silence> for Silences {
    /// Of two of the same site the longer one holds.
    fn from_iter<T: IntoIterator<Item = Silence>>(silences: T) -> Self {
        let mut all = Self::default();
        for silence in silences {
            all.extend(silence.node, silence.until);
        }
        all
    }
}

impl Silences {
    fn extend(&mut self, node: NodeId, until: Timestamp) {
        let end = self.until.entry(node).or_insert(until);
        *end = until.max(*end);
    }

    /// What is silenced here and there; of two of the same site the longer one holds.
    pub fn join(&mut self, others: Self) {
        for (node, until) in others.until {
            self.extend(node, until);
        }
    }

    /// Nothing is told of that site until then, whatever was said before.
    ///
    /// # Errors
    /// If there are too many.
    pub fn set(&mut self, node: NodeId, until: Timestamp) -> Result<(), TooManySilences> {
        if self.until.len() >= MOST && !self.until.contains_key(&node) {
            return Err(TooManySilences);
        }
        self.until.insert(node, until);
        Ok(())
    }

    /// That site is no longer silenced.
    pub fn end(&mut self, node: &NodeId) {
        self.until.remove(node);
    }

    /// Forgets those that are over.
    pub fn prune(&mut self, now: Timestamp) {
        self.until.retain(|_, until| now < *until);
    }

    /// Every silenced site.
    #[must_use]
    pub fn sites(&self) -> Vec<SilencedSite> {
        let each = self.until.iter().map(|(node, until)| SilencedSite {
            node: node.clone(),
            until: *until,
        });
        each.collect()
    }

    /// Whether nothing is told of that site now. The bridge itself is never silenced.
    #[must_use]
    pub fn covers(&self, node: Option<&NodeId>, now: Timestamp) -> bool {
        let until = node.and_then(|node| self.until.get(node));
        until.is_some_and(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_names_a_site_and_a_moment() {
        let silence: Silence = "a=2026-11-23T18:00:00Z".parse().expect("a silence");
        assert_eq!(silence.node.as_str(), "a");
        assert_eq!(silence.until.to_string(), "2026-11-23T18:00:00.000Z");
        for wrong in [
            "",
            "a",
            "a=",
            "a=tomorrow",
            "=2026-11-23T18:00:00Z",
            "a b=2026-11-23T18:00:00Z",
        ] {
            assert!(wrong.parse::<Silence>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_ends_at_its_moment_and_covers_no_other_site() {
        let both = ["a=2026-11-23T18:00:00Z", "a=2026-11-23T17:00:00Z"];
        let silences: Silences = both
            .map(|text| text.parse().expect("a silence"))
            .into_iter()
            .collect();
        let (a, b) = ("a".parse().expect("a node"), "b".parse().expect("a node"));
        let at = |text: &str| text.parse().expect("a moment");
        assert!(silences.covers(Some(&a), at("2026-11-23T17:59:59Z")));
        assert!(!silences.covers(Some(&a), at("2026-11-23T18:00:00Z")));
        assert!(!silences.covers(Some(&b), at("2026-11-23T17:00:00Z")));
        assert!(!silences.covers(None, at("2026-11-23T17:00:00Z")));
    }

    #[test]
    fn a_new_one_takes_the_place_of_the_old_one_and_what_is_over_is_forgotten() {
        let [early, noon, late] = ["T06:00:00Z", "T12:00:00Z", "T18:00:00Z"]
            .map(|time| format!("2026-11-23{time}").parse().expect("a moment"));
        let a: NodeId = "a".parse().expect("a node");
        let mut silences = Silences::default();
        silences.set(a.clone(), late).expect("room");
        silences.set(a.clone(), noon).expect("room");
        assert!(silences.covers(Some(&a), early));
        assert!(!silences.covers(Some(&a), noon));
        silences.prune(noon);
        assert_eq!(silences, Silences::default());
        silences.set(a.clone(), late).expect("room");
        silences.end(&a);
        assert_eq!(silences.sites(), []);
    }

    #[test]
    fn silences_are_bounded() {
        let mut silences = Silences::default();
        let until = "2026-11-23T18:00:00Z".parse().expect("a moment");
        for number in 0..MOST {
            let node = format!("n{number}").parse().expect("a node");
            silences.set(node, until).expect("room");
        }
        let one_more = "one-more".parse().expect("a node");
        assert_eq!(silences.set(one_more, until), Err(TooManySilences));
        let known = "n0".parse().expect("a node");
        assert_eq!(silences.set(known, until), Ok(()));
    }
}
