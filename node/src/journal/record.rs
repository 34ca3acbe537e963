//! A record of either stream.

use releve_protocol::{EventRecord, Reading, Stream, Timestamp};
use serde_json::Error;

/// A reading or an event, with its number.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all records are readings")]
pub enum Record {
    /// A reading.
    Reading(Reading),
    /// An event.
    Event(EventRecord),
}

impl Record {
    /// The stream that numbers it.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        match self {
            Self::Reading(_) => Stream::Reading,
            Self::Event(_) => Stream::Event,
        }
    }

    /// Its number.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        match self {
            Self::Reading(reading) => reading.seq,
            Self::Event(event) => event.seq,
        }
    }

    /// Its stamp.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Reading(reading) => reading.at,
            Self::Event(event) => event.at,
        }
    }

    /// As it is kept: the payload of its topic.
    ///
    /// # Errors
    /// None that serde could meet in these types.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        match self {
            Self::Reading(reading) => serde_json::to_vec(reading),
            Self::Event(event) => serde_json::to_vec(event),
        }
    }

    /// What was kept.
    ///
    /// # Errors
    /// If that is no record of this stream.
    pub fn from_bytes(stream: Stream, bytes: &[u8]) -> Result<Self, Error> {
        Ok(match stream {
            Stream::Reading => Self::Reading(serde_json::from_slice(bytes)?),
            Stream::Event => Self::Event(serde_json::from_slice(bytes)?),
        })
    }
}
