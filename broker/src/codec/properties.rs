//! Properties of a PUBLISH as bytes, for what outlives a packet.

use bytes::BytesMut;
use rumqttd::protocol::v5::V5;
use rumqttd::protocol::{Error, Packet, Protocol, Publish, PublishProperties};

/// The codec's form of properties, which is a PUBLISH with nothing else in it.
pub(crate) fn write_properties(properties: Option<PublishProperties>) -> Result<BytesMut, Error> {
    let mut bytes = BytesMut::new();
    if properties.is_some() {
        let carrier = Publish::new("", "", false);
        V5.write(Packet::Publish(carrier, properties), &mut bytes)?;
    }
    Ok(bytes)
}

/// What [`write_properties`] has written.
pub(crate) fn read_properties(bytes: &[u8]) -> Option<PublishProperties> {
    if bytes.is_empty() {
        return None;
    }
    match V5.read_mut(&mut BytesMut::from(bytes), bytes.len()) {
        Ok(Packet::Publish(_, properties)) => properties,
        _ => None,
    }
}
