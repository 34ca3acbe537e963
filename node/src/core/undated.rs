//! Records on their way into the journal: they wait until it is known when they were.
//!
//! Each keeps its moment on the monotonic clock, from which its stamp follows as soon as the wall clock is
//! known. While it is, nothing waits for longer than a step.

use std::collections::VecDeque;

use releve_control::{Event, Monotonic};
use releve_protocol::Reading;
use tracing::warn;

/// How many records of each stream wait at the most: the readings of a day, at 30 s a window. Beyond that
/// the oldest are lost.
pub const WAITING_MAX: usize = 2880;
/// How many of each stream get their stamps in one step: a day of them must not hold it up, and what memory
/// holds of the journal must have room for them.
const AT_ONCE: usize = 200;
/// How many are lost between two reports: at 30 s a window an hour of readings.
const REPORT_EVERY: u64 = 120;

/// Both streams of records that have no stamp yet.
#[derive(Default)]
pub struct Undated {
    /// Readings, which lack stamp and number.
    pub readings: Waiting<Reading>,
    /// Events.
    pub events: Waiting<Event<Monotonic>>,
}

impl Undated {
    /// Whether everything has its stamp.
    pub fn is_empty(&self) -> bool {
        self.readings.records.is_empty() && self.events.records.is_empty()
    }

    /// How many readings and events wait, for people.
    pub fn describe(&self) -> String {
        let counted = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {one}s"),
        };
        format!(
            "{} and {}",
            counted(self.readings.records.len(), "reading"),
            counted(self.events.records.len(), "event")
        )
    }
}

/// Records of one stream with their moments, the oldest first.
pub struct Waiting<T> {
    records: VecDeque<(Monotonic, T)>,
    lost: u64,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self {
            records: VecDeque::new(),
            lost: 0,
        }
    }
}

impl<T> Waiting<T> {
    /// A record of that moment, the newest.
    pub fn push(&mut self, moment: Monotonic, record: T) {
        if self.records.len() >= WAITING_MAX {
            self.records.pop_front();
            if self.lost.is_multiple_of(REPORT_EVERY) {
                warn!(
                    "the time is not known for so long that {} of the records that wait for it were lost, the oldest first: set the clock",
                    self.lost + 1
                );
            }
            self.lost += 1;
        }
        self.records.push_back((moment, record));
    }

    /// Takes out what gets its stamp in this step, the oldest first.
    pub fn take(&mut self) -> Vec<(Monotonic, T)> {
        let count = self.records.len().min(AT_ONCE);
        let taken = self.records.drain(..count).collect();
        if self.records.is_empty() {
            self.lost = 0;
        }
        taken
    }

    /// The newest record, its moment, and how many were before it since any waited.
    pub fn newest(&self) -> Option<(Monotonic, &T, u64)> {
        let (moment, record) = self.records.back()?;
        let before = self.lost + self.records.len() as u64 - 1;
        Some((*moment, record, before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_and_its_oldest_is_lost_first() {
        let mut waiting = Waiting::default();
        let moment = |number: usize| Monotonic::from_millis(i64::try_from(number).expect("small"));
        for number in 0..WAITING_MAX + 10 {
            waiting.push(moment(number), number);
        }
        let newest = (WAITING_MAX + 9) as u64;
        assert_eq!(
            waiting.newest(),
            Some((moment(WAITING_MAX + 9), &(WAITING_MAX + 9), newest))
        );
        let mut taken = Vec::new();
        loop {
            let some = waiting.take();
            assert!(some.len() <= AT_ONCE);
            if some.is_empty() {
                break;
            }
            taken.extend(some);
        }
        let expected = (10..WAITING_MAX + 10).map(|number| (moment(number), number));
        assert!(taken.into_iter().eq(expected));
        waiting.push(moment(0), 0);
        assert_eq!(waiting.newest(), Some((moment(0), &0, 0)), "counted anew");
    }
}
