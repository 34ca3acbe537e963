//! What is held of a node's journals, and what to ask it for.

use std::time::{Duration, Instant};

use releve_protocol::journal::{EARLIER_MAX, JournalExtent, Resend, Standing};
use releve_protocol::{Epoch, Stream};
use serde::{Deserialize, Serialize};

use super::recovery::{Missing, Recovery};
use super::stream::StreamRecords;

/// Journals remembered of one node: twice as many as it tells of, so that none is forgotten, and met anew,
/// that it still tells of.
const MAX_EPOCHS: usize = 2 * (EARLIER_MAX + 1);

/// One value for each stream.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct PerStream<T> {
    reading: T,
    event: T,
}

impl<T> PerStream<T> {
    const fn of(&self, stream: Stream) -> &T {
        match stream {
            Stream::Reading => &self.reading,
            Stream::Event => &self.event,
        }
    }

    const fn of_mut(&mut self, stream: Stream) -> &mut T {
        match stream {
            Stream::Reading => &mut self.reading,
            Stream::Event => &mut self.event,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Journal {
    epoch: Epoch,
    /// `None` until a number of the stream is heard of.
    streams: PerStream<Option<StreamRecords>>,
    wanted: Wanted,
    /// Not to be asked for before that: the node cannot give it now.
    #[serde(skip)]
    ask_after: Option<Instant>,
}

/// How long records are not asked for that a node cannot give now.
const POSTPONED: Duration = Duration::from_mins(5);

/// How much of a journal is wanted that is met for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    /// It began while its node was known already: all of it.
    Whole,
    /// Its node is met for the first time.
    Recent,
    /// It ended before its node was met.
    Earlier,
}

/// How much of what was before a node was met the bridge wants to have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Past {
    /// What the first chart shows: the bridge keeps nothing for long.
    #[default]
    Recent,
    /// All that the node still has.
    Everything,
}

impl Past {
    /// The first number that is wanted of a stream that was met at number `seq`.
    fn first(self, wanted: Wanted, stream: Stream, seq: u64) -> u64 {
        match (wanted, self) {
            (Wanted::Whole, _) | (_, Self::Everything) => 1,
            (Wanted::Recent, Self::Recent) => seq.saturating_sub(recent_history(stream)).max(1),
            (Wanted::Earlier, Self::Recent) => seq,
        }
    }
}

/// What is held of a node's journals, the oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Journals {
    journals: Vec<Journal>,
    #[serde(skip)]
    past: Past,
    #[serde(skip)]
    recoveries: PerStream<Recovery>,
    /// Records missing in journals that are no longer remembered.
    lost_with_journal: PerStream<u64>,
    requests: u64,
    /// Whether a stream was met that nobody has asked about yet.
    #[serde(skip)]
    has_met: bool,
}

/// How far back the records of a journal met for the first time are wanted by a bridge that keeps nothing for
/// long.
const fn recent_history(stream: Stream) -> u64 {
    match stream {
        // What the first chart shows.
        Stream::Reading => super::RECENT_READINGS as u64,
        // What happened before is in the state: a mail about it would come late.
        Stream::Event => 0,
    }
}

impl Journals {
    /// Sets how much of what was before the node was met is wanted.
    pub const fn want(&mut self, past: Past) {
        self.past = past;
    }

    /// A record that was taken in could not be stored: it is missing again.
    pub fn release(&mut self, epoch: &Epoch, stream: Stream, seq: u64) {
        if let Some(records) = self.known(epoch, stream) {
            records.release(seq);
        }
    }

    /// Whether a record is from before the node was met.
    #[must_use]
    pub fn is_from_before(&self, epoch: &Epoch, stream: Stream, seq: u64) -> bool {
        let mut same = self.journals.iter().filter(|held| held.epoch == *epoch);
        same.any(|journal| {
            let records = journal.streams.of(stream).as_ref();
            records.is_some_and(|held| held.is_from_before(seq))
        })
    }

    /// Takes a record in; whether it is new.
    pub fn take(&mut self, epoch: &Epoch, stream: Stream, seq: u64) -> bool {
        self.records(epoch, stream, seq).take(seq)
    }

    /// Learns from `state` what the node keeps.
    pub fn announce(&mut self, standing: &Standing) {
        let current = &standing.current;
        let met_before = (self.journals.iter()).any(|journal| journal.epoch != current.epoch);
        let (of_earlier, of_current) = if met_before {
            (Wanted::Whole, Wanted::Whole)
        } else {
            (Wanted::Earlier, Wanted::Recent)
        };
        for extent in &standing.earlier {
            self.announce_extent(extent, of_earlier);
        }
        self.announce_extent(current, of_current);
    }

    fn announce_extent(&mut self, extent: &JournalExtent, wanted: Wanted) {
        self.journal(&extent.epoch, wanted);
        for stream in Stream::ALL {
            let next = extent.of(stream).next;
            self.records(&extent.epoch, stream, next).announce(next);
        }
    }

    /// Takes in a part of an answer: what of `from..=to` is lost.
    pub fn answered(&mut self, epoch: &Epoch, stream: Stream, lost: &[(u64, u64)], now: Instant) {
        self.recoveries.of_mut(stream).answered(now);
        for &(from, to) in lost {
            // A loss is believed only of records that are known to have existed.
            if let Some(records) = self.known(epoch, stream) {
                while let Some((low, high)) = records.gap_between(from, to) {
                    records.give_up(low, high);
                }
            }
        }
    }

