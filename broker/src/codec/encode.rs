//! From the broker's answers and deliveries to bytes.

use bytes::{BufMut, BytesMut};
use rumqttd::protocol::v4::V4;
use rumqttd::protocol::v5::V5;
use rumqttd::protocol::{
    ConnAck, ConnAckProperties, ConnectReturnCode, Disconnect, DisconnectProperties,
    DisconnectReasonCode, Error, Packet, PingResp, Protocol, PubAck, PubAckProperties,
    PubAckReason, PubComp, PubCompReason, PubRec, PubRecReason, Publish, PublishProperties, QoS,
    SubAck, SubscribeReasonCode, UnsubAck, UnsubAckReason,
};
use tokio::time::Instant;

use super::Version;
use crate::outgoing::ToSend;

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
        ConnectReturnCode::ServerBusy
        | ConnectReturnCode::ServerUnavailable
        | ConnectReturnCode::QuotaExceeded
        | ConnectReturnCode::ConnectionRateExceeded => ConnectReturnCode::ServiceUnavailable,
        _ => ConnectReturnCode::NotAuthorized,
    }
}
