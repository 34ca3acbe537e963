//! What is known of a stretch of time: readings, and buckets of them, taken together. Pure.

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::statistics::Quality;

use crate::store::number::{from_units, in_units};
use crate::store::row::{Body, Figures};

/// A quantity over a bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Mean (weighted by the length of the windows), least and greatest value, and their quality.
    pub figures: Figures,
    /// The time of which the mean tells, ms.
    pub known_ms: u64,
}

impl Summary {
    /// Nothing is known.
    pub const MISSING: Self = Self {
        figures: Figures::MISSING,
        known_ms: 0,
    };
}

/// A count, such as the missing charge, over a bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// The last value that was known.
    pub last: f64,
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
}

/// What is known of a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Readings whose windows end in it.
    pub readings: u64,
    /// Length of their windows, ms: more than the bucket where two journals tell of the same time.
    pub covered_ms: u64,
    /// When the last of them ended, ms since 1970.
    pub last_at: i64,
    /// How the site stood, by the number of what readings say in words, and for how long (ms); in the order of
    /// the numbers.
    pub statuses: Vec<(i64, u64)>,
    /// Charge missing since the battery was last full, Ah.
    pub missing_ah: Option<Extent>,
    /// State of charge by counting, percent.
    pub state_of_charge: Option<Extent>,
    /// The quantities, in the catalog's order.
    pub quantities: Vec<Summary>,
}

/// A bucket that is being filled, in any order.
#[derive(Debug, Clone)]
pub struct Filling {
    bucket: Bucket,
    /// Of each quantity the sum of mean × ms.
    sums: Vec<f64>,
}

impl Default for Filling {
    fn default() -> Self {
        Self {
            bucket: Bucket {
                readings: 0,
                covered_ms: 0,
                last_at: i64::MIN,
                statuses: Vec::new(),
                missing_ah: None,
                state_of_charge: None,
                quantities: vec![Summary::MISSING; QUANTITIES.len()],
            },
            sums: vec![0.0; QUANTITIES.len()],
        }
    }
}

/// The length of a window in ms. Of one that makes no sense, 1: it has figures, and they count as little as can be.
fn window_ms(window_s: f64) -> u64 {
    const LONGEST: f64 = 86_400_000.0;
    (window_s * 1000.0).round().clamp(1.0, LONGEST) as u64
}

impl Filling {
    /// Adds a reading whose window ended at `at` (ms) in that status.
    pub fn add_reading(&mut self, at: i64, status: i64, body: &Body) {
        let ms = window_ms(body.window_s);
        let is_first = self.bucket.readings == 0;
        let is_last = at >= self.bucket.last_at;
        self.bucket.readings += 1;
        self.bucket.covered_ms += ms;
        self.add_status(status, ms);
        let extent = |value: f64| Extent {
            last: value,
            min: value,
            max: value,
        };
        let counts = [
            (&mut self.bucket.missing_ah, body.missing_ah),
            (&mut self.bucket.state_of_charge, body.state_of_charge),
        ];
        for (held, value) in counts {
            add_extent(held, value.map(extent), is_last);
        }
        for (place, figures) in body.quantities.iter().enumerate() {
            let known_ms = if figures.mean.is_some() { ms } else { 0 };
            let summary = Summary {
                figures: *figures,
                known_ms,
            };
            self.add_summary(place, summary, is_first);
        }
        self.bucket.last_at = self.bucket.last_at.max(at);
    }

    /// Adds a bucket that tells of none of the readings that were added before.
    pub fn add_bucket(&mut self, added: &Bucket) {
        let is_first = self.bucket.readings == 0;
        let is_last = added.last_at >= self.bucket.last_at;
        self.bucket.readings += added.readings;
        self.bucket.covered_ms += added.covered_ms;
        for (status, ms) in &added.statuses {
            self.add_status(*status, *ms);
        }
        add_extent(&mut self.bucket.missing_ah, added.missing_ah, is_last);
        add_extent(
            &mut self.bucket.state_of_charge,
            added.state_of_charge,
            is_last,
        );
        for (place, summary) in added.quantities.iter().enumerate() {
            self.add_summary(place, *summary, is_first);
        }
        self.bucket.last_at = self.bucket.last_at.max(added.last_at);
    }

    /// The bucket; `None` where nothing was added.
    #[must_use]
    pub fn finish(mut self) -> Option<Bucket> {
        if self.bucket.readings == 0 {
            return None;
        }
        for (summary, sum) in self.bucket.quantities.iter_mut().zip(&self.sums) {
            let mean = || round(sum / summary.known_ms as f64);
            summary.figures.mean = (summary.known_ms > 0).then(mean);
        }
        Some(self.bucket)
    }

