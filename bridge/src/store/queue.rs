//! Questions of one who sends readings on, in the order in which they came.

use rusqlite::Connection;

use super::StoreError;
use super::readings::{self, StoredReading};

/// Some rows, the oldest first.
#[derive(Debug, Default)]
pub struct Rows {
    /// The readings that can be read.
    pub readings: Vec<StoredReading>,
    /// Rows among them that are damaged.
    pub damaged: u64,
    /// The numbers of the first and the last of all these rows; `None`: there is none.
    pub ends: Option<(i64, i64)>,
}

impl Rows {
    fn add(&mut self, number: i64) {
        let (first, _) = self.ends.unwrap_or((number, number));
        self.ends = Some((first, number));
    }

    /// How many rows they are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.readings.len() + usize::try_from(self.damaged).unwrap_or(usize::MAX)
    }
}

/// The rows behind row `number`, at most `most`. A row that is damaged keeps none behind it waiting.
///
/// # Errors
/// If the disk does not give them.
pub fn rows_behind(connection: &Connection, number: i64, most: usize) -> Result<Rows, StoreError> {
    match readings::behind(connection, number, most) {
        Ok(readings) => {
            let ends = readings.first().zip(readings.last());
            Ok(Rows {
                ends: ends.map(|(first, last)| (first.number, last.number)),
                readings,
                damaged: 0,
            })
        }
        Err(StoreError::Damaged(_)) => one_by_one(connection, number, most),
        Err(error) => Err(error),
    }
}

fn one_by_one(connection: &Connection, mut number: i64, most: usize) -> Result<Rows, StoreError> {
    let mut rows = Rows::default();
    let find = "SELECT min(number) FROM reading WHERE number > ?1";
    let mut find = connection.prepare_cached(find)?;
    for _ in 0..most {
        let next: Option<i64> = find.query_row([number], |row| row.get(0))?;
        let Some(next) = next else {
            break;
        };
        match readings::behind(connection, next - 1, 1) {
            Ok(readings) => rows.readings.extend(readings),
            Err(StoreError::Damaged(_)) => rows.damaged += 1,
            Err(error) => return Err(error),
        }
        rows.add(next);
        number = next;
    }
    Ok(rows)
}
