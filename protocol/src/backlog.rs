//! `releve/<node>/backlog`: records sent again on request. Live only, never retained.

use serde::{Deserialize, Serialize};

use crate::event::EventRecord;
use crate::journal::{Epoch, Stream};
use crate::reading::Reading;

/// The most records in one message.
pub const MAX_RECORDS: u64 = 20;

/// A part of the answer to `set/resend`: every record of `from..=to` is here or counted as lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backlog {
    /// [`crate::VERSION`].
    pub v: u32,
    /// The journal that numbers the records.
    pub epoch: Epoch,
    /// The first number that this message answers for.
    pub from: u64,
    /// The last number that this message answers for.
    pub to: u64,
    /// Numbers of `from..=to` that the journal no longer holds, as closed intervals.
    pub lost: Vec<(u64, u64)>,
    /// The records, in order.
    #[serde(flatten)]
    pub records: Records,
}

/// The records of one stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stream", content = "records", rename_all = "snake_case")]
pub enum Records {
    /// Readings.
    Reading(Vec<Reading>),
    /// Events.
    Event(Vec<EventRecord>),
}

impl Records {
    /// Which stream they are of.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        match self {
            Self::Reading(_) => Stream::Reading,
            Self::Event(_) => Stream::Event,
        }
    }
}
