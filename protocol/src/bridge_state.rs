//! `releve-bridge/<id>/state`: what a bridge watches for and what it keeps to itself. Retained.

use releve_control::Severity;
use serde::{Deserialize, Serialize};

use crate::node_id::NodeId;
use crate::timestamp::Timestamp;

/// How the alerts of a bridge stand. The alarms of nodes are in their own states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeState {
    /// [`crate::VERSION`].
    pub v: u32,
    /// When it was so, in real time.
    pub at: Timestamp,
    /// Whether alerts are sent by e-mail.
    pub mail: Mail,
    /// What the bridge itself watches and holds now; the bridge's own first, then by node.
    pub alerts: Vec<HeldAlert>,
    /// How many more hold than are told here.
    pub more_alerts: u64,
    /// Sites of which nobody is told anything for some time, by node.
    pub silences: Vec<SilencedSite>,
}

/// Whether alerts are sent by e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mail {
    /// There is a mail server.
    Configured,
    /// There is none: the web app alone shows alarms.
    NotConfigured,
}

/// An alert of the bridge that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldAlert {
    /// Its name; `docs/alerts.md` has them.
    pub alert: String,
    /// Of which node; `null`: of the bridge itself.
    pub node: Option<NodeId>,
    /// How much it matters.
    pub severity: Severity,
    /// Since when, in real time.
    pub since: Timestamp,
    /// Whether somebody said that they know.
    pub acknowledged: bool,
}

/// A site of which nobody is told anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilencedSite {
    /// Which.
    pub node: NodeId,
    /// Until when, in real time.
    pub until: Timestamp,
}
