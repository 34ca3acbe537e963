//! The connection to the broker: kept up for as long as the node runs, never waited for.
//!
//! Every attempt has a client and an event loop of its own. A node's session is clean anyway, so
//! nothing is worth carrying over: what a broken connection swallowed is in the journal. It also
//! means that no message of before a break can come out, stale, after it, and that an event loop
//! which no longer moves is replaced as a whole.

mod conversation;
mod incoming;
mod link;
mod options;
mod session;

use std::time::Duration;

use releve_protocol::NodeId;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, warn};

use crate::core::CommandMessage;
use crate::log_throttle::LogThrottle;
use access::Access;
use releve_protocol::connection::BackOff;

pub use releve_access as access;

pub use link::{Link, LinkError};
use session::Ended;

/// What the connection tells the control loop.
#[derive(Debug)]
pub enum FromBroker {
    /// Connected and subscribed; publish through this link from now on.
    Connected(Link),
    /// Not connected any more.
    Disconnected,
    /// A command.
    Command(Box<CommandMessage>),
    /// Home Assistant said that it has started.
    HomeAssistantStarted,
}

/// Messages from the broker that the control loop has not taken yet. A flood beyond it is held back
/// at its sender by the broker.
pub const INBOX: usize = 64;

/// How often a broker that cannot be reached is reported.
const REPORT_EVERY: Duration = Duration::from_mins(1);

/// A connection that lasted this long was a good one: the next attempt comes soon.
const GOOD_AFTER: Duration = Duration::from_secs(10);

/// Keeps a connection up until `stop`, or until the control loop is gone.
///
/// A connection in which a disconnect was sent through the [`Link`] ends in order; `stop` then keeps
/// a new one from being made.
pub async fn keep_connected(
    node: NodeId,
    broker: Access,
    inbox: mpsc::Sender<FromBroker>,
    stop: CancellationToken,
) {
    let mut back_off = BackOff::default();
    let mut failures = LogThrottle::new(REPORT_EVERY);
    while !stop.is_cancelled() {
        // A task of its own, so that a panic in the client library ends a connection, not the node.
        let session = session::serve(node.clone(), broker.clone(), inbox.clone(), stop.clone());
        let session = AbortOnDropHandle::new(tokio::spawn(session.in_current_span()));
        let ended = session.await.unwrap_or_else(|panic| Ended {
            lasted: None,
            why: Some(format!("the MQTT client failed: {panic}")),
        });
        if inbox.send(FromBroker::Disconnected).await.is_err() {
            return;
        }
        if ended.lasted.is_some_and(|lasted| lasted >= GOOD_AFTER) {
            back_off.reset();
            failures.ended();
        }
        if let (Some(why), Some(again)) = (ended.why, failures.occurred()) {
            let what = match ended.lasted {
                Some(_) => "lost the connection",
                None => "no connection",
            };
            let address = &broker.address;
            warn!("{what} to broker {address}: {why}{again}; the site goes on without it");
        }
        tokio::select! {
            () = tokio::time::sleep(back_off.next_wait(rand::random())) => {}
            () = stop.cancelled() => {}
        }
    }
}
