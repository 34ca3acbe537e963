//! A session: what outlives a client's connection. Its subscriptions, its link to the router, and
//! the messages on their way to the client.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rumqttd::protocol::{Filter, QoS, RetainForwardRule, SubscribeReasonCode, UnsubAckReason};
use tokio::time::{Instant, timeout};

use crate::access::{Identity, Reach};
use crate::config::Limits;
use crate::envelope;
use crate::inlet::Inlet;
use crate::log_throttle::SharedThrottle;
use crate::message::Message;
use crate::metrics::{Metrics, NotSubscribed};
use crate::outgoing::{Delivery, Outgoing, ToSend};
use crate::retained::Durability;
use crate::router::{Arrival, Link, RouterGone, RouterHandle};
use crate::subscriptions::{Options, Removal, Subscriptions, lower};
use crate::topics;

/// The router answers a subscription within microseconds unless it is dead.
const ROUTER_ANSWER_TIME: Duration = Duration::from_secs(10);

/// What all sessions share.
pub(crate) struct Services {
    pub router: Arc<RouterHandle>,
    pub inlet: Inlet,
    /// How far the retained messages are on disk.
    pub durability: Durability,
    pub metrics: Metrics,
    pub limits: Limits,
    /// What clients were refused, for the log; each of them has a bound of its own besides.
    pub refusals: SharedThrottle,
}

impl Services {
    /// Which of the router's filters serves the `filter` of that one: its own, or the one of all messages.
    fn inward_filter(&self, filter: &str, identity: &Identity) -> String {
        let own = self.router.own_filter(filter, identity.known_user());
        own.unwrap_or_else(|| {
            self.metrics.without_log.inc();
            envelope::inward_filter("#")
        })
    }
}

#[cfg(test)]
impl Services {
    /// Of a router of its own.
    pub fn alone(durability: Durability) -> Arc<Self> {
        let limits = Limits::default();
        let router = RouterHandle::spawn(&limits);
        Arc::new(Self {
            inlet: Inlet::open_blocking(&router, &limits).unwrap(),
            router,
            durability,
            metrics: Metrics::new().unwrap(),
            limits,
            refusals: SharedThrottle::new(1, Duration::from_secs(1)),
        })
    }
}

/// A client's session.
pub(crate) struct Session {
    /// Unique among all sessions since the broker started.
    number: u64,
    /// Whose it is.
    identity: Arc<Identity>,
    /// Some subscription spans more than may be read: each message is looked at.
    reads_in_part: bool,
    services: Arc<Services>,
    link: Link,
    subscriptions: Subscriptions,
    outgoing: Outgoing,
    /// QoS 2 publishes that are taken but not released (MQTT 3.1.1): their packet ids, and the change in the
    /// retained store that each was.
    unreleased: HashMap<u16, u64>,
}

impl Session {
    /// A new session without subscriptions.
    pub async fn open(
        number: u64,
        identity: Arc<Identity>,
        services: Arc<Services>,
    ) -> Result<Self, RouterGone> {
        let link = services.router.open_link().await?;
        Ok(Self {
            number,
            identity,
            reads_in_part: false,
            services,
            link,
            subscriptions: Subscriptions::default(),
            outgoing: Outgoing::default(),
            unreleased: HashMap::new(),
        })
    }