    fn add_status(&mut self, status: i64, ms: u64) {
        let statuses = &mut self.bucket.statuses;
        match statuses.binary_search_by_key(&status, |(number, _)| *number) {
            Ok(place) => statuses[place].1 += ms,
            Err(place) => statuses.insert(place, (status, ms)),
        }
    }

    fn add_summary(&mut self, place: usize, added: Summary, is_first: bool) {
        let (Some(held), Some(sum)) = (
            self.bucket.quantities.get_mut(place),
            self.sums.get_mut(place),
        ) else {
            return;
        };
        let figures = &mut held.figures;
        if let Some(mean) = added.figures.mean {
            *sum += mean * added.known_ms as f64;
            held.known_ms += added.known_ms;
        }
        figures.min = one_of(figures.min, added.figures.min, f64::min);
        figures.max = one_of(figures.max, added.figures.max, f64::max);
        figures.quality = if is_first {
            added.figures.quality
        } else {
            together(figures.quality, added.figures.quality)
        };
    }
}

fn one_of(a: Option<f64>, b: Option<f64>, choose: fn(f64, f64) -> f64) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(choose(a, b)),
        (one, other) => one.or(other),
    }
}

fn add_extent(held: &mut Option<Extent>, added: Option<Extent>, is_last: bool) {
    let Some(added) = added else {
        return;
    };
    *held = Some(held.map_or(added, |held| Extent {
        last: if is_last { added.last } else { held.last },
        min: held.min.min(added.min),
        max: held.max.max(added.max),
    }));
}

/// The quality of two stretches together: bounds stay bounds, and what is missing in one of them is known in
/// part.
const fn together(a: Quality, b: Quality) -> Quality {
    match (a, b) {
        (Quality::OverRange, _) | (_, Quality::OverRange) => Quality::OverRange,
        (Quality::Good, Quality::Good) => Quality::Good,
        (Quality::Missing, Quality::Missing) => Quality::Missing,
        _ => Quality::Partial,
    }
}

/// To 0.0001, as a node rounds its figures; figures beyond all measure stay as they are.
fn round(value: f64) -> f64 {
    const LARGEST: f64 = 1e11;
    if value.abs() > LARGEST {
        return value;
    }
    let rounded = from_units((value * 10_000.0).round() as i64);
    // Above all no figure that takes eight bytes.
    in_units(rounded).map_or(value, from_units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(mean: Option<f64>, window_s: f64, missing_ah: Option<f64>) -> Body {
        let quality = if mean.is_some() {
            Quality::Good
        } else {
            Quality::Missing
        };
        let figures = Figures {
            mean,
            min: mean.map(|mean| mean - 1.0),
            max: mean.map(|mean| mean + 1.0),
            quality,
        };
        Body {
            accelerated: false,
            window_s,
            missing_ah,
            state_of_charge: None,
            quantities: vec![figures; QUANTITIES.len()],
        }
    }

    #[test]
    fn a_mean_weighs_windows_by_their_length_and_a_spike_stays() {
        let mut filling = Filling::default();
        filling.add_reading(30_000, 1, &body(Some(10.0), 30.0, Some(2.0)));
        filling.add_reading(40_000, 2, &body(Some(14.0), 10.0, Some(1.0)));
        filling.add_reading(70_000, 1, &body(None, 30.0, None));
        let bucket = filling.finish().expect("a bucket");
        let summary = bucket.quantities[0];
        assert_eq!(summary.figures.mean, Some(11.0));
        assert_eq!(summary.figures.min, Some(9.0));
        assert_eq!(summary.figures.max, Some(15.0));
        assert_eq!(summary.figures.quality, Quality::Partial);
        assert_eq!(summary.known_ms, 40_000);
        assert_eq!((bucket.readings, bucket.covered_ms), (3, 70_000));
        assert_eq!(bucket.statuses, [(1, 60_000), (2, 10_000)]);
        let missing = bucket.missing_ah.expect("a count");
        assert_eq!((missing.last, missing.min, missing.max), (1.0, 1.0, 2.0));
        assert_eq!(bucket.state_of_charge, None);
    }

    #[test]
    fn nothing_is_no_bucket() {
        assert_eq!(Filling::default().finish(), None);
    }

    #[test]
    fn windows_that_make_no_sense_count_little() {
        for window_s in [f64::NAN, -1.0, 0.0] {
            assert!(window_ms(window_s) <= 1, "{window_s}");
        }
        assert_eq!(window_ms(f64::INFINITY), 86_400_000);
    }
}
