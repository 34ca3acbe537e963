//! Where connections come from, as far as it matters for what one source may do.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::shares::{Share, Shares};

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

/// A source beyond this machine may have this part of all unfinished handshakes.
const PARTS: usize = 4;

/// What each source has of the places for unfinished handshakes.
#[derive(Debug)]
pub(crate) struct SourceShares {
    shares: Shares<Source>,
    /// The most for one source beyond this machine.
    most: usize,
    /// The most for this machine: the rest, so that whoever comes through it leaves room for others.
    most_here: usize,
    /// The most for an address of this machine that its own programs do not come from: the bridge brings strangers
    /// from one, and they leave room for these programs.
    most_of_strangers: usize,
}

/// A source's part of one place; given back when dropped.
#[derive(Debug)]
pub(crate) struct SourceShare {
    _of_source: Share<Source>,
    _of_this_machine: Option<Share<Source>>,
}

impl SourceShares {
    /// Of so many places.
    pub fn of(places: usize) -> Self {
        let most = (places / PARTS).max(1);
        Self {
            shares: Shares::default(),
            most,
            most_here: places.saturating_sub(most).max(1),
            most_of_strangers: (places / 2).max(1),
        }
    }

    /// One more for that address; `None` where it, or this machine as a whole, has its part.
    pub fn take(&self, address: IpAddr) -> Option<SourceShare> {
        let source = Source::from(address);
        if !carries_others(address) {
            let of_source = self.shares.take(source, self.most)?;
            return Some(SourceShare {
                _of_source: of_source,
                _of_this_machine: None,
            });
        }
        // Nobody comes from the address of none.
        let here = Source::from(IpAddr::from(Ipv4Addr::UNSPECIFIED));
        let own = [
            IpAddr::from(Ipv4Addr::LOCALHOST),
            Ipv6Addr::LOCALHOST.into(),
        ];
        let most = match own.contains(&address.to_canonical()) {
            true => self.most_here,
            false => self.most_of_strangers,
        };
        let of_source = self.shares.take(source, most)?;
        let of_this_machine = self.shares.take(here, self.most_here)?;
        Some(SourceShare {
            _of_source: of_source,
            _of_this_machine: Some(of_this_machine),
        })
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
    fn no_source_takes_more_than_its_part_and_this_machine_leaves_room_for_others() {
        let shares = SourceShares::of(8);
        let take = |address: &str| shares.take(address.parse().unwrap());
        let here: Vec<_> = (0..10)
            .filter_map(|number| take(["127.0.0.1", "127.0.0.2", "::1"][number % 3]))
            .collect();
        assert_eq!(here.len(), 6);
        let there: Vec<_> = (0..10).filter_map(|_| take("192.0.2.1")).collect();
        assert_eq!(there.len(), 2);
        assert!(take("192.0.2.2").is_some());
        drop(here);
        assert!(take("127.0.0.1").is_some());
    }

    #[test]
    fn strangers_from_one_of_this_machines_addresses_leave_room_for_its_other_ones() {
        let shares = SourceShares::of(8);
        let take = |address: &str| shares.take(address.parse().unwrap());
        let strangers: Vec<_> = (0..10).filter_map(|_| take("127.0.0.2")).collect();
        assert_eq!(strangers.len(), 4);
        let own: Vec<_> = (0..10).filter_map(|_| take("127.0.0.1")).collect();
        assert_eq!(own.len(), 2);
        assert!(take("192.0.2.1").is_some());
        drop(strangers);
        assert!(take("127.0.0.2").is_some());
    }

    #[test]
    fn few_places_are_somebodys_at_least() {
        for places in 1..4 {
            let shares = SourceShares::of(places);
            for address in ["127.0.0.1", "192.0.2.1"] {
                assert!(shares.take(address.parse().unwrap()).is_some());
            }
        }
    }
}
