//! The journal: each reading and event, numbered, kept so that it can be sent again.
//!
//! Kept in memory: what was not fetched when the program ends is gone with it, and the next start
//! draws a new epoch.

mod ring;

use releve_control::Event;
use releve_protocol::backlog::{Backlog, MAX_RECORDS, Records};
use releve_protocol::journal::{JournalExtent, Resend};
use releve_protocol::{Epoch, EventRecord, Reading, Stream, Timestamp, VERSION};

pub use ring::Ring;

/// Readings of a day, at 30 s a window.
const READINGS_A_DAY: usize = 2880;

/// How many records a journal keeps; beyond that the oldest are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Readings, about 0.8 kB each.
    pub readings: usize,
    /// Events, about 0.2 kB each.
    pub events: usize,
}

impl Capacity {
    /// Room for the readings of that many days, and for as many events as there are readings in a
    /// tenth of that time.
    #[must_use]
    pub const fn days(days: usize) -> Self {
        let readings = days.saturating_mul(READINGS_A_DAY);
        Self {
            readings,
            events: readings / 10 + 1,
        }
    }
}

/// Two numbered streams under one epoch.
pub struct Journal {
    epoch: Epoch,
    readings: Ring<Reading>,
    events: Ring<EventRecord>,
}

impl Journal {
    /// An empty journal. The epoch must be new: numbers begin at 1.
    #[must_use]
    pub fn new(epoch: Epoch, capacity: Capacity) -> Self {
        Self {
            epoch,
            readings: Ring::new(capacity.readings),
            events: Ring::new(capacity.events),
        }
    }

    /// Writes a reading: gives it its number and a stamp after that of the last reading.
    pub fn write_reading(
        &mut self,
        at: Timestamp,
        reading: impl FnOnce(Epoch, u64, Timestamp) -> Reading,
    ) -> &Reading {
        let at = after(at, self.readings.last().map(|last| last.at));
        let epoch = self.epoch.clone();
        self.readings.push(|seq| reading(epoch, seq, at))
    }

    /// Writes an event: gives it its number and a stamp after that of the last event.
    pub fn write_event(&mut self, at: Timestamp, event: Event<Timestamp>) -> &EventRecord {
        let at = after(at, self.events.last().map(|last| last.at));
        let epoch = self.epoch.clone();
        self.events.push(|seq| EventRecord {
            v: VERSION,
            epoch,
            seq,
            at,
            event,
        })
    }

    /// The last reading, if there is one.
    #[must_use]
    pub fn last_reading(&self) -> Option<&Reading> {
        self.readings.last()
    }

    /// The epoch.
    #[must_use]
    pub const fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// What the journal holds.
    #[must_use]
    pub fn extent(&self) -> JournalExtent {
        JournalExtent {
            epoch: self.epoch.clone(),
            reading: self.readings.extent(),
            event: self.events.extent(),
        }
    }

    /// The number that the next record of a stream will get.
    #[must_use]
    pub fn next(&self, stream: Stream) -> u64 {
        match stream {
            Stream::Reading => self.readings.extent().next,
            Stream::Event => self.events.extent().next,
        }
    }

    /// The first message of the answer to `wanted`: it answers for `wanted.from` to its own `to`.
    ///
    /// `wanted.to` must have been written. Whatever the journal no longer holds at the beginning is
    /// counted as lost in one interval, so each message carries records as long as there are any.
    #[must_use]
    pub fn backlog(&self, wanted: &Resend) -> Backlog {
        let first_held = match wanted.stream {
            Stream::Reading => self.readings.extent().first,
            Stream::Event => self.events.extent().first,
        };
        let held_from = wanted.from.max(first_held);
        let to = wanted.to.min(held_from.saturating_add(MAX_RECORDS - 1));
        let lost_to = held_from.saturating_sub(1).min(to);
        let lost = if wanted.from <= lost_to {
            vec![(wanted.from, lost_to)]
        } else {
            Vec::new()
        };
        Backlog {
            v: VERSION,
            epoch: self.epoch.clone(),
            from: wanted.from,
            to,
            lost,
            records: match wanted.stream {
                Stream::Reading => Records::Reading(self.readings.range(held_from, to)),
                Stream::Event => Records::Event(self.events.range(held_from, to)),
            },
        }
    }
}

/// `at`, or just after `last` where the clock has not moved on or went back.
fn after(at: Timestamp, last: Option<Timestamp>) -> Timestamp {
    let least = last.map(|last| Timestamp::from_unix_millis(last.as_unix_millis() + 1));
    least.map_or(at, |least| at.max(least))
}
