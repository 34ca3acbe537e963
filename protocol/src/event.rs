//! `releve/<node>/event`: what happened. Live only, never retained.

use releve_control::Event;
use serde::{Deserialize, Serialize};

use crate::journal::Epoch;
use crate::timestamp::Timestamp;

/// One numbered event; the event's own fields stand beside the number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    /// [`crate::VERSION`].
    pub v: u32,
    /// The journal that numbers it.
    pub epoch: Epoch,
    /// Its number in the stream of events, from 1.
    pub seq: u64,
    /// When it happened, in site time; strictly increasing within an epoch.
    pub at: Timestamp,
    /// What happened: the field `event` and the fields of that kind.
    #[serde(flatten)]
    pub event: Event<Timestamp>,
}
