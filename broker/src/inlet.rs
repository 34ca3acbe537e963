//! The one way by which messages enter: into the retained store and into the router, in one order.
//!
//! All publishers share one link. With a link each, the router could take two messages in another
//! order than the store did, and a topic's retained message would differ from the last one that
//! its subscribers saw.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use crate::config::Limits;
use crate::envelope::{self, Envelope};
use crate::message::Message;
use crate::retained::{Full, RetainedStore, SharedStore, Snapshot};
use crate::router::{Link, RouterGone, RouterHandle};

/// The router counts every topic name seen on a link, for as long as the link lives. After so many
/// publications the link is replaced, which frees them.
const PUBLICATIONS_PER_LINK: u64 = 1_000_000;

/// A full store is logged at most so often.
const FULL_LOGGED_EVERY: Duration = Duration::from_secs(10);

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    #[error(transparent)]
    RetainedFull(#[from] Full),
    #[error(transparent)]
    RouterGone(#[from] RouterGone),
    #[error("its properties cannot be written: {0}")]
    Unwritable(#[from] rumqttd::protocol::Error),
}

/// What to do with a retained message when the store is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenFull {
    /// Refuse it: the publisher can be told.
    Refuse,
    /// Hand it to the present subscribers and log that it is not kept: the publisher cannot be told.
    DeliverOnly,
}

/// Where every published message goes.
pub(crate) struct Inlet {
    inner: Mutex<Inner>,
    router: Arc<RouterHandle>,
    retained: SharedStore,
}

struct Inner {
    link: Link,
    published: u64,
    full_logged: Option<Instant>,
}

impl Inlet {
    /// Opens the link to the router; blocks until it has answered.
    pub fn open_blocking(router: &Arc<RouterHandle>, limits: &Limits) -> Result<Self, RouterGone> {
        let inner = Inner {
            link: router.open_link_blocking()?,
            published: 0,
            full_logged: None,
        };
        Ok(Self {
            inner: Mutex::new(inner),
            router: Arc::clone(router),
            retained: Arc::new(Mutex::new(RetainedStore::new(
                limits.retained_messages,
                limits.retained_bytes,
            ))),
        })
    }

    /// The retained messages, for whoever writes them down.
    pub fn store(&self) -> &SharedStore {
        &self.retained
    }

    /// Number and bytes of the retained messages.
    pub fn retained_size(&self) -> (usize, usize) {
        let retained = self.retained.lock().unwrap_or_else(PoisonError::into_inner);
        retained.size()
    }

    /// Publishes a message of the session `publisher`. Gives the number of the change in the retained store, or 0.
    pub fn publish(
        &self,
        message: Message,
        publisher: u64,
        when_full: WhenFull,
    ) -> Result<u64, PublishError> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let sequence = if message.retain {
            inner.retain(&self.retained, &message, when_full)?
        } else {
            0
        };
        inner.renew_link(&self.router)?;
        let publish = envelope::seal(Envelope {
            message,
            sequence,
            publisher,
        })?;
        inner.link.publish(publish)?;
        inner.published += 1;
        Ok(sequence)
    }

    /// The retained messages under `filter`. All messages that the router has taken so far are
    /// reflected.
    pub fn retained(&self, filter: &str) -> Snapshot {
        // Nobody is in between the store and the router then.
        let _inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let retained = self.retained.lock().unwrap_or_else(PoisonError::into_inner);
        retained.matching(filter, Instant::now())
    }
}

impl Inner {
    fn retain(
        &mut self,
        retained: &SharedStore,
        message: &Message,
        when_full: WhenFull,
    ) -> Result<u64, Full> {
        let mut retained = retained.lock().unwrap_or_else(PoisonError::into_inner);
        match retained.record(message, Instant::now()) {
            Ok(sequence) => Ok(sequence),
            Err(full) => {
                self.log_full(message, full);
                match when_full {
                    WhenFull::Refuse => Err(full),
                    WhenFull::DeliverOnly => Ok(0),
                }
            }
        }
    }

    fn log_full(&mut self, message: &Message, full: Full) {
        let now = Instant::now();
        if self
            .full_logged
            .is_some_and(|logged| now < logged + FULL_LOGGED_EVERY)
        {
            return;
        }
        self.full_logged = Some(now);
        warn!(
            topic = message.topic_name(),
            "{full}: this message, and perhaps further ones, are not kept; raise the bounds or delete retained messages by empty ones"
        );
    }

    fn renew_link(&mut self, router: &Arc<RouterHandle>) -> Result<(), RouterGone> {
        if self.published >= PUBLICATIONS_PER_LINK {
            // The old link's messages come first: its events are ahead in the router's queue.
            self.link = router.open_link_blocking()?;
            self.published = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rumqttd::protocol::{Filter, QoS, RetainForwardRule};

    use super::*;
    use crate::access::Identity;
    use crate::retained::Durability;
    use crate::session::{Services, Session};

    #[tokio::test(flavor = "multi_thread")]
    async fn messages_keep_their_order_when_the_link_is_replaced() {
        let services = Services::alone(Durability::in_memory());
        let mut session = Session::open(1, Arc::new(Identity::Anybody), Arc::clone(&services))
            .await
            .unwrap();
        let filter = Filter {
            path: "a".into(),
            qos: QoS::AtMostOnce,
            nolocal: false,
            preserve_retain: false,
            retain_forward_rule: RetainForwardRule::Never,
        };
        session.subscribe(&[filter], None).await.unwrap();
        for number in 0..50 {
            services.inlet.inner.lock().unwrap().published = PUBLICATIONS_PER_LINK - number % 2;
            let message = Message {
                topic: Bytes::from_static(b"a"),
                payload: number.to_string().into(),
                qos: QoS::AtMostOnce,
                retain: false,
                properties: None,
                expires: None,
            };
            let published = services.inlet.publish(message, 2, WhenFull::DeliverOnly);
            published.unwrap();
        }
        for number in 0..50 {
            let sent = loop {
                match session.next_to_send(1) {
                    Some(sent) => break sent,
                    None => session.receive().await.unwrap(),
                }
            };
            assert_eq!(sent.delivery.message.payload, number.to_string());
        }
    }
}
