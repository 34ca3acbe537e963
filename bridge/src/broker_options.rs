//! The variables of the environment that say where the bridge's broker is, and how it gets in.

use releve_access::options::{self, Variables};

/// Where the broker is, and how to get in.
pub type BrokerOptions = options::BrokerOptions<OfTheBridge>;

/// The bridge's own.
#[derive(Debug, Clone)]
pub struct OfTheBridge;

impl Variables for OfTheBridge {
    // `test-mail` takes them, too.
    const ARE_GLOBAL: bool = true;
    const BROKER: &'static str = "RELEVE_BRIDGE_BROKER";
    const USER: &'static str = "RELEVE_BRIDGE_BROKER_USER";
    const PASSWORD_FILE: &'static str = "RELEVE_BRIDGE_BROKER_PASSWORD_FILE";
    const TLS: &'static str = "RELEVE_BRIDGE_BROKER_TLS";
    const CA: &'static str = "RELEVE_BRIDGE_BROKER_CA";
    const CERTIFICATE: &'static str = "RELEVE_BRIDGE_BROKER_CERTIFICATE";
    const KEY: &'static str = "RELEVE_BRIDGE_BROKER_KEY";
}
