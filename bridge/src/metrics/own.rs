//! The bridge's figures of itself.

use prometheus::proto::MetricFamily;
use releve_protocol::{NodeId, Timestamp};

use super::family::Family;
use crate::fleet::Fleet;

/// What the bridge knows of itself.
#[derive(Debug, Clone)]
pub struct OwnFigures {
    /// Its name.
    pub id: NodeId,
    /// When it was started.
    pub started: Timestamp,
    /// Whether it is connected to the broker and has its subscriptions.
    pub connected: bool,
    /// How its mails fare, where mail is configured.
    pub mails: Option<MailFigures>,
    /// How its store fares.
    pub store: StoreFigures,
}

/// How alert e-mails fare.
#[derive(Debug, Clone, Copy)]
pub struct MailFigures {
    /// Taken by the mail server.
    pub sent: u64,
    /// Given up.
    pub failed: u64,
}

/// How the store fares.
#[derive(Debug, Clone, Copy, Default)]
pub struct StoreFigures {
    /// Bytes that it takes on its disk; `None` in memory, or where the disk does not tell.
    pub bytes: Option<u64>,
    /// Bytes that are free there.
    pub free_bytes: Option<u64>,
    /// Writes that failed.
    pub errors: u64,
    /// Readings that were cut because it had reached its greatest size.
    pub cut: u64,
}

/// Every family of these figures that has a series.
pub fn families(fleet: &Fleet, own: &OwnFigures) -> impl Iterator<Item = MetricFamily> {
    let always = [
        info(own),
        one(
            Family::gauge(
                "releve_bridge_start_time_seconds",
                "When the bridge was started.",
            ),
            Some(own.started.as_unix_seconds()),
        ),
        one(
            Family::gauge(
                "releve_bridge_connected",
                "Whether the bridge is connected to the broker (1) or not (0).",
            ),
            Some(if own.connected { 1.0 } else { 0.0 }),
        ),
        malformed(fleet),
        one(
            Family::counter(
                "releve_bridge_ignored_messages_total",
                "Messages of nodes beyond the greatest number of nodes.",
            ),
            Some(fleet.ignored_messages() as f64),
        ),
    ];
    always
        .into_iter()
        .chain(mails(own.mails))
        .chain(store(own.store))
        .filter_map(Family::finish)
}

/// The family with one series without labels; none where there is no value.
fn one(mut family: Family, value: Option<f64>) -> Family {
    if let Some(value) = value {
        family.add(&[], value);
    }
    family
}

fn info(own: &OwnFigures) -> Family {
    let mut family = Family::gauge(
        "releve_bridge_info",
        "Always 1: the bridge's name and its program's version as labels.",
    );
    let labels = [
        ("bridge", own.id.as_str()),
        ("version", env!("CARGO_PKG_VERSION")),
    ];
    family.add(&labels, 1.0);
    family
}

fn malformed(fleet: &Fleet) -> Family {
    let mut family = Family::counter(
        "releve_bridge_malformed_total",
        "Messages that could not be read, by the last level of their topic.",
    );
    for (node, kind, count) in fleet.malformed() {
        let node = node.map_or("", |node| node.as_str());
        family.add(&[("node", node), ("kind", kind)], count as f64);
    }
    family
}

fn mails(mails: Option<MailFigures>) -> [Family; 2] {
    let figure = |of: fn(MailFigures) -> u64| mails.map(|mails| of(mails) as f64);
    [
        one(
            Family::counter("releve_bridge_mails_sent_total", "Alert e-mails sent."),
            figure(|mails| mails.sent),
        ),
        one(
            Family::counter(
                "releve_bridge_mails_failed_total",
                "Alert e-mails given up.",
            ),
            figure(|mails| mails.failed),
        ),
    ]
}

fn store(store: StoreFigures) -> [Family; 4] {
    [
        one(
            Family::gauge(
                "releve_bridge_store_bytes",
                "Bytes that the bridge's store takes on its disk.",
            ),
            store.bytes.map(|bytes| bytes as f64),
        ),
        one(
            Family::gauge(
                "releve_bridge_store_free_bytes",
                "Bytes that are free on the disk of the bridge's store.",
            ),
            store.free_bytes.map(|bytes| bytes as f64),
        ),
        one(
            Family::counter(
                "releve_bridge_store_errors_total",
                "Writes into the store that failed; what they held is asked for again.",
            ),
            Some(store.errors as f64),
        ),
        one(
            Family::counter(
                "releve_bridge_store_cut_readings_total",
                "Readings cut before their time because the store had reached its greatest size; their averages stay.",
            ),
            Some(store.cut as f64),
        ),
    ]
}
