//! What can be wrong, and what is known of it.

use releve_protocol::control::{AlarmName, Cause, Severity};
use releve_protocol::{NodeId, Timestamp};
use serde::{Deserialize, Serialize};

/// What the bridge itself watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleName {
    /// The broker says that the node is away, or says nothing of it.
    NodeSilent,
    /// The node is there, and its readings do not come.
    ReadingStale,
    /// The node's clock differs from the bridge's, or is not set.
    ClockWrong,
    /// Missing readings do not become fewer.
    BacklogGrowing,
    /// Readings are lost for good.
    ReadingsLost,
    /// Mails cannot be sent.
    MailFailing,
    /// Readings cannot be stored.
    StoreFailing,
    /// The store's disk is nearly full.
    DiskFilling,
    /// The bridge itself is not connected to the broker.
    BrokerLost,
    /// Readings do not reach Prometheus.
    RemoteWriteBehind,
}

impl RuleName {
    /// Every rule.
    pub fn all() -> impl Iterator<Item = Self> {
        super::rules::RULES.iter().map(|rule| rule.name)
    }

    /// The rule of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|rule| rule.name() == name)
    }

    /// Its name in metrics and in what is saved.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NodeSilent => "node_silent",
            Self::ReadingStale => "reading_stale",
            Self::ClockWrong => "clock_wrong",
            Self::BacklogGrowing => "backlog_growing",
            Self::ReadingsLost => "readings_lost",
            Self::MailFailing => "mail_failing",
            Self::StoreFailing => "store_failing",
            Self::DiskFilling => "disk_filling",
            Self::BrokerLost => "broker_lost",
            Self::RemoteWriteBehind => "remote_write_behind",
        }
    }
}

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AlertName {
    /// An alarm of a node.
    Alarm(AlarmName),
    /// What the bridge itself watches.
    Rule(RuleName),
}

impl AlertName {
    /// Its name in metrics and in what is saved: no alarm has that of a rule.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alarm(alarm) => alarm.name(),
            Self::Rule(rule) => rule.name(),
        }
    }
}

/// Which alert: what, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// At which site; `None`: at the bridge itself.
    pub node: Option<NodeId>,
    /// What.
    pub alert: AlertName,
}

/// Something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// How much it matters.
    pub severity: Severity,
    /// Since when, in site time for alarms, else in real time.
    pub since: Timestamp,
    /// The value that speaks for it, in the unit of its alarm or rule, where there is one.
    pub value: Option<f64>,
    /// The threshold that the value passed, where there is one.
    pub threshold: Option<f64>,
    /// What exactly is wrong, where a node tells.
    pub cause: Option<Cause>,
    /// Whether a person said that they know.
    pub acknowledged: bool,
}

/// It is over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// Since when, in site time for alarms, else in real time.
    pub at: Timestamp,
    /// The value then, where known.
    pub value: Option<f64>,
    /// The threshold that ended it, where known.
    pub threshold: Option<f64>,
}

/// What is known of an alert at the moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing {
    /// It holds.
    Holds(Condition),
    /// It does not.
    Over(Ended),
    /// Nobody can tell.
    Unknown,
}
