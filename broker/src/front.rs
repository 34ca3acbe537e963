//! From an accepted socket to a served client and back: handshake, session, will, goodbye.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use rumqttd::protocol::{ConnAck, ConnAckProperties, ConnectReturnCode};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::codec::Version;
use crate::connect::{self, Hello, Refusal};
use crate::connection::{Connection, End};
use crate::registry::{Claim, Parked, Registry};
use crate::router::RouterGone;
use crate::session::{Services, Session};
use crate::will::Will;

/// Time to take the last bytes of a connection that ends.
const FAREWELL_TIME: Duration = Duration::from_secs(1);

/// Everything a connection needs.
pub(crate) struct Front {
    pub services: Arc<Services>,
    pub registry: Arc<Registry>,
    pub shutdown: CancellationToken,
    clients: Arc<Semaphore>,
    last_session: AtomicU64,
}

impl Front {
    /// A front for the router and stores in `services`.
    pub fn new(
        services: Arc<Services>,
        registry: Arc<Registry>,
        shutdown: CancellationToken,
    ) -> Self {
        let clients = Arc::new(Semaphore::new(services.limits.connections));
        Self {
            services,
            registry,
            shutdown,
            clients,
            last_session: AtomicU64::new(0),
        }
    }

    /// Serves one client from its CONNECT to its end. `handshake` is given back once the CONNECT
    /// is there.
    pub async fn serve<R, W>(
        &self,
        mut reader: R,
        mut writer: W,
        peer: &str,
        handshake: OwnedSemaphorePermit,
    ) where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let mut input = BytesMut::new();
        let hello = tokio::select! {
            hello = self.hello(&mut reader, &mut input) => hello,
            () = self.shutdown.cancelled() => return,
        };
        drop(handshake);
        match hello {
            Ok((hello, place)) => {
                self.run(hello, &mut reader, &mut writer, input).await;
                drop(place);
                let _ = timeout(FAREWELL_TIME, writer.shutdown()).await;
            }
            Err(refusal) if refusal.answer.is_empty() => {
                debug!(peer, "no connection: {}", refusal.why);
            }
            Err(refusal) => {
                info!(peer, "a connection was refused: {}", refusal.why);
                say_farewell(&mut writer, refusal.answer).await;
            }
        }
    }

    /// Waits for the CONNECT, within the time limit, and takes a place among the clients.
    async fn hello<R>(
        &self,
        reader: &mut R,
        input: &mut BytesMut,
    ) -> Result<(Hello, OwnedSemaphorePermit), Refusal>
    where
        R: AsyncRead + Unpin,
    {
        let limits = &self.services.limits;
        let reading = timeout(limits.handshake_time, connect::read(reader, input, limits));
        let hello = reading
            .await
            .unwrap_or_else(|_| Err(Refusal::silent("no CONNECT within the time limit")))?;
        let place = Arc::clone(&self.clients).try_acquire_owned();
        let place = place.map_err(|_| {
            let why = "the broker serves as many clients as it may";
            Refusal::connack(hello.version, ConnectReturnCode::ServerBusy, why)
        })?;
        Ok((hello, place))
    }

    async fn run<R, W>(&self, mut hello: Hello, reader: &mut R, writer: &mut W, input: BytesMut)
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let Some(mut claim) = self.registry.claim(&hello.client_id).await else {
            debug!(
                client = hello.client_id,
                "superseded before it was connected"
            );
            return;
        };
        let (session, is_present) = match self.session(&hello, &mut claim).await {
            Ok(session) => session,
            Err(RouterGone) => {
                let code = ConnectReturnCode::ServerUnavailable;
                let refusal = Refusal::connack(hello.version, code, RouterGone.to_string());
                say_farewell(writer, refusal.answer).await;
                return;
            }
        };
        debug!(client = hello.client_id, version = ?hello.version, is_present, "connected");
        let will = hello.will.take();
        let mut connection = Connection::new(Arc::clone(&self.services), session, &hello);
        let end = match self.greet(&mut connection, &hello, is_present) {
            Ok(()) => {
                connection
                    .serve(reader, writer, input, &mut claim, &self.shutdown)
                    .await
            }
            Err(end) => end,
        };
        log_end(&connection.client_id, &end);

        let Connection {
            session,
            encoder,
            mut out,
            ..
        } = connection;
        let expiry = self.session_expiry(&hello, &end);
        let will = will.filter(|_| end.calls_for_will());
        self.leave(&mut claim, session, expiry, will);
        // The next holder of the client id does not wait for this one's last bytes.
        drop(claim);
        if let Some((code, why)) = end.farewell() {
            if encoder.disconnect(code, why, &mut out).is_err() {
                return;
            }
            say_farewell(writer, out).await;
        }
    }

    /// The session to go on with, and whether it is one from before.
    async fn session(
        &self,
        hello: &Hello,
        claim: &mut Claim,
    ) -> Result<(Session, bool), RouterGone> {
        if let Some(parked) = claim.take_parked() {
            let has_ended = hello.clean || parked.session_ends <= Instant::now();
            if !has_ended {
                // Its will is not published: the client is back in time.
                return Ok((parked.session, true));
            }
            if let Some((will, _)) = parked.will {
                will.publish(&self.services.inlet, parked.session.number());
            }
        }
        let number = self.last_session.fetch_add(1, Ordering::Relaxed) + 1;
        Ok((
            Session::open(number, Arc::clone(&self.services)).await?,
            false,
        ))
    }

    fn greet(
        &self,
        connection: &mut Connection,
        hello: &Hello,
        session_present: bool,
    ) -> Result<(), End> {
        let limits = &self.services.limits;
        let seconds = u32::try_from(limits.session_expiry.as_secs()).unwrap_or(u32::MAX);
        let properties = ConnAckProperties {
            session_expiry_interval: hello.is_expiry_shortened.then_some(seconds),
            receive_max: Some(limits.receive_maximum),
            max_qos: Some(1),
            max_packet_size: Some(u32::try_from(limits.packet_bytes).unwrap_or(u32::MAX)),
            assigned_client_identifier: hello.is_id_assigned.then(|| hello.client_id.clone()),
            topic_alias_max: Some(0),
            shared_subscription_available: Some(0),
            ..ConnAckProperties::default()
        };
        let ack = ConnAck {
            session_present,
            code: ConnectReturnCode::Success,
        };
        Ok(connection
            .encoder
            .connack(ack, properties, &mut connection.out)?)
    }

    fn session_expiry(&self, hello: &Hello, end: &End) -> Duration {
        let changed = match end {
            End::RouterGone => Some(Duration::ZERO),
            End::Goodbye {
                session_expiry_seconds: Some(seconds),
                ..
            } if hello.version == Version::V5 && !hello.session_expiry.is_zero() => {
                Some(Duration::from_secs((*seconds).into()))
            }
            _ => None,
        };
        changed
            .unwrap_or(hello.session_expiry)
            .min(self.services.limits.session_expiry)
    }

    /// Leaves the session behind, or ends it; publishes the will at its time.
    fn leave(&self, claim: &mut Claim, mut session: Session, expiry: Duration, will: Option<Will>) {
        let inlet = &self.services.inlet;
        let number = session.number();
        let now = Instant::now();
        let waits = |will: &Will| !will.delay.is_zero() && !expiry.is_zero();
        let (later, at_once): (Option<Will>, Option<Will>) = match will {
            Some(will) if waits(&will) => (Some(will), None),
            other => (None, other),
        };
        if let Some(will) = at_once {
            will.publish(inlet, number);
        }
        if expiry.is_zero() {
            return;
        }
        session.detached();
        let will = later.map(|will| {
            let due = now + will.delay.min(expiry);
            (will, due)
        });
        if let Err(parked) = claim.park(Parked {
            session,
            session_ends: now + expiry,
            will,
        }) {
            warn!("a session was not kept: as many as allowed are kept already");
            if let Some((will, _)) = parked.will {
                will.publish(inlet, number);
            }
        }
    }
}

fn log_end(client: &str, end: &End) {
    match end {
        End::Fault { code, why } => info!(client, ?code, "a client was disconnected: {why}"),
        End::RouterGone => warn!(client, "a client was disconnected: {RouterGone}"),
        other => debug!(client, end = ?other, "disconnected"),
    }
}

/// Writes the last bytes, as far as the client takes them in time.
async fn say_farewell<W>(writer: &mut W, mut last: BytesMut)
where
    W: AsyncWrite + Unpin,
{
    let writing = async {
        writer.write_all_buf(&mut last).await?;
        writer.shutdown().await
    };
    let _ = timeout(FAREWELL_TIME, writing).await;
}
