//! A session's connection to the router.

use std::sync::Arc;

use futures_util::FutureExt;
use rumqttd::Notification;
use rumqttd::local::{LinkRx, LinkTx};
use rumqttd::protocol::{
    Disconnect, DisconnectReasonCode, Filter, Packet, PubAck, PubAckReason, Publish, QoS,
    RetainForwardRule, Subscribe, SubscribeProperties, Unsubscribe,
};

use super::{RouterGone, RouterHandle};

/// The router numbers the messages on a link 1 to 100, then again from 1.
const ROUTER_PACKET_IDS: u16 = 100;

/// A connection to the router. Dropping it disconnects, exactly once.
pub(crate) struct Link {
    pub(super) tx: LinkTx,
    pub(super) rx: LinkRx,
    number: usize,
    /// How many messages were acknowledged: tells the router's id of the next one.
    acknowledged: u64,
    next_packet_id: u16,
    router: Arc<RouterHandle>,
}

/// What comes out of a link.
pub(crate) enum Arrival {
    /// A message of the subscription with this number.
    Message {
        subscription: usize,
        /// Its place in the log of the subscription's filter, in which the messages are numbered.
        place: Option<u64>,
        publish: Publish,
    },
    /// The subscription asked for in the packet with this id is in force.
    Subscribed { packet_id: u16 },
    /// Nothing that matters here.
    Other,
}

impl Link {
    pub(super) fn new(tx: LinkTx, rx: LinkRx, number: usize, router: Arc<RouterHandle>) -> Self {
        Self {
            tx,
            rx,
            number,
            acknowledged: 0,
            next_packet_id: 1,
            router,
        }
    }

    /// Publishes; the order of calls is the order in which subscribers see the messages.
    ///
    /// Blocks while the router's channel of 1,000 events is full, which slows publishers down to
    /// what the router takes.
    pub fn publish(&mut self, publish: Publish) -> Result<(), RouterGone> {
        self.send(Packet::Publish(publish, None))
    }

    /// Asks for the messages under an inward filter, to arrive with the number `subscription`.
    /// Returns the packet id by which the answer is known.
    pub fn subscribe(
        &mut self,
        inward_filter: String,
        subscription: usize,
    ) -> Result<u16, RouterGone> {
        let packet_id = self.next_packet_id();
        let filter = Filter {
            path: inward_filter,
            qos: QoS::AtLeastOnce,
            nolocal: false,
            preserve_retain: false,
            retain_forward_rule: RetainForwardRule::Never,
        };
        let properties = SubscribeProperties {
            id: Some(subscription),
            user_properties: Vec::new(),
        };
        self.send(Packet::Subscribe(
            Subscribe {
                pkid: packet_id,
                filters: vec![filter],
            },
            Some(properties),
        ))?;
        Ok(packet_id)
    }

    /// Ends the subscription to an inward filter.
    pub fn unsubscribe(&mut self, inward_filter: String) -> Result<(), RouterGone> {
        let packet_id = self.next_packet_id();
        self.send(Packet::Unsubscribe(
            Unsubscribe {
                pkid: packet_id,
                filters: vec![inward_filter],
            },
            None,
        ))
    }

    /// Tells the router that the next `count` messages, in the order in which it sent them, are
    /// dealt with. It sends at most 100 that are not.
    pub fn acknowledge(&mut self, count: usize) -> Result<(), RouterGone> {
        let Some(before_last) = count.checked_sub(1) else {
            return Ok(());
        };
        for _ in 0..before_last {
            let packet = self.next_acknowledgement();
            self.tx.buffer().push_back(packet);
        }
        let last = self.next_acknowledgement();
        self.send(last)
    }

    /// Waits for the next arrival. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Result<Arrival, RouterGone> {
        let notification = self.rx.next().await.map_err(|_| RouterGone)?;
        if let Some(Notification::Forward(forward)) = notification {
            let properties = forward.properties;
            let numbers = properties.map(|properties| properties.subscription_identifiers);
            let subscription = numbers.and_then(|mut numbers| numbers.pop());
            return Ok(Arrival::Message {
                subscription: subscription.unwrap_or_default(),
                place: forward.cursor.map(|(_segment, place)| place),
                publish: forward.publish,
            });
        }
        let packet: Option<Packet> = notification.and_then(Into::into);
        match packet {
            Some(Packet::SubAck(ack, _)) => Ok(Arrival::Subscribed {
                packet_id: ack.pkid,
            }),
            Some(Packet::Disconnect(..)) => Err(RouterGone),
            _ => Ok(Arrival::Other),
        }
    }

    fn next_packet_id(&mut self) -> u16 {
        let id = self.next_packet_id;
        self.next_packet_id = id.checked_add(1).unwrap_or(1);
        id
    }

    fn next_acknowledgement(&mut self) -> Packet {
        let within = self.acknowledged % u64::from(ROUTER_PACKET_IDS);
        self.acknowledged += 1;
        // Below 100, so the conversion cannot fail.
        let pkid = u16::try_from(within).unwrap_or_default() + 1;
        Packet::PubAck(
            PubAck {
                pkid,
                reason: PubAckReason::Success,
            },
            None,
        )
    }

    fn send(&mut self, packet: Packet) -> Result<(), RouterGone> {
        // `LinkTx::send` is declared async but never waits: its first poll completes it.
        match self.tx.send(packet).now_or_never() {
            Some(Ok(_)) => Ok(()),
            _ => Err(RouterGone),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let goodbye = Disconnect {
            reason_code: DisconnectReasonCode::NormalDisconnection,
        };
        // When the router is gone there is nobody left to tell.
        let _ = self.send(Packet::Disconnect(goodbye, None));
        self.router.return_number(self.number);
    }
}
