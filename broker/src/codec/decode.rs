//! From bytes to packets of a client.

use bytes::{Bytes, BytesMut};
use rumqttd::protocol::v4::V4;
use rumqttd::protocol::v5::V5;
use rumqttd::protocol::{
    DisconnectReasonCode, Error, Filter, Packet, Protocol, Publish, PublishProperties, QoS,
};

use super::{Version, shape};
use crate::frame::{Frame, Kind};

/// A packet from a connected client.
#[derive(Debug)]
pub(crate) enum Incoming {
    Publish(IncomingPublish),
    PubAck {
        packet_id: u16,
    },
    PubRel {
        packet_id: u16,
    },
    Subscribe {
        packet_id: u16,
        filters: Vec<Filter>,
        identifier: Option<usize>,
    },
    Unsubscribe {
        packet_id: u16,
        filters: Vec<String>,
    },
    PingReq,
    Disconnect {
        with_will: bool,
        session_expiry_seconds: Option<u32>,
    },
}

/// A PUBLISH from a client, not yet checked.
#[derive(Debug)]
pub(crate) struct IncomingPublish {
    pub topic: Bytes,
    pub payload: Bytes,
    pub qos: QoS,
    pub retain: bool,
    /// 0 at QoS 0.
    pub packet_id: u16,
    pub properties: Option<PublishProperties>,
}

/// Why a packet cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeFault {
    #[error("a {kind:?} packet is malformed: {error}")]
    Malformed { kind: Kind, error: Error },
    #[error("a packet lacks its packet identifier")]
    NoPacketId,
    #[error("a {0:?} packet is not expected here")]
    Unexpected(Kind),
    #[error("a {0:?} packet names no filter")]
    NoFilter(Kind),
    #[error("a subscription identifier of 0 is not allowed")]
    IdentifierZero,
    #[error("property {0:#04x} comes twice")]
    PropertyTwice(u8),
    #[error("property {0:#04x} has a value that it cannot have")]
    PropertyValue(u8),
}

/// Reads a whole packet into rumqttd's form.
pub(crate) fn read(version: Version, frame: &mut Frame) -> Result<Packet, DecodeFault> {
    let kind = frame.kind;
    complete_disconnect(version, frame);
    shape::check(version, frame)?;
    let size = frame.bytes.len();
    match version {
        Version::V311 => V4.read_mut(&mut frame.bytes, size),
        Version::V5 => V5.read_mut(&mut frame.bytes, size),
    }
    .map_err(|error| DecodeFault::Malformed { kind, error })
}

/// Reads a packet of a connected client.
pub(crate) fn decode(version: Version, mut frame: Frame) -> Result<Incoming, DecodeFault> {
    let kind = frame.kind;
    let first_byte = frame.first_byte();
    let publish_id = publish_packet_id(&frame);
    let incoming = match read(version, &mut frame)? {
        Packet::Publish(publish, properties) => {
            return decode_publish(first_byte, publish_id, publish, properties);
        }
        Packet::PubAck(ack, _) => Incoming::PubAck {
            packet_id: ack.pkid,
        },
        Packet::PubRel(release, _) => Incoming::PubRel {
            packet_id: release.pkid,
        },
        Packet::Subscribe(subscribe, properties) => {
            let identifier = properties.and_then(|properties| properties.id);
            if identifier == Some(0) {
                return Err(DecodeFault::IdentifierZero);
            }
            Incoming::Subscribe {
                packet_id: subscribe.pkid,
                filters: subscribe.filters,
                identifier,
            }
        }
        Packet::Unsubscribe(unsubscribe, _) => Incoming::Unsubscribe {
            packet_id: unsubscribe.pkid,
            filters: unsubscribe.filters,
        },
        Packet::PingReq(_) => Incoming::PingReq,
        Packet::Disconnect(disconnect, properties) => Incoming::Disconnect {
            with_will: disconnect.reason_code != DisconnectReasonCode::NormalDisconnection,
            session_expiry_seconds: properties
                .and_then(|properties| properties.session_expiry_interval),
        },
        _ => return Err(DecodeFault::Unexpected(kind)),
    };
    check(kind, incoming)
}

