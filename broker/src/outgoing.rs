//! Messages on their way to one client: their order, their packet ids, and what is acknowledged.
//!
//! Pure bookkeeping. The packet ids towards the client are given out here and have nothing to do
//! with the router's, so retained messages and live ones cannot collide.

use std::collections::VecDeque;
use std::sync::Arc;

use rumqttd::protocol::QoS;

use crate::message::Message;

/// Names one message that the router has sent and waits to see acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

/// One message for one subscription.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub message: Arc<Message>,
    /// The lower of what was published and what was granted.
    pub qos: QoS,
    /// The retain flag to send.
    pub retain: bool,
    /// The client's subscription identifier (MQTT 5).
    pub identifier: Option<usize>,
    /// Set for a message from the router, not for one from the retained store.
    pub ticket: Option<Ticket>,
}

/// A delivery to be written now.
#[derive(Debug)]
pub(crate) struct ToSend {
    pub delivery: Delivery,
    /// 0 at QoS 0.
    pub packet_id: u16,
    /// It was sent before, on an earlier connection of the session.
    pub duplicate: bool,
}

/// Queue and window of one session.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    waiting: VecDeque<Waiting>,
    in_flight: VecDeque<InFlight>,
    last_packet_id: u16,
    tickets: Tickets,
    retained_waiting: usize,
}

#[derive(Debug)]
struct Waiting {
    delivery: Delivery,
    /// Known when the message was sent on an earlier connection.
    packet_id: Option<u16>,
}

#[derive(Debug)]
struct InFlight {
    delivery: Delivery,
    packet_id: u16,
}

impl Outgoing {
    /// Takes a message from the router, with as many deliveries as it has subscriptions here.
    pub fn push_live(&mut self, deliveries: Vec<Delivery>) {
        let ticket = self.tickets.open(deliveries.len());
        for mut delivery in deliveries {
            delivery.ticket = Some(ticket);
            self.waiting.push_back(Waiting {
                delivery,
                packet_id: None,
            });
        }
    }

    /// Takes a message from the retained store.
    pub fn push_retained(&mut self, delivery: Delivery) {
        self.retained_waiting += 1;
        self.waiting.push_back(Waiting {
            delivery,
            packet_id: None,
        });
    }

    /// Retained messages that wait to be sent.
    pub fn retained_waiting(&self) -> usize {
        self.retained_waiting
    }

    /// The next message to write, unless `window` messages of QoS 1 are unacknowledged. Messages
    /// stay in order, so one that waits for the window holds back those behind it.
    pub fn next_to_send(&mut self, window: usize) -> Option<ToSend> {
        let at_least_once = self.waiting.front()?.delivery.qos != QoS::AtMostOnce;
        if at_least_once && self.in_flight.len() >= window {
            return None;
        }
        let Waiting {
            delivery,
            packet_id,
        } = self.waiting.pop_front()?;
        if delivery.ticket.is_none() && packet_id.is_none() {
            self.retained_waiting -= 1;
        }
        if !at_least_once {
            self.tickets.finish(delivery.ticket);
            return Some(ToSend {
                delivery,
                packet_id: 0,
                duplicate: false,
            });
        }
        let duplicate = packet_id.is_some();
        let packet_id = packet_id.unwrap_or_else(|| self.unused_packet_id());
        self.in_flight.push_back(InFlight {
            delivery: delivery.clone(),
            packet_id,
        });
        Some(ToSend {
            delivery,
            packet_id,
            duplicate,
        })
    }

    /// The client acknowledged `packet_id`, in any order. False when it is not in flight.
    pub fn acknowledged(&mut self, packet_id: u16) -> bool {
        let Some(index) = self
            .in_flight
            .iter()
            .position(|sent| sent.packet_id == packet_id)
        else {
            return false;
        };
        if let Some(sent) = self.in_flight.remove(index) {
            self.tickets.finish(sent.delivery.ticket);
        }
        true
    }

    /// How many more of the router's messages, in its order, are dealt with since the last call.
    pub fn take_finished(&mut self) -> usize {
        self.tickets.take_finished()
    }

    /// The connection is gone: what was not acknowledged is sent again first on the next one.
    pub fn send_again(&mut self) {
        while let Some(InFlight {
            delivery,
            packet_id,
        }) = self.in_flight.pop_back()
        {
            self.waiting.push_front(Waiting {
                delivery,
                packet_id: Some(packet_id),
            });
        }
    }

    fn unused_packet_id(&mut self) -> u16 {
        loop {
            self.last_packet_id = self.last_packet_id.checked_add(1).unwrap_or(1);
            let id = self.last_packet_id;
            let in_use = self.in_flight.iter().any(|sent| sent.packet_id == id)
                || self
                    .waiting
                    .iter()
                    // Those to be sent again are in front of all others.
                    .map_while(|waiting| waiting.packet_id)
                    .any(|waiting| waiting == id);
            if !in_use {
                return id;
            }
        }
    }
}

