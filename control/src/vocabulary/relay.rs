//! The four relays and what is known of each.

use core::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

use super::{Reason, wire_names};

/// A relay of the board, by what it switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelayName {
    /// Relay 1: the 230 V supply of the whole installation, the charger included.
    Mains,
    /// Relay 2: the charging circuit.
    Charger,
    /// Relay 3: by hand only, obeyed under any authority.
    Aux1,
    /// Relay 4: by hand only, obeyed under any authority.
    Aux2,
}

wire_names!(RelayName {
    Mains => "mains",
    Charger => "charger",
    Aux1 => "aux1",
    Aux2 => "aux2",
});

impl RelayName {
    /// Whether the relay is switched by hand alone (relays 3 and 4).
    #[must_use]
    pub const fn is_auxiliary(self) -> bool {
        matches!(self, Self::Aux1 | Self::Aux2)
    }
}

/// The position of a relay's circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contact {
    /// The circuit is connected.
    Closed,
    /// The circuit is cut.
    Open,
}

wire_names!(Contact { Closed => "closed", Open => "open" });

/// What the measurements said about the last edge of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verification {
    /// The edge is too recent to tell.
    Pending,
    /// The measurements moved as the edge demands.
    Verified,
    /// The measurements contradict the edge: a welded contact, a dead charger, a blown fuse.
    Failed,
    /// Nothing measured could tell.
    Inconclusive,
}

wire_names!(Verification {
    Pending => "pending",
    Verified => "verified",
    Failed => "failed",
    Inconclusive => "inconclusive",
});

/// One value for each relay.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Relays<T> {
    /// Relay 1.
    pub mains: T,
    /// Relay 2.
    pub charger: T,
    /// Relay 3.
    pub aux1: T,
    /// Relay 4.
    pub aux2: T,
}

impl<T> Relays<T> {
    /// The value of each relay by a function of its name.
    pub fn from_fn(mut value: impl FnMut(RelayName) -> T) -> Self {
        Self {
            mains: value(RelayName::Mains),
            charger: value(RelayName::Charger),
            aux1: value(RelayName::Aux1),
            aux2: value(RelayName::Aux2),
        }
    }

    /// Each value mapped, relay by relay.
    pub fn map<U>(self, mut f: impl FnMut(RelayName, T) -> U) -> Relays<U> {
        Relays {
            mains: f(RelayName::Mains, self.mains),
            charger: f(RelayName::Charger, self.charger),
            aux1: f(RelayName::Aux1, self.aux1),
            aux2: f(RelayName::Aux2, self.aux2),
        }
    }

    /// Name and value of each relay, in the board's order.
    pub fn iter(&self) -> impl Iterator<Item = (RelayName, &T)> {
        RelayName::ALL.iter().map(|name| (*name, &self[*name]))
    }
}

impl Relays<Contact> {
    /// Mains and charger closed, auxiliary relays closed: the board without power.
    pub const PLAIN: Self = Self {
        mains: Contact::Closed,
        charger: Contact::Closed,
        aux1: Contact::Closed,
        aux2: Contact::Closed,
    };
}

impl<T> Index<RelayName> for Relays<T> {
    type Output = T;
    fn index(&self, name: RelayName) -> &T {
        match name {
            RelayName::Mains => &self.mains,
            RelayName::Charger => &self.charger,
            RelayName::Aux1 => &self.aux1,
            RelayName::Aux2 => &self.aux2,
        }
    }
}

impl<T> IndexMut<RelayName> for Relays<T> {
    fn index_mut(&mut self, name: RelayName) -> &mut T {
        match name {
            RelayName::Mains => &mut self.mains,
            RelayName::Charger => &mut self.charger,
            RelayName::Aux1 => &mut self.aux1,
            RelayName::Aux2 => &mut self.aux2,
        }
    }
}

/// All that is known of one relay. `T` is the kind of time: monotonic inside, wall clock on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelayState<T> {
    /// What the last decision asked for.
    pub wanted: Contact,
    /// What the relay board reads back; `null` where it cannot be read.
    pub actual: Option<Contact>,
    /// What the measurements said of the last edge; `null` before the first one.
    pub verified: Option<Verification>,
    /// When `wanted` last changed.
    pub since: T,
    /// Why it stands as it does, and what must happen for the next change.
    pub reason: Reason<T>,
}

impl<T> RelayState<T> {
    /// The same state with its times put through `f`.
    pub fn map_time<U>(self, mut f: impl FnMut(T) -> U) -> RelayState<U> {
        RelayState {
            wanted: self.wanted,
            actual: self.actual,
            verified: self.verified,
            since: f(self.since),
            reason: self.reason.map_time(f),
        }
    }
}
