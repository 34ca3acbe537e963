//! One client's connection: packets in, packets out, until one side ends it.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rumqttd::protocol::{DisconnectReasonCode, Error, PubAckReason, QoS};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::codec::{self, DecodeFault, Encoder, Incoming, IncomingPublish, Version};
use crate::connect::Hello;
use crate::frame::{self, FrameFault};
use crate::inlet::{PublishError, WhenFull};
use crate::message::Message;
use crate::policy;
use crate::registry::Claim;
use crate::router::RouterGone;
use crate::session::{Services, Session};
use crate::topics;

/// Above so many bytes waiting for a slow client, nothing more is encoded for it, nor read from it.
const OUT_HIGH_WATER_BYTES: usize = 64 << 10;

/// Room to read into.
const READ_CHUNK_BYTES: usize = 8 << 10;

/// How a connection ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The client sent DISCONNECT.
    Goodbye {
        with_will: bool,
        session_expiry_seconds: Option<u32>,
    },
    /// The network connection broke or was closed.
    Lost,
    /// The client did not keep its keep-alive.
    Silent,
    /// Another connection took its client id.
    Superseded,
    /// The broker stops.
    Shutdown,
    /// The router is dead.
    RouterGone,
    /// The client broke the rules.
    Fault {
        code: DisconnectReasonCode,
        why: String,
    },
}

impl End {
    fn fault(code: DisconnectReasonCode, why: impl Into<String>) -> Self {
        Self::Fault {
            code,
            why: why.into(),
        }
    }

    /// Whether the last will is to be published.
    pub fn calls_for_will(&self) -> bool {
        !matches!(
            self,
            Self::Goodbye {
                with_will: false,
                ..
            }
        )
    }

    /// Reason code and words of the DISCONNECT to send, where one is due.
    pub fn farewell(&self) -> Option<(DisconnectReasonCode, &str)> {
        match self {
            Self::Goodbye { .. } | Self::Lost => None,
            Self::Silent => Some((
                DisconnectReasonCode::KeepAliveTimeout,
                "nothing came within 1.5 times the keep-alive",
            )),
            Self::Superseded => Some((
                DisconnectReasonCode::SessionTakenOver,
                "another connection uses this client id",
            )),
            Self::Shutdown => Some((DisconnectReasonCode::ServerShuttingDown, "the broker stops")),
            Self::RouterGone => Some((
                DisconnectReasonCode::ServerShuttingDown,
                "the broker's router is dead",
            )),
            Self::Fault { code, why } => Some((*code, why)),
        }
    }
}

impl From<RouterGone> for End {
    fn from(_: RouterGone) -> Self {
        Self::RouterGone
    }
}

impl From<FrameFault> for End {
    fn from(fault: FrameFault) -> Self {
        let code = match fault {
            FrameFault::TooLarge { .. } => DisconnectReasonCode::PacketTooLarge,
            FrameFault::FirstByte(_) | FrameFault::Length => DisconnectReasonCode::MalformedPacket,
        };
        Self::fault(code, fault.to_string())
    }
}

