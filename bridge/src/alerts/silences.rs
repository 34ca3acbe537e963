//! Sites of which nobody is told anything for some time: somebody works there.

use std::collections::BTreeMap;
use std::str::FromStr;

use releve_protocol::{NodeId, Timestamp};

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Silences {
    until: BTreeMap<NodeId, Timestamp>,
}

impl FromIterator<Silence> for Silences {
    /// Of two of the same site the longer one holds.
    fn from_iter<T: IntoIterator<Item = Silence>>(silences: T) -> Self {
        let mut until: BTreeMap<NodeId, Timestamp> = BTreeMap::new();
        for silence in silences {
            let end = until.entry(silence.node).or_insert(silence.until);
            *end = silence.until.max(*end);
        }
        Self { until }
    }
}

impl Silences {
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
}
