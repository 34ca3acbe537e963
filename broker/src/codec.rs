//! Between bytes and packets, for both protocol versions, around rumqttd's codecs.
//!
//! What the codecs get wrong or panic on is dealt with here, so that nothing a client sends and
//! nothing that the broker answers can reach those places.

use bytes::{BufMut, Bytes, BytesMut};
use rumqttd::protocol::v4::V4;
use rumqttd::protocol::v5::V5;
use rumqttd::protocol::{
    ConnAck, ConnAckProperties, ConnectReturnCode, Disconnect, DisconnectProperties,
    DisconnectReasonCode, Error, Filter, Packet, PingResp, Protocol, PubAck, PubAckProperties,
    PubAckReason, PubComp, PubCompReason, PubRec, PubRecReason, Publish, PublishProperties, QoS,
    SubAck, SubscribeReasonCode, UnsubAck, UnsubAckReason,
};
use tokio::time::Instant;

use crate::frame::{Frame, Kind};
use crate::outgoing::ToSend;

/// Protocol version of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V311,
    V5,
}

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
}

/// Reads a whole packet into rumqttd's form.
pub(crate) fn read(version: Version, frame: &mut Frame) -> Result<Packet, DecodeFault> {
    let kind = frame.kind;
    complete_disconnect(version, frame);
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

/// Writes packets of one version into a buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encoder {
    pub version: Version,
    /// The client wants reasons in words also in acknowledgements (MQTT 5 request problem
    /// information).
    pub explain: bool,
}

impl Encoder {
    /// CONNACK. The codec panics on codes that its version does not know, hence the mapping.
    pub fn connack(
        self,
        ack: ConnAck,
        properties: ConnAckProperties,
        out: &mut BytesMut,
    ) -> Result<(), Error> {
        let code = match self.version {
            Version::V311 => connect_code_v311(ack.code),
            Version::V5 => ack.code,
        };
        self.write(
            Packet::ConnAck(ConnAck { code, ..ack }, Some(properties)),
            out,
        )
    }

    /// PUBACK; version 3.1.1 knows only success.
    pub fn puback(
        self,
        packet_id: u16,
        reason: PubAckReason,
        why: &str,
        out: &mut BytesMut,
    ) -> Result<(), Error> {
        let (reason, properties) = match self.version {
            Version::V311 => (PubAckReason::Success, None),
            Version::V5 => (reason, self.reason_string(why)),
        };
        let properties = properties.map(|text| PubAckProperties {
            reason_string: Some(text),
            user_properties: Vec::new(),
        });
        self.write(
            Packet::PubAck(
                PubAck {
                    pkid: packet_id,
                    reason,
                },
                properties,
            ),
            out,
        )
    }

    /// PUBREC, to version 3.1.1 only.
    pub fn pubrec(self, packet_id: u16, out: &mut BytesMut) -> Result<(), Error> {
        self.write(
            Packet::PubRec(
                PubRec {
                    pkid: packet_id,
                    reason: PubRecReason::Success,
                },
                None,
            ),
            out,
        )
    }

    /// PUBCOMP.
    pub fn pubcomp(self, packet_id: u16, out: &mut BytesMut) -> Result<(), Error> {
        self.write(
            Packet::PubComp(
                PubComp {
                    pkid: packet_id,
                    reason: PubCompReason::Success,
                },
                None,
            ),
            out,
        )
    }

    /// SUBACK; version 3.1.1 knows one code for failure.
    pub fn suback(
        self,
        packet_id: u16,
        codes: Vec<SubscribeReasonCode>,
        out: &mut BytesMut,
    ) -> Result<(), Error> {
        let return_codes = codes
            .into_iter()
            .map(|code| match (self.version, code) {
                (_, SubscribeReasonCode::QoS0 | SubscribeReasonCode::QoS1) | (Version::V5, _) => {
                    code
                }
                (Version::V311, _) => SubscribeReasonCode::Failure,
            })
            .collect();
        self.write(
            Packet::SubAck(
                SubAck {
                    pkid: packet_id,
                    return_codes,
                },
                None,
            ),
            out,
        )
    }

