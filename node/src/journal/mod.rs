//! The journal: each reading and event, numbered, kept so that it can be sent again.
//!
//! The newest records are in memory. With a [`store`] they are handed on to it, and all of them can be
//! fetched from there; while the disk refuses, and where there is none, memory is all there is.

pub mod keeper;
mod record;
mod ring;
pub mod store;

use releve_control::Event;
use releve_protocol::backlog::{Backlog, MAX_RECORDS, Records};
use releve_protocol::journal::{Extent, JournalExtent, Resend, Standing};
use releve_protocol::{Epoch, EventRecord, Reading, Stream, Timestamp, VERSION};

pub use record::Record;
pub use ring::Ring;

/// Readings of a day, at 30 s a window.
const READINGS_A_DAY: usize = 2880;

/// How many records a journal keeps; beyond that the oldest are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Readings, about 0.8 kB each.
    pub readings: usize,
    /// Events, about 0.2 kB each; one with raw samples is 25 kB, and 55 kB in memory.
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

    /// The lesser of both, for each stream.
    #[must_use]
    pub fn at_most(self, other: Self) -> Self {
        Self {
            readings: self.readings.min(other.readings),
            events: self.events.min(other.events),
        }
    }
}

/// Where the records are that are not in memory.
enum Elsewhere {
    /// There is no disk, or what an earlier run has left on it could not be looked at.
    Nowhere,
    /// On the disk, which takes each record that it is handed.
    OnDisk {
        /// What the disk is known to hold.
        standing: Standing,
        /// The numbers of the next records to hand to it.
        unhanded: Next,
    },
    /// On a disk that refuses now.
    OutOfReach {
        /// What it is known to hold; anything beyond these numbers was given new ones. `None` if it has
        /// refused from the start on.
        standing: Option<Standing>,
    },
}

/// The number of the next record of each stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Next {
    reading: u64,
    event: u64,
}

impl Next {
    const fn of(extent: &JournalExtent) -> Self {
        Self {
            reading: extent.reading.next,
            event: extent.event.next,
        }
    }
}

/// What the journal can say of records under an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// They are of the journal that is written, whose next record will have that number.
    Current {
        /// That number.
        next: u64,
    },
    /// They are of an earlier journal that the disk has.
    Earlier,
    /// The disk has them, and refuses now.
    NotNow,
    /// Nothing is known of them.
    Gone,
}

/// Two numbered streams under one epoch.
pub struct Journal {
    epoch: Epoch,
    readings: Ring<Reading>,
    events: Ring<EventRecord>,
    /// The newest reading, wherever it is kept.
    last_reading: Option<Reading>,
    /// The stamp of the newest event.
    last_event_at: Option<Timestamp>,
    elsewhere: Elsewhere,
}

impl Journal {
    /// An empty journal in memory. The epoch must be new: numbers begin at 1.
    #[must_use]
    pub fn new(epoch: Epoch, capacity: Capacity) -> Self {
        Self {
            epoch,
            readings: Ring::new(capacity.readings),
            events: Ring::new(capacity.events),
            last_reading: None,
            last_event_at: None,
            elsewhere: Elsewhere::Nowhere,
        }
    }

    /// An empty journal whose disk refuses from the start on.
    #[must_use]
    pub fn off_disk(epoch: Epoch, capacity: Capacity) -> Self {
        Self {
            elsewhere: Elsewhere::OutOfReach { standing: None },
            ..Self::new(epoch, capacity)
        }
    }

    /// The journal of a store that stands there; `last` are the newest records of it. `capacity` is what
    /// memory holds while the disk refuses.
    #[must_use]
    pub fn on_disk(standing: Standing, last: Vec<Record>, capacity: Capacity) -> Self {
        let (mut last_reading, mut last_event_at) = (None, None);
        for record in last {
            match record {
                Record::Reading(reading) => last_reading = Some(reading),
                Record::Event(event) => last_event_at = Some(event.at),
            }
        }
        let unhanded = Next::of(&standing.current);
        Self {
            epoch: standing.current.epoch.clone(),
            readings: Ring::after(unhanded.reading - 1, capacity.readings),
            events: Ring::after(unhanded.event - 1, capacity.events),
            last_reading,
            last_event_at,
            elsewhere: Elsewhere::OnDisk { standing, unhanded },
        }
    }

