//! How the parts reach their broker: where it is, and how long to wait before trying again.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::str::FromStr;
use core::time::Duration;

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

impl From<SocketAddr> for BrokerAddress {
    fn from(address: SocketAddr) -> Self {
        let host = match address.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self {
            host,
            port: address.port(),
        }
    }
}

/// The first wait, before chance.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Waits that double with each failure, each cut by chance, so that a fleet does not return as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackOff {
    next: Duration,
}

impl Default for BackOff {
    fn default() -> Self {
        Self { next: FIRST_WAIT }
    }
}

impl BackOff {
    /// A connection held: the next failure is a first one.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// How long to wait after one more failure: between half and the whole of the grown wait.
    /// `chance` is a random number from 0 to 1.
    pub fn next_wait(&mut self, chance: f64) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(LONGEST_WAIT);
        wait.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0))
    }
}
