//! Last wills. The front keeps and publishes them: the router's are wrong at takeovers.

use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use crate::inlet::{Inlet, WhenFull};
use crate::message::Message;

/// A client's last will.
#[derive(Debug, Clone)]
pub(crate) struct Will {
    /// Without expiry: that counts from its publication.
    pub message: Message,
    /// How long to wait for the client's return (MQTT 5).
    pub delay: Duration,
    /// Message expiry from its publication on (MQTT 5).
    pub expiry: Option<Duration>,
}

impl Will {
    /// Publishes it for the session `publisher`.
    pub fn publish(mut self, inlet: &Inlet, publisher: u64) {
        self.message.expires = self.expiry.map(|expiry| Instant::now() + expiry);
        let topic = self.message.topic_name().to_owned();
        if let Err(error) = inlet.publish(self.message, publisher, WhenFull::DeliverOnly) {
            warn!(topic, "a last will was not published: {error}");
        }
    }
}
