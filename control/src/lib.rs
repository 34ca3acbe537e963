//! The one place that decides about relays.
//!
//! [`vocabulary`] holds the words that every part of Releve shares; their serialised names are the
//! names on the wire. The crate is pure: time is an argument, and nothing here reads a clock, does
//! I/O or waits.

mod alarms;
mod averaging;
mod battery_draining;
pub mod calendar;
pub mod charger_voltage;
pub mod clock;
pub mod compensation;
pub mod controller;
pub mod current;
pub mod cycle_life;
pub mod decision;
pub mod gauge;
pub mod guards;
pub mod interlock;
mod latch;
mod latest;
mod level;
pub mod limits;
mod manual;
pub mod mode;
pub mod monotonic;
pub mod over_range;
pub mod plausibility;
pub mod profile;
#[cfg(test)]
mod proof;
pub mod sample;
pub mod snapshot;
pub mod statistics;
pub mod switching;
pub mod tare;
pub mod temperature_rise;
mod trips;
mod verdict;
pub mod verification;
pub mod view;
pub mod vocabulary;
pub mod wall_clock;
mod weekly_plan;

pub use controller::{Controller, Restored};
pub use latch::REFUTING_SAMPLES;
pub use latest::LOST_AFTER_INTERVALS;
pub use monotonic::Monotonic;
pub use vocabulary::*;
pub use wall_clock::UnixMillis;
