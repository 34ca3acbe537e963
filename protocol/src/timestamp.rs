//! Moments on the wire: RFC 3339 in UTC with milliseconds, `2026-11-22T23:19:30.000Z`.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, kept to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// The text is no RFC 3339 moment with a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a moment like 2026-11-22T23:19:30.000Z")]
pub struct TimestampError {
    text: String,
}

impl Timestamp {
    /// The moment that many milliseconds after 1970-01-01T00:00Z; kept within the years −9999 to 9999.
    #[must_use]
    pub fn from_unix_millis(millis: i64) -> Self {
        let bound = if millis < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        };
        Self(jiff::Timestamp::from_millisecond(millis).unwrap_or(bound))
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    #[must_use]
    pub fn as_unix_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Seconds since 1970-01-01T00:00Z, with their fraction.
    #[must_use]
    pub fn as_unix_seconds(self) -> f64 {
        self.as_unix_millis() as f64 / 1000.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        jiff::Timestamp::from_str(text)
            .map(|moment| Self::from_unix_millis(moment.as_millisecond()))
            .map_err(|_| TimestampError { text: text.into() })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
