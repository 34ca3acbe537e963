//! The history from a Prometheus, or whatever answers like one: the points of a chart, as the store would give them
//! (decision 0018).
//!
//! Pure: `question` (what is asked, in PromQL), `answer` (what comes back), `filling` (figures and states taken
//! together), `buckets` and `samples` (both as points), `problem`. Shell: `server`, `pages`.

mod answer;
mod buckets;
mod filling;
mod pages;
mod problem;
mod question;
mod samples;
mod server;

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use releve_protocol::NodeId;
use tokio::time::timeout;

pub use problem::Problem;
pub use server::HistoryServer;

use super::columns::Resolution;
use super::grid;
use super::parameters::Stretch;
use super::point::Point;
use crate::store::history::Grid;
use buckets::Buckets;
use question::{Edges, Question};

/// The longest wait for the whole of an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Queries of one question that are asked at the same time.
const AT_ONCE: usize = 2;

/// Which chart is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Chart<'a> {
    /// Of which node.
    pub node: &'a NodeId,
    /// Of which time.
    pub stretch: Stretch,
    /// At most so many points.
    pub points: usize,
    /// The quantities, by their places in the catalog.
    pub quantities: &'a [usize],
}

impl HistoryServer {
    /// The points of the chart, at the finest resolution at which they are not too many.
    ///
    /// # Errors
    /// Says why the server does not give them.
    pub async fn chart(&self, chart: Chart<'_>) -> Result<(Resolution, Vec<Point>), Problem> {
        in_time(self.points(chart)).await
    }

    async fn points(&self, chart: Chart<'_>) -> Result<(Resolution, Vec<Point>), Problem> {
        let edges = self.edges().await?;
        let grid = grid::choose(chart.stretch, chart.points, grid::FINEST);
        let buckets = self.counted(chart.node, grid, edges).await?;
        if self.are_few(chart, edges, &buckets).await? {
            let points = self.readings(chart).await?;
            // Gaps are points too.
            if points.len() <= chart.points {
                return Ok((Resolution::Raw, points));
            }
        }
        let points = self.filled(chart, edges, buckets).await?;
        if points.iter().all(|point| point.known.is_none()) {
            return Ok((Resolution::Raw, Vec::new()));
        }
        Ok((Resolution::Step(grid.step), points))
    }

    /// Whether this server's ranges include their first moment. Asked each time, for a server may be another one
    /// tomorrow, and costs it nothing.
    async fn edges(&self) -> Result<Edges, Problem> {
        let found = self.ask(Question::edges()).await?;
        Edges::of(&found)
    }

    /// The buckets with the counts of their readings alone. They come first: a reading that comes in the meantime
    /// must not make a quantity look as if it were missing there.
    async fn counted(&self, node: &NodeId, grid: Grid, edges: Edges) -> Result<Buckets, Problem> {
        let parts = question::counts();
        let found = self.ask(Question::buckets(&parts, node, grid, edges));
        let mut buckets = Buckets::new(grid);
        buckets.take(&parts, &found.await?)?;
        buckets.are_counted();
        Ok(buckets)
    }

    /// Whether the readings are no more than the points, so that they may be asked for one by one.
    async fn are_few(
        &self,
        chart: Chart<'_>,
        edges: Edges,
        counted: &Buckets,
    ) -> Result<bool, Problem> {
        let [inside, all] = [counted.readings_inside(), counted.readings()];
        let most = chart.points as f64;
        if inside > most {
            return Ok(false);
        }
        if (1.0..=most).contains(&all) {
            return Ok(true);
        }
        // The buckets at both ends reach beyond what is asked for, and the first moment of all belongs to none.
        let parts = question::counts();
        let question = Question::whole(&parts, chart.node, chart.stretch, edges);
        let found = self.ask(question).await?;
        Ok((1.0..=most).contains(&samples::greatest(&found)))
    }

    async fn readings(&self, chart: Chart<'_>) -> Result<Vec<Point>, Problem> {
        let question = Question::samples(chart.node, chart.stretch, chart.quantities);
        // One query, which is one moment of the server's memory: a reading is there as a whole, or not at all.
        let found = self.ask(question).await?;
        Ok(samples::points(&found, chart.stretch))
    }

    /// Everything else about the buckets.
    async fn filled(
        &self,
        chart: Chart<'_>,
        edges: Edges,
        mut buckets: Buckets,
    ) -> Result<Vec<Point>, Problem> {
        let grid = buckets.grid();
        let groups = question::groups(chart.quantities);
        let asked = stream::iter(groups).map(|parts| async move {
            let question = Question::buckets(&parts, chart.node, grid, edges);
            let found = self.ask(question).await?;
            Ok::<_, Problem>((parts, found))
        });
        let mut asked = asked.buffer_unordered(AT_ONCE);
        while let Some((parts, found)) = asked.try_next().await? {
            buckets.take(&parts, &found)?;
        }
        Ok(buckets.points())
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    match timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => Err(Problem::Slow(PATIENCE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let never = std::future::pending::<Result<(), Problem>>();
        assert_eq!(in_time(never).await, Err(Problem::Slow(PATIENCE)));
    }
}
