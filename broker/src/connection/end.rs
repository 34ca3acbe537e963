//! How connections end, and what the client is told.

use rumqttd::protocol::{DisconnectReasonCode, Error};

use crate::codec::DecodeFault;
use crate::connect::Hello;
use crate::frame::FrameFault;
use crate::router::RouterGone;

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
    /// The user was removed, or has another role or password.
    Revoked,
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
    /// The client broke the rules.
    pub fn fault(code: DisconnectReasonCode, why: impl Into<String>) -> Self {
        Self::Fault {
            code,
            why: why.into(),
        }
    }

    /// The same, unless the client's goodbye broke a rule: a session that it began as one that ends with the
    /// connection cannot be kept after all (MQTT 5, section 3.14.2.2.2).
    pub fn checked(self, hello: &Hello) -> Self {
        match self {
            Self::Goodbye {
                session_expiry_seconds: Some(1..),
                ..
            } if hello.session_expiry.is_zero() => Self::fault(
                DisconnectReasonCode::ProtocolError,
                "a session that was to end with its connection cannot be kept after all",
            ),
            other => other,
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
            Self::Revoked => Some((
                DisconnectReasonCode::NotAuthorized,
                "this user was changed or removed",
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
