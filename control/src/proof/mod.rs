//! The proof that no path is unsafe: invariants written once, held against every reachable state
//! ([`walk`]) and against long random streams ([`random`]).
//!
//! - [`history`] remembers what was measured and commanded, by its own reckoning, not the controller's.
//! - [`tally`] counts, in that notebook, how often each cause came up.
//! - [`invariants`] are the sentences that must hold after every step.
//! - [`state`] says which part of a controller can influence what it does later.

mod history;
mod invariants;
mod random;
mod state;
mod stimulus;
mod tally;
mod walk;
