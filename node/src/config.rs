//! What a node is started with.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use releve_control::{Mode, Schedule, decision};
use releve_protocol::{Language, NodeId, info};

use crate::journal::Capacity;
use crate::mqtt::access::Access;

/// What a node is started with.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeConfig {
    /// Its id in topics; no other node of the broker may have it.
    pub node: NodeId,
    /// The site's name for people.
    pub name: SiteName,
    /// The broker, and how to get in.
    pub broker: Access,
    /// What the controller must know of the site.
    pub control: decision::Config,
    /// The battery.
    pub battery: info::Battery,
    /// What measures and switches.
    pub hardware: info::Hardware,
    /// How many records the journal keeps.
    pub journal: Capacity,
    /// How many bytes it may take on a disk.
    pub journal_bytes: u64,
    /// How long after the machine's start a plausible wall clock that nobody speaks for is not believed.
    pub clock_patience: Duration,
    /// What a site that remembers nothing begins with.
    pub beginning: Beginning,
    /// Where it keeps what it remembers across a restart; `None`: nowhere.
    pub state_directory: Option<PathBuf>,
    /// The language of the names in Home Assistant.
    pub language: Language,
}

/// What a journal may take on a disk where nothing else is configured: 30 days of readings take a third of it.
pub const JOURNAL_BYTES: u64 = 256 << 20;

/// What a site that remembers nothing begins with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beginning {
    /// Its mode.
    pub mode: Mode,
    /// Its schedule.
    pub schedule: Option<Schedule>,
}

/// A site's name for people: 1 to 64 printable characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteName(String);

/// The longest name, in characters.
const NAME_MAX: usize = 64;

/// The text cannot name a site.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a site's name has 1 to {NAME_MAX} characters, none of them a control character")]
pub struct NameError;

impl SiteName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The node's id as its name, where it has no other.
    #[must_use]
    pub fn of(node: &NodeId) -> Self {
        Self(node.to_string())
    }
}

impl FromStr for SiteName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let length = text.chars().count();
        if (1..=NAME_MAX).contains(&length) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn site_names_are_for_people() {
        assert_eq!(
            "  Col de Porte "
                .parse::<SiteName>()
                .expect("a name")
                .as_str(),
            "Col de Porte"
        );
        for text in ["", "   ", "a\nb", &"x".repeat(65)] {
            assert!(text.parse::<SiteName>().is_err(), "{text:?}");
        }
    }
}