/// The router wants its messages acknowledged in its own order; clients answer in theirs.
#[derive(Debug, Default)]
struct Tickets {
    first: u64,
    /// Deliveries that each message still waits for.
    unfinished: VecDeque<usize>,
}

impl Tickets {
    fn open(&mut self, deliveries: usize) -> Ticket {
        self.unfinished.push_back(deliveries);
        Ticket(self.first + self.unfinished.len() as u64 - 1)
    }

    fn finish(&mut self, ticket: Option<Ticket>) {
        let index =
            ticket.and_then(|Ticket(number)| usize::try_from(number.checked_sub(self.first)?).ok());
        if let Some(count) = index.and_then(|index| self.unfinished.get_mut(index)) {
            *count = count.saturating_sub(1);
        }
    }

    fn take_finished(&mut self) -> usize {
        let mut finished = 0;
        while self.unfinished.front() == Some(&0) {
            self.unfinished.pop_front();
            self.first += 1;
            finished += 1;
        }
        finished
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn delivery(topic: &'static str, qos: QoS) -> Delivery {
        let message = Message {
            topic: Bytes::from_static(topic.as_bytes()),
            payload: Bytes::new(),
            qos,
            retain: false,
            properties: None,
            expires: None,
        };
        Delivery {
            message: Arc::new(message),
            qos,
            retain: false,
            identifier: None,
            ticket: None,
        }
    }

    fn send(outgoing: &mut Outgoing, window: usize) -> Option<(String, u16, bool)> {
        let sent = outgoing.next_to_send(window)?;
        Some((
            sent.delivery.message.topic_name().to_owned(),
            sent.packet_id,
            sent.duplicate,
        ))
    }

    #[test]
    fn the_window_is_respected_and_order_kept() {
        let mut outgoing = Outgoing::default();
        outgoing.push_retained(delivery("r1", QoS::AtLeastOnce));
        outgoing.push_retained(delivery("r2", QoS::AtLeastOnce));
        outgoing.push_live(vec![delivery("l1", QoS::AtMostOnce)]);
        assert_eq!(send(&mut outgoing, 1), Some(("r1".into(), 1, false)));
        assert_eq!(send(&mut outgoing, 1), None);
        assert!(outgoing.acknowledged(1));
        assert_eq!(send(&mut outgoing, 1), Some(("r2".into(), 2, false)));
        assert_eq!(send(&mut outgoing, 1), Some(("l1".into(), 0, false)));
        assert_eq!(outgoing.retained_waiting(), 0);
    }

    #[test]
    fn the_router_sees_acknowledgements_in_its_own_order() {
        let mut outgoing = Outgoing::default();
        for topic in ["a", "b", "c"] {
            outgoing.push_live(vec![delivery(topic, QoS::AtLeastOnce)]);
        }
        while outgoing.next_to_send(10).is_some() {}
        assert!(outgoing.acknowledged(3));
        assert!(outgoing.acknowledged(2));
        assert_eq!(outgoing.take_finished(), 0);
        assert!(outgoing.acknowledged(1));
        assert_eq!(outgoing.take_finished(), 3);
        assert!(!outgoing.acknowledged(1), "acknowledged twice");
    }

    #[test]
    fn a_message_without_or_with_two_subscriptions_is_finished_once() {
        let mut outgoing = Outgoing::default();
        outgoing.push_live(vec![]);
        outgoing.push_live(vec![
            delivery("a", QoS::AtMostOnce),
            delivery("a", QoS::AtLeastOnce),
        ]);
        assert_eq!(outgoing.take_finished(), 1);
        outgoing.next_to_send(10);
        assert_eq!(outgoing.take_finished(), 0);
        outgoing.next_to_send(10);
        outgoing.acknowledged(1);
        assert_eq!(outgoing.take_finished(), 1);
    }

    #[test]
    fn what_was_not_acknowledged_is_sent_again_under_its_old_id() {
        let mut outgoing = Outgoing::default();
        outgoing.push_live(vec![delivery("a", QoS::AtLeastOnce)]);
        outgoing.push_retained(delivery("b", QoS::AtLeastOnce));
        outgoing.push_live(vec![delivery("c", QoS::AtLeastOnce)]);
        send(&mut outgoing, 2);
        send(&mut outgoing, 2);
        outgoing.acknowledged(1);
        outgoing.send_again();
        assert_eq!(send(&mut outgoing, 2), Some(("b".into(), 2, true)));
        assert_eq!(send(&mut outgoing, 2), Some(("c".into(), 3, false)));
        assert_eq!(outgoing.retained_waiting(), 0);
    }

    #[test]
    fn packet_ids_wrap_around_those_in_flight() {
        let mut outgoing = Outgoing::default();
        outgoing.push_live(vec![delivery("first", QoS::AtLeastOnce)]);
        assert_eq!(send(&mut outgoing, 10), Some(("first".into(), 1, false)));
        outgoing.last_packet_id = u16::MAX;
        outgoing.push_live(vec![delivery("next", QoS::AtLeastOnce)]);
        assert_eq!(send(&mut outgoing, 10), Some(("next".into(), 2, false)));
    }
}
