//! What a packet from the broker means to the node.

use std::time::{Duration, SystemTime};

use releve_protocol::topic::HOME_ASSISTANT_STATUS;
use releve_protocol::{NodeId, Timestamp, Topic};
use rumqttc::v5::mqttbytes::v5::Publish;

use super::FromBroker;
use crate::clock::unix_millis;
use crate::core::{CommandMessage, Delivery};

/// What the message means; `None` where it is nothing to this node.
pub fn read(node: &NodeId, publish: Publish, now: SystemTime) -> Option<FromBroker> {
    let topic = str::from_utf8(&publish.topic).ok()?;
    if topic == HOME_ASSISTANT_STATUS {
        let started = publish.payload.as_ref() == b"online";
        return started.then_some(FromBroker::HomeAssistantStarted);
    }
    let Some(Topic::Set(of, thing)) = Topic::parse(topic) else {
        return None;
    };
    if of != *node {
        return None;
    }
    let mut delivery = Delivery {
        retained: publish.retain,
        ..Delivery::default()
    };
    if let Some(properties) = publish.properties {
        delivery.expires = properties.message_expiry_interval.map(|seconds| {
            Timestamp::from_unix_millis(unix_millis(now + Duration::from_secs(seconds.into())))
        });
        delivery.response_topic = properties.response_topic;
        delivery.correlation = properties.correlation_data;
    }
    let command = CommandMessage::read(node, &thing, &publish.payload, delivery);
    Some(FromBroker::Command(Box::new(command)))
}
