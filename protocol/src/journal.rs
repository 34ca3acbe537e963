//! How records are numbered, so that whoever missed one can tell and ask for it.

use core::fmt;
use core::str::FromStr;

use releve_control::RejectCode;
use serde::{Deserialize, Deserializer, Serialize};

/// The name of one journal: drawn when the journal is created, so that numbers can begin anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Epoch(String);

/// The text cannot name an epoch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an epoch is 1 to 16 lower-case letters and digits")]
pub struct EpochError;

impl Epoch {
    /// The epoch as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Epoch {
    type Err = EpochError;
    fn from_str(text: &str) -> Result<Self, EpochError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if (1..=16).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(EpochError)
        }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Readings and events are numbered apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Readings.
    Reading,
    /// Events.
    Event,
}

impl Stream {
    /// Both streams.
    pub const ALL: [Self; 2] = [Self::Reading, Self::Event];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Event => "event",
        }
    }
}

/// Which numbers of a stream the journal holds: `first <= seq < next`. The first of an epoch is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// The oldest record that the journal still holds.
    pub first: u64,
    /// The number that the next record will get.
    pub next: u64,
}

/// What the journal holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalExtent {
    /// The journal's epoch.
    pub epoch: Epoch,
    /// Its readings.
    pub reading: Extent,
    /// Its events.
    pub event: Extent,
}

impl JournalExtent {
    /// A journal of which nothing was written.
    #[must_use]
    pub const fn empty(epoch: Epoch) -> Self {
        const NOTHING: Extent = Extent { first: 1, next: 1 };
        Self {
            epoch,
            reading: NOTHING,
            event: NOTHING,
        }
    }

    /// Which numbers of that stream it holds.
    #[must_use]
    pub const fn of(&self, stream: Stream) -> Extent {
        match stream {
            Stream::Reading => self.reading,
            Stream::Event => self.event,
        }
    }
}

/// What a node keeps of its journals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The journal that is written.
    #[serde(flatten)]
    pub current: JournalExtent,
    /// Earlier ones of which records are still kept, the oldest first, at most [`EARLIER_MAX`]. Their records
    /// can be asked for, too.
    #[serde(default)]
    pub earlier: Vec<JournalExtent>,
}

/// The most earlier journals that a node tells of.
pub const EARLIER_MAX: usize = 16;

/// `set/resend`: a request for records, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resend {
    /// Of which journal.
    pub epoch: Epoch,
    /// Of which stream.
    pub stream: Stream,
    /// The first record wanted.
    pub from: u64,
    /// The last record wanted.
    pub to: u64,
}

impl Resend {
    /// Checks that the interval is not empty and begins at 1 or later.
    ///
    /// # Errors
    /// The code and the sentence for the command's result.
    pub fn check(&self) -> Result<(), releve_control::Rejection> {
        if self.from == 0 || self.from > self.to {
            return Err(releve_control::Rejection::new(
                RejectCode::WrongValue,
                "resend needs 1 <= from <= to.",
            ));
        }
        Ok(())
    }
}