fn check(kind: Kind, incoming: Incoming) -> Result<Incoming, DecodeFault> {
    match &incoming {
        Incoming::Subscribe { packet_id: 0, .. } | Incoming::Unsubscribe { packet_id: 0, .. } => {
            Err(DecodeFault::NoPacketId)
        }
        Incoming::Unsubscribe { filters, .. } if filters.is_empty() => {
            Err(DecodeFault::NoFilter(kind))
        }
        _ => Ok(incoming),
    }
}

fn decode_publish(
    first_byte: u8,
    packet_id: Option<u16>,
    publish: Publish,
    properties: Option<PublishProperties>,
) -> Result<Incoming, DecodeFault> {
    // The codec has refused QoS 3 already.
    let qos = match (first_byte >> 1) & 0b11 {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    };
    let packet_id = match qos {
        QoS::AtMostOnce => 0,
        _ => packet_id
            .filter(|id| *id != 0)
            .ok_or(DecodeFault::NoPacketId)?,
    };
    let retain = publish.retain;
    Ok(Incoming::Publish(IncomingPublish {
        topic: publish.topic,
        payload: publish.payload,
        qos,
        retain,
        packet_id,
        properties,
    }))
}

/// The packet identifier of a PUBLISH, which the codec reads but does not give out: it follows the
/// topic, whose length comes first.
fn publish_packet_id(frame: &Frame) -> Option<u16> {
    if frame.kind != Kind::Publish {
        return None;
    }
    let body = frame.body();
    let topic_len = usize::from(u16::from_be_bytes([*body.first()?, *body.get(1)?]));
    let after = body.get(2 + topic_len..)?;
    Some(u16::from_be_bytes([*after.first()?, *after.get(1)?]))
}

/// An MQTT 5 DISCONNECT may leave its empty properties out (section 3.14.2.2.1); the codec wants
/// them.
fn complete_disconnect(version: Version, frame: &mut Frame) {
    if version == Version::V5 && frame.kind == Kind::Disconnect && frame.body().len() == 1 {
        let reason = frame.body()[0];
        frame.bytes = BytesMut::from(&[frame.first_byte(), 2, reason, 0][..]);
        frame.header_len = 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frame;

    proptest! {
        #[test]
        fn no_bytes_make_a_codec_panic(
            first_byte: u8,
            body in proptest::collection::vec(any::<u8>(), 0..120),
            is_version_5: bool,
        ) {
            let version = if is_version_5 { Version::V5 } else { Version::V311 };
            let mut bytes = BytesMut::from(&[first_byte, u8::try_from(body.len()).unwrap()][..]);
            bytes.extend_from_slice(&body);
            if let Ok(Some(frame)) = frame::take(&mut bytes, 1000) {
                let _ = decode(version, frame);
            }
        }

        #[test]
        fn nor_do_bytes_that_look_like_properties(
            kind in prop::sample::select(vec![0x10_u8, 0x30, 0x32, 0x40, 0x62, 0x82, 0xa2, 0xe0]),
            properties in proptest::collection::vec(
                (prop::sample::select((1_u8..=42).collect::<Vec<_>>()), any::<[u8; 3]>()), 0..6),
            cut in 0..30_usize,
        ) {
            let mut body = match kind {
                0x10 => b"\0\x04MQTT\x05\xc6\0\0".to_vec(),
                0x30 => b"\0\x01a".to_vec(),
                0x32 => b"\0\x01a\0\x01".to_vec(),
                0xe0 => vec![0],
                0x40 | 0x62 => vec![0, 1, 0],
                _ => vec![0, 1],
            };
            body.push(u8::try_from(properties.len() * 4).unwrap());
            for (identifier, value) in properties {
                body.push(identifier);
                body.extend(value);
            }
            body.truncate(body.len().saturating_sub(cut));
            let mut bytes = BytesMut::from(&[kind, u8::try_from(body.len()).unwrap()][..]);
            bytes.extend_from_slice(&body);
            if let Ok(Some(frame)) = frame::take(&mut bytes, 1000) {
                let _ = decode(Version::V5, frame);
            }
        }
    }
}
