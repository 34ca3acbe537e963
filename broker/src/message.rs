//! A published message as the front keeps it, whichever protocol version it came from.

use bytes::Bytes;
use rumqttd::protocol::{PublishProperties, QoS};
use tokio::time::Instant;

/// A published message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The topic's name; checked, hence UTF-8.
    pub topic: Bytes,
    pub payload: Bytes,
    /// `AtMostOnce` or `AtLeastOnce`: QoS 2 is lowered when a message comes in.
    pub qos: QoS,
    pub retain: bool,
    /// What MQTT 5 hands on to subscribers: payload format, content type, response topic,
    /// correlation data, user properties. Expiry, alias and subscription identifiers are not here.
    pub properties: Option<PublishProperties>,
    /// When the message is worth nothing any more (MQTT 5 message expiry).
    pub expires: Option<Instant>,
}

impl Message {
    /// The topic's name.
    pub fn topic_name(&self) -> &str {
        // Only checked names get here, so the fallback is never taken.
        std::str::from_utf8(&self.topic).unwrap_or_default()
    }

    /// Whether its expiry has passed.
    pub fn is_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// A copy that does not keep the buffer in memory into which the message was read.
    pub fn detached(&self) -> Self {
        let mut copy = self.clone();
        copy.topic = Bytes::copy_from_slice(&self.topic);
        copy.payload = Bytes::copy_from_slice(&self.payload);
        if let Some(data) = copy
            .properties
            .as_mut()
            .and_then(|properties| properties.correlation_data.as_mut())
        {
            *data = Bytes::copy_from_slice(data);
        }
        copy
    }

    /// Bytes that it holds in memory, near enough to bound a store.
    pub fn size_bytes(&self) -> usize {
        self.topic.len() + self.payload.len() + self.properties.as_ref().map_or(0, properties_bytes)
    }
}

fn properties_bytes(properties: &PublishProperties) -> usize {
    let user: usize = properties
        .user_properties
        .iter()
        .map(|pair| size_of_val(pair) + pair.0.len() + pair.1.len())
        .sum();
    user + properties.content_type.as_ref().map_or(0, String::len)
        + properties.response_topic.as_ref().map_or(0, String::len)
        + properties.correlation_data.as_ref().map_or(0, Bytes::len)
}
