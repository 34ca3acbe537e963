//! Topics as types, both ways.

use core::fmt;

use crate::node_id::NodeId;

/// The topic of the last will and the birth message of Home Assistant.
pub const HOME_ASSISTANT_STATUS: &str = "homeassistant/status";

/// Filter of everything that nodes publish on topics of the given kind, for example `state`.
#[must_use]
pub fn every_node(kind: &str) -> String {
    format!("releve/+/{kind}")
}

/// Filter of all commands to one node.
#[must_use]
pub fn commands_of(node: &NodeId) -> String {
    format!("releve/{node}/set/#")
}

/// Filter of all commands to one bridge.
#[must_use]
pub fn commands_of_bridge(bridge: &NodeId) -> String {
    format!("releve-bridge/{bridge}/set/#")
}

/// A topic of the contract.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// `releve/<node>/availability`, retained, last will.
    Availability(NodeId),
    /// `releve/<node>/info`, retained.
    Info(NodeId),
    /// `releve/<node>/state`, retained.
    State(NodeId),
    /// `releve/<node>/reading`.
    Reading(NodeId),
    /// `releve/<node>/event`.
    Event(NodeId),
    /// `releve/<node>/backlog`.
    Backlog(NodeId),
    /// `releve/<node>/set/<thing>`.
    Set(NodeId, String),
    /// `releve/<node>/result`.
    Result(NodeId),
    /// `homeassistant/device/releve_<node>/config`, retained.
    HomeAssistantConfig(NodeId),
    /// `releve-bridge/<id>/availability`, retained, last will.
    BridgeAvailability(NodeId),
    /// `releve-bridge/<id>/state`, retained.
    BridgeState(NodeId),
    /// `releve-bridge/<id>/set/<thing>`.
    BridgeSet(NodeId, String),
    /// `releve-bridge/<id>/result`.
    BridgeResult(NodeId),
}

impl Topic {
    /// The topic that the text spells, if it is one of the contract.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (base, rest) = text.split_once('/')?;
        match base {
            "releve" => Self::parse_node(rest),
            "releve-bridge" => Self::parse_bridge(rest),
            "homeassistant" => {
                let id = rest
                    .strip_prefix("device/releve_")?
                    .strip_suffix("/config")?;
                Some(Self::HomeAssistantConfig(id.parse().ok()?))
            }
            _ => None,
        }
    }

    fn parse_node(text: &str) -> Option<Self> {
        let (node, kind) = text.split_once('/')?;
        let node: NodeId = node.parse().ok()?;
        Some(match kind {
            "availability" => Self::Availability(node),
            "info" => Self::Info(node),
            "state" => Self::State(node),
            "reading" => Self::Reading(node),
            "event" => Self::Event(node),
            "backlog" => Self::Backlog(node),
            "result" => Self::Result(node),
            _ => Self::Set(node, thing_of(kind)?),
        })
    }

    fn parse_bridge(text: &str) -> Option<Self> {
        let (id, kind) = text.split_once('/')?;
        let id: NodeId = id.parse().ok()?;
        Some(match kind {
            "availability" => Self::BridgeAvailability(id),
            "state" => Self::BridgeState(id),
            "result" => Self::BridgeResult(id),
            _ => Self::BridgeSet(id, thing_of(kind)?),
        })
    }

    /// Whether the contract publishes this topic with the retain flag.
    #[must_use]
    pub const fn is_retained(&self) -> bool {
        matches!(
            self,
            Self::Availability(_)
                | Self::Info(_)
                | Self::State(_)
                | Self::HomeAssistantConfig(_)
                | Self::BridgeAvailability(_)
                | Self::BridgeState(_)
        )
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Availability(node) => write!(f, "releve/{node}/availability"),
            Self::Info(node) => write!(f, "releve/{node}/info"),
            Self::State(node) => write!(f, "releve/{node}/state"),
            Self::Reading(node) => write!(f, "releve/{node}/reading"),
            Self::Event(node) => write!(f, "releve/{node}/event"),
            Self::Backlog(node) => write!(f, "releve/{node}/backlog"),
            Self::Set(node, thing) => write!(f, "releve/{node}/set/{thing}"),
            Self::Result(node) => write!(f, "releve/{node}/result"),
            Self::HomeAssistantConfig(node) => {
                write!(f, "homeassistant/device/releve_{node}/config")
            }
            Self::BridgeAvailability(id) => write!(f, "releve-bridge/{id}/availability"),
            Self::BridgeState(id) => write!(f, "releve-bridge/{id}/state"),
            Self::BridgeSet(id, thing) => write!(f, "releve-bridge/{id}/set/{thing}"),
            Self::BridgeResult(id) => write!(f, "releve-bridge/{id}/result"),
        }
    }
}

/// What `set/<thing>` names.
fn thing_of(kind: &str) -> Option<String> {
    let thing = kind.strip_prefix("set/")?;
    (!thing.is_empty()).then(|| thing.to_owned())
}

/// Whether an MQTT 5 response topic may be answered on: it must lie under `releve/<node>/reply/`.
#[must_use]
pub fn is_reply_of(node: &NodeId, response_topic: &str) -> bool {
    response_topic
        .strip_prefix("releve/")
        .and_then(|rest| rest.strip_prefix(node.as_str()))
        .and_then(|rest| rest.strip_prefix("/reply/"))
        .is_some_and(|rest| !rest.is_empty() && !rest.contains(['+', '#', '\0']))
}