impl From<DecodeFault> for End {
    fn from(fault: DecodeFault) -> Self {
        let code = match fault {
            DecodeFault::Malformed { .. } => DisconnectReasonCode::MalformedPacket,
            _ => DisconnectReasonCode::ProtocolError,
        };
        Self::fault(code, fault.to_string())
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::fault(
            DisconnectReasonCode::UnspecifiedError,
            format!("an answer could not be written: {error}"),
        )
    }
}

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
            let may_read = self.out.len() < OUT_HIGH_WATER_BYTES;
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
                    if !may_read {
                        // It reads, if slowly; that its own packets wait is our doing.
                        heard = Instant::now();
                    }
                }
                received = self.session.receive() => {
                    if received.is_err() {
                        return End::RouterGone;
                    }
                }
                () = at(silence_ends) => return End::Silent,
                () = claim.superseded() => return End::Superseded,
                () = shutdown.cancelled() => return End::Shutdown,
            }
        }
    }

    /// Handles the packets that are there, encodes what is to be sent. True when a packet came.
    async fn step(&mut self, input: &mut BytesMut) -> Result<bool, End> {
        let mut heard = false;
        while self.out.len() < OUT_HIGH_WATER_BYTES {
            let Some(frame) = frame::take(input, self.services.limits.packet_bytes)? else {
                break;
            };
            heard = true;
            let incoming = codec::decode(self.encoder.version, frame)?;
            self.handle(incoming).await?;
        }
        self.encode_deliveries()?;
        self.session.make_room()?;
        Ok(heard)
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

    fn handle_publish(&mut self, publish: IncomingPublish) -> Result<(), End> {
        let packet_id = publish.packet_id;
        let qos = publish.qos;
        self.check_publish(&publish)?;
        if qos == QoS::ExactlyOnce {
            if self.session.is_unreleased(packet_id) {
                return Ok(self.encoder.pubrec(packet_id, &mut self.out)?);
            }
            if !self.session.hold(packet_id) {
                let why = "too many QoS 2 publishes are not released";
                return Err(End::fault(
                    DisconnectReasonCode::ReceiveMaximumExceeded,
                    why,
                ));
            }
        }
        let (reason, why) = self.publish(publish)?;
        match qos {
            QoS::AtMostOnce => Ok(()),
            QoS::AtLeastOnce => Ok(self
                .encoder
                .puback(packet_id, reason, &why, &mut self.out)?),
            QoS::ExactlyOnce => Ok(self.encoder.pubrec(packet_id, &mut self.out)?),
        }
    }

    /// Rules that, when broken, end the connection.
    fn check_publish(&self, publish: &IncomingPublish) -> Result<(), End> {
        if self.encoder.version == Version::V5 && publish.qos == QoS::ExactlyOnce {
            return Err(End::fault(
                DisconnectReasonCode::QoSNotSupported,
                "QoS 2 is not offered",
            ));
        }
        if let Some(properties) = &publish.properties {
            if properties.topic_alias.is_some() {
                return Err(End::fault(
                    DisconnectReasonCode::TopicAliasInvalid,
                    "topic aliases are not offered",
                ));
            }
            if !properties.subscription_identifiers.is_empty() {
                let why = "a client does not publish with a subscription identifier";
                return Err(End::fault(DisconnectReasonCode::ProtocolError, why));
            }
            if let Some(topic) = &properties.response_topic {
                topics::check_name(topic.as_bytes()).map_err(|fault| {
                    End::fault(
                        DisconnectReasonCode::ProtocolError,
                        format!("the response topic is not valid: {fault}"),
                    )
                })?;
            }
        }
        topics::check_name(&publish.topic).map_err(|fault| {
            End::fault(
                DisconnectReasonCode::TopicNameInvalid,
                format!("the topic is not valid: {fault}"),
            )
        })?;
        Ok(())
    }

    /// Publishes, or refuses with the reason that MQTT 5 clients get to see.
    fn publish(&self, publish: IncomingPublish) -> Result<(PubAckReason, String), End> {
        let message = accepted_message(publish);
        if let Err(refused) = policy::check_publish(message.topic_name(), message.retain) {
            warn!(
                client = self.client_id,
                topic = message.topic_name(),
                "a publish was refused: {refused}"
            );
            return Ok((PubAckReason::NotAuthorized, refused.to_string()));
        }
        let can_be_told = self.encoder.version == Version::V5 && message.qos != QoS::AtMostOnce;
        let when_full = if can_be_told {
            WhenFull::Refuse
        } else {
            WhenFull::DeliverOnly
        };
        match self
            .services
            .inlet
            .publish(message, self.session.number(), when_full)
        {
            Ok(()) => Ok((PubAckReason::Success, String::new())),
            Err(PublishError::RetainedFull(full)) => {
                Ok((PubAckReason::QuotaExceeded, full.to_string()))
            }
            Err(PublishError::RouterGone(_)) => Err(End::RouterGone),
        }
    }

    fn encode_deliveries(&mut self) -> Result<(), End> {
        let now = Instant::now();
        while self.out.len() < OUT_HIGH_WATER_BYTES {
            let Some(sent) = self.session.next_to_send(self.window) else {
                break;
            };
            let start = self.out.len();
            if !sent.delivery.message.is_expired(now) {
                self.encoder.publish(&sent, now, &mut self.out)?;
            }
            let is_too_large = self.out.len() - start > self.packet_bytes;
            if is_too_large {
                self.out.truncate(start);
            }
            let was_dropped = self.out.len() == start;
            if was_dropped && sent.packet_id != 0 {
                self.session.acknowledged(sent.packet_id);
            }
        }
        Ok(())
    }
}

fn accepted_message(publish: IncomingPublish) -> Message {
    let mut properties = publish.properties;
    let expires = properties
        .as_mut()
        .and_then(|properties| properties.message_expiry_interval.take())
        .map(|seconds| Instant::now() + Duration::from_secs(seconds.into()));
    Message {
        topic: detached(&publish.topic),
        payload: detached(&publish.payload),
        qos: if publish.qos == QoS::AtMostOnce {
            QoS::AtMostOnce
        } else {
            QoS::AtLeastOnce
        },
        retain: publish.retain,
        properties,
        expires,
    }
}

/// A copy that does not keep the whole read buffer in memory while the message is retained.
fn detached(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
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

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
