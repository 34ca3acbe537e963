//! Slows guessing down: how soon after failed logins the next one of the same visitor is looked at.
//!
//! The broker does so for each user, but sees the bridge's address in place of each browser's; so addresses are
//! counted here. Pure but for a lock: time is an argument.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use releve_logins::Rules;

/// Of one visitor. How many are looked at together is bounded for all of them, elsewhere.
const RULES: Rules = Rules {
    free: 10,
    together: u32::MAX,
    remembered: 1_000,
};

/// Whose failures are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Visitor {
    /// Who comes from that address; of IPv6, from that network.
    Address(IpAddr),
    /// Who comes as that user from an address that is not known.
    User(String),
}

impl Visitor {
    /// The address that the proxy in front saw. Nothing else tells one: without a proxy everybody comes from
    /// this machine.
    pub fn behind_proxy(headers: &HeaderMap) -> Option<Self> {
        // What stands before the last address is what the visitor said.
        let forwarded = headers.get_all("x-forwarded-for").iter().next_back()?;
        let last = forwarded.to_str().ok()?.rsplit(',').next()?.trim();
        let address = last.parse().map(|address: SocketAddr| address.ip());
        let address = address.or_else(|_| last.parse()).ok()?;
        Some(Self::Address(network(address)))
    }
}

/// Of an IPv6 network one customer mostly has all addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

/// What is remembered of failed logins.
#[derive(Debug)]
pub struct Failures(Mutex<releve_logins::Failures<Visitor>>);

impl Failures {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(Mutex::new(releve_logins::Failures::new(RULES)))
    }

    /// How long that visitor has to wait.
    pub fn wait(&self, visitor: &Visitor, now: Instant) -> Option<Duration> {
        self.lock().wait(visitor, now)
    }

    /// Its login failed.
    pub fn failed(&self, visitor: Visitor, now: Instant) {
        self.lock().failed(visitor, now);
    }

    fn lock(&self) -> MutexGuard<'_, releve_logins::Failures<Visitor>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(forwarded: &[&str]) -> Option<Visitor> {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().expect("a header"));
        }
        Visitor::behind_proxy(&headers)
    }

    fn address(text: &str) -> Visitor {
        Visitor::Address(text.parse().expect("an address"))
    }

    #[test]
    fn the_address_is_what_the_nearest_proxy_saw() {
        assert_eq!(from(&["192.0.2.1"]), Some(address("192.0.2.1")));
        assert_eq!(from(&["10.0.0.1, 192.0.2.1"]), Some(address("192.0.2.1")));
        assert_eq!(from(&["10.0.0.1", "192.0.2.1"]), Some(address("192.0.2.1")));
        assert_eq!(from(&["192.0.2.1:4711"]), Some(address("192.0.2.1")));
        assert_eq!(
            from(&["2001:db8:1:2:3::4"]),
            Some(address("2001:db8:1:2::"))
        );
        assert_eq!(from(&["::ffff:192.0.2.1"]), Some(address("192.0.2.1")));
        assert_eq!(from(&["192.0.2.1, unknown"]), None);
        assert_eq!(from(&[]), None);
    }

    #[test]
    fn after_ten_failures_a_visitor_waits_and_no_other_one_does() {
        let failures = Failures::new();
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        let now = Instant::now();
        for _ in 0..10 {
            assert_eq!(failures.wait(&here, now), None);
            failures.failed(here.clone(), now);
        }
        assert_eq!(failures.wait(&here, now), Some(Duration::from_secs(1)));
        assert_eq!(failures.wait(&there, now), None);
    }
}
