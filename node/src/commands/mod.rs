//! What the program does when it is asked for one of its commands.

mod calibrate;
mod init;
mod probe;
mod relays_safe;
mod run;
mod safe_positions;
mod simulate;

pub use calibrate::calibrate;
pub use init::init;
pub use probe::probe;
pub use relays_safe::relays_safe;
pub use run::run;
pub use simulate::simulate;

use std::future::Future;

use releve_node::mqtt::access::{Access, AccessError};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Tells the log what is wrong with how the node gets in at its broker, or unsafe; `remedy` says how to encrypt it.
fn warn_of_access(broker: &Access, checked: Result<(), AccessError>, remedy: &str) {
    if let Err(error) = checked {
        warn!(
            "the broker: {error}. The site goes on without it, and looks again with each attempt"
        );
    }
    if let Some(warning) = broker.warning(remedy) {
        warn!("{warning}");
    }
}

/// Waits for a node to end: by itself, or because this program is asked to stop.
async fn until_stopped(
    node: impl Future<Output = anyhow::Result<()>>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    tokio::pin!(node);
    tokio::select! {
        result = &mut node => return result,
        signal = asked_to_stop() => info!("{} received, stopping", signal?),
    }
    shutdown.cancel();
    node.await
}

async fn asked_to_stop() -> std::io::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A terminal that is closed must not end the program before the relays are safe.
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = terminate.recv() => Ok("SIGTERM"),
        _ = interrupt.recv() => Ok("Ctrl-C"),
        _ = hangup.recv() => Ok("SIGHUP"),
    }
}
