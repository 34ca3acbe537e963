//! A running bridge: puts the parts together, and takes them apart in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use releve_protocol::Mail;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{info, warn};

use crate::alerts::Alerts;
use crate::batch::Unwritten;
use crate::commands::Desk;
use crate::config::{Config, ConfigError};
use crate::fleet::Past;
use crate::http::{self, Failures, HistoryServer, Logins, Served};
use crate::ingest::{Ingest, Memory};
use crate::mail::{self, Post};
use crate::moment::Moment;
use crate::mqtt::{Client, Link, Room};
use crate::parts::Parts;
use crate::remote_write;
use crate::store::{self, OpenError, Opened, Store};
use crate::watch::{self, LastLook, Watch};

/// Messages from the broker that wait to be taken in; more are held back on the network.
const INBOX: usize = 4_096;
/// Requests that wait to be published.
const OUTBOX: usize = 100;
/// Where the password goes to the broker in the clear.
const HOW_TO_ENCRYPT: &str =
    "Give --broker-tls, with the broker's port for TLS, or run bridge and broker on one machine";
/// The longest wait for one part at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a bridge cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Something else listens there.
    #[error(
        "another program already listens on {address}: stop it, or choose another address with --http"
    )]
    AddressInUse {
        /// Where.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another address with --http")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The bridge is being stopped already.
    #[error("it was stopped before it had started")]
    Interrupted,
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] OpenError),
}

/// A running bridge. Stops when dropped; [`Bridge::stop`] also waits for it.
#[derive(Debug)]
pub struct Bridge {
    http: SocketAddr,
    stop: DropGuard,
    /// In the order in which they end.
    tasks: Vec<(&'static str, JoinHandle<()>)>,
    parts: Parts,
    store: store::Thread,
}

/// Starts a bridge. A broker that is not there yet is no error: the bridge keeps trying.
///
/// # Errors
/// Says what is wrong and what to do.
pub async fn start(config: Config) -> Result<Bridge, StartError> {
    config.check()?;
    let listener = listen(config.http).await?;
    let http = listener
        .local_addr()
        .map_err(|source| listen_error(config.http, source))?;

    let past = if config.state.is_some() {
        Past::Everything
    } else {
        info!(
            "no directory is given with --state: what was received lies in memory, one day of it and a week of averages"
        );
        Past::Recent
    };
    let directory = config.state.clone();
    let keep = config.keep();
    let opening = spawn_blocking(move || Store::open_keeping(directory.as_deref(), keep));
    let Opened {
        store,
        mut recovered,
        thread,
    } = opening.await.map_err(|_| StartError::Interrupted)??;
    let history = Arc::clone(store.reader());
    if let Some(warning) = config.broker.warning(HOW_TO_ENCRYPT) {
        warn!("{warning}");
    }
    let sent = config.remote_write.is_some();
    let sent = sent.then(|| Arc::new(remote_write::recover(&recovered)));

    let stop = CancellationToken::new();
    let link = Link::default();
    let post = config.mail.as_ref();
    let post = post.map(|mail| Arc::new(Post::recover(mail, &mut recovered)));
    let alerts = Alerts::new(config.pace, config.silences.into_iter().collect());
    let memory = Arc::new(Memory::recover(recovered, run_name(), past, alerts));
    let (inbox_sender, inbox) = mpsc::channel(INBOX);
    let (outbox_sender, outbox) = mpsc::channel(OUTBOX);
    let parts = Parts::new(stop.clone());
    let mut tasks = Vec::new();

    if let (Some(mail), Some(post)) = (&config.mail, &post) {
        let (post, history) = (Arc::clone(post), Arc::clone(&history));
        let sending =
            mail::sending(mail, post, history, stop.clone()).map_err(ConfigError::Mail)?;
        tasks.push(("mail", parts.spawn("mail", sending)));
    } else {
        info!("no mail server is configured: alarms are shown in the web app alone");
    }
    let usage = watch::usage(
        Arc::clone(&memory),
        Arc::clone(&history),
        sent.clone(),
        stop.clone(),
    );
    tasks.push(("usage", parts.spawn("usage", usage)));
    let own_user = config.broker.user.as_ref().map(|user| user.name.clone());
    if let (Some(to), Some(progress)) = (config.remote_write, &sent) {
        let sending = remote_write::sending(to, store.clone(), Arc::clone(progress), stop.clone());
        let sending = sending.map_err(ConfigError::Server)?;
        tasks.push(("remote-write", parts.spawn("remote-write", sending)));
    }
    let history_from = config.history_from.map(HistoryServer::new).transpose();
    let history_from = history_from.map_err(ConfigError::Server)?.map(Arc::new);
    let served = Served {
        id: config.id.clone(),
        started: Moment::now().wall,
        memory: Arc::clone(&memory),
        history,
        history_from,
        questions: Arc::default(),
        link: link.clone(),
        broker: config.broker.for_somebody_else(),
        behind_proxy: config.behind_proxy,
        logins: config
            .broker
            .is_somebody()
            .then(|| Arc::new(Logins::new(own_user))),
        failures: Arc::new(Failures::new()),
        public_hosts: config.public_hosts.into(),
        mails: post.clone(),
        remote_write: sent,
        websockets: http::websocket_places(),
        parts: parts.clone(),
        stop: stop.clone(),
    };
    let mail = match post {
        Some(_) => Mail::Configured,
        None => Mail::NotConfigured,
    };
    let ingest = Ingest {
        memory,
        store,
        inbox,
        desk: Desk::new(config.id.clone(), link.clone(), outbox_sender.clone(), mail),
        outbox: outbox_sender,
        watch: Watch {
            id: config.id.clone(),
            link: link.clone(),
            post,
            public_url: config.public_url,
            last: LastLook::default(),
        },
        unwritten: Unwritten::default(),
    };
    let client = Client {
        id: config.id,
        broker: config.broker,
        link,
        inbox: inbox_sender,
        room: Room::default(),
        outbox,
        stop: stop.clone(),
    };
    tasks.push(("MQTT", parts.spawn("MQTT", client.run())));
    tasks.push(("ingest", parts.spawn("ingest", ingest.run(stop.clone()))));
    tasks.push(("HTTP", parts.spawn("HTTP", http::serve(listener, served))));
    let writing = store_runs(thread.end(), stop.clone());
    tasks.push(("store", parts.spawn("store", writing)));
    info!(address = %http, "the bridge serves HTTP");
    Ok(Bridge {
        http,
        stop: stop.drop_guard(),
        tasks,
        parts,
        store: thread,
    })
}

impl Bridge {
    /// Where it serves HTTP.
    #[must_use]
    pub const fn http_addr(&self) -> SocketAddr {
        self.http
    }

