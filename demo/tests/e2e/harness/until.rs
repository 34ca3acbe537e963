//! Waiting for a condition, with a deadline.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// How long anything that has no reason to take longer may take. Generous: a loaded machine with
/// two cores runs a browser beside it. A test never asserts a time.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Asks until there is an answer.
///
/// # Panics
/// After [`DEADLINE`], naming what was waited for.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    let mut tick = interval(Duration::from_millis(50));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < DEADLINE, "gave up waiting for {what}");
    }
}
