//! A chart's points as columns of equal length. Pure.

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::RelayName;
use releve_protocol::control::statistics::Quality;
use releve_protocol::{NodeId, Timestamp};
use serde_json::{Map, Value, json};

use super::point::{Known, Point, Told, round};
use crate::store::rollup::bucket::Extent;

/// How finely an answer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Readings as they came.
    Raw,
    /// Buckets so long, ms.
    Step(i64),
}

impl Resolution {
    /// What it is computed from.
    const fn name(self) -> &'static str {
        const AN_HOUR: i64 = 3_600_000;
        match self {
            Self::Raw => "raw",
            Self::Step(..AN_HOUR) => "5m",
            Self::Step(_) => "1h",
        }
    }
}

/// The points as columns, of the quantities in these places of the catalog.
pub fn columns(
    node: &NodeId,
    resolution: Resolution,
    points: &[Point],
    quantities: &[usize],
) -> Value {
    let step_s = match resolution {
        Resolution::Raw => None,
        Resolution::Step(ms) => Some(ms / 1000),
    };
    let at = points.iter().map(|it| Timestamp::from_unix_millis(it.at));
    let mut columns = json!({
        "node": node,
        "resolution": resolution.name(),
        "step_s": step_s,
        "at": at.collect::<Vec<_>>(),
        "quantities": of_quantities(points, quantities),
        "quality": of_qualities(points, quantities),
        "missing_ah": extents(points, |known| known.missing_ah),
        "state_of_charge": extents(points, |known| known.state_of_charge),
        "relays": of_relays(points),
        "mode": column(points, |known| json!(known.mode)),
        "phase": column(points, |known| json!(known.phase)),
        "alarms": of_alarms(points),
    });
    if let (Resolution::Step(ms), Some(columns)) = (resolution, columns.as_object_mut()) {
        let share = |known: &Known| {
            let covered = known.covered_s;
            json!(covered.map(|covered| round((covered * 1000.0 / ms as f64).min(1.0))))
        };
        columns.insert("covered".to_owned(), column(points, share));
    }
    columns
}

/// One value a point; `null` in a gap.
fn column(points: &[Point], value: impl Fn(&Known) -> Value) -> Value {
    let values = points.iter().map(|point| point.known.as_ref().map(&value));
    values.map(|value| value.unwrap_or(Value::Null)).collect()
}

fn of_quantities(points: &[Point], quantities: &[usize]) -> Value {
    let mut all = Map::new();
    for place in quantities {
        let figure = |of: fn(&Told) -> Option<f64>| {
            column(points, |known| {
                json!(known.quantities.get(*place).and_then(of))
            })
        };
        let columns = json!({
            "mean": figure(|figures| figures.mean),
            "min": figure(|figures| figures.min),
            "max": figure(|figures| figures.max),
        });
        all.insert(QUANTITIES[*place].key.to_owned(), columns);
    }
    Value::Object(all)
}

/// The qualities of those quantities that are not good everywhere; `null` where they are.
fn of_qualities(points: &[Point], quantities: &[usize]) -> Value {
    let quality = |known: &Known, place: usize| {
        let figures = known.quantities.get(place);
        figures
            .and_then(|figures| figures.quality)
            .filter(|quality| *quality != Quality::Good)
    };
    let mut all = Map::new();
    for place in quantities {
        let mut known = points.iter().filter_map(|point| point.known.as_ref());
        if known.any(|known| quality(known, *place).is_some()) {
            let qualities = column(points, |known| json!(quality(known, *place)));
            all.insert(QUANTITIES[*place].key.to_owned(), qualities);
        }
    }
    Value::Object(all)
}

fn extents(points: &[Point], of: fn(&Known) -> Option<Extent>) -> Value {
    json!({
        "last": column(points, |known| json!(of(known).map(|extent| extent.last))),
        "min": column(points, |known| json!(of(known).map(|extent| extent.min))),
        "max": column(points, |known| json!(of(known).map(|extent| extent.max))),
    })
}

fn of_relays(points: &[Point]) -> Value {
    let one = |relay: &RelayName| {
        let closed = column(points, |known| json!(known.closed[*relay]));
        (relay.name().to_owned(), closed)
    };
    Value::Object(RelayName::ALL.iter().map(one).collect())
}

/// A column for each alarm that was active somewhere.
fn of_alarms(points: &[Point]) -> Value {
    let mut all = Map::new();
    let known = points.iter().filter_map(|point| point.known.as_ref());
    for (alarm, _) in known.flat_map(|known| known.alarms.iter().flatten()) {
        all.entry(alarm.name()).or_insert_with(|| {
            column(points, |known| {
                let share = known.alarms.as_ref().map(|active| {
                    let found = active.iter().find(|(name, _)| name == alarm);
                    found.map_or(0.0, |(_, share)| *share)
                });
                json!(share)
            })
        });
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn every_column_is_as_long_as_the_moments() {
        let readings = [1, 3].map(|seq| samples::stored("a", seq));
        let points = Point::of_readings(&readings);
        let all: Vec<usize> = (0..QUANTITIES.len()).collect();
        let columns = columns(&samples::node(), Resolution::Raw, &points, &all);
        assert_eq!(columns["resolution"], json!("raw"));
        assert_eq!(columns["step_s"], json!(null));
        let voltage = &columns["quantities"]["battery.voltage"];
        assert_eq!(voltage["mean"], json!([13.62, null, 13.62]));
        assert_eq!(voltage["max"], json!([13.64, null, 13.64]));
        assert_eq!(
            columns["quality"]["temperature"],
            json!(["missing", null, "missing"])
        );
        assert_eq!(columns["quality"]["battery.voltage"], json!(null));
        assert_eq!(columns["missing_ah"]["last"], json!([0.42, null, 0.42]));
        assert_eq!(columns["relays"]["mains"], json!([1.0, null, 1.0]));
        assert_eq!(columns["mode"], json!(["observer", null, "observer"]));
        assert_eq!(columns["at"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn only_what_is_wanted_is_told() {
        let points = Point::of_readings(&[samples::stored("a", 1)]);
        let columns = columns(&samples::node(), Resolution::Step(600_000), &points, &[1]);
        let quantities = columns["quantities"].as_object().expect("an object");
        assert_eq!(quantities.keys().collect::<Vec<_>>(), ["battery.current"]);
        assert_eq!(
            (&columns["resolution"], &columns["step_s"]),
            (&json!("5m"), &json!(600))
        );
        assert_eq!(columns["covered"], json!([0.05]));
    }
}
