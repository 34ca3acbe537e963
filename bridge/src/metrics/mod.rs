//! `/metrics`: what Prometheus scrapes, written page by page from a copy of what is shown of the fleet.

mod family;
mod nodes;
mod own;
pub mod readings;
mod snapshot;
mod source;
#[cfg(test)]
mod tests;

pub use own::{MailFigures, OwnFigures, RemoteWriteFigures, StoreFigures};
pub use prometheus::TEXT_FORMAT;
pub use snapshot::Snapshot;

/// Bytes with which a page is full; what some nodes or a family of the bridge's own add may go beyond.
const PAGE: usize = 64 << 10;
/// Nodes whose series of a family are written in one go: as objects of the library they take many times the text's
/// room.
const NODES_TOGETHER: usize = 8;

/// The text that Prometheus reads, in pages: that of ten thousand nodes is megabytes.
pub struct Pages {
    snapshot: Snapshot,
    /// The family of nodes whose turn it is, the node in it, and whether the family has begun.
    family: usize,
    node: usize,
    has_begun: bool,
    own: std::vec::IntoIter<String>,
}

impl Pages {
    /// The text of these figures.
    #[must_use]
    pub fn new(snapshot: Snapshot, own: &OwnFigures) -> Self {
        let own: Vec<_> = own::families(&snapshot, own).collect();
        Self {
            snapshot,
            family: 0,
            node: 0,
            has_begun: false,
            own: own.into_iter(),
        }
    }

    /// Adds what comes next to the page; whether there was anything.
    fn go_on(&mut self, page: &mut String) -> bool {
        let Some(family) = nodes::FAMILIES.get(self.family) else {
            let next = self.own.next();
            page.push_str(next.as_deref().unwrap_or_default());
            return next.is_some();
        };
        let rest = self.snapshot.nodes.get(self.node..).unwrap_or_default();
        let nodes = &rest[..rest.len().min(NODES_TOGETHER)];
        if !nodes.is_empty() {
            if let Some(text) = family.of(nodes, self.has_begun) {
                page.push_str(&text);
                self.has_begun = true;
            }
            self.node += nodes.len();
        } else {
            self.family += 1;
            self.node = 0;
            self.has_begun = false;
        }
        true
    }
}

impl Iterator for Pages {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut page = String::with_capacity(PAGE + PAGE / 8);
        while page.len() < PAGE && self.go_on(&mut page) {}
        (!page.is_empty()).then_some(page)
    }
}

/// What a scrape shows of a reading.
#[cfg(test)]
pub(crate) fn of_reading(reading: &releve_protocol::Reading) -> String {
    let shown = snapshot::Shown {
        id: crate::samples::node(),
        about: None,
        is_online: true,
        reading: Some(std::sync::Arc::new(reading.clone())),
        last_reading_at: None,
        delay_s: None,
        readings: 1,
        duplicates: 0,
        missing: 0,
        lost: 0,
        resend_requests: 0,
    };
    let nodes = [shown];
    let families = &nodes::FAMILIES[..readings::METRICS.len()];
    families
        .iter()
        .filter_map(|family| family.of(&nodes, false))
        .collect()
}
