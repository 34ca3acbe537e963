//! Where connections come from, as far as it matters for what one source may do.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// An IPv4 address, or the network of an IPv6 address, of which one customer mostly has all addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Source([u8; 8]);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        let mut bytes = [0; 8];
        match address.to_canonical() {
            // The range fd00:0:… is nobody's, so the two kinds do not meet.
            IpAddr::V4(address) => {
                bytes[0] = 0xfd;
                bytes[4..].copy_from_slice(&address.octets());
            }
            IpAddr::V6(address) => bytes.copy_from_slice(&address.octets()[..8]),
        }
        Self(bytes)
    }
}

/// Whether what comes from there may be many sources' own: this machine's programs carry the connections of
/// others (the bridge, a proxy).
pub(crate) fn carries_others(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Shares something out: no source has more than its part of it.
#[derive(Debug, Clone)]
pub(crate) struct Shares {
    taken: Arc<Mutex<HashMap<Source, usize>>>,
    most: usize,
}

/// A part that is given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    of: Option<(Source, Shares)>,
}

impl Shares {
    /// `most` for each source.
    pub fn new(most: usize) -> Self {
        Self {
            taken: Arc::default(),
            most,
        }
    }

    /// One more for that address; `None` where it has its part. What carries others is not counted.
    pub fn take(&self, address: IpAddr) -> Option<Share> {
        if carries_others(address) {
            return Some(Share { of: None });
        }
        let source = Source::from(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(source).or_insert(0);
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share {
            of: Some((source, self.clone())),
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some((source, shares)) = &self.of else {
            return;
        };
        let mut taken = shares.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(source) {
            *count -= 1;
            if *count == 0 {
                taken.remove(source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        text.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn a_network_of_ipv6_is_one_source() {
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
    }

    #[test]
    fn no_source_takes_more_than_its_share() {
        let shares = Shares::new(2);
        let take = |address: &str| shares.take(address.parse().unwrap());
        let (one, two) = (take("192.0.2.1"), take("192.0.2.1"));
        assert!(one.is_some() && two.is_some());
        assert!(take("192.0.2.1").is_none());
        let other = take("192.0.2.2");
        assert!(other.is_some());
        drop(one);
        let again = take("192.0.2.1");
        assert!(again.is_some());
        drop((two, other, again));
        assert!(
            shares.taken.lock().unwrap().is_empty(),
            "nothing is remembered"
        );
        let many: Vec<_> = (0..10).map(|_| take("127.0.0.1")).collect();
        assert!(many.iter().all(Option::is_some));
    }
}
