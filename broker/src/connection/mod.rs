//! One client's connection: packets in, packets out, until one side ends it.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rumqttd::protocol::{Filter, SubscribeReasonCode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use self::acks::Acks;
pub(crate) use self::end::End;
use crate::access::Admission;
use crate::codec::{self, Encoder, Incoming};
use crate::connect::Hello;
use crate::frame;
use crate::log_throttle::LogThrottle;
use crate::metrics::Dropped;
use crate::registry::Claim;
use crate::retained::Durability;
use crate::session::{Services, Session};

mod acks;
mod end;
mod publish;

/// Above so many bytes waiting for a slow client, nothing more is encoded for it, nor read from it.
const OUT_HIGH_WATER_BYTES: usize = 64 << 10;

/// Room to read into.
const READ_CHUNK_BYTES: usize = 8 << 10;

/// What one client was refused is logged so often in so much time.
const REFUSALS_LOGGED: u32 = 3;
const REFUSALS_LOGGED_EVERY: Duration = Duration::from_secs(60);

/// A connection of which the CONNECT was accepted.
pub(crate) struct Connection {
    pub services: Arc<Services>,
    pub session: Session,
    pub encoder: Encoder,
    /// For the log.
    pub client_id: String,
    /// Largest unacknowledged number of messages towards the client.
    window: usize,
    /// Largest packet that the client takes.
    packet_bytes: usize,
    silence: Option<Duration>,
    /// Bytes to be written.
    pub out: BytesMut,
    refusals: LogThrottle,
    /// Answers to publishes that have not left.
    acks: Acks,
    durability: Durability,
}

impl Connection {
    /// A connection for the session, as the CONNECT asked for it.
    pub fn new(services: Arc<Services>, session: Session, hello: &Hello) -> Self {
        let window = usize::from(hello.receive_maximum.min(services.limits.in_flight));
        Self {
            session,
            encoder: Encoder {
                version: hello.version,
                explain: hello.explain,
            },
            client_id: hello.client_id.clone(),
            window,
            packet_bytes: hello.packet_bytes,
            silence: hello.silence,
            out: BytesMut::new(),
            acks: Acks::default(),
            durability: services.durability.clone(),
            refusals: LogThrottle::new(REFUSALS_LOGGED, REFUSALS_LOGGED_EVERY),
            services,
        }
    }

