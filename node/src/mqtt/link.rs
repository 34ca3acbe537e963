//! The way out, while there is a connection.

use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::PublishProperties;

use crate::core::Publication;

/// Publishes in one connection; useless after it. Never waits.
#[derive(Debug, Clone)]
pub struct Link {
    client: AsyncClient,
}

/// The message was not taken: the connection is too slow, or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection takes no more messages")]
pub struct LinkError;

impl Link {
    pub(super) const fn new(client: AsyncClient) -> Self {
        Self { client }
    }

    /// Hands a message to the connection.
    ///
    /// # Errors
    /// If the connection's queue is full or the connection is gone; the message is then not sent.
    pub fn publish(&self, message: Publication) -> Result<(), LinkError> {
        let Publication {
            topic,
            payload,
            retain,
            tells_of_records: _,
            correlation,
        } = message;
        let sent = match correlation {
            None => self
                .client
                .try_publish(topic, QoS::AtLeastOnce, retain, payload),
            Some(correlation) => {
                let properties = PublishProperties {
                    correlation_data: Some(correlation),
                    ..PublishProperties::default()
                };
                self.client.try_publish_with_properties(
                    topic,
                    QoS::AtLeastOnce,
                    retain,
                    payload,
                    properties,
                )
            }
        };
        sent.map_err(|_| LinkError)
    }

    /// Ends the connection in order, once everything published before is on its way.
    ///
    /// # Errors
    /// As [`Link::publish`].
    pub fn disconnect(&self) -> Result<(), LinkError> {
        self.client.try_disconnect().map_err(|_| LinkError)
    }
}