    /// Writes a reading: gives it its number and a stamp after that of the last reading.
    pub fn write_reading(
        &mut self,
        at: Timestamp,
        reading: impl FnOnce(Epoch, u64, Timestamp) -> Reading,
    ) -> &Reading {
        let at = after(at, self.last_reading.as_ref().map(|last| last.at));
        let epoch = self.epoch.clone();
        let written = self.readings.push(|seq| reading(epoch, seq, at));
        self.last_reading = Some(written.clone());
        written
    }

    /// Writes an event: gives it its number and a stamp after that of the last event.
    pub fn write_event(&mut self, at: Timestamp, event: Event<Timestamp>) -> &EventRecord {
        let at = after(at, self.last_event_at);
        self.last_event_at = Some(at);
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
    pub const fn last_reading(&self) -> Option<&Reading> {
        self.last_reading.as_ref()
    }

    /// The epoch.
    #[must_use]
    pub const fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// What can be asked for.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let mut current = JournalExtent {
            epoch: self.epoch.clone(),
            reading: self.readings.extent(),
            event: self.events.extent(),
        };
        let earlier = match &self.elsewhere {
            Elsewhere::OnDisk { standing, .. } => {
                current.reading.first = standing.current.reading.first;
                current.event.first = standing.current.event.first;
                standing.earlier.clone()
            }
            Elsewhere::Nowhere | Elsewhere::OutOfReach { .. } => Vec::new(),
        };
        Standing { current, earlier }
    }

    /// Whether records of that stream and epoch can be fetched.
    #[must_use]
    pub fn reach(&self, epoch: &Epoch, stream: Stream) -> Reach {
        if *epoch == self.epoch {
            let next = self.extent(stream).next;
            return Reach::Current { next };
        }
        let among = |extents: &[JournalExtent]| extents.iter().any(|extent| extent.epoch == *epoch);
        match &self.elsewhere {
            Elsewhere::OnDisk { standing, .. } => {
                if among(&standing.earlier) {
                    Reach::Earlier
                } else {
                    Reach::Gone
                }
            }
            Elsewhere::OutOfReach { standing: None } => Reach::NotNow,
            Elsewhere::OutOfReach {
                standing: Some(standing),
            } => {
                let held = among(&standing.earlier) || standing.current.epoch == *epoch;
                if held { Reach::NotNow } else { Reach::Gone }
            }
            Elsewhere::Nowhere => Reach::Gone,
        }
    }

    fn extent(&self, stream: Stream) -> Extent {
        match stream {
            Stream::Reading => self.readings.extent(),
            Stream::Event => self.events.extent(),
        }
    }

    /// The first message of the answer to `wanted`, from memory: it answers for `wanted.from` to its own
    /// `to`. `None` where the disk must be asked.
    ///
    /// `wanted.to` must have been written. Whatever the journal no longer holds at the beginning is
    /// counted as lost in one interval, so each message carries records as long as there are any.
    #[must_use]
    pub fn backlog(&self, wanted: &Resend) -> Option<Backlog> {
        if matches!(self.elsewhere, Elsewhere::OnDisk { .. }) || wanted.epoch != self.epoch {
            return None;
        }
        let held_from = wanted.from.max(self.extent(wanted.stream).first);
        let to = wanted.to.min(held_from.saturating_add(MAX_RECORDS - 1));
        let lost_to = held_from.saturating_sub(1).min(to);
        let lost = if wanted.from <= lost_to {
            vec![(wanted.from, lost_to)]
        } else {
            Vec::new()
        };
        let message = Backlog {
            v: VERSION,
            epoch: self.epoch.clone(),
            from: wanted.from,
            to,
            lost,
            records: match wanted.stream {
                Stream::Reading => Records::Reading(self.readings.range(held_from, to)),
                Stream::Event => Records::Event(self.events.range(held_from, to)),
            },
        };
        Some(message.up_to_a_transient())
    }

    /// The records that the disk has not been handed yet; from now on it has.
    pub fn hand_on(&mut self) -> Vec<Record> {
        let reached = Next {
            reading: self.readings.extent().next,
            event: self.events.extent().next,
        };
        let Elsewhere::OnDisk { unhanded, .. } = &mut self.elsewhere else {
            return Vec::new();
        };
        let from = std::mem::replace(unhanded, reached);
        self.records_since(from)
    }

    /// Everything that memory holds beyond that, for a disk that is to take it in.
    #[must_use]
    pub fn beyond(&self, held: &JournalExtent) -> Vec<Record> {
        self.records_since(Next::of(held))
    }

    fn records_since(&self, from: Next) -> Vec<Record> {
        let events = self.events.since(from.event).cloned().map(Record::Event);
        let readings = (self.readings.since(from.reading).cloned()).map(Record::Reading);
        events.chain(readings).collect()
    }

    /// The disk holds that by now. False where that is of a journal that was given up meanwhile.
    pub fn written(&mut self, now: Standing) -> bool {
        match &mut self.elsewhere {
            Elsewhere::OnDisk { standing, .. } if now.current.epoch == self.epoch => {
                // Memory need not hold what the disk has.
                self.readings.forget_before(now.current.reading.next);
                self.events.forget_before(now.current.event.next);
                *standing = now;
                true
            }
            _ => false,
        }
    }

    /// The disk does not take records any more: this journal goes on in memory, as another one, with what the
    /// disk did not take numbered anew. Under its old numbers nobody was told of it.
    ///
    /// What the disk held stays there, and is given to whoever asks once it works again.
    pub fn fall_back(&mut self, epoch: Epoch) {
        let elsewhere = std::mem::replace(&mut self.elsewhere, Elsewhere::Nowhere);
        let Elsewhere::OnDisk { standing, .. } = elsewhere else {
            self.elsewhere = elsewhere;
            return;
        };
        let untold = Next::of(&standing.current);
        self.readings.begin_anew(untold.reading, |reading, seq| {
            reading.epoch = epoch.clone();
            reading.seq = seq;
        });
        self.events.begin_anew(untold.event, |event, seq| {
            event.epoch = epoch.clone();
            event.seq = seq;
        });
        self.epoch = epoch;
        self.elsewhere = Elsewhere::OutOfReach {
            standing: Some(standing),
        };
    }

    /// Whether there is a disk that refuses.
    #[must_use]
    pub const fn is_off_disk(&self) -> bool {
        matches!(self.elsewhere, Elsewhere::OutOfReach { .. })
    }

    /// The journal that the disk was writing when it began to refuse, as far as anybody was told of it: what
    /// it may have taken beyond that has other numbers by now.
    #[must_use]
    pub fn abandoned(&self) -> Option<&JournalExtent> {
        match &self.elsewhere {
            Elsewhere::OutOfReach { standing } => standing.as_ref().map(|held| &held.current),
            Elsewhere::Nowhere | Elsewhere::OnDisk { .. } => None,
        }
    }

    /// The disk has taken this journal in, as far as `standing` says. False where that is not all of it by
    /// now: more was published meanwhile, and must be taken in before the disk counts as working.
    pub fn is_on_disk(&mut self, standing: Standing) -> bool {
        let unhanded = Next::of(&standing.current);
        let written = Next {
            reading: self.readings.extent().next,
            event: self.events.extent().next,
        };
        if standing.current.epoch != self.epoch || unhanded != written {
            return false;
        }
        self.elsewhere = Elsewhere::OnDisk { standing, unhanded };
        true
    }
}

/// `at`, or just after `last` where the clock has not moved on or went back.
fn after(at: Timestamp, last: Option<Timestamp>) -> Timestamp {
    let least = last.map(|last| Timestamp::from_unix_millis(last.as_unix_millis() + 1));
    least.map_or(at, |least| at.max(least))
}
