//! The node of a site on its hardware.

use anyhow::Context;
use releve_node::hardware::relay_board::SiteBoard;
use releve_node::hardware::start_sensors;
use releve_node::{SiteClock, Supervisor, settings};
use tokio_util::sync::CancellationToken;

use super::{until_stopped, warn_of_access};
use crate::cli::Run;

/// Where the password goes to the broker in the clear.
const HOW_TO_ENCRYPT: &str =
    "Give tls under [broker] in the configuration, with the broker's port for TLS in its address";

/// Runs it until this program is asked to stop.
///
/// # Errors
/// If the configuration cannot be followed; nothing was switched then.
pub async fn run(arguments: Run) -> anyhow::Result<()> {
    let file = arguments.site.config;
    let settings = settings::load(&file)?;
    let access = settings.node.broker.check();
    if arguments.check_config {
        access.with_context(|| format!("{}: the broker", file.display()))?;
        println!(
            "{}: sound. {}",
            file.display(),
            settings.hardware.description()
        );
        return Ok(());
    }
    warn_of_access(&settings.node.broker, access, HOW_TO_ENCRYPT);
    let sensors = start_sensors(&settings.hardware).context("the sensors cannot be started")?;
    let board =
        SiteBoard::start(settings.hardware.relays).context("the relays cannot be switched")?;
    let shutdown = CancellationToken::new();
    let node = releve_node::run(
        settings.node,
        sensors,
        board,
        SiteClock::real(),
        Supervisor::of_process(),
        shutdown.clone(),
    );
    until_stopped(async { Ok(node.await?) }, shutdown).await
}
