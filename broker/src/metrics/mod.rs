//! The broker's own figures: what came in, what was refused, what was dropped.
//!
//! Only totals: neither users nor topics, for who reads metrics may not be one who may read those.

mod page;
mod server;

use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

pub(crate) use self::page::Page;
pub(crate) use self::server::serve;

/// Counters, from the start of the broker on.
pub(crate) struct Metrics {
    registry: Registry,
    /// Connections that were closed or refused before they were served.
    connections_refused: IntCounterVec,
    /// Messages that clients published.
    pub published: IntCounter,
    publishes_refused: IntCounterVec,
    subscriptions_refused: IntCounterVec,
    /// Subscriptions whose filter got no log of its own.
    pub without_log: IntCounter,
    /// Messages sent to clients.
    pub sent: IntCounter,
    dropped: IntCounterVec,
}

/// Why a connection was not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotServed {
    /// Too many had not finished their handshake.
    Handshakes,
    /// Too many of them came from the same source.
    SourceHandshakes,
    /// It did not say what it is, or wrongly.
    Protocol,
    /// Its login was wrong, or came too soon.
    Login,
    /// It may not publish its will.
    Will,
    /// The broker serves as many as it may.
    Places,
    /// The user has as many connections as one may have.
    UserPlaces,
    /// Its handshake of TLS came to nothing.
    Tls,
    /// Its WebSocket request was refused, or came to nothing.
    WebSocket,
}

/// Why a publish was not taken, or not wholly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// Its publisher may not publish there, or nobody may.
    NotAllowed,
    /// The retained store is full.
    RetainedFull,
}

/// Why a subscription was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotSubscribed {
    /// Nothing under it may be read.
    NotAllowed,
    /// It is not valid, or not offered.
    Invalid,
    /// The client has as many as it may have.
    TooMany,
}

/// What was lost on its way to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// A message expired.
    Expired,
    /// A message is larger than its receiver takes.
    TooLarge,
    /// A session with what waited in it: as many as allowed were kept already.
    Session,
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let by_reason = |name: &str, help: &str, reasons: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), &["reason"])?;
            registry.register(Box::new(counter.clone()))?;
            // So that each is there before it is needed.
            for reason in reasons {
                counter.with_label_values(&[*reason]);
            }
            Ok::<_, prometheus::Error>(counter)
        };
        let connections_refused = by_reason(
            "releve_broker_connections_refused_total",
            "Connections closed or refused before they were served.",
            &[
                "handshakes",
                "source_handshakes",
                "protocol",
                "login",
                "will",
                "places",
                "user_places",
                "tls",
                "websocket",
            ],
        )?;
        let published = counter(
            "releve_broker_published_total",
            "Messages that clients published, refused ones included.",
        )?;
        let publishes_refused = by_reason(
            "releve_broker_publishes_refused_total",
            "Publishes that were not taken, or not kept.",
            &["not_allowed", "retained_full"],
        )?;
        let subscriptions_refused = by_reason(
            "releve_broker_subscriptions_refused_total",
            "Subscriptions that were not made.",
            &["not_allowed", "invalid", "too_many"],
        )?;
        let without_log = counter(
            "releve_broker_subscriptions_without_log_total",
            "Subscriptions served from the log of all messages: there are as many logs as there may be.",
        )?;
        let sent = counter(
            "releve_broker_sent_total",
            "Messages sent to clients, repetitions included.",
        )?;
        let dropped = by_reason(
            "releve_broker_dropped_total",
            "What was lost on its way to a client: messages that expired, were too large, or for which it was too far behind; and sessions.",
            &["expired", "too_large", "behind", "session"],
        )?;
        Ok(Self {
            registry,
            connections_refused,
            published,
            publishes_refused,
            subscriptions_refused,
            without_log,
            sent,
            dropped,
        })
    }

    /// A connection was not served.
    pub fn not_served(&self, why: NotServed) {
        let reason = match why {
            NotServed::Handshakes => "handshakes",
            NotServed::SourceHandshakes => "source_handshakes",
            NotServed::Protocol => "protocol",
            NotServed::Login => "login",
            NotServed::Will => "will",
            NotServed::Places => "places",
            NotServed::UserPlaces => "user_places",
            NotServed::Tls => "tls",
            NotServed::WebSocket => "websocket",
        };
        self.connections_refused.with_label_values(&[reason]).inc();
    }

    /// A publish was not taken.
    pub fn not_taken(&self, why: NotTaken) {
        let reason = match why {
            NotTaken::NotAllowed => "not_allowed",
            NotTaken::RetainedFull => "retained_full",
        };
        self.publishes_refused.with_label_values(&[reason]).inc();
    }

    /// A subscription was not made.
    pub fn not_subscribed(&self, why: NotSubscribed) {
        let reason = match why {
            NotSubscribed::NotAllowed => "not_allowed",
            NotSubscribed::Invalid => "invalid",
            NotSubscribed::TooMany => "too_many",
        };
        self.subscriptions_refused
            .with_label_values(&[reason])
            .inc();
    }

    /// So many messages were lost, for their receiver was further behind than its queue reaches.
    pub fn dropped_behind(&self, messages: u64) {
        if messages > 0 {
            self.dropped.with_label_values(&["behind"]).inc_by(messages);
        }
    }

    /// Something was lost.
    pub fn dropped(&self, what: Dropped) {
        let reason = match what {
            Dropped::Expired => "expired",
            Dropped::TooLarge => "too_large",
            Dropped::Session => "session",
        };
        self.dropped.with_label_values(&[reason]).inc();
    }
}
