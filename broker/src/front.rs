//! From an accepted socket to a served client and back: handshake, session, will, goodbye.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use rumqttd::protocol::{ConnAck, ConnAckProperties, ConnectReturnCode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::field::debug;
use tracing::{debug, info, warn};

use crate::access::{Admission, Gate, Identity};
use crate::codec::Version;
use crate::connect::{self, Hello, Refusal};
use crate::connection::{Connection, End};
use crate::log_throttle::SharedThrottle;
use crate::metrics::{Dropped, NotServed};
use crate::places::{NoPlace, Place, Places};
use crate::policy;
use crate::registry::{Claim, Parked, Registry};
use crate::router::RouterGone;
use crate::session::{Services, Session};
use crate::source::SourceShare;
use crate::will::Will;

/// Time to take the last bytes of a connection that ends.
const FAREWELL_TIME: Duration = Duration::from_secs(1);

/// While a login is checked, at most so much of what the client sends already is read.
const READ_AHEAD_BYTES: usize = 64 << 10;

/// What many clients may bring about is logged so often in so much time, of each kind.
const LOGGED: u32 = 10;
const LOGGED_EVERY: Duration = Duration::from_secs(10);

/// Where a connection comes from, and until when it must have said who it is.
pub(crate) struct Arrival {
    pub peer: SocketAddr,
    pub deadline: Instant,
    /// Its place among those who have not said it yet, of all and of its source.
    pub handshake: (OwnedSemaphorePermit, SourceShare),
}

/// Everything a connection needs.
pub(crate) struct Front {
    pub services: Arc<Services>,
    pub registry: Arc<Registry>,
    pub shutdown: CancellationToken,
    gate: Arc<Gate>,
    /// The places of those who are connected.
    pub clients: Arc<Places>,
    last_session: AtomicU64,
    /// Those who broke the protocol: whoever does it again and again must not fill the log.
    offences: SharedThrottle,
    /// Sessions that were not kept, for the log.
    sessions_lost: SharedThrottle,
}

impl Front {
    /// A front for the router and stores in `services`.
    pub fn new(
        services: Arc<Services>,
        registry: Arc<Registry>,
        gate: Arc<Gate>,
        shutdown: CancellationToken,
    ) -> Self {
        let limits = &services.limits;
        let clients = Places::new(limits.connections, limits.connections_of_a_user);
        Self {
            services,
            registry,
            shutdown,
            gate,
            clients: Arc::new(clients),
            last_session: AtomicU64::new(0),
            offences: SharedThrottle::new(LOGGED, LOGGED_EVERY),
            sessions_lost: SharedThrottle::new(LOGGED, LOGGED_EVERY),
        }
    }

