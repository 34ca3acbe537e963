//! Readings rolled up into buckets of five minutes and of an hour, so that a chart of a year reads a hundredth
//! of the rows.
//!
//! A reading belongs to the bucket in which its window ends: buckets hold their end and not their beginning,
//! for a window that ends at the full hour tells of the hour before. The rows of readings are what counts: each
//! reading marks its (node, hour) as stale in the transaction that writes it ([`marks`]), stale hours are
//! computed anew when the thread is idle ([`tables::refresh`]), and a question computes them from the readings
//! itself.

pub mod bucket;
mod encoding;
pub mod hour;
pub mod marks;
pub mod tables;
#[cfg(test)]
mod tests;
