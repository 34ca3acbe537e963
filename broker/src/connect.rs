//! The start of a connection: reads the CONNECT of either version and checks it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use bytes::BytesMut;
use rumqttd::protocol::{
    ConnAck, ConnAckProperties, Connect, ConnectProperties, ConnectReturnCode, LastWill,
    LastWillProperties, Packet, PublishProperties, QoS,
};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::access::{Credentials, Identity};
use crate::codec::{self, DecodeFault, Encoder, Version};
use crate::config::Limits;
use crate::frame::{self, Frame, Kind};
use crate::message::Message;
use crate::metrics::NotServed;
use crate::topics;
use crate::will::Will;

/// Longest client id that is taken, in bytes. 3.1.1 asks for 23 at least.
const MAX_CLIENT_ID_BYTES: usize = 512;

/// CONNACK of version 3.1.1 with "unacceptable protocol version": clients of any version read it.
const UNACCEPTABLE_VERSION: [u8; 4] = [0x20, 2, 0, 1];

/// What a client asked for, checked.
#[derive(Debug)]
pub(crate) struct Hello {
    pub version: Version,
    pub client_id: String,
    /// The id was made up here, because the client left it empty.
    pub is_id_assigned: bool,
    /// Start without an earlier session.
    pub clean: bool,
    /// How long the session is to be kept after the connection, within our bound.
    pub session_expiry: Duration,
    /// The client asked for longer than that.
    pub is_expiry_shortened: bool,
    /// Longest silence allowed: 1.5 times the keep-alive; `None` for keep-alive 0.
    pub silence: Option<Duration>,
    /// Unacknowledged messages that the client takes.
    pub receive_maximum: u16,
    /// Largest packet that the client takes, in bytes.
    pub packet_bytes: usize,
    /// The client wants reasons in words.
    pub explain: bool,
    pub will: Option<Will>,
    /// User and password.
    pub login: Option<Credentials>,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// In words, for the log.
    pub why: String,
    /// The bytes to answer with; empty where the standard has no answer.
    pub answer: BytesMut,
    /// Nobody has logged it yet.
    pub is_news: bool,
    /// Whom it is about, where that is known, for the log.
    pub about: Option<Box<About>>,
    /// For the counting.
    pub reason: NotServed,
}

impl Refusal {
    /// A refusal without an answer.
    pub fn silent(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            answer: BytesMut::new(),
            is_news: true,
            about: None,
            reason: NotServed::Protocol,
        }
    }

    /// A refusal in a CONNACK.
    pub fn connack(version: Version, code: ConnectReturnCode, why: impl Into<String>) -> Self {
        let why = why.into();
        let mut answer = BytesMut::new();
        let properties = ConnAckProperties {
            reason_string: Some(why.clone()),
            ..Default::default()
        };
        let ack = ConnAck {
            session_present: false,
            code,
        };
        let encoded = Encoder {
            version,
            explain: true,
        }
        .connack(ack, properties, &mut answer);
        if encoded.is_err() {
            answer.clear();
        }
        Self {
            why,
            answer,
            is_news: true,
            about: None,
            reason: NotServed::Protocol,
        }
    }

    /// The same for another reason than the protocol.
    pub fn because(self, reason: NotServed) -> Self {
        Self { reason, ..self }
    }

    /// The same, of a client that is known.
    pub fn about(self, identity: &Identity, hello: &Hello) -> Self {
        let will = hello.will.as_ref();
        let about = About {
            user: identity.known_user().map(str::to_owned),
            client: hello.client_id.clone(),
            will: will.map(|will| will.message.topic_name().to_owned()),
        };
        Self {
            about: Some(Box::new(about)),
            ..self
        }
    }

    /// The same, of which the log has been told.
    pub fn logged(self) -> Self {
        Self {
            is_news: false,
            ..self
        }
    }
}

/// A client that is refused, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    /// `None` where the broker has no users.
    pub user: Option<String>,
    pub client: String,
    /// The topic of its last will.
    pub will: Option<String>,
}

