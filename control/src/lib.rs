//! The one place that decides about relays.
//!
//! [`vocabulary`] holds the words that every part of Releve shares; their serialised names are the
//! names on the wire. The crate is pure: time is an argument, and nothing here reads a clock, does
//! I/O or waits.

pub mod decision;
pub mod limits;
pub mod monotonic;
pub mod profile;
pub mod sample;
pub mod statistics;
pub mod view;
pub mod vocabulary;

pub use monotonic::Monotonic;
pub use vocabulary::*;
