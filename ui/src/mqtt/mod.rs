//! MQTT 5 over the browser's WebSocket.
//!
//! [`session`] speaks the protocol and does no I/O; [`client`] carries its bytes over a WebSocket,
//! runs its timers and connects again by itself after a loss, later each time ([`releve_protocol::connection::BackOff`]).

mod client;
mod session;

use std::fmt;

pub use client::{Client, Connection, News};

/// Who asks the broker to be let in. The password is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The user's password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A message that the broker sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its topic.
    pub topic: String,
    /// What it says.
    pub payload: Vec<u8>,
    /// Whether the broker had kept it: it may be of any age then.
    pub retained: bool,
}

/// A message to be sent with QoS 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What its sender knows it by.
    pub id: String,
    /// Its topic.
    pub topic: String,
    /// What it says.
    pub payload: Vec<u8>,
    /// Seconds after which the broker must not deliver it any more.
    pub expiry_s: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_printed() {
        let login = Login {
            user: "anna".into(),
            password: "a good one".into(),
        };
        assert_eq!(format!("{login:?}"), "Login { user: \"anna\", .. }");
    }
}
