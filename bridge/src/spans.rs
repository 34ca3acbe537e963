//! Lengths of time in ms, as the store, charts and files count them.

/// The shorter buckets.
pub const FIVE_MINUTES_MS: i64 = 300_000;
/// An hour.
pub const HOUR_MS: i64 = 3_600_000;
/// A day, whatever the calendar says.
pub const DAY_MS: i64 = 24 * HOUR_MS;
