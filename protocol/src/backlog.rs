//! `releve/<node>/backlog`: records sent again on request. Live only, never retained.

use releve_control::Event;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::EventRecord;
use crate::journal::{Epoch, Stream};
use crate::reading::Reading;

/// The most records in one message.
pub const MAX_RECORDS: u64 = 20;

/// A part of the answer to `set/resend`: every record of `from..=to` is here or counted as lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Received")]
pub struct Backlog {
    /// [`crate::VERSION`].
    pub v: u32,
    /// The journal that numbers the records.
    pub epoch: Epoch,
    /// The first number that this message answers for.
    pub from: u64,
    /// The last number that this message answers for.
    pub to: u64,
    /// Numbers of `from..=to` that the journal no longer holds, as closed intervals.
    pub lost: Vec<(u64, u64)>,
    /// The records, in order.
    #[serde(flatten)]
    pub records: Records,
}

impl Backlog {
    /// The message up to its first transient: one of them is longer than a message of readings.
    #[must_use]
    pub fn up_to_a_transient(mut self) -> Self {
        let Records::Event(events) = &mut self.records else {
            return self;
        };
        let first = (events.iter()).position(|record| matches!(record.event, Event::Transient(_)));
        if let Some(first) = first {
            events.truncate(first + 1);
            self.to = events[first].seq;
            self.lost.retain(|(from, _)| *from < self.to);
        }
        self
    }
}

/// A part as it comes. Left to itself the parser would take the number of a stream for its name, and could not say in
/// which record a field is wrong.
#[derive(Deserialize)]
struct Received {
    v: u32,
    epoch: Epoch,
    from: u64,
    to: u64,
    lost: Vec<(u64, u64)>,
    stream: Stream,
    records: Vec<Value>,
}

impl TryFrom<Received> for Backlog {
    type Error = String;
    fn try_from(received: Received) -> Result<Self, String> {
        let records = received.records;
        Ok(Self {
            v: received.v,
            epoch: received.epoch,
            from: received.from,
            to: received.to,
            lost: received.lost,
            records: match received.stream {
                Stream::Reading => Records::Reading(each(records)?),
                Stream::Event => Records::Event(each(records)?),
            },
        })
    }
}

fn each<T: DeserializeOwned>(records: Vec<Value>) -> Result<Vec<T>, String> {
    let records = records.into_iter().enumerate();
    let read = records.map(|(place, record)| {
        let wrong = |error: serde_path_to_error::Error<_>| format!("records[{place}].{error}");
        serde_path_to_error::deserialize(record).map_err(wrong)
    });
    read.collect()
}

/// The records of one stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "stream", content = "records", rename_all = "snake_case")]
pub enum Records {
    /// Readings.
    Reading(Vec<Reading>),
    /// Events.
    Event(Vec<EventRecord>),
}

impl Records {
    /// Which stream they are of.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        match self {
            Self::Reading(_) => Stream::Reading,
            Self::Event(_) => Stream::Event,
        }
    }
}

#[cfg(test)]
mod tests {
    use releve_control::{Series, Transient, VoltageSeries};

    use super::*;
    use crate::timestamp::Timestamp;

    fn record(seq: u64, event: Event<Timestamp>) -> EventRecord {
        EventRecord {
            v: crate::VERSION,
            epoch: "k3f9".parse().expect("an epoch"),
            seq,
            at: Timestamp::from_unix_millis(0),
            event,
        }
    }

    fn jump(seq: u64) -> EventRecord {
        record(seq, Event::ClockJumped { seconds: 40.0 })
    }

    fn transient(seq: u64) -> EventRecord {
        let nothing = || -> Series { std::iter::empty().collect() };
        let circuit = || releve_control::CircuitSeries {
            voltage: nothing(),
            current: nothing(),
        };
        let transient = Transient {
            switched_at: Timestamp::from_unix_millis(0),
            edges: Vec::new(),
            offset_ms: Vec::new(),
            battery: VoltageSeries { voltage: nothing() },
            charger: circuit(),
            load: circuit(),
        };
        record(seq, Event::Transient(Box::new(transient)))
    }

    fn message(lost: Vec<(u64, u64)>, records: Vec<EventRecord>) -> Backlog {
        Backlog {
            v: crate::VERSION,
            epoch: "k3f9".parse().expect("an epoch"),
            from: 1,
            to: 9,
            lost,
            records: Records::Event(records),
        }
    }

    #[test]
    fn a_message_ends_with_its_first_transient_and_answers_up_to_it() {
        let lost = vec![(1, 2), (4, 4), (7, 7)];
        let records = vec![jump(3), jump(5), transient(6), jump(8), transient(9)];
        let cut = message(lost, records).up_to_a_transient();
        assert_eq!(cut.to, 6);
        assert_eq!(cut.lost, [(1, 2), (4, 4)]);
        assert_eq!(
            cut.records,
            Records::Event(vec![jump(3), jump(5), transient(6)])
        );
    }

    #[test]
    fn a_message_without_one_stays_as_it_is() {
        let whole = message(vec![(1, 8)], vec![jump(9)]);
        assert_eq!(whole.clone().up_to_a_transient(), whole);
    }
}