    /// Serves one client from its CONNECT to its end. Its place among the handshakes is given back once it
    /// has said who it is.
    pub async fn serve<R, W>(&self, mut reader: R, mut writer: W, arrival: Arrival)
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let Arrival {
            peer,
            deadline,
            handshake,
        } = arrival;
        let mut input = BytesMut::new();
        let welcome = tokio::select! {
            welcome = self.welcome(&mut reader, &mut input, peer, deadline) => welcome,
            () = self.shutdown.cancelled() => return,
        };
        drop(handshake);
        if let Err(refusal) = &welcome {
            self.services.metrics.not_served(refusal.reason);
        }
        match welcome {
            Ok(guest) => {
                self.run(guest, &mut reader, &mut writer, input).await;
                let _ = timeout(FAREWELL_TIME, writer.shutdown()).await;
            }
            Err(refusal) if refusal.answer.is_empty() => {
                debug!(%peer, "no connection: {}", refusal.why);
            }
            Err(refusal) => {
                if refusal.is_news
                    && let Some(held_back) = self.offences.occurred()
                {
                    let why = refusal.why;
                    match refusal.about {
                        Some(about) => {
                            // In quotes and escaped: what a client says is a stranger's text.
                            let (client, will) = (debug(about.client), about.will.map(debug));
                            info!(%peer, user = about.user, client, will, "a connection was refused: {why}{held_back}");
                        }
                        None => info!(%peer, "a connection was refused: {why}{held_back}"),
                    }
                }
                say_farewell(&mut writer, refusal.answer).await;
            }
        }
    }

    /// Waits for the CONNECT, checks who it is, and takes a place among the clients.
    async fn welcome<R>(
        &self,
        reader: &mut R,
        input: &mut BytesMut,
        peer: SocketAddr,
        deadline: Instant,
    ) -> Result<Guest, Refusal>
    where
        R: AsyncRead + Unpin,
    {
        let limits = &self.services.limits;
        let reading = timeout_at(deadline, connect::read(reader, input, limits));
        let mut hello = reading
            .await
            .unwrap_or_else(|_| Err(Refusal::silent("no CONNECT within the time limit")))?;
        let admission = self
            .admit(&mut hello, reader, input, peer, deadline)
            .await?;
        if let Some(will) = &hello.will {
            let message = &will.message;
            let checked =
                policy::check_will(&admission.identity, message.topic_name(), message.retain);
            checked.map_err(|refused| {
                let why = format!("the last will: {refused}");
                Refusal::connack(hello.version, ConnectReturnCode::NotAuthorized, why)
                    .because(NotServed::Will)
                    .about(&admission.identity, &hello)
            })?;
        }
        let place = self.clients.take(&admission.identity);
        let place = place.map_err(|no_place| {
            no_connection(hello.version, no_place).about(&admission.identity, &hello)
        })?;
        Ok(Guest {
            hello,
            admission,
            _place: place,
        })
    }

    /// Checks the login, unless the client goes away meanwhile.
    async fn admit<R>(
        &self,
        hello: &mut Hello,
        reader: &mut R,
        input: &mut BytesMut,
        peer: SocketAddr,
        deadline: Instant,
    ) -> Result<Admission, Refusal>
    where
        R: AsyncRead + Unpin,
    {
        let version = hello.version;
        let checking = self.gate.admit(peer.ip(), hello.login.take(), deadline);
        let admitting = timeout_at(deadline, checking);
        let admitted = tokio::select! {
            admitted = admitting => admitted,
            () = gone(reader, input) => {
                return Err(Refusal::silent("closed before its login was checked"));
            }
        };
        match admitted {
            Ok(Ok(admission)) => Ok(admission),
            // The gate has logged it, or counted it where there are many.
            Ok(Err(denied)) => {
                let refusal = Refusal::connack(version, denied.code(), denied.to_string());
                Err(refusal.logged().because(NotServed::Login))
            }
            Err(_) => {
                let why = "too many logins at once: it was not checked in time";
                let refusal = Refusal::connack(version, ConnectReturnCode::ServerBusy, why);
                Err(refusal.because(NotServed::Login))
            }
        }
    }

    async fn run<R, W>(&self, guest: Guest, reader: &mut R, writer: &mut W, input: BytesMut)
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let Guest {
            mut hello,
            mut admission,
            _place,
        } = guest;
        let identity = Arc::clone(&admission.identity);
        let key = identity.session_key(&hello.client_id);
        let Some(mut claim) = self.registry.claim(&key).await else {
            debug!(
                client = hello.client_id,
                "superseded before it was connected"
            );
            return;
        };
        let (session, is_present) = match self.session(&hello, &identity, &mut claim).await {
            Ok(session) => session,
            Err(RouterGone) => {
                let code = ConnectReturnCode::ServerUnavailable;
                let refusal = Refusal::connack(hello.version, code, RouterGone.to_string());
                say_farewell(writer, refusal.answer).await;
                return;
            }
        };
        debug!(user = identity.user(), client = hello.client_id, version = ?hello.version, is_present, "connected");
        let will = hello.will.take();
        let mut connection = Connection::new(Arc::clone(&self.services), session, &hello);
        let end = match self.greet(&mut connection, &hello, is_present) {
            Ok(()) => {
                connection
                    .serve(
                        reader,
                        writer,
                        input,
                        &mut claim,
                        &mut admission,
                        &self.shutdown,
                    )
                    .await
            }
            Err(end) => end,
        };
        let end = end.checked(&hello);
        self.log_end(identity.known_user(), &connection.client_id, &end);

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

    fn log_end(&self, user: Option<&str>, client: &str, end: &End) {
        match end {
            End::Fault { code, why } => {
                if let Some(held_back) = self.offences.occurred() {
                    info!(
                        user,
                        client,
                        ?code,
                        "a client was disconnected: {why}{held_back}"
                    );
                }
            }
            End::Revoked => info!(
                user,
                client, "a client was disconnected: its user was changed or removed"
            ),
            End::RouterGone => warn!(client, "a client was disconnected: {RouterGone}"),
            other => debug!(client, end = ?other, "disconnected"),
        }
    }

    /// The session to go on with, and whether it is one from before.
    async fn session(
        &self,
        hello: &Hello,
        identity: &Arc<Identity>,
        claim: &mut Claim,
    ) -> Result<(Session, bool), RouterGone> {
        if let Some(parked) = claim.take_parked() {
            // With another role the user may read other things than its session subscribes to.
            let has_ended = hello.clean
                || parked.session_ends <= Instant::now()
                || parked.session.identity() != &**identity;
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
            Session::open(number, Arc::clone(identity), Arc::clone(&self.services)).await?,
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
            } if hello.version == Version::V5 => Some(Duration::from_secs((*seconds).into())),
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
            if let Some(held_back) = self.sessions_lost.occurred() {
                let user = parked.session.identity().user();
                warn!(
                    user,
                    "a session was not kept: as many are kept already as there may be, in all or of its user{held_back}"
                );
            }
            self.services.metrics.dropped(Dropped::Session);
            if let Some((will, _)) = parked.will {
                will.publish(inlet, number);
            }
        }
    }
}

/// A client that was let in.
struct Guest {
    hello: Hello,
    admission: Admission,
    _place: Place,
}

fn no_connection(version: Version, no_place: NoPlace) -> Refusal {
    let (code, why, reason) = match no_place {
        NoPlace::AllTaken => (
            ConnectReturnCode::ServerBusy,
            "the broker serves as many clients as it may",
            NotServed::Places,
        ),
        NoPlace::UserHasEnough => (
            ConnectReturnCode::QuotaExceeded,
            "this user has as many connections as one may have",
            NotServed::UserPlaces,
        ),
    };
    Refusal::connack(version, code, why).because(reason)
}

/// Waits until the client is gone. What it sends meanwhile stays in `input`.
async fn gone<R>(reader: &mut R, input: &mut BytesMut)
where
    R: AsyncRead + Unpin,
{
    while input.len() < READ_AHEAD_BYTES {
        if !matches!(reader.read_buf(input).await, Ok(1..)) {
            return;
        }
    }
    std::future::pending().await
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
