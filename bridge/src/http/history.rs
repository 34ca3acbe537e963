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
use super::from_prometheus::Chart;
use super::grid;
use super::parameters::{Parameters, Stretch};
use super::point::Point;
use super::questions::{A_DAY, OfNode, ask, ask_elsewhere};
use super::refusal::Refusal;
use crate::store::StoreError;
use crate::store::history::{self, Grid, Held};
use crate::store::rollup::bucket::Bucket;

/// The points of a chart, and bounds for what is asked for. Fewer than two cannot be promised: a stretch of time may
/// lie across the end of any bucket.
const POINTS: usize = 500;
const FEWEST_POINTS: usize = 2;
const MOST_POINTS: usize = 5_000;

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

    const fn chart<'a>(&'a self, node: &'a NodeId) -> Chart<'a> {
        Chart {
            node,
            stretch: self.stretch,
            points: self.points,
            quantities: self.quantities.as_slice(),
        }
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
    let body = match of.history_from(&served) {
        Some(server) => {
            let chart = wanted.chart(&of.node);
            let (resolution, points) = ask_elsewhere(&served, server.chart(chart)).await?;
            answer(&of.node, &wanted, resolution, &points)
        }
        None => {
            ask(&served, move |connection| {
                stored(connection, &of.node, &wanted)
            })
            .await?
        }
    };
    Ok(live(StatusCode::OK, body))
}

/// The answer from the store.
fn stored(connection: &Connection, node: &NodeId, wanted: &Wanted) -> Result<Value, StoreError> {
    history::at_one_moment(connection, |moment| {
        let (resolution, points) = points(moment, node, wanted)?;
        Ok(answer(node, wanted, resolution, &points))
    })
}

fn answer(node: &NodeId, wanted: &Wanted, resolution: Resolution, points: &[Point]) -> Value {
    let mut answer = columns(node, resolution, points, &wanted.quantities);
    for (name, moment) in [("from", wanted.stretch.from), ("to", wanted.stretch.to)] {
        answer[name] = json!(Timestamp::from_unix_millis(moment));
    }
    answer
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
    // Where buckets of five minutes were cut, hours tell.
    let has_minutes = from >= held.minutes_from;
    let finest = if has_minutes {
        grid::FINEST
    } else {
        grid::HOUR
    };
    let grid = grid::choose(wanted.stretch, wanted.points, finest);
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
