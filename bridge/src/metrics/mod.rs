//! `/metrics`: what Prometheus scrapes, built from the fleet at the moment of the scrape.

mod family;
mod own;
pub mod readings;
mod source;
#[cfg(test)]
mod tests;

use crate::fleet::{Fleet, Node};
use crate::moment::Moment;
use family::Family;
pub use own::{MailFigures, OwnFigures, RemoteWriteFigures, StoreFigures};

/// The text that Prometheus reads. Where readings are sent to it, they are not in here, too: one series, one path.
#[must_use]
pub fn render(fleet: &Fleet, own: &OwnFigures, now: Moment) -> String {
    let scraped = fleet.nodes().filter(|_| own.remote_write.is_none());
    let readings: Vec<_> = scraped
        .filter_map(|(id, node)| Some((id, node.fresh_reading(now)?)))
        .collect();
    readings::families(&readings)
        .chain(nodes(fleet))
        .chain(own::families(fleet, own))
        .collect()
}

/// One series a node; none where the value is `None`.
fn by_node(fleet: &Fleet, mut family: Family, value: impl Fn(&Node) -> Option<f64>) -> Family {
    for (id, node) in fleet.nodes() {
        if let Some(value) = value(node) {
            family.add(&[("node", id.as_str())], value);
        }
    }
    family
}

fn nodes(fleet: &Fleet) -> impl Iterator<Item = String> {
    let gauge = Family::gauge;
    let counter = Family::counter;
    let families = [
        by_node(
            fleet,
            gauge(
                "releve_node_up",
                "Whether the node is connected to the broker (1); 0 too while the bridge itself is not.",
            ),
            |node| Some(if node.is_online() { 1.0 } else { 0.0 }),
        ),
        by_node(
            fleet,
            gauge(
                "releve_last_reading_timestamp_seconds",
                "When the node's newest reading was taken; where site time is accelerated, when it came. Kept when the node falls silent.",
            ),
            |node| Some(node.last_reading_at()?.as_unix_seconds()),
        ),
        by_node(
            fleet,
            gauge(
                "releve_bridge_reading_delay_seconds",
                "From the end of the window to the arrival of the node's newest live reading; none where site time is accelerated.",
            ),
            Node::reading_delay_seconds,
        ),
        names(fleet),
        by_node(
            fleet,
            counter(
                "releve_bridge_readings_total",
                "Readings taken in, each once.",
            ),
            |node| Some(node.readings as f64),
        ),
        by_node(
            fleet,
            counter(
                "releve_bridge_duplicates_total",
                "Readings and events that came again and were dropped.",
            ),
            |node| Some(node.duplicates as f64),
        ),
        by_node(
            fleet,
            gauge(
                "releve_bridge_missing_readings",
                "Readings known to exist that did not come yet; they are being asked for.",
            ),
            |node| Some(node.missing_readings() as f64),
        ),
        by_node(
            fleet,
            counter(
                "releve_bridge_lost_readings_total",
                "Readings that nobody has any more.",
            ),
            |node| Some(node.lost_readings() as f64),
        ),
        by_node(
            fleet,
            counter(
                "releve_bridge_resend_requests_total",
                "Requests to the node for missing records.",
            ),
            |node| Some(node.resend_requests() as f64),
        ),
    ];
    families.into_iter().filter_map(Family::finish)
}

fn names(fleet: &Fleet) -> Family {
    let mut family = Family::gauge(
        "releve_node_info",
        "Always 1: the site's name and its program's version as labels.",
    );
    for (id, node) in fleet.nodes() {
        if let Some(about) = &node.about {
            let labels = [
                ("node", id.as_str()),
                ("name", &about.name),
                ("version", &about.version),
            ];
            family.add(&labels, 1.0);
        }
    }
    family
}
