//! The one table of permissions: what each role may publish and read.
//!
//! The embedded broker asks it for every message, and Mosquitto's access list is written from it, so that the
//! two cannot differ. Patterns are topic filters; `{id}` stands for the node or bridge that the user is.

use std::fmt;

use releve_protocol::NodeId;

use self::Direction::{Both, Publish, Read};

/// What a user is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Sees every site.
    Viewer,
    /// Sees every site and commands it.
    Operator,
    /// Is one site.
    Node(NodeId),
    /// Is a bridge: watches every site, and asks for what it missed.
    Bridge(NodeId),
    /// Is Home Assistant.
    HomeAssistant,
}

/// Which way a message may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the broker to the user.
    Read,
    /// From the user to the broker.
    Publish,
    /// Either way.
    Both,
}

type Rule = (Direction, &'static str);

const VIEWER: &[Rule] = &[
    (Read, "releve/+/availability"),
    (Read, "releve/+/info"),
    (Read, "releve/+/state"),
    (Read, "releve/+/reading"),
    (Read, "releve/+/event"),
    (Read, "releve/+/result"),
    (Read, "releve-bridge/+/availability"),
    (Read, "releve-bridge/+/state"),
    (Read, "releve-bridge/+/result"),
];

const OPERATOR: &[Rule] = &[
    (Read, "releve/+/availability"),
    (Read, "releve/+/info"),
    (Read, "releve/+/state"),
    (Read, "releve/+/reading"),
    (Read, "releve/+/event"),
    (Read, "releve/+/result"),
    (Read, "releve/+/reply/#"),
    (Read, "releve-bridge/+/availability"),
    (Read, "releve-bridge/+/state"),
    (Read, "releve-bridge/+/result"),
    (Publish, "releve/+/set/#"),
    (Publish, "releve-bridge/+/set/#"),
];

const NODE: &[Rule] = &[
    (Both, "releve/{id}/#"),
    (Both, "homeassistant/device/releve_{id}/config"),
    (Read, "homeassistant/status"),
];

const BRIDGE: &[Rule] = &[
    (Read, "releve/+/availability"),
    (Read, "releve/+/info"),
    (Read, "releve/+/state"),
    (Read, "releve/+/reading"),
    (Read, "releve/+/event"),
    (Read, "releve/+/backlog"),
    (Read, "releve/+/result"),
    (Read, "releve-bridge/+/availability"),
    (Read, "releve-bridge/{id}/set/#"),
    (Publish, "releve-bridge/{id}/availability"),
    (Publish, "releve-bridge/{id}/state"),
    (Publish, "releve-bridge/{id}/result"),
    (Publish, "releve/+/set/resend"),
];

const HOME_ASSISTANT: &[Rule] = &[
    (Read, "releve/+/availability"),
    (Read, "releve/+/info"),
    (Read, "releve/+/state"),
    (Read, "releve/+/reading"),
    (Read, "releve/+/event"),
    (Read, "releve/+/result"),
    (Read, "releve-bridge/+/availability"),
    (Read, "releve-bridge/+/state"),
    (Read, "releve-bridge/+/result"),
    (Read, "homeassistant/#"),
    (Publish, "releve/+/set/#"),
    (Publish, "releve-bridge/+/set/#"),
    (Publish, "homeassistant/status"),
    // It clears the discovery of a device that a person deletes.
    (Publish, "homeassistant/device/+/config"),
];

/// The names of the roles, as users files and the command line spell them.
pub(crate) const ROLE_NAMES: [&str; 5] = ["viewer", "operator", "node", "bridge", "home_assistant"];

impl Role {
    /// The role of that name; `id` says which node or bridge.
    pub(crate) fn from_name(name: &str, id: Option<NodeId>) -> Result<Self, String> {
        let role = match (name, id) {
            ("viewer", None) => Self::Viewer,
            ("operator", None) => Self::Operator,
            ("home_assistant", None) => Self::HomeAssistant,
            ("node", Some(id)) => Self::Node(id),
            ("bridge", Some(id)) => Self::Bridge(id),
            ("node" | "bridge", None) => {
                return Err(format!("a {name} needs its id: which {name} is it?"));
            }
            ("viewer" | "operator" | "home_assistant", Some(_)) => {
                return Err(format!("a user with the role {name} has no id"));
            }
            _ => {
                let names = ROLE_NAMES.join(", ");
                return Err(format!("there is no role {name:?}; there are: {names}"));
            }
        };
        Ok(role)
    }

    /// Its name.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Node(_) => "node",
            Self::Bridge(_) => "bridge",
            Self::HomeAssistant => "home_assistant",
        }
    }

    /// Which node or bridge it is.
    pub(crate) const fn id(&self) -> Option<&NodeId> {
        match self {
            Self::Node(id) | Self::Bridge(id) => Some(id),
            Self::Viewer | Self::Operator | Self::HomeAssistant => None,
        }
    }

    /// Its rows of the table, with its id in them.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (Direction, String)> {
        let rules = match self {
            Self::Viewer => VIEWER,
            Self::Operator => OPERATOR,
            Self::Node(_) => NODE,
            Self::Bridge(_) => BRIDGE,
            Self::HomeAssistant => HOME_ASSISTANT,
        };
        let id = self.id().map_or("", NodeId::as_str);
        rules
            .iter()
            .map(move |(direction, pattern)| (*direction, pattern.replace("{id}", id)))
    }
}

