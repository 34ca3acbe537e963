//! How the connection to the broker stands: written by the client, read by `/healthz` and `/metrics`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A connection on which nothing moved for so long is taken for dead: three keep-alives.
pub const STALLED_AFTER: Duration = super::KEEP_ALIVE.saturating_mul(3);

#[derive(Debug, Clone)]
enum State {
    Connected { last_moved: Instant },
    Disconnected { reason: String },
}

/// How the connection to the broker stands.
#[derive(Debug, Clone)]
pub struct Link {
    state: Arc<Mutex<State>>,
}

impl Default for Link {
    fn default() -> Self {
        let reason = "it has not connected yet".to_owned();
        Self {
            state: Arc::new(Mutex::new(State::Disconnected { reason })),
        }
    }
}

impl Link {
    /// Connected and subscribed, and something just moved.
    pub fn moved(&self, now: Instant) {
        self.set(State::Connected { last_moved: now });
    }

    /// Not connected, for that reason.
    pub fn lost(&self, reason: &str) {
        let reason = reason.to_owned();
        self.set(State::Disconnected { reason });
    }

    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Whether the bridge is connected and something moves.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn check(&self, now: Instant) -> Result<(), String> {
        match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Connected { last_moved } => {
                let still = now.saturating_duration_since(*last_moved);
                if still <= STALLED_AFTER {
                    return Ok(());
                }
                let seconds = still.as_secs();
                Err(format!("nothing came from the broker for {seconds} s"))
            }
            State::Disconnected { reason } => Err(format!("no connection to the broker: {reason}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_counts_while_something_moves() {
        let link = Link::default();
        let now = Instant::now();
        assert!(link.check(now).is_err());
        link.moved(now);
        assert_eq!(link.check(now + STALLED_AFTER), Ok(()));
        assert!(
            link.check(now + STALLED_AFTER + Duration::from_secs(1))
                .is_err()
        );
        link.lost("connection refused");
        let error = link.check(now).expect_err("lost");
        assert!(error.contains("connection refused"), "{error}");
    }
}
