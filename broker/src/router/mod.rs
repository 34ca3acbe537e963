//! rumqttd's router in its own thread, and the links to it.
//!
//! The router trusts its links: a repeated disconnection, an acknowledgement out of order, an
//! event of a link that is gone or an odd client id make it throw out another client or panic. So
//! a [`Link`] keeps to the narrow use that is safe: ids of our own making, every subscription at
//! QoS 1, acknowledgements counted here, publications at QoS 0, and exactly one disconnection.
//!
//! The thread never ends, not even when every link is gone: the router holds a sender of its own
//! channel. Once idle it blocks on that channel and costs its memory only. That matters to tests
//! that start many brokers in one process; a program that runs one broker does not notice.

use std::sync::{Arc, Mutex, PoisonError};

use rumqttd::local::{LinkBuilder, LinkRx, LinkTx};
use rumqttd::{Router, RouterConfig};

pub(crate) use self::link::{Arrival, Link};
use self::logs::Logs;
pub(crate) use self::probe::ProbeLink;
use crate::config::Limits;
use crate::envelope;

mod link;
mod logs;
mod probe;

/// Messages of QoS 0 that the router would send at once; we subscribe at QoS 1 throughout, where
/// its window of 100 unacknowledged messages holds instead.
const OUTGOING_PACKETS: u64 = 200;

/// Size of one of the segments of which a log drops the oldest as a whole, in bytes.
const SEGMENT_BYTES: usize = 1 << 20;

/// The router does not answer any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message router does not answer")]
pub(crate) struct RouterGone;

type BuildLink = dyn Fn(&str) -> Result<(LinkTx, LinkRx), RouterGone> + Send + Sync;

/// The router, seen from the front.
pub(crate) struct RouterHandle {
    build: Box<BuildLink>,
    /// Numbers for links. Reused, because the router remembers every client id for ever.
    numbers: Mutex<Numbers>,
    logs: Mutex<Logs>,
}

impl RouterHandle {
    /// Starts a router thread.
    pub fn spawn(limits: &Limits) -> Arc<Self> {
        let segments = limits.log_bytes.div_ceil(SEGMENT_BYTES).max(2);
        let config = RouterConfig {
            // One link a session, one to publish, one of the self-test; the front keeps the bound.
            max_connections: limits.connections + limits.parked_sessions + 16,
            max_outgoing_packet_count: OUTGOING_PACKETS,
            max_segment_size: SEGMENT_BYTES,
            max_segment_count: segments,
            ..RouterConfig::default()
        };
        let events = Router::new(0, config).spawn();
        let build = move |id: &str| {
            let link = LinkBuilder::new(id, events.clone())
                .clean_session(true)
                .build();
            link.map(|(tx, rx, _)| (tx, rx)).map_err(|_| RouterGone)
        };
        Arc::new(Self {
            build: Box::new(build),
            numbers: Mutex::new(Numbers::default()),
            logs: Mutex::new(Logs::new(limits.filter_logs, limits.filter_logs_of_a_user)),
        })
    }

    /// Opens a link; blocks until the router has answered.
    pub fn open_link_blocking(self: &Arc<Self>) -> Result<Link, RouterGone> {
        let number = self.take_number();
        match (self.build)(&format!("link-{number}")) {
            Ok((tx, rx)) => Ok(Link::new(tx, rx, number, Arc::clone(self))),
            Err(gone) => {
                self.return_number(number);
                Err(gone)
            }
        }
    }

    /// Opens the link of the self-test; blocks until the router has answered.
    pub fn open_probe_blocking(self: &Arc<Self>) -> Result<ProbeLink, RouterGone> {
        ProbeLink::new(self.open_link_blocking()?)
    }

    /// Opens a link without blocking the async runtime.
    pub async fn open_link(self: &Arc<Self>) -> Result<Link, RouterGone> {
        let router = Arc::clone(self);
        tokio::task::spawn_blocking(move || router.open_link_blocking())
            .await
            .unwrap_or(Err(RouterGone))
    }

    /// Which of the router's filters serves the `filter` of that user: its own; `None` where it has none, for
    /// there are as many logs as there may be.
    pub fn own_filter(&self, filter: &str, user: Option<&str>) -> Option<String> {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.serves(filter, user)
            .then(|| envelope::inward_filter(filter))
    }

    /// How many filters have a log of their own.
    pub fn log_count(&self) -> usize {
        let logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.len()
    }

    /// Makes the router's thread panic, by one of the ways that the front avoids.
    #[cfg(test)]
    pub fn kill(self: &Arc<Self>) {
        use futures_util::FutureExt;
        use rumqttd::protocol::{Disconnect, DisconnectReasonCode, Packet};

        let (mut tx, _rx) = (self.build)("doomed").unwrap();
        let goodbye = Disconnect {
            reason_code: DisconnectReasonCode::NormalDisconnection,
        };
        tx.send(Packet::Disconnect(goodbye, None))
            .now_or_never()
            .unwrap()
            .unwrap();
        tx.shadow("of a link that is gone").unwrap();
    }

    fn take_number(&self) -> usize {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.take()
    }

    fn return_number(&self, number: usize) {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.free.push(number);
    }
}

/// Gives out the smallest set of numbers that serves all links.
#[derive(Default)]
struct Numbers {
    free: Vec<usize>,
    next: usize,
}

impl Numbers {
    fn take(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next
        })
    }
}
