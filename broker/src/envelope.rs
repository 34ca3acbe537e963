//! How a message travels through the router.
//!
//! The router rewrites the quality of service, forgets who published, runs its own (faulty) store
//! of retained messages, bounds its logs without looking at properties, and panics on topics that
//! start with a character beyond ASCII. So everything that the front needs at the other end goes
//! into the payload, and every topic gets a prefix.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use rumqttd::protocol::{Error, Publish, QoS};
use tokio::time::Instant;

use crate::codec::{read_properties, write_properties};
use crate::message::Message;

/// Before every topic and filter inside the router. Starts with an ASCII letter, which keeps the
/// router from cutting a character in two, and hides a leading `$`.
const PREFIX: &str = "m/";

/// Sequence, publisher, flags, expiry, length of the properties.
const HEADER_BYTES: usize = 8 + 8 + 1 + 8 + 4;

const FLAG_AT_LEAST_ONCE: u8 = 0b01;
const FLAG_RETAIN: u8 = 0b10;

/// Where the expiry times inside envelopes count from.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A message on its way through the router.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub message: Message,
    /// Number of the change in the retained store, or 0 for a message that is not retained.
    pub sequence: u64,
    /// The session that published it.
    pub publisher: u64,
}

/// The filter inside the router for a client's filter.
pub(crate) fn inward_filter(filter: &str) -> String {
    format!("{PREFIX}{filter}")
}

/// Packs a message for the router. Everything is copied, so that a message waiting in a log does
/// not keep the buffer in memory into which it was read.
pub(crate) fn seal(envelope: Envelope) -> Result<Publish, Error> {
    let message = envelope.message;
    let mut topic = BytesMut::with_capacity(PREFIX.len() + message.topic.len());
    topic.put_slice(PREFIX.as_bytes());
    topic.put_slice(&message.topic);

    let mut flags = 0;
    if message.qos != QoS::AtMostOnce {
        flags |= FLAG_AT_LEAST_ONCE;
    }
    if message.retain {
        flags |= FLAG_RETAIN;
    }
    let properties = write_properties(message.properties)?;
    let properties_len = u32::try_from(properties.len()).map_err(|_| Error::PayloadTooLong)?;
    let size = HEADER_BYTES + properties.len() + message.payload.len();
    let mut payload = BytesMut::with_capacity(size);
    payload.put_u64(envelope.sequence);
    payload.put_u64(envelope.publisher);
    payload.put_u8(flags);
    payload.put_u64(message.expires.map_or(0, milliseconds));
    payload.put_u32(properties_len);
    payload.put_slice(&properties);
    payload.put_slice(&message.payload);
    Ok(Publish::new(topic.freeze(), payload.freeze(), false))
}

/// Unpacks what the router delivers; `None` for anything that [`seal`] did not make.
pub(crate) fn open(publish: Publish) -> Option<Envelope> {
    let mut topic: Bytes = publish.topic;
    let mut payload: Bytes = publish.payload;
    if !topic.starts_with(PREFIX.as_bytes()) || payload.len() < HEADER_BYTES {
        return None;
    }
    topic.advance(PREFIX.len());
    let sequence = payload.get_u64();
    let publisher = payload.get_u64();
    let flags = payload.get_u8();
    let expires = payload.get_u64();
    let properties_len = usize::try_from(payload.get_u32()).ok()?;
    if payload.len() < properties_len {
        return None;
    }
    let properties = read_properties(&payload.split_to(properties_len));
    let at_least_once = flags & FLAG_AT_LEAST_ONCE != 0;
    let message = Message {
        topic,
        payload,
        qos: if at_least_once {
            QoS::AtLeastOnce
        } else {
            QoS::AtMostOnce
        },
        retain: flags & FLAG_RETAIN != 0,
        properties,
        expires: (expires != 0).then(|| *EPOCH + Duration::from_millis(expires)),
    };
    Some(Envelope {
        message,
        sequence,
        publisher,
    })
}

/// Milliseconds since the epoch, at least 1: 0 stands for "never expires".
fn milliseconds(instant: Instant) -> u64 {
    let since = instant.saturating_duration_since(*EPOCH).as_millis();
    u64::try_from(since).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use rumqttd::protocol::PublishProperties;

    use super::*;

    #[test]
    fn what_is_sealed_comes_out_again() {
        let expires = Instant::now() + Duration::from_mins(1);
        let properties = PublishProperties {
            correlation_data: Some(Bytes::from_static(b"id")),
            user_properties: vec![("key".into(), "value".into())],
            ..PublishProperties::default()
        };
        let message = Message {
            topic: Bytes::from_static("état/x".as_bytes()),
            payload: Bytes::from_static(b""),
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: Some(properties.clone()),
            expires: Some(expires),
        };
        let publish = seal(Envelope {
            message,
            sequence: 7,
            publisher: 9,
        })
        .unwrap();
        assert!(!publish.retain, "the router must not store it as retained");
        assert!(
            !publish.payload.is_empty(),
            "the router acts on empty payloads"
        );
        let out = open(publish).unwrap();
        assert_eq!((out.sequence, out.publisher), (7, 9));
        assert_eq!(out.message.topic_name(), "état/x");
        assert!(out.message.payload.is_empty());
        assert!(out.message.retain);
        assert_eq!(out.message.properties, Some(properties));
        assert_eq!(out.message.qos, QoS::AtLeastOnce);
        let shift =
            out.message.expires.unwrap().max(expires) - out.message.expires.unwrap().min(expires);
        assert!(shift < Duration::from_millis(2));
    }

    #[test]
    fn foreign_messages_are_refused() {
        let long = "0123456789".repeat(10);
        assert!(open(Publish::new("x/y".to_owned(), long.clone(), false)).is_none());
        assert!(open(Publish::new("m/y", "short", false)).is_none());
        // Its length of properties is longer than what follows.
        assert!(open(Publish::new("m/y".to_owned(), long, false)).is_none());
    }
}
