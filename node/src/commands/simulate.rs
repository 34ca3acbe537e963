//! A node on a simulated installation.

use releve_node::simulated::start_simulated;
use tokio_util::sync::CancellationToken;

use super::until_stopped;
use crate::cli::Simulate;

/// Runs it until this program is asked to stop.
///
/// # Errors
/// If the installation cannot be simulated.
pub async fn simulate(arguments: Simulate) -> anyhow::Result<()> {
    let shutdown = CancellationToken::new();
    let node = start_simulated(&arguments.into_config(), shutdown.clone())?;
    until_stopped(node.stopped(), shutdown).await
}