/// The longest CONNECT, its last will included, in bytes: it is kept before anybody knows whose it is.
const CONNECT_BYTES_MAX: usize = 256 * 1024;

/// Reads until a whole CONNECT is there, and checks it. Further bytes stay in `buffer`.
pub(crate) async fn read<R>(
    reader: &mut R,
    buffer: &mut BytesMut,
    limits: &Limits,
) -> Result<Hello, Refusal>
where
    R: AsyncRead + Unpin,
{
    loop {
        let taken = frame::take(buffer, limits.packet_bytes.min(CONNECT_BYTES_MAX));
        if let Some(frame) = taken.map_err(|fault| Refusal::silent(fault.to_string()))? {
            return check(frame, limits);
        }
        let read = reader.read_buf(buffer).await;
        if read.map_err(|error| Refusal::silent(error.to_string()))? == 0 {
            return Err(Refusal::silent("closed before a CONNECT"));
        }
    }
}

fn check(mut frame: Frame, limits: &Limits) -> Result<Hello, Refusal> {
    if frame.kind != Kind::Connect {
        return Err(Refusal::silent("the first packet is not a CONNECT"));
    }
    let version = version(frame.body())?;
    let packet = codec::read(version, &mut frame).map_err(|fault| match version {
        // Version 3.1.1 has no code for it.
        Version::V311 => Refusal::silent(fault.to_string()),
        Version::V5 => {
            let code = match fault {
                DecodeFault::Malformed { .. } => ConnectReturnCode::MalformedPacket,
                _ => ConnectReturnCode::ProtocolError,
            };
            Refusal::connack(version, code, fault.to_string())
        }
    })?;
    let Packet::Connect(connect, properties, will, will_properties, login) = packet else {
        return Err(Refusal::silent("the first packet is not a CONNECT"));
    };
    let refuse = |code, why: &str| Refusal::connack(version, code, why);
    if properties
        .as_ref()
        .is_some_and(|properties| properties.authentication_method.is_some())
    {
        return Err(refuse(
            ConnectReturnCode::BadAuthenticationMethod,
            "enhanced authentication is not offered",
        ));
    }
    let (client_id, is_id_assigned) = client_id(version, &connect)
        .map_err(|why| refuse(ConnectReturnCode::ClientIdentifierNotValid, why))?;
    let (session_expiry, is_expiry_shortened) =
        session_expiry(version, &connect, properties.as_ref(), limits);
    let will = match will {
        Some(will) => Some(check_will(version, will, will_properties)?),
        None => None,
    };
    let receive_maximum = properties.as_ref().and_then(|p| p.receive_maximum);
    let packet_bytes = properties.as_ref().and_then(|p| p.max_packet_size);
    if receive_maximum == Some(0) || packet_bytes == Some(0) {
        return Err(refuse(
            ConnectReturnCode::ProtocolError,
            "a maximum of 0 is not allowed",
        ));
    }
    Ok(Hello {
        version,
        client_id,
        is_id_assigned,
        clean: connect.clean_session,
        session_expiry,
        is_expiry_shortened,
        silence: silence(connect.keep_alive),
        receive_maximum: receive_maximum.unwrap_or(u16::MAX),
        packet_bytes: packet_bytes.map_or(usize::MAX, |bytes| {
            usize::try_from(bytes).unwrap_or(usize::MAX)
        }),
        explain: properties.as_ref().and_then(|p| p.request_problem_info) != Some(0),
        will,
        login: login.map(Credentials::from),
    })
}

/// The version byte follows the protocol's name, whose length comes first.
fn version(body: &[u8]) -> Result<Version, Refusal> {
    match body {
        [0, 4, b'M', b'Q', b'T', b'T', 4, ..] => Ok(Version::V311),
        [0, 4, b'M', b'Q', b'T', b'T', 5, ..] => Ok(Version::V5),
        [0, 4, b'M', b'Q', b'T', b'T', ..] | [0, 6, b'M', b'Q', b'I', b's', b'd', b'p', ..] => {
            Err(Refusal {
                why: "only MQTT 3.1.1 and 5 are spoken here".to_owned(),
                answer: BytesMut::from(&UNACCEPTABLE_VERSION[..]),
                is_news: true,
                about: None,
                reason: NotServed::Protocol,
            })
        }
        _ => Err(Refusal::silent("the CONNECT does not name MQTT")),
    }
}

