//! `GET /api/v1/nodes/<node>/history`: what a chart shows.

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use releve_protocol::catalog::QUANTITIES;
use releve_protocol::{NodeId, Timestamp};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::Served;
use super::api::live;
use super::columns::{Resolution, columns};
use super::parameters::{Parameters, Stretch};
use super::point::Point;
use super::questions::{A_DAY, OfNode, ask};
use super::refusal::Refusal;
use crate::store::StoreError;
use crate::store::history::{self, Grid, Held};
use crate::store::rollup::bucket::Bucket;

/// The points of a chart, and bounds for what is asked for. Fewer than two cannot be promised: a stretch of time may
/// lie across the end of any bucket.
const POINTS: usize = 500;
const FEWEST_POINTS: usize = 2;
const MOST_POINTS: usize = 5_000;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Steps that people can read off an axis; above the last one it is doubled.
const STEPS: [i64; 18] = [
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    6 * HOUR,
    8 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    4 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
];

/// Which chart is wanted.
#[derive(Debug, Clone)]
struct Wanted {
    stretch: Stretch,
    points: usize,
    /// Places in the catalog.
    quantities: Vec<usize>,
}

impl Wanted {
    fn of(parameters: &Parameters, of: &OfNode) -> Result<Self, Refusal> {
        let bounds = (FEWEST_POINTS, MOST_POINTS);
        let places = QUANTITIES
            .iter()
            .zip(0..)
            .map(|(of, place)| (of.key, place));
        let known: Vec<_> = places.collect();
        let quantities = parameters.words("quantities", &known)?;
        Ok(Self {
            stretch: of.stretch(parameters, A_DAY)?,
            points: parameters.number("points", bounds, POINTS)?,
            quantities: quantities.unwrap_or_else(|| (0..QUANTITIES.len()).collect()),
        })
    }
}

/// `GET /api/v1/nodes/<node>/history`
pub async fn history(
    State(served): State<Served>,
    Path(node): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let parameters = Parameters::of(&uri, &["from", "to", "points", "quantities"])?;
    let of = OfNode::find(&served, &node).await?;
    let wanted = Wanted::of(&parameters, &of)?;
    let question = move |connection: &Connection| {
        history::at_one_moment(connection, |moment| answer(moment, &of.node, &wanted))
    };
    let body = ask(&served, question).await?;
    Ok(live(StatusCode::OK, body))
}

fn answer(connection: &Connection, node: &NodeId, wanted: &Wanted) -> Result<Value, StoreError> {
    let (resolution, points) = points(connection, node, wanted)?;
    let mut answer = columns(node, resolution, &points, &wanted.quantities);
    for (name, moment) in [("from", wanted.stretch.from), ("to", wanted.stretch.to)] {
        answer[name] = json!(Timestamp::from_unix_millis(moment));
    }
    Ok(answer)
}

/// The points, at the finest resolution at which they are not too many.
fn points(
    connection: &Connection,
    node: &NodeId,
    wanted: &Wanted,
) -> Result<(Resolution, Vec<Point>), StoreError> {
    let Stretch { from, to } = wanted.stretch;
    let held = history::held(connection, node)?.unwrap_or(Held::EVERYTHING);
    if from >= held.readings_from {
        let readings = history::readings(connection, node, (from, to), wanted.points)?;
        let points = readings.map(|readings| Point::of_readings(&readings));
        // Gaps are points too.
        if let Some(points) = points.filter(|points| points.len() <= wanted.points) {
            return Ok((Resolution::Raw, points));
        }
    }
    let grid = grid(wanted.stretch, wanted.points, held);
    let buckets = history::buckets(connection, node, grid)?;
    let points = of_buckets(connection, grid, &buckets)?;
    Ok((Resolution::Step(grid.step), points))
}

/// The buckets of a grid as points.
pub fn of_buckets(
    connection: &Connection,
    grid: Grid,
    buckets: &[Option<Bucket>],
) -> Result<Vec<Point>, StoreError> {
    let statuses = history::statuses(connection, buckets.iter().flatten())?;
    let starts = (0..).map(|place| grid.start + place * grid.step);
    let points = starts.zip(buckets);
    Ok(points
        .map(|(at, bucket)| Point::of_bucket(at, bucket.as_ref(), &statuses))
        .collect())
}

/// The shortest buckets that are not too many. Where those of five minutes were cut, hours tell.
fn grid(stretch: Stretch, points: usize, held: Held) -> Grid {
    let has_minutes = stretch.from >= held.minutes_from;
    let doubled = std::iter::successors(Some(2 * STEPS[STEPS.len() - 1]), |step| Some(2 * step));
    let steps = STEPS.into_iter().chain(doubled);
    let mut grids = steps
        .filter(|step| has_minutes || *step >= HOUR)
        .map(|step| Grid::around(stretch.from, stretch.to, step));
    let found = grids.find(|grid| grid.count <= points);
    // Two points are enough for any stretch: steps double for ever.
    found.unwrap_or_else(|| Grid::around(stretch.from, stretch.to, DAY))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn step(from: i64, to: i64, points: usize) -> i64 {
        grid(Stretch { from, to }, points, Held::EVERYTHING).step
    }

    #[test]
    fn buckets_are_as_short_as_the_points_allow() {
        let day = DAY;
        assert_eq!(step(0, day, 500), 5 * MINUTE);
        assert_eq!(step(0, day, 288), 5 * MINUTE);
        assert_eq!(step(0, day, 287), 10 * MINUTE);
        assert_eq!(step(0, 7 * day, 500), 30 * MINUTE);
        assert_eq!(step(0, 365 * day, 1_000), 12 * HOUR);
        let no_minutes = Held {
            readings_from: i64::MAX,
            minutes_from: i64::MAX,
        };
        let stretch = Stretch { from: 0, to: day };
        assert_eq!(grid(stretch, 500, no_minutes).step, HOUR);
    }

    proptest! {
        #[test]
        fn a_grid_holds_its_stretch_and_is_never_too_long(
            from in -4_000_000_000_000_i64..4_000_000_000_000,
            length in 1_i64..1_581_120_000_000,
            points in FEWEST_POINTS..MOST_POINTS,
        ) {
            let to = from + length;
            let grid = grid(Stretch { from, to }, points, Held::EVERYTHING);
            prop_assert!(grid.count <= points && grid.count > 0);
            prop_assert!(grid.start <= from && to <= grid.end());
            prop_assert_eq!(grid.start % grid.step, 0);
        }
    }
}
