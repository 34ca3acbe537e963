//! The table of verified switching: what each evidence says, by wiring, relay and edge.
//!
//! The first row whose evidence shows decides. A combination that has no row proves nothing.

use super::evidence::Evidence::{
    self, BatteryFeedsLoad, CurrentFlows, CurrentFlowsOn, CurrentStopped, NoCurrent, Nothing,
    ReadBackDiffers, VoltageFell, VoltageRose,
};
use crate::vocabulary::{Contact, RelayName, Verification, Wiring};
use Contact::{Closed, Open};
use RelayName::{Aux1, Aux2, Charger, Mains};
use Verification::{Failed, Inconclusive, Verified};
use Wiring::{BatteryLead, CommonBus};

/// What an evidence says of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The wirings in which it does.
    pub wirings: &'static [Wiring],
    /// The relays of which it does.
    pub relays: &'static [RelayName],
    /// The positions that the edge led to.
    pub edges: &'static [Contact],
    /// What shows.
    pub evidence: Evidence,
    /// What that says.
    pub says: Verification,
}

const BOTH: &[Wiring] = &[BatteryLead, CommonBus];
const POWER: &[RelayName] = &[Mains, Charger];
const ALL: &[RelayName] = &[Mains, Charger, Aux1, Aux2];

/// The table.
pub const TABLE: &[Row] = &[
    row(BOTH, ALL, &[Open, Closed], ReadBackDiffers, Failed),
    row(BOTH, POWER, &[Open], CurrentFlowsOn, Failed),
    row(BOTH, POWER, &[Open], CurrentStopped, Verified),
    row(&[CommonBus], POWER, &[Open], BatteryFeedsLoad, Verified),
    row(&[CommonBus], POWER, &[Open], VoltageFell, Verified),
    // Not contact 2: a battery that is taken off its charger sinks by that much without any load.
    row(&[BatteryLead], &[Mains], &[Open], VoltageFell, Verified),
    row(BOTH, POWER, &[Closed], CurrentFlows, Verified),
    row(BOTH, POWER, &[Closed], VoltageRose, Verified),
    row(BOTH, POWER, &[Closed], NoCurrent, Failed),
    row(BOTH, ALL, &[Open, Closed], Nothing, Inconclusive),
];

const fn row(
    wirings: &'static [Wiring],
    relays: &'static [RelayName],
    edges: &'static [Contact],
    evidence: Evidence,
    says: Verification,
) -> Row {
    Row {
        wirings,
        relays,
        edges,
        evidence,
        says,
    }
}

impl Row {
    /// Whether it speaks of that relay's edge to that position.
    #[must_use]
    pub fn concerns(&self, wiring: Wiring, relay: RelayName, edge: Contact) -> bool {
        self.wirings.contains(&wiring) && self.relays.contains(&relay) && self.edges.contains(&edge)
    }
}
