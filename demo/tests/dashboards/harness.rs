//! What the end-to-end tests stand on, as far as it starts programs of others and waits for them.

#[path = "../e2e/harness/process.rs"]
pub mod process;
#[path = "../e2e/harness/until.rs"]
pub mod until;
