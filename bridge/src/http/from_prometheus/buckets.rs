//! Answers about buckets, as points. Pure.

use super::super::point::{Point, round};
use super::answer::Found;
use super::filling::Filling;
use super::problem::Problem;
use super::question::{PART, Part};
use crate::metrics::readings::{MetricRow, Shows};
use crate::store::history::Grid;

/// Buckets about which more and more becomes known.
#[derive(Debug)]
pub struct Buckets {
    grid: Grid,
    filled: Vec<Filling>,
}

impl Buckets {
    /// Of that grid, empty.
    pub fn new(grid: Grid) -> Self {
        Self {
            grid,
            filled: vec![Filling::default(); grid.count],
        }
    }

    /// How they lie.
    pub const fn grid(&self) -> Grid {
        self.grid
    }

    /// Takes the answer to a question about these parts.
    ///
    /// # Errors
    /// If it is no answer to that.
    pub fn take(&mut self, parts: &[Part], found: &[Found]) -> Result<(), Problem> {
        for series in found {
            let number = series.labels.get(PART).and_then(|part| part.parse().ok());
            let part = number.and_then(|number: usize| parts.get(number));
            let part = part.ok_or_else(|| Problem::nonsense("a part nobody asked for"))?;
            // A program of tomorrow may know more of them.
            let Some(shows) = shown(part.row, series) else {
                continue;
            };
            for (at, value) in &series.samples {
                let place = self.place(*at)?;
                self.filled[place].take(shows, part.over, *value);
            }
        }
        Ok(())
    }

    /// The bucket that ends at that moment.
    fn place(&self, at: i64) -> Result<usize, Problem> {
        let behind = at - self.grid.start;
        let place = usize::try_from(behind / self.grid.step - 1).ok();
        let place = place.filter(|place| *place < self.filled.len());
        let place = place.filter(|_| behind % self.grid.step == 0);
        place.ok_or_else(|| Problem::nonsense("a moment nobody asked for"))
    }

    /// What was taken so far tells how many readings each has.
    pub fn are_counted(&mut self) {
        for filling in &mut self.filled {
            filling.is_counted();
        }
    }

    /// How many readings there are in all of them.
    pub fn readings(&self) -> f64 {
        self.filled.iter().map(Filling::readings).sum()
    }

    /// How many readings there are in those that are neither the first nor the last.
    pub fn readings_inside(&self) -> f64 {
        let inside = self.filled.iter().skip(1).rev().skip(1);
        inside.map(Filling::readings).sum()
    }

    /// How many of the first ones, and at least one, have together no more readings than that; and how many readings
    /// these have.
    pub fn first(&self, most: f64) -> (usize, f64) {
        let mut readings = 0.0;
        for (place, filling) in self.filled.iter().enumerate() {
            if place > 0 && readings + filling.readings() > most {
                return (place, readings);
            }
            readings += filling.readings();
        }
        (self.filled.len(), readings)
    }

    /// All of them as points.
    pub fn points(&self) -> Vec<Point> {
        let starts = (0..).map(|place| self.grid.start + place * self.grid.step);
        let points = starts.zip(&self.filled).map(|(at, filling)| {
            let mut known = filling.known();
            for told in known.iter_mut().flat_map(|known| &mut known.quantities) {
                told.mean = told.mean.map(round);
            }
            Point { at, known }
        });
        points.collect()
    }
}

/// What a series of the metric shows; `None` where it has a value of the label that nobody knows.
pub fn shown(row: &MetricRow, found: &Found) -> Option<Shows> {
    let is_it = |label: Option<(&str, &str)>| match label {
        None => true,
        Some((name, value)) => found.labels.get(name).is_some_and(|found| found == value),
    };
    let series = row.series.iter().find(|series| is_it(series.label));
    series.map(|series| series.shows)
}

#[cfg(test)]
mod tests {
    use super::super::question::{self, Over};
    use super::*;

    const GRID: Grid = Grid {
        start: 600_000,
        step: 300_000,
        count: 4,
    };

    fn found(labels: &[(&str, &str)], samples: &[(i64, f64)]) -> Found {
        let labels = labels.iter();
        let labels = labels.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Found {
            labels: labels.collect(),
            samples: samples.to_vec(),
        }
    }

    #[test]
    fn a_bucket_is_known_by_the_moment_at_which_it_ends() {
        let mut buckets = Buckets::new(GRID);
        let counts = question::counts();
        let relay = |value| [("node", "a"), ("part", "0"), ("relay", value)];
        let answer = [
            found(&relay("mains"), &[(900_000, 9.0), (1_800_000, 10.0)]),
            found(&relay("aux1"), &[(900_000, 10.0), (1_200_000, 10.0)]),
            found(&relay("of_tomorrow"), &[(900_000, 99.0)]),
        ];
        buckets.take(&counts, &answer).expect("an answer");
        buckets.are_counted();
        assert_eq!(
            (buckets.readings(), buckets.readings_inside()),
            (30.0, 10.0)
        );
        let firsts = [5.0, 19.0, 20.0, 30.0].map(|most| buckets.first(most));
        assert_eq!(firsts, [(1, 10.0), (1, 10.0), (3, 20.0), (4, 30.0)]);

        let parts = question::groups(&[0]).remove(1);
        let sum = parts.iter().position(|part| part.over == Over::Sum);
        let (sum, count) = (
            sum.expect("sums").to_string(),
            parts.iter().position(|part| part.over == Over::Count),
        );
        let count = count.expect("counts").to_string();
        let answer = [
            found(&[("part", &sum)], &[(1_200_000, 40.000_06)]),
            found(&[("part", &count)], &[(1_200_000, 3.0)]),
        ];
        buckets.take(&parts, &answer).expect("an answer");
        let points = buckets.points();
        let at: Vec<i64> = points.iter().map(|point| point.at).collect();
        assert_eq!(at, [600_000, 900_000, 1_200_000, 1_500_000]);
        let known = points[1].known.as_ref().expect("something");
        assert_eq!(known.quantities[0].mean, Some(13.3334));
        assert_eq!(points[2].known, None);
    }

    #[test]
    fn what_nobody_asked_for_is_no_answer() {
        let counts = question::counts();
        for (part, at) in [
            ("7", 900_000),
            ("x", 900_000),
            ("0", 600_000),
            ("0", 900_001),
            ("0", 2_100_000),
            ("0", i64::MIN / 2),
        ] {
            let answer = found(&[("part", part), ("relay", "mains")], &[(at, 1.0)]);
            let taken = Buckets::new(GRID).take(&counts, &[answer]);
            assert!(taken.is_err(), "{part} at {at}");
        }
    }
}