    /// Its number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whose it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Subscribes, waits until the subscriptions are in force, and queues the retained messages.
    /// Returns a code for each filter.
    pub async fn subscribe(
        &mut self,
        filters: &[Filter],
        identifier: Option<usize>,
    ) -> Result<Vec<SubscribeReasonCode>, RouterGone> {
        let mut codes = Vec::with_capacity(filters.len());
        let mut wanted = Vec::new();
        let mut last_asked = None;
        let most = self.services.limits.subscriptions;
        for (index, filter) in filters.iter().enumerate() {
            // Repeats of one filter are not new, and each of them queues what is retained.
            let within = if index < most {
                self.check(filter)
            } else {
                Err(SubscribeReasonCode::QuotaExceeded)
            };
            if let Err(refusal) = within {
                self.services.metrics.not_subscribed(match refusal {
                    SubscribeReasonCode::NotAuthorized => NotSubscribed::NotAllowed,
                    SubscribeReasonCode::QuotaExceeded => NotSubscribed::TooMany,
                    _ => NotSubscribed::Invalid,
                });
                codes.push(refusal);
                continue;
            }
            self.reads_in_part |= self.identity.reach(&filter.path) == Reach::Part;
            let options = Options {
                qos: lower(filter.qos, QoS::AtLeastOnce),
                no_local: filter.nolocal,
                retain_as_published: filter.preserve_retain,
                identifier,
            };
            let is_new = !self.subscriptions.contains(&filter.path);
            let inward_filter = || self.services.inward_filter(&filter.path, &self.identity);
            if let Some(inward) = self
                .subscriptions
                .insert(&filter.path, options, inward_filter)
            {
                last_asked = Some(self.link.subscribe(inward.filter, inward.number)?);
            }
            wanted.push((index, filter, options, is_new));
            codes.push(granted(options.qos));
        }
        if let Some(packet_id) = last_asked {
            timeout(ROUTER_ANSWER_TIME, self.until_subscribed(packet_id))
                .await
                .unwrap_or(Err(RouterGone))?;
        }
        for (index, filter, options, is_new) in wanted {
            if self.is_not_reading() {
                codes[index] = SubscribeReasonCode::QuotaExceeded;
                self.services.metrics.not_subscribed(NotSubscribed::TooMany);
                if is_new {
                    self.unsubscribe(std::slice::from_ref(&filter.path))?;
                }
                continue;
            }
            self.queue_retained(filter, options, is_new);
        }
        Ok(codes)
    }

    /// Ends subscriptions. Returns a code for each filter.
    pub fn unsubscribe(&mut self, filters: &[String]) -> Result<Vec<UnsubAckReason>, RouterGone> {
        let mut codes = Vec::with_capacity(filters.len());
        for filter in filters {
            let code = match self.subscriptions.remove(filter) {
                Removal::Unknown => UnsubAckReason::NoSubscriptionExisted,
                Removal::Shared => UnsubAckReason::Success,
                Removal::Unsubscribe(inward_filter) => {
                    self.link.unsubscribe(inward_filter)?;
                    UnsubAckReason::Success
                }
            };
            codes.push(code);
        }
        Ok(codes)
    }

    /// Waits for something from the router and takes it. Nothing is lost when the future is dropped.
    pub async fn receive(&mut self) -> Result<(), RouterGone> {
        let arrival = self.link.next().await?;
        self.take(arrival);
        Ok(())
    }

    /// The next message to write to the client, with at most `window` unacknowledged.
    pub fn next_to_send(&mut self, window: usize) -> Option<ToSend> {
        self.outgoing.next_to_send(window)
    }

    /// The client acknowledged a message. False when there was none with this id.
    pub fn acknowledged(&mut self, packet_id: u16) -> bool {
        self.outgoing.acknowledged(packet_id)
    }

    /// Lets the router send as many messages as were dealt with.
    pub fn make_room(&mut self) -> Result<(), RouterGone> {
        let finished = self.outgoing.take_finished();
        self.link.acknowledge(finished)
    }

    /// The connection is gone; on the next one, what was not acknowledged is sent again.
    pub fn detached(&mut self) {
        self.outgoing.send_again();
    }

    /// The change in the retained store that the QoS 2 publish with this id was, or 0, where it was taken before.
    pub fn unreleased(&self, packet_id: u16) -> Option<u64> {
        self.unreleased.get(&packet_id).copied()
    }

    /// Whether another QoS 2 publish may wait for its release.
    pub fn may_hold_more(&self) -> bool {
        self.unreleased.len() < usize::from(self.services.limits.receive_maximum)
    }

