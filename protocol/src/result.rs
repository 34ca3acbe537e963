//! `releve/<node>/result`: the answers to commands. Live only, never retained.

use releve_control::RejectCode;
use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was taken and carried out.
    Accepted,
    /// It was not carried out; `code` and `reason` say why.
    Rejected,
    /// After `accepted` for a relay: the measurements moved as they must.
    Verified,
    /// After `accepted` for a relay: the measurements contradict it.
    Failed,
    /// After `accepted` for a relay: nothing measured could tell.
    Inconclusive,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::Accepted,
        Self::Rejected,
        Self::Verified,
        Self::Failed,
        Self::Inconclusive,
    ];
}

/// The answer to one command; a relay's command that is accepted gets a second one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandResult {
    /// [`crate::VERSION`].
    pub v: u32,
    /// The command's id, if it had one.
    pub id: Option<String>,
    /// What was to be set, as in the topic: `mode`, `relay/charger` …
    pub set: String,
    /// The value of the command; `null` where it could not be read.
    pub value: serde_json::Value,
    /// What became of it.
    pub status: Status,
    /// The kind of refusal; `null` unless rejected.
    pub code: Option<RejectCode>,
    /// Why it was refused, or could not be verified, in words, in English; `null` else.
    pub reason: Option<String>,
    /// When, in site time.
    pub at: Timestamp,
}
