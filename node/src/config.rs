//! What a node is started with.

use std::fmt;
use std::str::FromStr;

use releve_control::decision;
use releve_protocol::{Language, NodeId, info};

use crate::journal::Capacity;

/// What a node is started with.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeConfig {
    /// Its id in topics; no other node of the broker may have it.
    pub node: NodeId,
    /// The site's name for people.
    pub name: SiteName,
    /// The broker.
    pub broker: BrokerAddress,
    /// What the controller must know of the site.
    pub control: decision::Config,
    /// The battery.
    pub battery: info::Battery,
    /// What measures and switches.
    pub hardware: info::Hardware,
    /// How many records the journal keeps.
    pub journal: Capacity,
    /// The language of the names in Home Assistant.
    pub language: Language,
}

/// A site's name for people: 1 to 64 printable characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteName(String);

/// The longest name, in characters.
const NAME_MAX: usize = 64;

/// The text cannot name a site.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a site's name has 1 to {NAME_MAX} characters, none of them a control character")]
pub struct NameError;

impl SiteName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The node's id as its name, where it has no other.
    #[must_use]
    pub fn of(node: &NodeId) -> Self {
        Self(node.to_string())
    }
}

impl FromStr for SiteName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let length = text.chars().count();
        if (1..=NAME_MAX).contains(&length) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError)
        }
    }
}

/// Where a broker listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerAddress {
    /// Name or address; an IPv6 address in brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// The text is no broker's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no broker address: write HOST:PORT, for example 127.0.0.1:1883 or [::1]:1883")]
pub struct BrokerAddressError {
    text: String,
}

impl FromStr for BrokerAddress {
    type Err = BrokerAddressError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || BrokerAddressError { text: text.into() };
        let (host, port) = text.rsplit_once(':').ok_or_else(error)?;
        let port = port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(error)?;
        let bracketed = host.starts_with('[') && host.ends_with(']');
        let plain =
            !host.contains([':', '/', '[', ']', '@']) && !host.contains(char::is_whitespace);
        if host.is_empty() || !(bracketed || plain) {
            return Err(error());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl From<std::net::SocketAddr> for BrokerAddress {
    fn from(address: std::net::SocketAddr) -> Self {
        let host = match address.ip() {
            std::net::IpAddr::V4(ip) => ip.to_string(),
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self {
            host,
            port: address.port(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broker_addresses_that_can_be_reached_are_read_back_as_written() {
        for text in ["127.0.0.1:1883", "broker.local:8883", "[::1]:1883"] {
            let address: BrokerAddress = text.parse().expect(text);
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn broker_addresses_that_cannot_be_reached_are_refused() {
        for text in [
            "",
            "broker",
            ":1883",
            "broker:",
            "broker:0",
            "broker:70000",
            "::1:1883",
            "mqtt://b:1883",
            "a b:1",
        ] {
            let error = text.parse::<BrokerAddress>().expect_err(text);
            assert!(error.to_string().contains("HOST:PORT"), "{error}");
        }
    }

    #[test]
    fn site_names_are_for_people() {
        assert_eq!(
            "  Col de Porte "
                .parse::<SiteName>()
                .expect("a name")
                .as_str(),
            "Col de Porte"
        );
        for text in ["", "   ", "a\nb", &"x".repeat(65)] {
            assert!(text.parse::<SiteName>().is_err(), "{text:?}");
        }
    }
}