    /// The QoS 2 publish with this id was taken, as that change in the retained store.
    pub fn hold(&mut self, packet_id: u16, sequence: u64) {
        self.unreleased.insert(packet_id, sequence);
    }

    /// The client released a QoS 2 publish.
    pub fn release(&mut self, packet_id: u16) {
        self.unreleased.remove(&packet_id);
    }

    fn check(&self, filter: &Filter) -> Result<(), SubscribeReasonCode> {
        topics::check_filter(&filter.path).map_err(|_| SubscribeReasonCode::TopicFilterInvalid)?;
        if filter.path.starts_with("$share/") {
            return Err(SubscribeReasonCode::SharedSubscriptionsNotSupported);
        }
        // Where some of it may be read the rest is left out, as wildcards of Home Assistant and the web app
        // want it; where nothing may, silence would be harder to understand than a refusal.
        if self.identity.reach(&filter.path) == Reach::Nothing {
            return Err(SubscribeReasonCode::NotAuthorized);
        }
        let limits = &self.services.limits;
        let is_new = !self.subscriptions.contains(&filter.path);
        let too_many = is_new && self.subscriptions.len() >= limits.subscriptions;
        if too_many || self.is_not_reading() {
            return Err(SubscribeReasonCode::QuotaExceeded);
        }
        Ok(())
    }

    /// Every subscription queues retained messages anew; a client that does not read them must not pile them up.
    fn is_not_reading(&self) -> bool {
        self.outgoing.retained_waiting() > self.services.limits.retained_messages
    }

    async fn until_subscribed(&mut self, wanted: u16) -> Result<(), RouterGone> {
        loop {
            match self.link.next().await? {
                Arrival::Subscribed { packet_id } if packet_id == wanted => return Ok(()),
                other => self.take(other),
            }
        }
    }

    fn queue_retained(&mut self, filter: &Filter, options: Options, is_new: bool) {
        let wanted = match filter.retain_forward_rule {
            RetainForwardRule::OnEverySubscribe => true,
            RetainForwardRule::OnNewSubscribe => is_new,
            RetainForwardRule::Never => false,
        };
        if !wanted {
            return;
        }
        // Taken after the router has answered: all that it took before the subscription is in it,
        // so nothing is lost in between; and what the router sends live although it is in here is
        // skipped by its number.
        let snapshot = self.services.inlet.retained(&filter.path);
        if is_new {
            self.subscriptions.cover(&filter.path, snapshot.sequence);
        }
        let messages = (snapshot.messages.into_iter())
            .filter(|message| self.identity.may_read(message.topic_name()));
        for message in messages {
            let qos = lower(message.qos, options.qos);
            let identifier = options.identifier;
            self.outgoing.push_retained(Delivery {
                message,
                qos,
                retain: true,
                identifier,
                ticket: None,
            });
        }
    }

    fn is_wanted(&self, message: &Message) -> bool {
        !message.is_expired(Instant::now())
            && (!self.reads_in_part || self.identity.may_read(message.topic_name()))
    }

    fn take(&mut self, arrival: Arrival) {
        if let Arrival::Message {
            subscription,
            place,
            publish,
        } = arrival
        {
            let lost = place.map_or(0, |place| self.subscriptions.came(subscription, place));
            self.services.metrics.dropped_behind(lost);
            let deliveries = match envelope::open(publish) {
                Some(envelope) if self.is_wanted(&envelope.message) => self
                    .subscriptions
                    .deliveries(subscription, envelope, self.number),
                _ => Vec::new(),
            };
            self.outgoing.push_live(deliveries);
        }
    }
}

fn granted(qos: QoS) -> SubscribeReasonCode {
    match qos {
        QoS::AtMostOnce => SubscribeReasonCode::QoS0,
        QoS::AtLeastOnce | QoS::ExactlyOnce => SubscribeReasonCode::QoS1,
    }
}
