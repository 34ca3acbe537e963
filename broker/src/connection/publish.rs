//! What a client publishes: the rules, the way in, the answer.

use std::time::Duration;

use rumqttd::protocol::{DisconnectReasonCode, PubAckReason, QoS};
use tokio::time::Instant;
use tracing::warn;

use super::acks::Ack;
use super::{Connection, End};
use crate::codec::{IncomingPublish, Version};
use crate::inlet::{PublishError, WhenFull};
use crate::message::Message;
use crate::metrics::NotTaken;
use crate::policy;
use crate::topics;

/// Reason and words.
type Refused = (PubAckReason, String);

impl Connection {
    /// Checks, publishes and answers a PUBLISH.
    pub(super) fn handle_publish(&mut self, publish: IncomingPublish) -> Result<(), End> {
        self.services.metrics.published.inc();
        let packet_id = publish.packet_id;
        let qos = publish.qos;
        self.check_publish(&publish)?;
        if qos == QoS::ExactlyOnce {
            if self.session.is_unreleased(packet_id) {
                self.acks.push(Ack::taken(packet_id, qos, 0));
                return Ok(());
            }
            if !self.session.hold(packet_id) {
                let why = "too many QoS 2 publishes are not released";
                return Err(End::fault(
                    DisconnectReasonCode::ReceiveMaximumExceeded,
                    why,
                ));
            }
        }
        let ack = match self.publish(publish)? {
            Ok(sequence) => Ack::taken(packet_id, qos, sequence),
            Err((reason, why)) => Ack::refused(packet_id, qos, reason, why),
        };
        if qos != QoS::AtMostOnce {
            self.acks.push(ack);
        }
        Ok(())
    }

    /// Writes the acknowledgements that are due, in the order of the publishes.
    pub(super) fn encode_acks(&mut self) -> Result<(), End> {
        while let Some(ack) = self.acks.next(&self.durability, Instant::now()) {
            match ack.qos {
                QoS::ExactlyOnce => self.encoder.pubrec(ack.packet_id, &mut self.out)?,
                _ => self
                    .encoder
                    .puback(ack.packet_id, ack.reason, &ack.why, &mut self.out)?,
            }
        }
        Ok(())
    }

    /// Rules that, when broken, end the connection.
    fn check_publish(&self, publish: &IncomingPublish) -> Result<(), End> {
        if self.encoder.version == Version::V5 && publish.qos == QoS::ExactlyOnce {
            return Err(End::fault(
                DisconnectReasonCode::QoSNotSupported,
                "QoS 2 is not offered",
            ));
        }
        if let Some(properties) = &publish.properties {
            if properties.topic_alias.is_some() {
                return Err(End::fault(
                    DisconnectReasonCode::TopicAliasInvalid,
                    "topic aliases are not offered",
                ));
            }
            if !properties.subscription_identifiers.is_empty() {
                let why = "a client does not publish with a subscription identifier";
                return Err(End::fault(DisconnectReasonCode::ProtocolError, why));
            }
            if let Some(topic) = &properties.response_topic {
                topics::check_name(topic.as_bytes()).map_err(|fault| {
                    End::fault(
                        DisconnectReasonCode::ProtocolError,
                        format!("the response topic is not valid: {fault}"),
                    )
                })?;
            }
        }
        topics::check_name(&publish.topic).map_err(|fault| {
            End::fault(
                DisconnectReasonCode::TopicNameInvalid,
                format!("the topic is not valid: {fault}"),
            )
        })?;
        Ok(())
    }

    /// Publishes, and gives the number of the change in the retained store; or refuses with the reason that
    /// MQTT 5 clients get to see.
    fn publish(&mut self, publish: IncomingPublish) -> Result<Result<u64, Refused>, End> {
        let message = accepted_message(publish);
        let identity = self.session.identity();
        if let Err(refused) = policy::check_publish(identity, message.topic_name(), message.retain)
        {
            if let Some(held_back) = self.refusals.occurred(Instant::now())
                && self.services.refusals.occurred().is_some()
            {
                warn!(
                    user = identity.user(),
                    client = self.client_id,
                    topic = message.topic_name(),
                    "a publish was refused: {refused}{held_back}"
                );
            }
            self.services.metrics.not_taken(NotTaken::NotAllowed);
            return Ok(Err((PubAckReason::NotAuthorized, refused.to_string())));
        }
        let can_be_told = self.encoder.version == Version::V5 && message.qos != QoS::AtMostOnce;
        let when_full = if can_be_told {
            WhenFull::Refuse
        } else {
            WhenFull::DeliverOnly
        };
        let is_retained = message.retain;
        match self
            .services
            .inlet
            .publish(message, self.session.number(), when_full)
        {
            Ok(sequence) => {
                if is_retained && sequence == 0 {
                    self.services.metrics.not_taken(NotTaken::RetainedFull);
                }
                Ok(Ok(sequence))
            }
            Err(PublishError::RetainedFull(full)) => {
                self.services.metrics.not_taken(NotTaken::RetainedFull);
                Ok(Err((PubAckReason::QuotaExceeded, full.to_string())))
            }
            Err(error @ PublishError::Unwritable(_)) => {
                let reason = PubAckReason::ImplementationSpecificError;
                Ok(Err((reason, error.to_string())))
            }
            Err(PublishError::RouterGone(_)) => Err(End::RouterGone),
        }
    }
}

fn accepted_message(publish: IncomingPublish) -> Message {
    let mut properties = publish.properties;
    let expires = properties
        .as_mut()
        .and_then(|properties| properties.message_expiry_interval.take())
        .map(|seconds| Instant::now() + Duration::from_secs(seconds.into()));
    Message {
        topic: publish.topic,
        payload: publish.payload,
        qos: if publish.qos == QoS::AtMostOnce {
            QoS::AtMostOnce
        } else {
            QoS::AtLeastOnce
        },
        retain: publish.retain,
        properties,
        expires,
    }
}
