//! What the thread does between two batches: hours are rolled up, old rows are cut; a little at a time.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use tracing::{error, warn};

use super::StoreError;
use super::names::{Numbers, layouts};
use super::retention::{At, Cutting};
use super::rollup::marks::Marks;
use super::rollup::tables;

/// Hours that are rolled up in one go: some milliseconds.
const HOURS_TOGETHER: usize = 8;
/// Where nothing is to do, it is looked again after so long: batches come more often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long it rests after the disk has refused.
const REST: Duration = Duration::from_mins(1);

/// Whoever keeps the store in order.
#[derive(Debug)]
pub struct Upkeep {
    cutting: Cutting,
    rests_until: Option<Instant>,
    has_failed: bool,
}

impl Upkeep {
    /// With that one who cuts.
    pub const fn new(cutting: Cutting) -> Self {
        Self {
            cutting,
            rests_until: None,
            has_failed: false,
        }
    }

    /// Does a little; whether there is more to do now.
    pub fn slice(
        &mut self,
        connection: &Connection,
        numbers: &mut Numbers,
        marks: &mut Marks,
        at: At,
    ) -> bool {
        if self.rests_until.is_some_and(|until| at.now < until) {
            return false;
        }
        match self.try_slice(connection, numbers, marks, at) {
            Ok(more) => {
                self.has_failed = false;
                self.rests_until = (!more).then(|| at.now + LOOK_EVERY);
                more
            }
            Err(problem) => {
                if !self.has_failed {
                    warn!(%problem, "the store cannot be kept in order; tried again every minute");
                }
                self.has_failed = true;
                self.rests_until = Some(at.now + REST);
                numbers.forget();
                marks.forget();
                false
            }
        }
    }

    fn try_slice(
        &mut self,
        connection: &Connection,
        numbers: &mut Numbers,
        marks: &mut Marks,
        at: At,
    ) -> Result<bool, StoreError> {
        let layout = numbers.of_layout(connection)?;
        let due = marks.due(connection, at.now, HOURS_TOGETHER)?;
        if due.is_empty() {
            return self.cutting.slice(connection, layout, marks, at);
        }
        let transaction = connection.unchecked_transaction()?;
        let layouts = layouts(&transaction)?;
        let through = self.cutting.may_cut_through(at);
        let mut outcomes = Vec::with_capacity(due.len());
        for hour in due {
            let outcome = tables::refresh(&transaction, &layouts, layout, hour, through);
            let is_done = match outcome {
                // One that cannot be read keeps the others from nothing.
                Err(StoreError::Damaged(what)) => {
                    error!(what, "an hour cannot be rolled up");
                    let give_up = "DELETE FROM stale WHERE key = ?1";
                    transaction.prepare_cached(give_up)?.execute([hour.key()])?;
                    true
                }
                outcome => outcome?,
            };
            outcomes.push((hour, is_done));
        }
        transaction.commit()?;
        for (hour, is_done) in outcomes {
            if is_done {
                marks.computed(hour);
            } else {
                marks.postpone(hour, at.now);
            }
        }
        Ok(true)
    }
}
