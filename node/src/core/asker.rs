//! Who asked for what, so that the answer finds its way back.

use bytes::Bytes;
use releve_protocol::command::Received;
use serde_json::Value;

/// Where an MQTT 5 command wants its answer besides `result`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The response topic, checked to lie under `releve/<node>/reply/`.
    pub topic: String,
    /// The correlation data, to be given back as it came.
    pub correlation: Option<Bytes>,
}

/// Who asked for what.
#[derive(Debug, Clone, PartialEq)]
pub struct Asker {
    /// The command's id, if it has one.
    pub id: Option<String>,
    /// What was to be set.
    pub thing: String,
    /// The value as read; `null` where it could not be.
    pub value: Value,
    /// Where the answer goes besides `result`.
    pub reply: Option<Reply>,
}

impl Asker {
    /// The sender of a command.
    pub fn of(received: &Received, reply: Option<Reply>) -> Self {
        Self {
            id: received.id.clone(),
            thing: received.thing.clone(),
            value: received.value.clone(),
            reply,
        }
    }
}
