//! Who a client is, and what it may do.

use super::permissions::Role;
use crate::topics;

/// Who a client is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Anybody: the broker has no users, and everything is allowed.
    Anybody,
    /// A user.
    User(Known),
}

/// A user, with what its role lets it do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    name: String,
    role: Role,
    publish: Vec<String>,
    read: Vec<String>,
}

/// How much of what falls under a topic filter may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everything.
    All,
    /// Some: each message must be looked at.
    Part,
    /// Nothing, whatever is published.
    Nothing,
}

impl Identity {
    /// The user of that name and role.
    pub fn of(name: &str, role: &Role) -> Self {
        let patterns = |wanted: fn(super::permissions::Direction) -> bool| {
            role.rules()
                .filter(|(direction, _)| wanted(*direction))
                .map(|(_, pattern)| pattern)
                .collect()
        };
        Self::User(Known {
            name: name.to_owned(),
            role: role.clone(),
            publish: patterns(|direction| direction.publishes()),
            read: patterns(|direction| direction.reads()),
        })
    }

    /// The user's name; empty for anybody.
    pub fn user(&self) -> &str {
        self.known_user().unwrap_or_default()
    }

    /// The user's name; `None` for anybody.
    pub fn known_user(&self) -> Option<&str> {
        match self {
            Self::Anybody => None,
            Self::User(known) => Some(&known.name),
        }
    }

    /// Under what a session of that client id is kept. Users do not share client ids, so that nobody can take
    /// over, or end, a session of somebody else. No user's name contains the character in between.
    pub fn session_key(&self, client_id: &str) -> String {
        match self {
            Self::Anybody => client_id.to_owned(),
            Self::User(known) => format!("{}\0{client_id}", known.name),
        }
    }

    /// Whether it may publish on this topic.
    pub fn may_publish(&self, topic: &str) -> bool {
        match self {
            Self::Anybody => true,
            Self::User(known) => matches_any(topic, &known.publish),
        }
    }

    /// Whether it may see what is published on this topic.
    pub fn may_read(&self, topic: &str) -> bool {
        match self {
            Self::Anybody => true,
            Self::User(known) => matches_any(topic, &known.read),
        }
    }

    /// How much of what falls under `filter` it may see.
    pub fn reach(&self, filter: &str) -> Reach {
        let Self::User(known) = self else {
            return Reach::All;
        };
        let any =
            |holds: fn(&str, &str) -> bool| known.read.iter().any(|pattern| holds(pattern, filter));
        if any(topics::covers) {
            Reach::All
        } else if any(topics::overlap) {
            Reach::Part
        } else {
            Reach::Nothing
        }
    }
}

fn matches_any(topic: &str, patterns: &[String]) -> bool {
    patterns
        .iter()
        .any(|pattern| topics::matches(topic, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str) -> Identity {
        Identity::of("user", &Role::Node(id.parse().unwrap()))
    }

    #[test]
    fn a_node_lives_in_its_own_subtree() {
        let node = node("cabin");
        assert!(node.may_publish("releve/cabin/state"));
        assert!(node.may_read("releve/cabin/set/mode"));
        assert!(node.may_publish("homeassistant/device/releve_cabin/config"));
        assert!(node.may_read("homeassistant/status"));
        for topic in [
            "releve/cabin2/state",
            "releve/other/state",
            "homeassistant/device/releve_other/config",
            "homeassistant/status",
            "elsewhere",
        ] {
            assert!(!node.may_publish(topic), "{topic}");
        }
        assert!(!node.may_read("releve/other/set/mode"));
    }

    #[test]
    fn a_filter_reaches_all_some_or_nothing() {
        let viewer = Identity::of("v", &Role::Viewer);
        assert_eq!(viewer.reach("releve/+/state"), Reach::All);
        assert_eq!(viewer.reach("releve/cabin/state"), Reach::All);
        assert_eq!(viewer.reach("releve/#"), Reach::Part);
        assert_eq!(viewer.reach("#"), Reach::Part);
        assert_eq!(viewer.reach("releve/+/set/#"), Reach::Nothing);
        assert_eq!(viewer.reach("homeassistant/#"), Reach::Nothing);
        assert_eq!(node("cabin").reach("releve/cabin/set/#"), Reach::All);
        assert_eq!(node("cabin").reach("releve/+/set/#"), Reach::Part);
        assert_eq!(node("cabin").reach("releve/other/set/#"), Reach::Nothing);
        assert_eq!(Identity::Anybody.reach("#"), Reach::All);
    }

    #[test]
    fn users_do_not_share_client_ids() {
        let (one, other) = (
            Identity::of("one", &Role::Viewer),
            Identity::of("other", &Role::Viewer),
        );
        assert_ne!(one.session_key("client"), other.session_key("client"));
        assert_eq!(Identity::Anybody.session_key("client"), "client");
    }
}
