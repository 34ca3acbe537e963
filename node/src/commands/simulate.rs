//! A node on a simulated installation.

use releve_node::simulated::start_simulated;
use tokio_util::sync::CancellationToken;

use super::{until_stopped, warn_of_access};
use crate::cli::Simulate;

/// Where the password goes to the broker in the clear.
const HOW_TO_ENCRYPT: &str = "Give --broker-tls, with the broker's port for TLS in --broker";

/// Runs it until this program is asked to stop.
///
/// # Errors
/// If the installation cannot be simulated, or the options do not fit together.
pub async fn simulate(arguments: Simulate) -> anyhow::Result<()> {
    let config = arguments.into_config()?;
    warn_of_access(&config.broker, config.broker.check(), HOW_TO_ENCRYPT);
    let shutdown = CancellationToken::new();
    let node = start_simulated(&config, shutdown.clone())?;
    until_stopped(node.stopped(), shutdown).await
}
