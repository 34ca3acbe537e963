//! Readings as columns of a picture: of bounded size, however many readings there are. Pure.

use releve_protocol::Timestamp;
use releve_protocol::catalog::QUANTITIES;

use super::Quantity;
use crate::store::{Figures, StoredReading};

/// Columns of a picture.
pub const COLUMNS: usize = 480;

/// What the panels may show.
const SHOWN: [Quantity; 4] = [
    Quantity::BatteryVoltage,
    Quantity::ChargerCurrent,
    Quantity::LoadCurrent,
    Quantity::Temperature,
];

/// One column of one quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// The middle of what it holds, as a share of the span: 0 to 1.
    pub place: f64,
    /// Mean of the means.
    pub mean: f64,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u32,
    places: f64,
    means: f64,
    min: f64,
    max: f64,
}

/// The columns of every quantity that may be shown.
#[derive(Debug, Clone)]
pub struct Series {
    /// The left edge.
    pub from: Timestamp,
    /// The right edge.
    pub to: Timestamp,
    /// The longest window, as a share of the span.
    window: f64,
    sums: Vec<[Sum; SHOWN.len()]>,
}

impl Series {
    /// Empty columns of that span.
    #[must_use]
    pub fn between(from: Timestamp, to: Timestamp) -> Self {
        Self {
            from,
            to,
            window: 0.0,
            sums: vec![[Sum::default(); SHOWN.len()]; COLUMNS],
        }
    }

    /// Where a moment lies, as a share of the span.
    #[must_use]
    pub fn place(&self, at: Timestamp) -> f64 {
        (at.as_unix_seconds() - self.from.as_unix_seconds()) / self.seconds()
    }

    /// Length of the span, in seconds; at least one.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        (self.to.as_unix_seconds() - self.from.as_unix_seconds()).max(1.0)
    }

    /// Takes a reading in.
    pub fn take(&mut self, reading: &StoredReading) {
        self.take_figures(reading.at, reading.window_s, |quantity| {
            let of_key = |entry: &releve_protocol::catalog::Quantity| entry.key == quantity.key();
            let index = QUANTITIES.iter().position(of_key)?;
            reading.quantities.get(index).copied()
        });
    }

    /// Takes figures in that were measured then.
    pub fn take_figures(
        &mut self,
        at: Timestamp,
        window_s: f64,
        of: impl Fn(Quantity) -> Option<Figures>,
    ) {
        let place = self.place(at);
        let column = (place * COLUMNS as f64) as usize;
        let Some(sums) = self.sums.get_mut(column.min(COLUMNS - 1)) else {
            return;
        };
        if !(0.0..=1.0).contains(&place) {
            return;
        }
        for (quantity, sum) in SHOWN.into_iter().zip(sums) {
            let Some(figures) = of(quantity) else {
                continue;
            };
            let Some(mean) = figures.mean.filter(|mean| mean.is_finite()) else {
                continue;
            };
            let bound =
                |bound: Option<f64>| bound.filter(|bound| bound.is_finite()).unwrap_or(mean);
            sum.add(place, mean, bound(figures.min), bound(figures.max));
        }
        let window = window_s / self.seconds();
        self.window = self.window.max(window);
    }

    /// The columns of a quantity, the runs without a hole apart.
    #[must_use]
    pub fn runs(&self, quantity: Quantity) -> Vec<Vec<Column>> {
        let index = SHOWN.iter().position(|shown| *shown == quantity);
        let mut runs: Vec<Vec<Column>> = Vec::new();
        // A missing window is no hole yet; three are, and so are empty columns between coarser ones.
        let hole = (3.5 * self.window).max(2.5 / COLUMNS as f64);
        for sums in &self.sums {
            let Some(column) = index
                .and_then(|index| sums.get(index))
                .and_then(Sum::column)
            else {
                continue;
            };
            match runs.last_mut() {
                Some(run)
                    if run
                        .last()
                        .is_some_and(|last| column.place - last.place <= hole) =>
                {
                    run.push(column);
                }
                _ => runs.push(vec![column]),
            }
        }
        runs
    }
}

impl Sum {
    fn add(&mut self, place: f64, mean: f64, min: f64, max: f64) {
        if self.count == 0 {
            (self.min, self.max) = (min, max);
        }
        self.count += 1;
        self.places += place;
        self.means += mean;
        self.min = self.min.min(min);
        self.max = self.max.max(max);
    }

    fn column(&self) -> Option<Column> {
        let count = f64::from(self.count);
        (self.count > 0).then(|| Column {
            place: self.places / count,
            mean: self.means / count,
            min: self.min,
            max: self.max,
        })
    }
}
