//! One point of a chart, or one row of a file: a reading, or a bucket of them. Pure.

use std::collections::HashMap;

use releve_protocol::control::statistics::Quality;
use releve_protocol::control::{AlarmName, Contact, Mode, Phase, Relays};

use crate::spans::DAY_MS;
use crate::store::rollup::bucket::{Bucket, Extent};
use crate::store::{Figures, Status, StoredReading};

/// A reading, or a bucket of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The moment of the reading, or when the bucket begins; ms since 1970.
    pub at: i64,
    /// What is known there; `None` in a gap.
    pub known: Option<Known>,
}

/// What is known of a quantity at a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    /// Arithmetic mean, in the quantity's unit as the others.
    pub mean: Option<f64>,
    /// Least value.
    pub min: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// How far they can be trusted; `None`: nobody can tell.
    pub quality: Option<Quality>,
}

impl From<Figures> for Told {
    fn from(figures: Figures) -> Self {
        Self {
            mean: figures.mean,
            min: figures.min,
            max: figures.max,
            quality: Some(figures.quality),
        }
    }
}

/// What is known at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Length of the windows, s; `None` where nobody can tell.
    pub covered_s: Option<f64>,
    /// The quantities, in the catalog's order.
    pub quantities: Vec<Told>,
    /// Charge missing since the battery was last full, Ah.
    pub missing_ah: Option<Extent>,
    /// State of charge by counting, percent.
    pub state_of_charge: Option<Extent>,
    /// For which share of the time each relay was commanded closed, 0 to 1; `None`: not known.
    pub closed: Relays<Option<f64>>,
    /// The mode that was followed longest.
    pub mode: Option<Mode>,
    /// The phase of the consumption cycle that lasted longest, in that mode.
    pub phase: Option<Phase>,
    /// For which share of the time each alarm was active, 0 to 1; those that were not are left out.
    /// `None` where nothing is known of any.
    pub alarms: Option<Vec<(AlarmName, f64)>>,
}

impl From<&StoredReading> for Point {
    fn from(reading: &StoredReading) -> Self {
        let extent = |value: f64| Extent {
            last: value,
            min: value,
            max: value,
        };
        let stood = Stood::through([(&*reading.status, 1)]);
        Self {
            at: reading.at.as_unix_millis(),
            known: Some(Known {
                covered_s: Some(reading.window_s),
                quantities: reading.quantities.iter().map(|of| (*of).into()).collect(),
                missing_ah: reading.missing_ah.map(extent),
                state_of_charge: reading.state_of_charge.map(extent),
                closed: stood.closed.map(|_, share| Some(share)),
                mode: stood.mode,
                phase: stood.phase,
                alarms: Some(stood.alarms),
            }),
        }
    }
}

impl Point {
    /// The bucket that begins at `at`, or the gap that is there.
    pub fn of_bucket(at: i64, bucket: Option<&Bucket>, statuses: &HashMap<i64, Status>) -> Self {
        let known = bucket.map(|bucket| {
            let words = |(number, ms): &(i64, u64)| Some((statuses.get(number)?, *ms));
            let stood = Stood::through(bucket.statuses.iter().filter_map(words));
            Known {
                covered_s: Some(bucket.covered_ms as f64 / 1000.0),
                quantities: (bucket.quantities.iter())
                    .map(|of| of.figures.into())
                    .collect(),
                missing_ah: bucket.missing_ah,
                state_of_charge: bucket.state_of_charge,
                closed: stood.closed.map(|_, share| Some(share)),
                mode: stood.mode,
                phase: stood.phase,
                alarms: Some(stood.alarms),
            }
        });
        Self { at, known }
    }

    /// The readings, which are in the order of their moments, and a gap wherever one did not come for more than one
    /// and a half windows.
    pub fn of_readings(readings: &[StoredReading]) -> Vec<Self> {
        let mut points = Vec::with_capacity(readings.len());
        let mut expected_by: Option<i64> = None;
        for reading in readings {
            let window_ms = (reading.window_s * 1000.0).clamp(1.0, DAY_MS as f64);
            let at = reading.at.as_unix_millis();
            // The gap lies where the window before this one ended.
            let due = at.saturating_sub(window_ms as i64);
            if expected_by.is_some_and(|last| at - last > (window_ms * 1.5) as i64) {
                points.push(Self {
                    at: due,
                    known: None,
                });
            }
            points.push(Self::from(reading));
            expected_by = Some(at);
        }
        points
    }
}

/// How a site stood through a stretch of time.
struct Stood {
    closed: Relays<f64>,
    mode: Option<Mode>,
    phase: Option<Phase>,
    alarms: Vec<(AlarmName, f64)>,
}

impl Stood {
    /// Through these statuses, each for so long.
    fn through<'a>(statuses: impl IntoIterator<Item = (&'a Status, u64)>) -> Self {
        let (mut total, mut closed) = (0, Relays::from_fn(|_| 0));
        let mut modes: Vec<((Mode, Option<Phase>), u64)> = Vec::new();
        let mut alarms: Vec<(AlarmName, u64)> = Vec::new();
        for (status, ms) in statuses {
            total += ms;
            closed = closed.map(|relay, so_far| match status.relays[relay] {
                Contact::Closed => so_far + ms,
                Contact::Open => so_far,
            });
            add(&mut modes, (status.mode, status.phase), ms);
            for alarm in &status.alarms {
                add(&mut alarms, *alarm, ms);
            }
        }
        let share = |ms: u64| round(ms as f64 / (total.max(1)) as f64);
        let longest = modes.iter().max_by_key(|(_, ms)| *ms);
        let longest = longest.map(|(which, _)| *which);
        Self {
            closed: closed.map(|_, ms| share(ms)),
            mode: longest.map(|(mode, _)| mode),
            phase: longest.and_then(|(_, phase)| phase),
            alarms: alarms
                .into_iter()
                .map(|(alarm, ms)| (alarm, share(ms)))
                .collect(),
        }
    }
}

fn add<T: PartialEq>(sums: &mut Vec<(T, u64)>, what: T, ms: u64) {
    match sums.iter_mut().find(|(known, _)| *known == what) {
        Some((_, sum)) => *sum += ms,
        None => sums.push((what, ms)),
    }
}

/// Shares to 0.0001: no more can be seen.
pub fn round(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_gap_is_shown_where_a_reading_did_not_come() {
        let readings = [1, 2, 5, 6].map(|seq| samples::stored("a", seq));
        let points = Point::of_readings(&readings);
        let known: Vec<_> = points.iter().map(|point| point.known.is_some()).collect();
        assert_eq!(known, [true, true, false, true, true]);
        assert!(points.windows(2).all(|pair| pair[0].at < pair[1].at));
    }

    #[test]
    fn a_site_stood_as_it_did_longest() {
        let reading = samples::reading("a", 1);
        let mut closed = Status::from(&reading);
        closed.alarms.clear();
        let mut open = closed.clone();
        open.relays.mains = Contact::Open;
        open.mode = Mode::ConsumptionCycle;
        open.phase = Some(Phase::Discharging);
        open.alarms = vec![AlarmName::TemperatureHigh];
        let stood = Stood::through([(&closed, 100), (&open, 300)]);
        assert_eq!((stood.closed.mains, stood.closed.charger), (0.25, 1.0));
        assert_eq!(stood.mode, Some(Mode::ConsumptionCycle));
        assert_eq!(stood.phase, Some(Phase::Discharging));
        assert_eq!(stood.alarms, [(AlarmName::TemperatureHigh, 0.75)]);
    }
}
