//! The variables of the environment that say where a simulated node's broker is, and how it gets in.

use releve_node::mqtt::access::options::{self, Variables};

/// Where the broker is, and how to get in.
pub type BrokerOptions = options::BrokerOptions<OfTheNode>;

/// The node's own. The password's is common to all programs.
#[derive(Debug, Clone)]
pub struct OfTheNode;

impl Variables for OfTheNode {
    const ARE_GLOBAL: bool = false;
    const BROKER: &'static str = "RELEVE_BROKER";
    const USER: &'static str = "RELEVE_BROKER_USER";
    const PASSWORD_FILE: &'static str = "RELEVE_BROKER_PASSWORD_FILE";
    const TLS: &'static str = "RELEVE_BROKER_TLS";
    const CA: &'static str = "RELEVE_BROKER_CA";
    const CERTIFICATE: &'static str = "RELEVE_BROKER_CERTIFICATE";
    const KEY: &'static str = "RELEVE_BROKER_KEY";
}
