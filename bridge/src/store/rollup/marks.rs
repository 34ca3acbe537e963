//! Which hours are stale: marked in the transaction that writes a reading, so that a kill loses nothing, and
//! remembered, so that the hundred readings of an hour mark it once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::hour::NodeHour;
use crate::store::StoreError;

/// An hour is computed once nothing was added to it for so long: in the hour that runs, and while a node sends
/// what was missing, that would be in vain.
pub const QUIET: Duration = Duration::from_mins(2);

/// The marks.
#[derive(Debug)]
pub struct Marks {
    /// Hours that this run has marked, and when a reading was added last.
    marked: HashMap<NodeHour, Instant>,
    /// Hours that lie in the table up to this key are marked by this run, or computed.
    looked_through: Option<i64>,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            marked: HashMap::new(),
            looked_through: Some(i64::MIN),
        }
    }
}

impl Marks {
    /// A reading is added to that hour: marks it, in the transaction that adds the reading.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn mark(
        &mut self,
        connection: &Connection,
        hour: NodeHour,
        now: Instant,
    ) -> Result<(), StoreError> {
        if let Some(last) = self.marked.get_mut(&hour) {
            *last = now;
            return Ok(());
        }
        let make = "INSERT OR IGNORE INTO stale (key) VALUES (?1)";
        connection.prepare_cached(make)?.execute([hour.key()])?;
        self.marked.insert(hour, now);
        Ok(())
    }

    /// A transaction was undone, and perhaps marks with it: the table knows which.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Hours to compute now, at most `most`.
    ///
    /// # Errors
    /// If the disk does not tell.
    pub fn due(
        &mut self,
        connection: &Connection,
        now: Instant,
        most: usize,
    ) -> Result<Vec<NodeHour>, StoreError> {
        let is_quiet = |last: &Instant| now.saturating_duration_since(*last) >= QUIET;
        let quiet = (self.marked.iter()).filter(|(_, last)| is_quiet(last));
        let mut due: Vec<NodeHour> = quiet.map(|(hour, _)| *hour).take(most).collect();
        while let Some(through) = self.looked_through.filter(|_| due.len() < most) {
            let find = "SELECT key FROM stale WHERE key > ?1 ORDER BY key LIMIT 64";
            let mut find = connection.prepare_cached(find)?;
            let keys = find.query_map([through], |row| row.get::<_, i64>(0))?;
            let keys: Vec<i64> = keys.collect::<Result<_, _>>()?;
            self.looked_through = None;
            for key in keys {
                if due.len() >= most {
                    break;
                }
                self.looked_through = Some(key);
                let hour = NodeHour::of_key(key);
                if !self.marked.contains_key(&hour) {
                    due.push(hour);
                }
            }
        }
        Ok(due)
    }

    /// The hour was computed.
    pub fn computed(&mut self, hour: NodeHour) {
        self.marked.remove(&hour);
    }

    /// The hour cannot be computed yet: it is looked at again later.
    pub fn postpone(&mut self, hour: NodeHour, now: Instant) {
        self.marked.insert(hour, now);
    }
}
