//! What the controller remembers across a restart, kept in a file: mode, limits, schedule, latches
//! and counters.
//!
//! The control loop never waits for a disk: it hands each snapshot to [`Recorder::offer`], which keeps
//! what is worth a write, and a task of its own writes the newest one. A file is replaced whole
//! (written beside it, synced, renamed), and [`format`](self) lets a torn or altered one be told from
//! a good one: it is then kept aside for people to look at, and the node starts plain.

mod due;
mod file;
mod format;
mod recorder;

pub use due::Remembered;
pub use file::{Found, SnapshotFile};
pub use format::Unreadable;
pub use recorder::Recorder;
