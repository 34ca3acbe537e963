//! What whoever asks for passwords remembers of logins: the failures, which make the next one wait, and in digests
//! what was right. The broker and the bridge share it. Pure: time is an argument.

mod failures;
mod proven;

pub use failures::{Failures, Rules};
pub use proven::Proven;
