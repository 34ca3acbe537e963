//! `releve/<node>/event`: what happened. Live only, never retained.

use releve_control::Event;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::journal::Epoch;
use crate::timestamp::Timestamp;

/// One numbered event; the event's own fields stand beside the number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Received")]
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

/// One as it comes. Left to itself the parser would take the number of a kind for its name.
#[derive(Deserialize)]
struct Received {
    v: u32,
    epoch: Epoch,
    seq: u64,
    at: Timestamp,
    #[serde(flatten)]
    event: Map<String, Value>,
}

impl TryFrom<Received> for EventRecord {
    type Error = String;
    fn try_from(received: Received) -> Result<Self, String> {
        let kind = received.event.get("event");
        if let Some(kind) = kind.filter(|kind| !kind.is_string()) {
            return Err(format!("event: {kind} is no kind of event"));
        }
        let event = Event::deserialize(Value::Object(received.event));
        Ok(Self {
            v: received.v,
            epoch: received.epoch,
            seq: received.seq,
            at: received.at,
            event: event.map_err(|error| error.to_string())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{EventRecord, decode};

    #[test]
    fn the_number_of_a_kind_is_no_kind() {
        let golden = include_str!("../golden/event/restart.json");
        let numbered = golden.replace("\"restart\"", "0");
        assert_ne!(numbered, golden);
        let refusal = decode::<EventRecord>(numbered.as_bytes()).unwrap_err();
        assert!(
            refusal.to_string().contains("event: 0 is no kind"),
            "{refusal}"
        );
    }
}