    /// Waits until a part has ended by itself, which a bridge cannot go on without: which one, in a sentence. It is
    /// then to be stopped, and started anew.
    pub async fn failed(&self) -> String {
        self.parts.failed().await
    }

    /// Says goodbye to the broker and ends all parts; waits for them, but not for ever.
    pub async fn stop(self) {
        drop(self.stop);
        for (name, mut part) in self.tasks {
            match tokio::time::timeout(PATIENCE, &mut part).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => warn!(part = name, %error, "a part of the bridge had failed"),
                Err(_) => {
                    warn!(
                        part = name,
                        "a part of the bridge does not end; it is cut off"
                    );
                    part.abort();
                }
            }
        }
        let ended = spawn_blocking(move || self.store.join());
        if tokio::time::timeout(PATIENCE, ended).await.is_err() {
            warn!("the store does not end: its disk does not answer");
        }
    }
}

/// Runs while the store's thread does.
async fn store_runs(end: CancellationToken, stop: CancellationToken) {
    tokio::select! {
        () = end.cancelled() => {}
        () = stop.cancelled() => {}
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| listen_error(address, source))
}

fn listen_error(address: SocketAddr, source: io::Error) -> StartError {
    if source.kind() == io::ErrorKind::AddrInUse {
        StartError::AddressInUse { address }
    } else {
        StartError::Listen { address, source }
    }
}

/// A name for this run, so that the ids of its requests differ from those of earlier runs.
fn run_name() -> String {
    format!("bridge-{:08x}", rand::rng().random::<u32>())
}

#[cfg(test)]
mod tests;