    /// Serves the client until the connection ends. `input` holds what was read already.
    pub async fn serve<R, W>(
        &mut self,
        reader: &mut R,
        writer: &mut W,
        mut input: BytesMut,
        claim: &mut Claim,
        admission: &mut Admission,
        shutdown: &CancellationToken,
    ) -> End
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let mut heard = Instant::now();
        let mut unflushed = true;
        loop {
            match self.step(&mut input).await {
                Ok(true) => heard = Instant::now(),
                Ok(false) => {}
                Err(end) => return end,
            }
            if input.capacity() - input.len() < READ_CHUNK_BYTES {
                input.reserve(READ_CHUNK_BYTES);
            }
            let may_read = self.may_take_more();
            let may_write_more = self.out.len() < OUT_HIGH_WATER_BYTES;
            let ack_due = self.acks.due();
            let must_write = unflushed || !self.out.is_empty();
            let silence_ends = self.silence.map(|silence| heard + silence);
            tokio::select! {
                read = reader.read_buf(&mut input), if may_read => match read {
                    Ok(0) | Err(_) => return End::Lost,
                    Ok(_) => {}
                },
                written = write(writer, &mut self.out, &mut unflushed), if must_write => {
                    if written.is_err() {
                        return End::Lost;
                    }
                    if !may_write_more {
                        // It reads, if slowly; that its own packets wait is our doing.
                        heard = Instant::now();
                    }
                }
                received = self.session.receive() => {
                    if received.is_err() {
                        return End::RouterGone;
                    }
                }
                () = advanced(&mut self.durability, ack_due) => {}
                () = at(silence_ends) => return End::Silent,
                () = claim.superseded() => return End::Superseded,
                () = admission.revoked() => return End::Revoked,
                () = shutdown.cancelled() => return End::Shutdown,
            }
        }
    }

    /// Handles the packets that are there, encodes what is to be sent. True when a packet came.
    async fn step(&mut self, input: &mut BytesMut) -> Result<bool, End> {
        let mut heard = false;
        while self.may_take_more() {
            let Some(frame) = frame::take(input, self.services.limits.packet_bytes)? else {
                break;
            };
            heard = true;
            let incoming = codec::decode(self.encoder.version, frame)?;
            self.handle(incoming).await?;
            self.encode_acks()?;
        }
        self.encode_acks()?;
        self.encode_deliveries()?;
        self.session.make_room()?;
        Ok(heard)
    }

    /// Whether another packet of the client is taken: not while it does not read, nor while the disk keeps it
    /// waiting for as many answers as it may wait for.
    fn may_take_more(&self) -> bool {
        self.out.len() < OUT_HIGH_WATER_BYTES
            && self.acks.len() < usize::from(self.services.limits.receive_maximum)
    }

    async fn handle(&mut self, incoming: Incoming) -> Result<(), End> {
        match incoming {
            Incoming::Publish(publish) => self.handle_publish(publish)?,
            Incoming::PubAck { packet_id } => {
                if !self.session.acknowledged(packet_id) {
                    // Harmless: a client may acknowledge twice after a retransmission.
                    tracing::debug!(
                        client = self.client_id,
                        packet_id,
                        "an unknown message was acknowledged"
                    );
                }
            }
            Incoming::PubRel { packet_id } => {
                self.session.release(packet_id);
                self.encoder.pubcomp(packet_id, &mut self.out)?;
            }
            Incoming::Subscribe {
                packet_id,
                filters,
                identifier,
            } => {
                let codes = self.session.subscribe(&filters, identifier).await?;
                self.log_refused_filters(&filters, &codes);
                self.encoder.suback(packet_id, codes, &mut self.out)?;
            }
            Incoming::Unsubscribe { packet_id, filters } => {
                let codes = self.session.unsubscribe(&filters)?;
                self.encoder.unsuback(packet_id, codes, &mut self.out)?;
            }
            Incoming::PingReq => self.encoder.pingresp(&mut self.out)?,
            Incoming::Disconnect {
                with_will,
                session_expiry_seconds,
            } => {
                return Err(End::Goodbye {
                    with_will,
                    session_expiry_seconds,
                });
            }
        }
        Ok(())
    }

    fn log_refused_filters(&mut self, filters: &[Filter], codes: &[SubscribeReasonCode]) {
        let refused = filters.iter().zip(codes).find_map(|(filter, code)| {
            let why = match code {
                SubscribeReasonCode::NotAuthorized => "nothing under it may be read",
                SubscribeReasonCode::QuotaExceeded => {
                    "the client has as many as it may, or does not read what it subscribed to"
                }
                _ => return None,
            };
            Some((filter, why))
        });
        if let Some((filter, why)) = refused
            && let Some(held_back) = self.refusals.occurred(Instant::now())
            && self.services.refusals.occurred().is_some()
        {
            warn!(
                user = self.session.identity().user(),
                client = self.client_id,
                filter = filter.path,
                "a subscription was refused: {why}{held_back}"
            );
        }
    }

    fn encode_deliveries(&mut self) -> Result<(), End> {
        let now = Instant::now();
        while self.out.len() < OUT_HIGH_WATER_BYTES {
            let Some(sent) = self.session.next_to_send(self.window) else {
                break;
            };
            let start = self.out.len();
            let metrics = &self.services.metrics;
            if sent.delivery.message.is_expired(now) {
                metrics.dropped(Dropped::Expired);
            } else {
                self.encoder.publish(&sent, now, &mut self.out)?;
            }
            if self.out.len() - start > self.packet_bytes {
                self.out.truncate(start);
                metrics.dropped(Dropped::TooLarge);
            }
            let was_dropped = self.out.len() == start;
            if !was_dropped {
                metrics.sent.inc();
            }
            if was_dropped && sent.packet_id != 0 {
                self.session.acknowledged(sent.packet_id);
            }
        }
        Ok(())
    }
}

/// Writes some of `out`, then flushes. Nothing is lost when the future is dropped.
async fn write<W>(writer: &mut W, out: &mut BytesMut, unflushed: &mut bool) -> std::io::Result<()>
where
    W: AsyncWrite + Unpin,
{
    if !out.is_empty() {
        *unflushed = true;
        writer.write_buf(out).await?;
    }
    if out.is_empty() {
        writer.flush().await?;
        *unflushed = false;
    }
    Ok(())
}

/// Waits until an answer that waits for the disk may leave; for ever while none does.
async fn advanced(durability: &mut Durability, due: Option<Instant>) {
    match due {
        Some(due) => durability.advanced(due).await,
        None => std::future::pending().await,
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