fn client_id(version: Version, connect: &Connect) -> Result<(String, bool), &'static str> {
    let id = &connect.client_id;
    if id.is_empty() {
        if version == Version::V311 && !connect.clean_session {
            return Err("an empty client id needs a clean session");
        }
        return Ok((made_up_client_id(), true));
    }
    if id.len() > MAX_CLIENT_ID_BYTES {
        return Err("the client id is too long");
    }
    if id.contains('\0') {
        return Err("the client id contains the character U+0000");
    }
    Ok((id.clone(), false))
}

/// Random, so that a client that keeps an assigned id over a restart of the broker meets no other.
fn made_up_client_id() -> String {
    format!("auto-{:016x}", RandomState::new().build_hasher().finish())
}

fn session_expiry(
    version: Version,
    connect: &Connect,
    properties: Option<&ConnectProperties>,
    limits: &Limits,
) -> (Duration, bool) {
    let asked = match version {
        Version::V311 if connect.clean_session => Duration::ZERO,
        // Version 3.1.1 keeps such a session for ever; we keep it as long as we keep any.
        Version::V311 => limits.session_expiry,
        Version::V5 => {
            let seconds = properties.and_then(|properties| properties.session_expiry_interval);
            Duration::from_secs(seconds.unwrap_or(0).into())
        }
    };
    (
        asked.min(limits.session_expiry),
        asked > limits.session_expiry,
    )
}

fn silence(keep_alive_seconds: u16) -> Option<Duration> {
    (keep_alive_seconds > 0).then(|| Duration::from_millis(u64::from(keep_alive_seconds) * 1500))
}

fn check_will(
    version: Version,
    will: LastWill,
    properties: Option<LastWillProperties>,
) -> Result<Will, Refusal> {
    topics::check_name(&will.topic).map_err(|fault| {
        let why = format!("the last will's topic is not valid: {fault}");
        Refusal::connack(version, ConnectReturnCode::TopicNameInvalid, why)
    })?;
    let response = properties
        .as_ref()
        .and_then(|p| p.response_topic.as_deref());
    topics::check_response(response).map_err(|fault| {
        let why = format!("the last will: {fault}");
        Refusal::connack(version, ConnectReturnCode::ProtocolError, why)
    })?;
    if version == Version::V5 && will.qos == QoS::ExactlyOnce {
        let why = "QoS 2 is not offered";
        return Err(Refusal::connack(
            version,
            ConnectReturnCode::QoSNotSupported,
            why,
        ));
    }
    Ok(checked_will(will, properties))
}

fn checked_will(will: LastWill, properties: Option<LastWillProperties>) -> Will {
    let qos = if will.qos == QoS::AtMostOnce {
        QoS::AtMostOnce
    } else {
        QoS::AtLeastOnce
    };
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let delay = properties
        .as_ref()
        .and_then(|p| p.delay_interval)
        .map_or(Duration::ZERO, seconds);
    let expiry = properties
        .as_ref()
        .and_then(|p| p.message_expiry_interval)
        .map(seconds);
    let message = Message {
        topic: will.topic,
        payload: will.message,
        qos,
        retain: will.retain,
        properties: properties.map(will_properties),
        expires: None,
    };
    Will {
        message: message.detached(),
        delay,
        expiry,
    }
}

fn will_properties(properties: LastWillProperties) -> PublishProperties {
    PublishProperties {
        payload_format_indicator: properties.payload_format_indicator,
        response_topic: properties.response_topic,
        correlation_data: properties.correlation_data,
        user_properties: properties.user_properties,
        content_type: properties.content_type,
        ..PublishProperties::default()
    }
}
