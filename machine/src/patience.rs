//! How long anything may take, and asking until it is so.

use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything takes that is not broken.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How often is asked for what nobody tells of.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// Asks until there is an answer; `None` where none came in time.
pub fn until<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() > deadline {
            return None;
        }
        thread::sleep(ASK_EVERY);
    }
}
