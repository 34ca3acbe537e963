//! Why a connection failed, in words.

use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, DisconnectReasonCode};
use rumqttc::v5::{ConnectionError, StateError};

/// What the TLS library calls an authority's certificate in the place of a server's.
const AUTHORITY_AS_SERVER: &str = "CaUsedAsEndEntity";

/// What it says of a peer that hangs up on TLS, as a broker does at its plain port.
const NO_TLS: &str = "tls handshake eof";

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
        ConnectionError::MqttState(StateError::Deserialization(error)) => format!(
            "what comes back is no MQTT ({error}): is that the broker's port for TLS, and the connection not encrypted?"
        ),
        ConnectionError::ConnectionRefused(code @ ConnectReturnCode::BadUserNamePassword) => {
            format!(
                "the broker refuses this {program} ({code:?}): check the name and the password of its user"
            )
        }
        ConnectionError::ConnectionRefused(code @ ConnectReturnCode::NotAuthorized) => format!(
            "the broker refuses this {program} ({code:?}): where it has users, log in as one whose role is {program} and whose id is this {program}'s own"
        ),
        ConnectionError::Tls(error) => encryption(&error.to_string(), program),
        ConnectionError::Timeout(_) => "it does not answer".to_owned(),
        other => other.to_string(),
    }
}

/// Why the encrypted connection fails, of which TLS says that.
fn encryption(error: &str, program: &str) -> String {
    if error.contains(AUTHORITY_AS_SERVER) {
        return "the encrypted connection fails: what the broker shows is the certificate of an authority (CA:TRUE), as openssl req -x509 makes it, which cannot be a server's as well. Make the broker a certificate of its own that this one signs, and go on naming this one as ca".to_owned();
    }
    if error.contains(NO_TLS) {
        return format!(
            "the encrypted connection fails: {error}. Is that the broker's port for TLS?"
        );
    }
    format!(
        "the encrypted connection fails: {error}. Check the ca, the name in the broker's certificate, and the {program}'s own certificate"
    )
}

#[cfg(test)]
mod tests {
    use rumqttc::v5::mqttbytes;

    use super::*;

    #[test]
    fn a_refusal_names_who_is_refused_and_what_to_check() {
        for (code, what) in [
            (
                ConnectReturnCode::BadUserNamePassword,
                "the name and the password",
            ),
            (
                ConnectReturnCode::NotAuthorized,
                "whose id is this bridge's own",
            ),
        ] {
            let told = explained(&ConnectionError::ConnectionRefused(code), "bridge");
            let start = format!("the broker refuses this bridge ({code:?}): ");
            assert!(told.starts_with(&start), "{told}");
            assert!(told.contains(what), "{told}");
        }
    }

    #[test]
    fn an_answer_in_another_protocol_is_told_with_the_port() {
        let alert = StateError::Deserialization(mqttbytes::Error::MalformedPacket);
        let told = explained(&ConnectionError::MqttState(alert), "node");
        assert!(told.contains("port for TLS"), "{told}");
    }

    #[test]
    fn an_authority_in_the_place_of_a_server_is_told_with_what_to_do() {
        let theirs = "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))";
        let told = encryption(theirs, "node");
        for part in ["CA:TRUE", "openssl req -x509", "a certificate of its own"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(encryption("I/O: tls handshake eof", "node").contains("port for TLS?"));
        assert!(encryption("UnknownIssuer", "node").contains("Check the ca"));
    }
}
