//! Slows guessing down: how soon after failed logins the next one of the same visitor is looked at.
//!
//! The broker does so for each user, but sees the bridge's address in place of each browser's; so addresses are
//! counted here. Pure but for a lock: time is an argument.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;

/// Failures after which a visitor must wait.
const FREE_FAILURES: u32 = 10;
/// The first wait; it doubles with each further failure …
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// … up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// After so long without a failure everything is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(10);
/// The most visitors that are remembered. More, and the oldest is forgotten.
const MAX_ENTRIES: usize = 1_000;

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
#[derive(Debug, Default)]
pub struct Failures {
    records: Mutex<HashMap<Visitor, Record>>,
}

#[derive(Debug)]
struct Record {
    failures: u32,
    last: Instant,
}

impl Failures {
    /// How long that visitor has to wait.
    pub fn wait(&self, visitor: &Visitor, now: Instant) -> Option<Duration> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let record = records.get(visitor).filter(|it| !it.is_forgotten(now))?;
        let beyond = record.failures.checked_sub(FREE_FAILURES)?;
        let wait = FIRST_WAIT
            .saturating_mul(1 << beyond.min(10))
            .min(LONGEST_WAIT);
        let left = wait.saturating_sub(now.saturating_duration_since(record.last));
        (!left.is_zero()).then_some(left)
    }

    /// Its login failed.
    pub fn failed(&self, visitor: Visitor, now: Instant) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() >= MAX_ENTRIES && !records.contains_key(&visitor) {
            let oldest = records.iter().min_by_key(|(_, record)| record.last);
            if let Some(oldest) = oldest.map(|(visitor, _)| visitor.clone()) {
                records.remove(&oldest);
            }
        }
        let record = records.entry(visitor).or_insert(Record {
            failures: 0,
            last: now,
        });
        if record.is_forgotten(now) {
            record.failures = 0;
        }
        record.failures = record.failures.saturating_add(1);
        record.last = now;
    }
}

impl Record {
    fn is_forgotten(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) >= FORGOTTEN_AFTER
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
    fn waits_grow_and_end_and_are_nobody_elses() {
        let failures = Failures::default();
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        let mut now = Instant::now();
        for _ in 0..FREE_FAILURES {
            assert_eq!(failures.wait(&here, now), None);
            failures.failed(here.clone(), now);
        }
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(failures.wait(&here, now), Some(wait));
            assert_eq!(failures.wait(&there, now), None);
            now += wait;
            assert_eq!(failures.wait(&here, now), None);
            failures.failed(here.clone(), now);
        }
        now += FORGOTTEN_AFTER;
        failures.failed(here.clone(), now);
        assert_eq!(failures.wait(&here, now), None);
    }

    #[test]
    fn memory_is_bounded() {
        let failures = Failures::default();
        let now = Instant::now();
        for number in 0..u32::try_from(MAX_ENTRIES).expect("small") + 10 {
            failures.failed(Visitor::Address(IpAddr::from(number.to_be_bytes())), now);
        }
        let records = failures.records.lock().expect("unharmed");
        assert_eq!(records.len(), MAX_ENTRIES);
    }
}
