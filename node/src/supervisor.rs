//! What the service manager is told, by systemd's notify protocol: that the node is up, that its control
//! loop turns, that it stops.
//!
//! The watchdog is fed by a tick that came to its end (sampled, decided, switched), and by nothing else: a
//! node whose loop hangs is started anew.

use sd_notify::NotifyState;
use tracing::warn;

/// The service manager, if there is one.
#[derive(Debug)]
pub enum Supervisor {
    /// Nobody looks after this node.
    Nobody,
    /// The one that started this process; where none did, nothing is sent.
    OfProcess {
        /// Whether it was told that the node is up.
        up: bool,
    },
}

impl Supervisor {
    /// The one that started this process.
    #[must_use]
    pub const fn of_process() -> Self {
        Self::OfProcess { up: false }
    }

    /// A tick came to its end.
    pub fn tick_complete(&mut self) {
        let Self::OfProcess { up } = self else { return };
        let was_up = std::mem::replace(up, true);
        if was_up {
            tell(&[NotifyState::Watchdog]);
        } else {
            tell(&[NotifyState::Ready, NotifyState::Watchdog]);
        }
    }

    /// The node stops.
    pub fn stopping(&self) {
        if matches!(self, Self::OfProcess { .. }) {
            tell(&[NotifyState::Stopping]);
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!("the service manager could not be told: {error}");
    }
}
