//! `releve/<node>/availability`: plain text.

/// Whether a node is connected to the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Availability {
    /// It is connected.
    Online,
    /// It is not: published by its last will, or by itself when it stops.
    Offline,
}

impl Availability {
    /// The payload.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
        }
    }

    /// The meaning of a payload, if it has one.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        match payload {
            b"online" => Some(Self::Online),
            b"offline" => Some(Self::Offline),
            _ => None,
        }
    }
}
