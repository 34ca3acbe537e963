//! The last minutes of a site, for its sparklines.

use std::collections::VecDeque;

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::{Epoch, Reading};

use super::recent::Recent;
use super::site::millis;

/// How far the sparklines reach back, in minutes of site time.
pub const SPAN_MINUTES: f64 = 60.0;
const SPAN_MS: f64 = SPAN_MINUTES * 60_000.0;
/// A bound for windows shorter than the design's 30 s.
const MAX_POINTS: usize = 720;

/// The means of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// End of the window in site time, in milliseconds of Unix time.
    pub at_ms: f64,
    /// Number in its journal.
    pub seq: u64,
    /// The mean of each quantity, in the catalog's order.
    pub means: Vec<Option<f64>>,
}

/// Points of one journal, in order, without repetition.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    epoch: Option<Epoch>,
    points: VecDeque<Point>,
}

impl History {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            epoch: None,
            points: VecDeque::new(),
        }
    }

    /// The points, the oldest first.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = &Point> + Clone {
        self.points.iter()
    }

    /// Adds a reading; says whether readings are missing before it.
    pub fn push(&mut self, reading: &Reading) -> bool {
        self.begin_journal(&reading.epoch);
        let missed = self
            .points
            .back()
            .is_some_and(|last| reading.seq > last.seq.saturating_add(1));
        self.insert(Point {
            at_ms: millis(reading.at),
            seq: reading.seq,
            means: QUANTITIES
                .iter()
                .map(|quantity| (quantity.of)(reading).mean)
                .collect(),
        });
        self.trim();
        missed
    }

    /// Adds what the bridge remembers, unless it is of another journal than what came live.
    pub fn merge(&mut self, recent: &Recent) {
        if self
            .epoch
            .as_ref()
            .is_some_and(|epoch| *epoch != recent.epoch)
        {
            return;
        }
        self.begin_journal(&recent.epoch);
        for point in &recent.points {
            self.insert(point.clone());
        }
        self.trim();
    }

    fn begin_journal(&mut self, epoch: &Epoch) {
        if self.epoch.as_ref() != Some(epoch) {
            self.points.clear();
            self.epoch = Some(epoch.clone());
        }
    }

    fn insert(&mut self, point: Point) {
        if let Err(place) = self
            .points
            .binary_search_by_key(&point.seq, |known| known.seq)
        {
            self.points.insert(place, point);
        }
    }

    fn trim(&mut self) {
        let Some(newest_ms) = self.points.back().map(|point| point.at_ms) else {
            return;
        };
        while self.points.len() > MAX_POINTS
            || self
                .points
                .front()
                .is_some_and(|oldest| newest_ms - oldest.at_ms > SPAN_MS)
        {
            self.points.pop_front();
        }
    }
}
