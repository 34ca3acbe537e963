//! Samples as they are held, as the points of readings. Pure.

use std::collections::BTreeMap;

use super::super::parameters::Stretch;
use super::super::point::Point;
use super::answer::Found;
use super::buckets::shown;
use super::filling::Filling;
use crate::metrics::readings::METRICS;

/// So many distances in a row tell how long windows are.
const IN_A_ROW: usize = 3;

/// The greatest value that was found; 0 where there is none.
pub fn greatest(found: &[Found]) -> f64 {
    let values = found.iter().flat_map(|series| &series.samples);
    values.map(|(_, value)| *value).fold(0.0, f64::max)
}

/// A point for each moment of which samples tell, and one without values wherever one did not come.
pub fn points(found: &[Found], stretch: Stretch) -> Vec<Point> {
    let mut readings: BTreeMap<i64, Filling> = BTreeMap::new();
    for series in found {
        let name = series.labels.get("__name__");
        let row = METRICS.iter().find(|row| Some(&row.name) == name);
        let Some(shows) = row.and_then(|row| shown(row, series)) else {
            continue;
        };
        let samples = series.samples.iter();
        for (at, value) in samples.filter(|(at, _)| (stretch.from..stretch.to).contains(at)) {
            let filling = readings.entry(*at).or_default();
            filling.take_sample(shows, *value);
        }
    }
    let points = readings.into_iter().map(|(at, filling)| Point {
        at,
        known: filling.known(),
    });
    with_gaps(points.collect())
}

/// Puts a point without values wherever two lie further apart than one and a half windows. How long a window was is
/// not held: the distances around tell.
fn with_gaps(points: Vec<Point>) -> Vec<Point> {
    let distances: Vec<i64> = (points.windows(2))
        .map(|pair| pair[1].at - pair[0].at)
        .collect();
    let mut all = Vec::with_capacity(points.len());
    for (place, point) in points.into_iter().enumerate() {
        if let Some(before) = place.checked_sub(1) {
            let window = window(&distances, before);
            if distances[before] > window + window / 2 {
                // Where the window before this one ended.
                all.push(Point {
                    at: point.at - window,
                    known: None,
                });
            }
        }
        all.push(point);
    }
    all
}

/// How long windows are around the distance in that place: of the rows to which it belongs, the least distance of the
/// one with the longest. So a gap is told from windows that became longer there, unless gaps follow one another.
fn window(distances: &[i64], place: usize) -> i64 {
    let first = (place + 1).saturating_sub(IN_A_ROW);
    let end = distances.len().min(place + IN_A_ROW);
    let around = distances.get(first..end).unwrap_or_default();
    let rows = around.windows(IN_A_ROW.min(around.len()).max(1));
    let least = rows.filter_map(|row| row.iter().copied().min());
    least.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::readings::Shows;

    /// The places of gaps, and their moments in seconds, among readings at these.
    fn gaps(seconds: &[i64]) -> Vec<(usize, i64)> {
        let points = seconds.iter().map(|second| {
            let mut filling = Filling::default();
            filling.take_sample(Shows::StateOfCharge, 1.0);
            Point {
                at: second * 1000,
                known: filling.known().or_else(|| panic!("something")),
            }
        });
        let points = with_gaps(points.collect());
        let points = points.iter().enumerate();
        let gaps = points.filter(|(_, point)| point.known.is_none());
        gaps.map(|(place, point)| (place, point.at / 1000))
            .collect()
    }

    #[test]
    fn a_gap_is_where_distances_are_longer_than_those_around() {
        assert_eq!(gaps(&[]), []);
        assert_eq!(gaps(&[0, 30]), [], "nobody can tell");
        assert_eq!(gaps(&[0, 30, 60, 90, 120]), []);
        assert_eq!(gaps(&[0, 30, 120]), [(2, 90)]);
        assert_eq!(gaps(&[0, 300, 330, 360, 390]), [(1, 270)]);
        assert_eq!(
            gaps(&[0, 30, 60, 90, 900, 930, 1800]),
            [(4, 870), (7, 1770)]
        );
    }

    #[test]
    fn windows_that_become_longer_or_shorter_make_no_gap() {
        let steps = |steps: &[i64]| {
            let mut at = 0;
            let later = steps.iter().map(|step| {
                at += step;
                at
            });
            later.collect::<Vec<_>>()
        };
        let [short, long] = [[10; 8], [30; 8]];
        assert_eq!(gaps(&steps(&[short, long].concat())), []);
        assert_eq!(gaps(&steps(&[long, short].concat())), []);
        assert_eq!(gaps(&steps(&[&long[..4], &short].concat())), []);
    }

    fn found(name: &str, label: Option<(&str, &str)>, samples: &[(i64, f64)]) -> Found {
        let all = [("__name__", name), ("instance", "bridge:8080")];
        let labels = all.into_iter().chain(label);
        Found {
            labels: labels
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            samples: samples.to_vec(),
        }
    }

    #[test]
    fn samples_of_one_moment_are_a_reading() {
        let voltage = found(
            "releve_battery_voltage_volts",
            None,
            &[(5, 13.62), (35, 13.60)],
        );
        let least = found(
            "releve_battery_voltage_min_volts",
            None,
            &[(35, 11.0), (65, 10.0)],
        );
        let mains = found(
            "releve_relay_closed",
            Some(("relay", "mains")),
            &[(4, 1.0), (5, 0.0), (35, 1.0)],
        );
        let other = found("up", None, &[(7, 1.0)]);
        let stretch = Stretch { from: 5, to: 65 };
        let points = points(&[voltage, least, mains, other], stretch);
        let at: Vec<i64> = points.iter().map(|point| point.at).collect();
        assert_eq!(at, [5, 35]);
        let known = points[1].known.as_ref().expect("something");
        assert_eq!(
            (known.quantities[0].mean, known.quantities[0].min),
            (Some(13.6), Some(11.0))
        );
        let first = points[0].known.as_ref().expect("something");
        assert_eq!(first.closed.mains, Some(0.0));
    }
}
