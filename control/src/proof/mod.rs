//! The proof that no path is unsafe: invariants written once, held against every reachable state
//! ([`walk`]) and against long random streams ([`random`]).
//!
//! - [`concern`] names what each walk looks at: a site, and everything that may happen to it.
//! - [`stimulus`] is what may happen in one step.
//! - [`history`] remembers what was measured and commanded, by its own reckoning, not the controller's;
//!   [`tally`], [`edges`] and [`week`] are parts of that notebook.
//! - [`invariants`] are the sentences that must hold after every step.
//! - [`state`] says which part of a controller can influence what it does later.

mod concern;
mod edges;
mod history;
mod invariants;
mod random;
mod state;
mod stimulus;
mod tally;
mod walk;
mod week;
