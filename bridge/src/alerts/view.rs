//! What the rules look at: everything that the bridge knows of itself and of its nodes, at one moment.

use std::time::Duration;

use releve_protocol::{NodeId, Timestamp};

/// Everything that the rules look at. Moments are real time.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The moment.
    pub now: Timestamp,
    /// Since when the bridge is connected to the broker; `None` while it is not.
    pub connected_since: Option<Timestamp>,
    /// Since when it is not, while it is not.
    pub disconnected_since: Option<Timestamp>,
    /// Whether the broker had time to send what it keeps of the nodes.
    pub nodes_known: bool,
    /// Since when nothing can be stored, while that is so.
    pub store_failing_since: Option<Timestamp>,
    /// Free bytes on the store's disk, where the disk tells.
    pub free_bytes: Option<u64>,
    /// How mails fare, where mail is configured.
    pub mail: Option<MailView>,
    /// How far Prometheus has the readings, where they are sent there.
    pub remote_write: Option<RemoteWriteView>,
    /// The nodes.
    pub nodes: Vec<NodeView>,
}

/// How mails fare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailView {
    /// Since when the mail server takes none, while that is so.
    pub failing_since: Option<Timestamp>,
    /// When the last mail was given up.
    pub given_up_at: Option<Timestamp>,
    /// Mails that wait.
    pub waiting: u64,
}

/// How far Prometheus has the readings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RemoteWriteView {
    /// Readings that wait.
    pub waiting: u64,
    /// The moment of the reading that waits longest.
    pub oldest: Option<Timestamp>,
    /// Since when the server has taken none of them.
    pub stuck_since: Option<Timestamp>,
}

/// What is known of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeView {
    /// Which one.
    pub id: NodeId,
    /// Whether the broker says that it is connected.
    pub online: bool,
    /// When its newest reading was taken, in real time, by whatever run of the bridge.
    pub last_reading_at: Option<Timestamp>,
    /// When this run received its newest live reading.
    pub received: Option<Timestamp>,
    /// For how long a reading stands for the present.
    pub windows: Duration,
    /// Seconds from the end of the newest reading's window to its arrival: negative where the node's clock is
    /// ahead. `None` where none came, or where site time is not real time.
    pub delay_s: Option<f64>,
    /// Whether the node says that it knows the time.
    pub clock_known: Option<bool>,
    /// Readings that are missing.
    pub missing: u64,
    /// Since when they did not become fewer, while some are missing and the node is there.
    pub stuck_since: Option<Timestamp>,
    /// Readings that were lost lately, and since when.
    pub lost: Option<(u64, Timestamp)>,
}
