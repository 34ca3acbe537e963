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
            // It comes again, mostly on a new connection: its answer waits for the disk as the first one did.
            if let Some(sequence) = self.session.unreleased(packet_id) {
                self.acks.push(Ack::taken(packet_id, qos, sequence));
                return Ok(());
            }
            if !self.session.may_hold_more() {
                let why = "too many QoS 2 publishes are not released";
                return Err(End::fault(
                    DisconnectReasonCode::ReceiveMaximumExceeded,
                    why,
                ));
            }
        }
        let published = self.publish(publish)?;
        if qos == QoS::ExactlyOnce {
            let sequence = published.as_ref().map_or(0, |sequence| *sequence);
            self.session.hold(packet_id, sequence);
        }
        let ack = match published {
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
            topics::check_response(properties.response_topic.as_deref())
                .map_err(|fault| End::fault(DisconnectReasonCode::ProtocolError, fault))?;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::BytesMut;

    use super::*;
    use crate::access::Identity;
    use crate::connect;
    use crate::retained::{Durability, PATIENCE};
    use crate::session::{Services, Session};

    /// MQTT 3.1.1: a CONNECT for a session that stays.
    const CONNECT: &[u8] = b"\x10\x0d\0\x04MQTT\x04\0\0\0\0\x01a";
    /// A retained message at QoS 2, and the same once more.
    const PUBLISH: &[u8] = b"\x35\x06\0\x01t\0\x01x";
    const AGAIN: &[u8] = b"\x3d\x06\0\x01t\0\x01x";
    const PUBREC: &[u8] = b"\x50\x02\0\x01";

    #[tokio::test(start_paused = true)]
    async fn one_that_comes_again_is_not_acknowledged_before_the_disk_has_it() {
        let services = Services::alone(Durability::of_a_disk());
        let mut input = BytesMut::new();
        let mut sent = CONNECT;
        let hello = connect::read(&mut sent, &mut input, &services.limits);
        let hello = hello.await.unwrap();
        let session = Session::open(1, Arc::new(Identity::Anybody), Arc::clone(&services));
        let session = session.await.unwrap();
        let mut first = Connection::new(Arc::clone(&services), session, &hello);
        first.step(&mut BytesMut::from(PUBLISH)).await.unwrap();
        assert!(first.out.is_empty(), "{:?}", first.out);
        let mut second = Connection::new(services, first.session, &hello);
        second.step(&mut BytesMut::from(AGAIN)).await.unwrap();
        assert!(second.out.is_empty(), "{:?}", second.out);
        // A disk that does not answer ends the waiting.
        tokio::time::advance(PATIENCE).await;
        second.step(&mut input).await.unwrap();
        assert_eq!(second.out, PUBREC);
    }
}
