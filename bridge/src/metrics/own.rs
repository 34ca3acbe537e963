//! The bridge's figures of itself.

use releve_protocol::{NodeId, Timestamp};

use super::family::Family;
use crate::alerts::Key;
use crate::fleet::Fleet;
use crate::remote_write::{Dropped, Standing};

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
    /// The alerts that hold.
    pub alerts: Vec<Key>,
    /// How its store fares.
    pub store: StoreFigures,
    /// How sending readings fares, where they are sent.
    pub remote_write: Option<RemoteWriteFigures>,
}

/// How sending readings fares.
#[derive(Debug, Clone, Copy)]
pub struct RemoteWriteFigures {
    /// How far it is.
    pub standing: Standing,
    /// How many readings wait, and the moment of the first of them; `None` where the store does not tell.
    pub pending: Option<(u64, Option<Timestamp>)>,
}

/// How alert e-mails fare.
#[derive(Debug, Clone, Copy)]
pub struct MailFigures {
    /// Taken by the mail server.
    pub sent: u64,
    /// Given up.
    pub failed: u64,
    /// Waiting to be sent.
    pub waiting: u64,
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
pub fn families(fleet: &Fleet, own: &OwnFigures) -> impl Iterator<Item = String> {
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
        alerts(&own.alerts),
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
        .chain(own.remote_write.iter().flat_map(remote_write))
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

fn alerts(active: &[Key]) -> Family {
    let mut family = Family::gauge(
        "releve_bridge_alert_active",
        "Always 1: an alert that holds, be it a node's alarm or what the bridge itself watches.",
    );
    for key in active {
        let node = key.node.as_ref().map_or("", |node| node.as_str());
        family.add(&[("node", node), ("alert", key.alert.name())], 1.0);
    }
    family
}

fn mails(mails: Option<MailFigures>) -> [Family; 3] {
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
        one(
            Family::gauge(
                "releve_bridge_mails_waiting",
                "Alert e-mails that wait to be sent.",
            ),
            figure(|mails| mails.waiting),
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

fn remote_write(figures: &RemoteWriteFigures) -> [Family; 6] {
    let RemoteWriteFigures { standing, pending } = figures;
    [
        one(
            Family::gauge(
                "releve_bridge_remote_write_up",
                "Whether the remote-write server answered the last request for good (1) or not (0); none before the first.",
            ),
            standing.up.map(|up| if up { 1.0 } else { 0.0 }),
        ),
        one(
            Family::gauge(
                "releve_bridge_remote_write_pending_readings",
                "Readings that are still to be sent.",
            ),
            pending.map(|(count, _)| count as f64),
        ),
        one(
            Family::gauge(
                "releve_bridge_remote_write_oldest_pending_timestamp_seconds",
                "When the first of the readings that are still to be sent was taken; none where nothing is.",
            ),
            pending.and_then(|(_, oldest)| Some(oldest?.as_unix_seconds())),
        ),
        one(
            Family::counter(
                "releve_bridge_remote_write_samples_total",
                "Samples that the remote-write server took.",
            ),
            Some(standing.saved.samples as f64),
        ),
        dropped(standing.saved.dropped),
        one(
            Family::counter(
                "releve_bridge_remote_write_retries_total",
                "Requests that were made again because the remote-write server could not be reached, or not then.",
            ),
            Some(standing.saved.retries as f64),
        ),
    ]
}

fn dropped(dropped: Dropped) -> Family {
    let mut family = Family::counter(
        "releve_bridge_remote_write_dropped_samples_total",
        "Samples that are not sent, by reason.",
    );
    for (reason, count) in [
        ("accelerated", dropped.accelerated),
        ("refused", dropped.refused),
        ("expired", dropped.expired),
        ("damaged", dropped.damaged),
    ] {
        family.add(&[("reason", reason)], count as f64);
    }
    family
}
