//! Why a connection failed, in words.

use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, DisconnectReasonCode};
use rumqttc::v5::{ConnectionError, StateError};

/// The error in words that say what to do, where that can be told. `program` is what did not get in, for
/// example "node".
#[must_use]
pub fn explained(error: &ConnectionError, program: &str) -> String {
    match error {
        ConnectionError::Io(error) => error.to_string(),
        ConnectionError::MqttState(StateError::ServerDisconnect {
            reason_code: DisconnectReasonCode::SessionTakenOver,
            ..
        }) => format!(
            "another program connected as this {program}: give each {program} an id of its own"
        ),
        ConnectionError::MqttState(StateError::ConnectionAborted) => {
            "the broker closed the connection".to_owned()
        }
        ConnectionError::ConnectionRefused(
            code @ (ConnectReturnCode::NotAuthorized | ConnectReturnCode::BadUserNamePassword),
        ) => {
            format!("the broker refuses this {program} ({code:?}): check its users and access list")
        }
        ConnectionError::Tls(error) => format!(
            "the encrypted connection fails: {error}. Check the ca, the name in the broker's certificate, and the {program}'s own certificate"
        ),
        ConnectionError::Timeout(_) => "it does not answer".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_who_is_refused_and_what_to_check() {
        let refused = ConnectionError::ConnectionRefused(ConnectReturnCode::BadUserNamePassword);
        assert_eq!(
            explained(&refused, "bridge"),
            "the broker refuses this bridge (BadUserNamePassword): check its users and access list"
        );
    }
}
