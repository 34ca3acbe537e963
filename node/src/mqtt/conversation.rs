//! What goes on in an open connection: what is said to the control loop, and whether the broker
//! still does its part.

use std::time::{Duration, SystemTime};

use releve_protocol::NodeId;
use releve_protocol::topic::{HOME_ASSISTANT_STATUS, commands_of};
use rumqttc::v5::Event;
use rumqttc::v5::mqttbytes::v5::{Packet, SubAck, SubscribeReasonCode};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::error;

use super::link::Link;
use super::options::KEEP_ALIVE;
use super::{FromBroker, incoming};

/// The longest that the subscription, or messages, may wait while nothing is acknowledged.
const UNACKNOWLEDGED_MAX: Duration = KEEP_ALIVE.saturating_mul(2);
/// Messages kept that come before the subscription is acknowledged.
const EARLY_MAX: usize = 64;

/// The control loop has ended.
pub struct ControlLoopGone;

/// An open connection.
pub struct Conversation<'a> {
    node: &'a NodeId,
    inbox: &'a mpsc::Sender<FromBroker>,
    link: Link,
    subscribed: bool,
    /// A broker may send retained messages before it acknowledges the subscription; they wait, so
    /// that their answers have a way out.
    early: Vec<FromBroker>,
    last_acknowledged: Instant,
}

impl<'a> Conversation<'a> {
    /// A connection that was just made and in which the subscription was just sent.
    pub fn new(node: &'a NodeId, inbox: &'a mpsc::Sender<FromBroker>, link: Link) -> Self {
        Self {
            node,
            inbox,
            link,
            subscribed: false,
            early: Vec::new(),
            last_acknowledged: Instant::now(),
        }
    }

    /// Takes in what the event loop did. Waits while the control loop's inbox is full, which holds
    /// a flood of commands back at the broker.
    ///
    /// # Errors
    /// If the control loop has ended.
    pub async fn take(&mut self, event: Event) -> Result<(), ControlLoopGone> {
        match event {
            Event::Incoming(Packet::Publish(publish)) => {
                match incoming::read(self.node, publish, SystemTime::now()) {
                    Some(news) if self.subscribed => self.tell(news).await,
                    Some(news) => {
                        if self.early.len() < EARLY_MAX {
                            self.early.push(news);
                        }
                        Ok(())
                    }
                    None => Ok(()),
                }
            }
            Event::Incoming(Packet::SubAck(answer)) => self.subscribed(&answer).await,
            Event::Incoming(Packet::PubAck(_)) => {
                self.last_acknowledged = Instant::now();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether the broker has stopped to acknowledge, `in_flight` messages being on their way.
    pub fn is_stalled(&mut self, in_flight: u16) -> bool {
        if self.subscribed && in_flight == 0 {
            self.last_acknowledged = Instant::now();
        }
        self.last_acknowledged.elapsed() > UNACKNOWLEDGED_MAX
    }

    async fn subscribed(&mut self, answer: &SubAck) -> Result<(), ControlLoopGone> {
        self.report_denied(answer);
        self.subscribed = true;
        self.tell(FromBroker::Connected(self.link.clone())).await?;
        for news in std::mem::take(&mut self.early) {
            self.tell(news).await?;
        }
        Ok(())
    }

    async fn tell(&self, news: FromBroker) -> Result<(), ControlLoopGone> {
        self.inbox.send(news).await.map_err(|_| ControlLoopGone)
    }

    fn report_denied(&self, answer: &SubAck) {
        let filters = [commands_of(self.node), HOME_ASSISTANT_STATUS.to_owned()];
        for (filter, code) in filters.iter().zip(&answer.return_codes) {
            if !matches!(code, SubscribeReasonCode::Success(_)) {
                error!(
                    "the broker denies {filter} to this node ({code:?}): allow it in the broker's access list"
                );
            }
        }
    }
}