    /// The node answered request `id` that it has no such journal.
    pub fn refused(&mut self, id: &str, now: Instant) {
        for stream in Stream::ALL {
            let Some(epoch) = self.recoveries.of_mut(stream).refused(id, now) else {
                continue;
            };
            for stream in Stream::ALL {
                if let Some(records) = self.known(&epoch, stream) {
                    records.give_up_missing();
                }
            }
        }
    }

    /// The node answered request `id` that it cannot give these records now: others are asked for meanwhile.
    pub fn postponed(&mut self, id: &str, now: Instant) {
        for stream in Stream::ALL {
            let Some(epoch) = self.recoveries.of_mut(stream).refused(id, now) else {
                continue;
            };
            for journal in &mut self.journals {
                if journal.epoch == epoch {
                    journal.ask_after = Some(now + POSTPONED);
                }
            }
        }
    }

    /// The node is away: no answer is awaited any more.
    pub fn pause(&mut self) {
        self.recoveries.reading.pause();
        self.recoveries.event.pause();
    }

    /// The requests to send now: at most one for each stream.
    pub fn due(
        &mut self,
        now: Instant,
        mut next_id: impl FnMut() -> String,
    ) -> Vec<(String, Resend)> {
        let mut due = Vec::new();
        for stream in Stream::ALL {
            let journals = &self.journals;
            let mut askable =
                (journals.iter()).filter(|journal| journal.ask_after.is_none_or(|at| now >= at));
            let first_missing = askable.find_map(|journal| {
                let (from, to) = journal.streams.of(stream).as_ref()?.gap()?;
                let epoch = journal.epoch.clone();
                Some(Missing { epoch, from, to })
            });
            let still_missing = |wanted: &Missing| {
                let mut same = journals.iter().filter(|held| held.epoch == wanted.epoch);
                same.any(|journal| {
                    let records = journal.streams.of(stream).as_ref();
                    records.is_some_and(|held| held.gap_between(wanted.from, wanted.to).is_some())
                })
            };
            let recovery = self.recoveries.of_mut(stream);
            if let Some((id, missing)) =
                recovery.due(now, first_missing, still_missing, &mut next_id)
            {
                self.requests += 1;
                let Missing { epoch, from, to } = missing;
                let resend = Resend {
                    epoch,
                    stream,
                    from,
                    to,
                };
                due.push((id, resend));
            }
        }
        due
    }

    /// The journal that was met last.
    #[must_use]
    pub fn newest(&self) -> Option<&Epoch> {
        self.journals.last().map(|journal| &journal.epoch)
    }

    /// Records of the stream that are missing and may still come.
    #[must_use]
    pub fn missing(&self, stream: Stream) -> u64 {
        self.held(stream)
            .map(StreamRecords::missing)
            .fold(0, u64::saturating_add)
    }

    /// Records of the stream that were lost for good.
    #[must_use]
    pub fn lost(&self, stream: Stream) -> u64 {
        self.held(stream)
            .map(StreamRecords::lost)
            .fold(*self.lost_with_journal.of(stream), u64::saturating_add)
    }

    /// Requests made so far.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    fn held(&self, stream: Stream) -> impl Iterator<Item = &StreamRecords> {
        self.journals
            .iter()
            .filter_map(move |journal| journal.streams.of(stream).as_ref())
    }

    fn known(&mut self, epoch: &Epoch, stream: Stream) -> Option<&mut StreamRecords> {
        let mut journals = self.journals.iter_mut();
        let journal = journals.find(|journal| journal.epoch == *epoch)?;
        journal.streams.of_mut(stream).as_mut()
    }

    /// The records of a stream; met for the first time, it is wanted from a little before `seq`.
    fn records(&mut self, epoch: &Epoch, stream: Stream, seq: u64) -> &mut StreamRecords {
        let wanted = if self.journals.is_empty() {
            Wanted::Recent
        } else {
            Wanted::Whole
        };
        let past = self.past;
        let journal = self.journal(epoch, wanted);
        let first = past.first(journal.wanted, stream, seq);
        let met_at = match journal.wanted {
            Wanted::Whole => 1,
            Wanted::Recent | Wanted::Earlier => seq,
        };
        let is_met = journal.streams.of(stream).is_some();
        self.has_met |= !is_met;
        let journal = self.journal(epoch, wanted);
        (journal.streams.of_mut(stream))
            .get_or_insert_with(|| StreamRecords::wanted_from(first, met_at))
    }

    /// Whether a stream was met for the first time since this was last asked: where it was met says from when on its
    /// events call people, and no record says so.
    pub const fn take_met(&mut self) -> bool {
        std::mem::replace(&mut self.has_met, false)
    }

    /// The journal of that epoch; met for the first time, that much of it is wanted.
    fn journal(&mut self, epoch: &Epoch, wanted: Wanted) -> &mut Journal {
        let known = self.journals.iter().position(|held| held.epoch == *epoch);
        let index = known.unwrap_or_else(|| {
            self.forget_excess();
            self.journals.push(Journal {
                epoch: epoch.clone(),
                streams: PerStream::default(),
                wanted,
                ask_after: None,
            });
            self.journals.len() - 1
        });
        &mut self.journals[index]
    }

    fn forget_excess(&mut self) {
        while self.journals.len() >= MAX_EPOCHS {
            let forgotten = self.journals.remove(0);
            for stream in Stream::ALL {
                if let Some(records) = forgotten.streams.of(stream) {
                    let lost = self.lost_with_journal.of_mut(stream);
                    *lost = lost
                        .saturating_add(records.lost())
                        .saturating_add(records.missing());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