impl Direction {
    /// Whether a user may read there.
    pub(crate) const fn reads(self) -> bool {
        matches!(self, Read | Both)
    }

    /// Whether a user may publish there.
    pub(crate) const fn publishes(self) -> bool {
        matches!(self, Publish | Both)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id() {
            Some(id) => write!(f, "{} {id}", self.name()),
            None => f.write_str(self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics;

    fn id(text: &str) -> NodeId {
        text.parse().unwrap()
    }

    #[test]
    fn every_pattern_is_a_filter_of_the_contracts_topics() {
        for role in [
            Role::Viewer,
            Role::Operator,
            Role::Node(id("cabin")),
            Role::Bridge(id("main")),
            Role::HomeAssistant,
        ] {
            for (_, pattern) in role.rules() {
                assert_eq!(topics::check_filter(&pattern), Ok(()), "{role}: {pattern}");
                let base = pattern.split('/').next().unwrap();
                assert!(
                    ["releve", "releve-bridge", "homeassistant"].contains(&base),
                    "{role}: {pattern}"
                );
            }
            assert_eq!(
                Role::from_name(role.name(), role.id().cloned()).as_ref(),
                Ok(&role)
            );
            assert!(ROLE_NAMES.contains(&role.name()));
        }
    }

    /// `docs/broker.md` shows the table to people.
    #[test]
    fn the_documentation_shows_this_table() {
        let id = id("ID");
        let roles = [
            Role::Viewer,
            Role::Operator,
            Role::Node(id.clone()),
            Role::Bridge(id),
            Role::HomeAssistant,
        ];
        let mut patterns: Vec<String> = Vec::new();
        for (_, pattern) in roles.iter().flat_map(Role::rules) {
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
        let cell = |role: &Role, pattern: &String| {
            let rule = role.rules().find(|(_, other)| other == pattern);
            match rule.map(|(direction, _)| direction) {
                None => "",
                Some(Read) => "reads",
                Some(Publish) => "publishes",
                Some(Both) => "both",
            }
        };
        let rows: String = patterns
            .iter()
            .map(|pattern| {
                let cells = roles.each_ref().map(|role| cell(role, pattern));
                let shown = pattern.replace("ID", "<id>");
                format!("| `{shown}` | {} |\n", cells.join(" | "))
            })
            .collect();
        let page = include_str!("../../../docs/broker.md");
        assert!(page.contains(&rows), "docs/broker.md must show:\n{rows}");
    }

    #[test]
    fn a_role_that_cannot_be_is_explained() {
        for (name, id, told) in [
            ("node", None, "needs its id"),
            ("viewer", Some(id("cabin")), "has no id"),
            ("admin", None, "there are: viewer, operator"),
        ] {
            let why = Role::from_name(name, id).unwrap_err();
            assert!(why.contains(told), "{why}");
        }
    }
}