    /// UNSUBACK.
    pub fn unsuback(
        self,
        packet_id: u16,
        reasons: Vec<UnsubAckReason>,
        out: &mut BytesMut,
    ) -> Result<(), Error> {
        self.write(
            Packet::UnsubAck(
                UnsubAck {
                    pkid: packet_id,
                    reasons,
                },
                None,
            ),
            out,
        )
    }

    /// PINGRESP.
    pub fn pingresp(self, out: &mut BytesMut) -> Result<(), Error> {
        self.write(Packet::PingResp(PingResp), out)
    }

    /// DISCONNECT from the broker, which exists in version 5 only.
    pub fn disconnect(
        self,
        reason_code: DisconnectReasonCode,
        why: &str,
        out: &mut BytesMut,
    ) -> Result<(), Error> {
        if self.version == Version::V311 {
            return Ok(());
        }
        // Without properties the codec writes a wrong length.
        let properties = DisconnectProperties {
            session_expiry_interval: None,
            reason_string: Some(why.to_owned()),
            user_properties: Vec::new(),
            server_reference: None,
        };
        self.write(
            Packet::Disconnect(Disconnect { reason_code }, Some(properties)),
            out,
        )
    }

    /// PUBLISH.
    pub fn publish(self, sent: &ToSend, now: Instant, out: &mut BytesMut) -> Result<(), Error> {
        let delivery = &sent.delivery;
        let publish = numbered_publish(sent);
        let properties = match self.version {
            // The codec of version 3.1.1 panics on properties.
            Version::V311 => None,
            Version::V5 => {
                let mut properties = delivery.message.properties.clone().unwrap_or_default();
                properties.subscription_identifiers = delivery.identifier.into_iter().collect();
                properties.message_expiry_interval = delivery.message.expires.map(|expires| {
                    let left = expires.saturating_duration_since(now);
                    u32::try_from(left.as_secs()).unwrap_or(u32::MAX)
                });
                Some(properties).filter(|properties| *properties != PublishProperties::default())
            }
        };
        self.write(Packet::Publish(publish, properties), out)
    }

    fn reason_string(self, why: &str) -> Option<String> {
        (self.explain && !why.is_empty()).then(|| why.to_owned())
    }

    fn write(self, packet: Packet, out: &mut BytesMut) -> Result<(), Error> {
        match self.version {
            Version::V311 => V4.write(packet, out),
            Version::V5 => V5.write(packet, out),
        }
        .map(|_| ())
    }
}

/// rumqttd's PUBLISH with packet id, QoS and flags of ours: its fields are private, and its own
/// serialised form is the one public way to set them.
fn numbered_publish(sent: &ToSend) -> Publish {
    let delivery = &sent.delivery;
    let message = &delivery.message;
    let qos = if delivery.qos == QoS::AtMostOnce {
        0
    } else {
        1
    };
    let first_byte = u8::from(delivery.retain) | (qos << 1) | (u8::from(sent.duplicate) << 3);
    let mut serialised = BytesMut::with_capacity(5 + message.topic.len() + message.payload.len());
    serialised.put_u8(first_byte);
    serialised.put_u16(sent.packet_id);
    // Topics come from packets, where their length has two bytes.
    serialised.put_u16(u16::try_from(message.topic.len()).unwrap_or(u16::MAX));
    serialised.put_slice(&message.topic);
    serialised.put_slice(&message.payload);
    Publish::deserialize(serialised.freeze())
}

fn connect_code_v311(code: ConnectReturnCode) -> ConnectReturnCode {
    match code {
        ConnectReturnCode::Success
        | ConnectReturnCode::RefusedProtocolVersion
        | ConnectReturnCode::ClientIdentifierNotValid
        | ConnectReturnCode::ServiceUnavailable
        | ConnectReturnCode::BadUserNamePassword
        | ConnectReturnCode::NotAuthorized => code,
        ConnectReturnCode::ServerBusy | ConnectReturnCode::ServerUnavailable => {
            ConnectReturnCode::ServiceUnavailable
        }
        _ => ConnectReturnCode::NotAuthorized,
    }
}
