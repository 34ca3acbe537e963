//! Moments on the wire: RFC 3339 in UTC with milliseconds, `2026-11-22T23:19:30.000Z`.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, PrimitiveDateTime};

/// A moment in UTC, kept to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    unix_millis: i64,
}

/// 0000-01-01T00:00:00Z: RFC 3339 writes no year before 0, so one could not be read again.
const EARLIEST_MILLIS: i64 = -62_167_219_200_000;
/// The end of what four digits of a year can say.
const LATEST: OffsetDateTime = PrimitiveDateTime::MAX.assume_utc();

/// The text is no RFC 3339 moment with a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a moment like 2026-11-22T23:19:30.000Z")]
pub struct TimestampError {
    text: String,
}

impl Timestamp {
    /// The moment that many milliseconds after 1970-01-01T00:00Z; kept within the years 0 to 9999.
    #[must_use]
    pub fn from_unix_millis(millis: i64) -> Self {
        Self {
            unix_millis: millis.clamp(EARLIEST_MILLIS, unix_millis(LATEST)),
        }
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    #[must_use]
    pub fn as_unix_millis(self) -> i64 {
        self.unix_millis
    }

    /// The moment that much later, or the end of the calendar.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        Self::from_unix_millis(self.unix_millis.saturating_add(millis))
    }

    /// The moment that much earlier, or the beginning of the calendar.
    #[must_use]
    pub fn before(self, ago: Duration) -> Self {
        let millis = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
        Self::from_unix_millis(self.unix_millis.saturating_sub(millis))
    }

    /// How long ago `earlier` was; zero if it lies ahead, as after a clock that was set back.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let millis = self.unix_millis.saturating_sub(earlier.unix_millis);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// Seconds since 1970-01-01T00:00Z, with their fraction.
    #[must_use]
    pub fn as_unix_seconds(self) -> f64 {
        self.as_unix_millis() as f64 / 1000.0
    }
}

/// Milliseconds since 1970-01-01T00:00Z; a finer fraction is left out.
const fn unix_millis(moment: OffsetDateTime) -> i64 {
    moment.unix_timestamp() * 1000 + moment.millisecond() as i64
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.unix_millis.div_euclid(1000);
        let millisecond = self.unix_millis.rem_euclid(1000);
        // It was held within the calendar when it was made.
        let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(LATEST);
        let (year, month, day) = moment.to_calendar_date();
        let (hour, minute, second) = moment.to_hms();
        let month = u8::from(month);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z"
        )
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map(|moment| Self::from_unix_millis(unix_millis(moment)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_ahead_was_no_time_ago() {
        let [early, late] = [0, 1_500].map(Timestamp::from_unix_millis);
        assert_eq!(late.since(early), Duration::from_millis(1_500));
        assert_eq!(early.since(late), Duration::ZERO);
        let ends = [i64::MIN, i64::MAX].map(Timestamp::from_unix_millis);
        assert_eq!(ends[0].after(ends[1].since(ends[0])), ends[1]);
    }

    #[test]
    fn every_moment_can_be_read_again() {
        let ends = [
            i64::MIN,
            EARLIEST_MILLIS - 1,
            EARLIEST_MILLIS,
            -1,
            0,
            1,
            i64::MAX,
        ];
        // A walk over the whole calendar in steps that meet every month, weekday and millisecond.
        let walk = (0..200_000).map(|step: i64| EARLIEST_MILLIS + step * 1_577_847_011);
        for millis in ends.into_iter().chain(walk) {
            let moment = Timestamp::from_unix_millis(millis);
            assert_eq!(moment.to_string().parse(), Ok(moment), "{millis}");
        }
        let before_year_0: Timestamp = "0000-01-01T00:00:00+23:59".parse().unwrap();
        assert_eq!(before_year_0.to_string(), "0000-01-01T00:00:00.000Z");
    }
}
