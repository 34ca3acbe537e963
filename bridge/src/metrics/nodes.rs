//! The families that have series of each node.

use std::sync::LazyLock;

use super::family::{Family, Head};
use super::readings::{self, Series};
use super::snapshot::Shown;

/// A family with series of each node.
pub struct OfNodes {
    head: Head,
    what: What,
}

/// What its series show.
enum What {
    /// A figure of the node; no series where it is not known.
    Figure(fn(&Shown) -> Option<f64>),
    /// Its name and version.
    About,
    /// What its newest reading says.
    Reading(&'static [Series]),
}

/// All of them, in the order of the text.
pub static FAMILIES: LazyLock<Vec<OfNodes>> = LazyLock::new(|| {
    let of_readings = readings::METRICS.iter().map(|metric| OfNodes {
        head: Head::gauge(&metric.name, &metric.help),
        what: What::Reading(&metric.series),
    });
    of_readings.chain(of_bridge()).collect()
});

impl OfNodes {
    /// The series of these nodes as text: after the family's head, unless that was written before. `None` where
    /// they have none.
    pub fn of(&self, nodes: &[Shown], has_begun: bool) -> Option<String> {
        let mut family = self.head.family();
        for node in nodes {
            self.add(node, &mut family);
        }
        if has_begun {
            family.finish_further()
        } else {
            family.finish()
        }
    }

    fn add(&self, node: &Shown, family: &mut Family) {
        let id = ("node", node.id.as_str());
        let mut add = |labels: &[(&str, &str)], value| family.add(labels, value);
        match &self.what {
            What::Figure(of) => {
                if let Some(value) = of(node) {
                    add(&[id], value);
                }
            }
            What::About => {
                if let Some(about) = &node.about {
                    let labels = [id, ("name", &about.name), ("version", &about.version)];
                    add(&labels, 1.0);
                }
            }
            What::Reading(series) => {
                let Some(reading) = &node.reading else {
                    return;
                };
                for series in *series {
                    // What a reading does not know has no series.
                    match (series.value(&**reading), series.label) {
                        (Some(value), Some(label)) => add(&[id, label], value),
                        (Some(value), None) => add(&[id], value),
                        (None, _) => {}
                    }
                }
            }
        }
    }
}

fn of_bridge() -> [OfNodes; 9] {
    let gauge = |name, help, what| OfNodes {
        head: Head::gauge(name, help),
        what,
    };
    let counter = |name, help, of| OfNodes {
        head: Head::counter(name, help),
        what: What::Figure(of),
    };
    [
        gauge(
            "releve_node_up",
            "Whether the node is connected to the broker (1); 0 too while the bridge itself is not.",
            What::Figure(|node| Some(if node.is_online { 1.0 } else { 0.0 })),
        ),
        gauge(
            "releve_last_reading_timestamp_seconds",
            "When the node's newest reading was taken; where site time is accelerated, when it came. Kept when the node falls silent.",
            What::Figure(|node| Some(node.last_reading_at?.as_unix_seconds())),
        ),
        gauge(
            "releve_bridge_reading_delay_seconds",
            "From the end of the window to the arrival of the node's newest live reading; none where site time is accelerated.",
            What::Figure(|node| node.delay_s),
        ),
        gauge(
            "releve_node_info",
            "Always 1: the site's name and its program's version as labels.",
            What::About,
        ),
        counter(
            "releve_bridge_readings_total",
            "Readings taken in, each once.",
            |node| Some(node.readings as f64),
        ),
        counter(
            "releve_bridge_duplicates_total",
            "Readings and events that came again and were dropped.",
            |node| Some(node.duplicates as f64),
        ),
        gauge(
            "releve_bridge_missing_readings",
            "Readings known to exist that did not come yet; they are being asked for.",
            What::Figure(|node| Some(node.missing as f64)),
        ),
        counter(
            "releve_bridge_lost_readings_total",
            "Readings that nobody has any more.",
            |node| Some(node.lost as f64),
        ),
        counter(
            "releve_bridge_resend_requests_total",
            "Requests to the node for missing records.",
            |node| Some(node.resend_requests as f64),
        ),
    ]
}
