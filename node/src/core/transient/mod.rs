//! Samples around edges: when they are taken, and the events that they become.

mod raster;
mod recorder;

use releve_control::sample::Sample;
use releve_control::{Edge, Event, Monotonic, Transient};

use super::{Core, Publication};
use crate::clock::Now;

pub use raster::LEAST_GAP;
pub use recorder::TransientRecorder;

impl Core {
    /// The samples around an edge are all there: they are an event.
    pub(super) fn transient_is_complete(&mut self, transient: Transient<Monotonic>, now: Now) {
        self.happened(Event::Transient(Box::new(transient)), now);
    }

    /// Relays moved in this step; their samples are collected from now on.
    pub(super) fn follow_edges(&mut self, edges: Vec<Edge>, now: Now) {
        if edges.is_empty() {
            return;
        }
        self.inputs.edge();
        if let Some(cut_short) = self.transients.edges(edges, now.monotonic) {
            self.transient_is_complete(cut_short, now);
        }
    }

    /// When a fast sample is due before the ordinary one; `None`: not before that.
    #[must_use]
    pub fn next_fast_sample(&self, now: Monotonic, ordinary: Monotonic) -> Option<Monotonic> {
        let edge_may_come = self.controller.edge_may_come_with_next_sample();
        self.transients.next_fast(now, ordinary, edge_may_come)
    }

    /// Takes in a fast sample, which decides nothing.
    #[must_use]
    pub fn fast_sample(&mut self, sample: &Sample, now: Now) -> Vec<Publication> {
        let complete = self.transients.take(sample, now.monotonic);
        self.tell_complete(complete, now)
    }

    /// The program ends: what was collected around the last edges is all there will be.
    #[must_use]
    pub fn last_transient(&mut self, now: Now) -> Vec<Publication> {
        let complete = self.transients.end();
        self.tell_complete(complete, now)
    }

    /// The event and the state that a transient on its own leads to.
    fn tell_complete(
        &mut self,
        complete: Option<Transient<Monotonic>>,
        now: Now,
    ) -> Vec<Publication> {
        let Some(transient) = complete else {
            return Vec::new();
        };
        self.look_whether_the_time_is_known(now);
        self.transient_is_complete(transient, now);
        let mut publications = self.date_records(now);
        publications.push(self.state(self.controller.view(), now));
        publications
    }
}

/// The edge of an event that tells of relay 1 or 2: behind the others nothing is measured.
pub(super) fn edge_of(event: &Event<Monotonic>) -> Option<Edge> {
    match event {
        Event::RelaySwitched { relay, contact, .. } if !relay.is_auxiliary() => Some(Edge {
            relay: *relay,
            contact: *contact,
        }),
        _ => None,
    }
}
