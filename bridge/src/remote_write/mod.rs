//! Prometheus' remote-write: every reading with its own moment, however late it came.
//!
//! The rows of readings in the store are the queue (`store::queue`); what is kept besides is the number of
//! the last row that is settled (`progress`). Pure: `request`, `parts`, `answer`, `backoff`. Shell:
//! `connection`, `sender`.

mod answer;
mod backoff;
mod connection;
#[cfg(test)]
mod decoded;
mod parts;
mod progress;
mod protobuf;
mod request;
mod sender;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use progress::{Dropped, Progress, Saved, Standing};

use crate::metrics_server::{Purpose, ServerConfig, ServerConfigError};
use crate::store::{Recovered, Store};
use connection::Connection;
use sender::Sender;

/// How far an earlier run came; a bridge that sends for the first time begins with the rows that it has.
#[must_use]
pub fn recover(recovered: &Recovered) -> Progress {
    let kept = recovered.things.get(progress::NAME);
    Progress::recover(kept).unwrap_or_else(|problem| {
        warn!(%problem, "how far readings were sent cannot be read; all of them are sent again");
        Progress::default()
    })
}

/// The work of sending what is in the store, which somebody must run.
///
/// # Errors
/// Says what is wrong with the configuration.
pub fn sending(
    config: ServerConfig,
    store: Store,
    progress: Arc<Progress>,
    stop: CancellationToken,
) -> Result<impl Future<Output = ()> + Send, ServerConfigError> {
    let to = config.target(Purpose::RemoteWrite)?.authority;
    let server = Connection::new(config)?;
    info!(
        to,
        "every reading is sent by remote-write; /metrics does not show them"
    );
    // Before anything can be cut.
    let sent_through = progress.now().saved.row.unwrap_or(0);
    store.reader().set_sent_through(sent_through);
    Ok(Sender::new(store, server, progress, stop).run())
}
