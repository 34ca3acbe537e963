//! A command as the broker delivered it.

use bytes::Bytes;
use releve_protocol::command::Received;
use releve_protocol::topic::is_reply_of;
use releve_protocol::{NodeId, Timestamp};

use super::asker::Reply;

/// A command as the broker delivered it.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandMessage {
    /// What it says.
    pub(super) received: Received,
    /// The whole topic.
    pub(super) topic: String,
    /// Whether the broker had kept it.
    pub(super) retained: bool,
    /// Whether its payload is empty: that is how a retained message is cleared.
    pub(super) empty: bool,
    /// Where the answer goes besides `result`.
    pub(super) reply: Option<Reply>,
    /// The earlier of its own `expires` and the end of the message's lifetime; real time.
    pub(super) expires: Option<Timestamp>,
}

/// What the packet says besides topic and payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The retain flag.
    pub retained: bool,
    /// When the message's MQTT 5 lifetime ends; real time.
    pub expires: Option<Timestamp>,
    /// The MQTT 5 response topic.
    pub response_topic: Option<String>,
    /// The MQTT 5 correlation data.
    pub correlation: Option<Bytes>,
}

impl CommandMessage {
    /// Reads a message on `releve/<node>/set/<thing>`.
    #[must_use]
    pub fn read(node: &NodeId, thing: &str, payload: &[u8], delivery: Delivery) -> Self {
        let received = Received::parse(thing, payload);
        let reply = delivery
            .response_topic
            .filter(|topic| is_reply_of(node, topic))
            .map(|topic| Reply {
                topic,
                correlation: delivery.correlation,
            });
        Self {
            expires: received.expires.into_iter().chain(delivery.expires).min(),
            received,
            topic: format!("releve/{node}/set/{thing}"),
            retained: delivery.retained,
            empty: payload.is_empty(),
            reply,
        }
    }
}
