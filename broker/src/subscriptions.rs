//! The subscriptions of one session, and which of the router's subscriptions serve them.

use std::collections::HashMap;
use std::sync::Arc;

use rumqttd::protocol::QoS;

use crate::envelope::Envelope;
use crate::outgoing::Delivery;
use crate::topics;

/// What a client asked for with a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    /// The granted quality of service, at most `AtLeastOnce`.
    pub qos: QoS,
    /// Do not send this session's own messages (MQTT 5).
    pub no_local: bool,
    /// Keep the retain flag as published on live messages (MQTT 5).
    pub retain_as_published: bool,
    /// The client's subscription identifier (MQTT 5).
    pub identifier: Option<usize>,
}

/// A subscription to be made at, or withdrawn from, the router.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InwardSubscription {
    pub filter: String,
    pub number: usize,
}

/// What ending a subscription asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// There was no such subscription.
    Unknown,
    /// Others still need the router's subscription.
    Shared,
    /// The router's subscription to this inward filter can go.
    Unsubscribe(String),
}

/// The subscriptions of one session.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    by_filter: HashMap<String, Subscription>,
    /// By the number under which the router sends its messages.
    inward: HashMap<usize, Inward>,
    last_number: usize,
}

#[derive(Debug)]
struct Subscription {
    options: Options,
    /// Number of the inward subscription that serves it.
    served_by: usize,
    /// Changes of the retained store up to this one were sent as retained messages: the same as
    /// live messages would come twice, or older after newer.
    covered: u64,
}

#[derive(Debug)]
struct Inward {
    filter: String,
    clients_filters: Vec<String>,
    /// The place in the router's log of the message that is to come next; unknown before the first.
    next_place: Option<u64>,
}

impl Subscriptions {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_filter.len()
    }

    /// Whether the client subscribes to exactly this filter.
    pub fn contains(&self, filter: &str) -> bool {
        self.by_filter.contains_key(filter)
    }

    /// Adds a subscription served by `inward_filter`, or changes its options. Returns what has to
    /// be subscribed at the router, if anything.
    pub fn insert(
        &mut self,
        filter: &str,
        options: Options,
        inward_filter: impl FnOnce() -> String,
    ) -> Option<InwardSubscription> {
        if let Some(known) = self.by_filter.get_mut(filter) {
            known.options = options;
            return None;
        }
        let inward_filter = inward_filter();
        let serving = self
            .inward
            .iter_mut()
            .find(|(_, inward)| inward.filter == inward_filter);
        let (number, to_subscribe) = match serving {
            Some((number, inward)) => {
                inward.clients_filters.push(filter.to_owned());
                (*number, None)
            }
            None => {
                self.last_number += 1;
                let number = self.last_number;
                let inward = Inward {
                    filter: inward_filter.clone(),
                    clients_filters: vec![filter.to_owned()],
                    next_place: None,
                };
                self.inward.insert(number, inward);
                (
                    number,
                    Some(InwardSubscription {
                        filter: inward_filter,
                        number,
                    }),
                )
            }
        };
        self.by_filter.insert(
            filter.to_owned(),
            Subscription {
                options,
                served_by: number,
                covered: 0,
            },
        );
        to_subscribe
    }

    /// The retained messages under a new subscription, up to change `sequence`, were sent.
    pub fn cover(&mut self, filter: &str, sequence: u64) {
        if let Some(subscription) = self.by_filter.get_mut(filter) {
            subscription.covered = sequence;
        }
    }

    /// A message of the inward subscription `number` came, which stands at that place in the router's log. Gives
    /// how many before it never will: the log had dropped them when the client was ready for them.
    pub fn came(&mut self, number: usize, place: u64) -> u64 {
        let Some(inward) = self.inward.get_mut(&number) else {
            return 0;
        };
        let expected = inward.next_place.replace(place + 1);
        expected.map_or(0, |expected| place.saturating_sub(expected))
    }

    /// Ends a subscription.
    pub fn remove(&mut self, filter: &str) -> Removal {
        let Some(subscription) = self.by_filter.remove(filter) else {
            return Removal::Unknown;
        };
        let Some(inward) = self.inward.get_mut(&subscription.served_by) else {
            return Removal::Unknown;
        };
        inward.clients_filters.retain(|other| other != filter);
        if !inward.clients_filters.is_empty() {
            return Removal::Shared;
        }
        match self.inward.remove(&subscription.served_by) {
            Some(inward) => Removal::Unsubscribe(inward.filter),
            None => Removal::Unknown,
        }
    }

    /// The deliveries that a live message, sent by the router under `number`, gives in `session`.
    pub fn deliveries(&self, number: usize, envelope: Envelope, session: u64) -> Vec<Delivery> {
        let Some(inward) = self.inward.get(&number) else {
            // Sent before the router took the unsubscription.
            return Vec::new();
        };
        let message = Arc::new(envelope.message);
        inward
            .clients_filters
            .iter()
            .filter(|filter| topics::matches(message.topic_name(), filter))
            .filter_map(|filter| self.by_filter.get(filter))
            .filter(|subscription| {
                envelope.sequence == 0 || envelope.sequence > subscription.covered
            })
            .filter(|subscription| {
                !(subscription.options.no_local && envelope.publisher == session)
            })
            .map(|subscription| Delivery {
                message: Arc::clone(&message),
                qos: lower(message.qos, subscription.options.qos),
                retain: subscription.options.retain_as_published && message.retain,
                identifier: subscription.options.identifier,
                ticket: None,
            })
            .collect()
    }
}

