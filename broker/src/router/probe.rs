//! The self-test's connection to the router.

use std::thread;
use std::time::{Duration, Instant};

use rumqttd::Notification;
use rumqttd::local::LinkError;

use super::{Link, RouterGone};

/// Topic of the self-test inside the router, apart from all topics of clients.
const TOPIC: &str = "self-test";

/// Pause before another try while the router's channel is full.
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// A link that sends messages to itself. Unlike those of sessions it blocks.
pub(crate) struct ProbeLink {
    link: Link,
    sent: u64,
}

impl ProbeLink {
    pub(super) fn new(mut link: Link) -> Result<Self, RouterGone> {
        link.tx.subscribe(TOPIC).map_err(|_| RouterGone)?;
        Ok(Self { link, sent: 0 })
    }

    /// Sends a message and waits for its return until `deadline`.
    pub fn round_trip(&mut self, deadline: Instant) -> Result<(), RouterGone> {
        self.sent += 1;
        let payload = self.sent.to_string();
        self.send(&payload, deadline)?;
        loop {
            let notification = self
                .link
                .rx
                .recv_deadline(deadline)
                .map_err(|_| RouterGone)?;
            if let Some(Notification::Forward(forward)) = notification
                && forward.publish.payload == payload
            {
                return Ok(());
            }
        }
    }

    fn send(&mut self, payload: &str, deadline: Instant) -> Result<(), RouterGone> {
        loop {
            match self.link.tx.try_publish(TOPIC, payload.to_owned()) {
                Ok(_) => return Ok(()),
                Err(LinkError::TrySend(_)) if Instant::now() < deadline => {
                    thread::sleep(RETRY_AFTER)
                }
                Err(_) => return Err(RouterGone),
            }
        }
    }
}
