//! What the controller remembers across a restart, kept in a file: mode, limits, schedule, latches
//! and counters.
//!
//! The control loop never waits for a disk: it hands snapshots to the [`Recorder`], at once after
//! whatever happened and now and then for the counters, and a task of its own writes the newest one. A
//! file is replaced whole (written beside it, synced, renamed), and its first line lets a torn or
//! altered one be told from a good one. What cannot be used is kept aside for people to look at, and
//! the node starts plain.

mod file;
mod format;
mod recall;
mod recorder;

pub use file::{Found, SnapshotFile};
pub use format::Unreadable;
pub use recall::{recall, report_left_out};
pub use recorder::Recorder;