/// The lower of two qualities of service.
pub(crate) fn lower(one: QoS, other: QoS) -> QoS {
    if one < other { one } else { other }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::Message;

    const PLAIN: Options = Options {
        qos: QoS::AtLeastOnce,
        no_local: false,
        retain_as_published: false,
        identifier: None,
    };

    fn envelope(topic: &'static str, sequence: u64) -> Envelope {
        let message = Message {
            topic: Bytes::from_static(topic.as_bytes()),
            payload: Bytes::from_static(b"1"),
            qos: QoS::AtLeastOnce,
            retain: sequence > 0,
            properties: None,
            expires: None,
        };
        Envelope {
            message,
            sequence,
            publisher: 7,
        }
    }

    #[test]
    fn a_new_filter_is_subscribed_inwards_once() {
        let mut subscriptions = Subscriptions::default();
        let first = subscriptions.insert("a/+", PLAIN, || "m/a/+".into());
        assert_eq!(
            first,
            Some(InwardSubscription {
                filter: "m/a/+".into(),
                number: 1
            })
        );
        assert_eq!(subscriptions.insert("a/+", PLAIN, || "m/a/+".into()), None);
        assert_eq!(subscriptions.deliveries(1, envelope("a/b", 0), 1).len(), 1);
        assert_eq!(
            subscriptions.remove("a/+"),
            Removal::Unsubscribe("m/a/+".into())
        );
        assert_eq!(subscriptions.remove("a/+"), Removal::Unknown);
        assert!(
            subscriptions
                .deliveries(1, envelope("a/b", 0), 1)
                .is_empty()
        );
    }

    #[test]
    fn what_the_log_dropped_is_counted() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.insert("a", PLAIN, || "m/a".into());
        subscriptions.insert("b", PLAIN, || "m/b".into());
        let places = [(1, 7), (1, 8), (2, 0), (1, 12), (2, 1), (1, 13)];
        let lost = places.map(|(number, place)| subscriptions.came(number, place));
        assert_eq!(lost, [0, 0, 0, 3, 0, 0]);
        subscriptions.remove("a");
        assert_eq!(subscriptions.came(1, 20), 0, "it was on its way");
        subscriptions.insert("a", PLAIN, || "m/a".into());
        assert_eq!(subscriptions.came(3, 30), 0, "another subscription");
    }

    #[test]
    fn filters_that_share_a_log_get_only_what_they_match() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.insert("a/b", PLAIN, || "m/#".into());
        assert_eq!(subscriptions.insert("c/#", PLAIN, || "m/#".into()), None);
        assert_eq!(subscriptions.deliveries(1, envelope("a/b", 0), 1).len(), 1);
        assert_eq!(subscriptions.deliveries(1, envelope("x", 0), 1).len(), 0);
        assert_eq!(subscriptions.remove("a/b"), Removal::Shared);
        assert_eq!(subscriptions.deliveries(1, envelope("c/d", 0), 1).len(), 1);
    }

    #[test]
    fn live_messages_already_sent_as_retained_are_skipped() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.insert("a/b", PLAIN, || "m/a/b".into());
        subscriptions.cover("a/b", 5);
        assert!(
            subscriptions
                .deliveries(1, envelope("a/b", 4), 1)
                .is_empty()
        );
        assert!(
            subscriptions
                .deliveries(1, envelope("a/b", 5), 1)
                .is_empty()
        );
        assert_eq!(subscriptions.deliveries(1, envelope("a/b", 6), 1).len(), 1);
        assert_eq!(
            subscriptions.deliveries(1, envelope("a/b", 0), 1).len(),
            1,
            "not a retained one"
        );
    }

    #[test]
    fn options_shape_the_delivery() {
        let mut subscriptions = Subscriptions::default();
        let options = Options {
            qos: QoS::AtMostOnce,
            no_local: true,
            retain_as_published: true,
            identifier: Some(3),
        };
        subscriptions.insert("a/b", options, || "m/a/b".into());
        assert!(
            subscriptions
                .deliveries(1, envelope("a/b", 1), 7)
                .is_empty(),
            "its own message"
        );
        let delivery = subscriptions.deliveries(1, envelope("a/b", 1), 8).remove(0);
        assert_eq!(delivery.qos, QoS::AtMostOnce);
        assert!(delivery.retain);
        assert_eq!(delivery.identifier, Some(3));
        subscriptions.insert("a/b", PLAIN, || "m/a/b".into());
        let delivery = subscriptions.deliveries(1, envelope("a/b", 1), 7).remove(0);
        assert_eq!((delivery.qos, delivery.retain), (QoS::AtLeastOnce, false));
    }
}
