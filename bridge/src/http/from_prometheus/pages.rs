//! The history piece by piece, for files of any length.

use releve_protocol::NodeId;
use releve_protocol::catalog::QUANTITIES;

use super::super::grid;
use super::super::parameters::Stretch;
use super::super::point::Point;
use super::{Chart, HistoryServer, Problem, in_time};
use crate::store::history::Grid;

/// Readings of a piece, at most; of a single bucket, whatever it has.
const READINGS: usize = 2_000;
/// Buckets of five minutes that are looked through for them: a day.
const BUCKETS: usize = 288;

impl HistoryServer {
    /// Asks it for something that needs no data, so that what is begun afterwards can be expected to come to its end.
    ///
    /// # Errors
    /// Says why it does not answer.
    pub async fn answers(&self) -> Result<(), Problem> {
        in_time(self.edges()).await.map(drop)
    }

    /// All that is known of these buckets.
    ///
    /// # Errors
    /// Says why the server does not give it.
    pub async fn buckets(&self, node: &NodeId, grid: Grid) -> Result<Vec<Point>, Problem> {
        let all = all_quantities();
        let stretch = Stretch {
            from: grid.start,
            to: grid.end(),
        };
        let chart = of_everything(node, stretch, &all);
        let asked = async {
            let edges = self.edges().await?;
            let buckets = self.counted(node, grid, edges).await?;
            self.filled(chart, edges, buckets).await
        };
        in_time(asked).await
    }

    /// The first readings of the stretch, which may be none, and where the others begin; `None`: there are no others.
    ///
    /// # Errors
    /// Says why the server does not give them.
    pub async fn first_readings(
        &self,
        node: &NodeId,
        stretch: Stretch,
    ) -> Result<(Vec<Point>, Option<i64>), Problem> {
        in_time(self.page(node, stretch)).await
    }

    async fn page(
        &self,
        node: &NodeId,
        stretch: Stretch,
    ) -> Result<(Vec<Point>, Option<i64>), Problem> {
        let mut grid = Grid::around(stretch.from, stretch.to, grid::FINEST);
        grid.count = grid.count.min(BUCKETS);
        let edges = self.edges().await?;
        let counted = self.counted(node, grid, edges).await?;
        let (buckets, readings) = counted.first(READINGS as f64);
        // A reading at the end of a bucket belongs to it. The one at its begin does not, but to this stretch.
        let behind = grid.start + grid.step * buckets as i64 + 1;
        let page = Stretch {
            from: stretch.from,
            to: stretch.to.min(behind),
        };
        let rest = (behind < stretch.to).then_some(behind);
        if readings == 0.0 && grid.start != stretch.from {
            return Ok((Vec::new(), rest));
        }
        let all = all_quantities();
        let points = self.readings(of_everything(node, page, &all)).await?;
        Ok((points, rest))
    }
}

fn all_quantities() -> Vec<usize> {
    (0..QUANTITIES.len()).collect()
}

const fn of_everything<'a>(node: &'a NodeId, stretch: Stretch, all: &'a [usize]) -> Chart<'a> {
    Chart {
        node,
        stretch,
        points: usize::MAX,
        quantities: all,
    }
}
