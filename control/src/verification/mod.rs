//! Verified switching: whether what is measured agrees with where a relay was put.
//!
//! `table.rs` says what each evidence proves by wiring, relay and edge; `evidence.rs` finds the
//! evidence in the samples; `relay.rs` follows one relay; `charge.rs` asks whether a discharged battery
//! gets its current; `before.rs` remembers what was measured before an edge.
//!
//! Contacts 1 and 2 lie in series in both wirings, so the charger's current flows only if both are
//! closed. In `common_bus` either of them takes the load off the charger and onto the battery; in
//! `battery_lead` contact 1 alone does, for there the load has its own path on mains.
//!
//! An open contact is watched for as long as it is open, so a late weld is found too. Behind the
//! auxiliary relays nothing is measured: only their read-back can speak. A failure ends with a later
//! edge that is not contradicted, or as soon as something shows that nothing contradicts the position
//! any more: while the other contact is open, too, the absence of a current shows nothing.

mod before;
mod charge;
mod evidence;
mod relay;
mod table;

use crate::Monotonic;
use crate::current::flows;
use crate::sample::Sample;
use crate::vocabulary::{
    Cause, Contact, Event, MainsState, RelayName, Relays, Verification, Wiring,
};
use before::BeforeEdge;
use charge::Charge;
pub use charge::{CHARGE_DEADLINE_SAMPLES, LEAD_OPEN_VOLTS};
pub use evidence::{Evidence, LOAD_AMPERES, LOAD_STEADY_AMPERES, LOAD_STEADY_PART, MOVED_VOLTS};
pub use relay::{
    AUXILIARY_DEADLINE_SAMPLES, DEADLINE_SAMPLES, READ_BACK_TOLERATED_SAMPLES, WELDED_AFTER_SAMPLES,
};
use relay::{Fault, RelayWatch};
pub use table::{Row, TABLE};

/// Missing charge from which on a battery counts as discharged, percent of its capacity.
pub const DISCHARGED_PERCENT: f64 = 5.0;

/// What the measurements of a sample are held against.
pub(crate) struct Circumstances<'a> {
    pub(crate) wiring: Wiring,
    /// Where the relays were to stand while the sample was taken.
    pub(crate) wanted: &'a Relays<Contact>,
    pub(crate) mains: MainsState,
    /// Whether a charger holds the battery's voltage up.
    pub(crate) held: bool,
    /// Whether the battery is known to be discharged, so that it takes a current if it is offered one.
    pub(crate) discharged: bool,
}

/// What is known of every relay's obedience, and of the charging circuit behind them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Watch {
    relays: Relays<RelayWatch>,
    charge: Charge,
    before: BeforeEdge,
    /// Whether the charger's current flowed in the last sample.
    flowed: bool,
    /// What was known of mains at the last sample.
    mains: MainsState,
    /// Samples in a row before which the board had refused.
    refusals: u8,
}

impl Watch {
    /// A relay was just put into another position; `wanted` are all positions after it, `discharged`
    /// whether the battery is known to be.
    pub(crate) fn edge(&mut self, relay: RelayName, wanted: &Relays<Contact>, discharged: bool) {
        let other = neighbour(relay);
        let other_moves = other.is_some_and(|other| self.relays[other].moves());
        self.relays[relay].begin(relay::Edge {
            samples: 0,
            alone: !other_moves,
            neighbour_closed: other.is_some_and(|other| wanted[other] == Contact::Closed),
            flowed: self.flowed,
            mains_known_lost: self.mains == MainsState::Lost,
            before: self.before.figures(),
        });
        let Some(other) = other else { return };
        // Two contacts that move at about the same time cannot be told apart.
        self.relays[other].disturb(wanted[relay]);
        self.before.close();
        if wanted[relay] == Contact::Closed && wanted[other] == Contact::Closed {
            self.charge.connected(discharged);
        }
    }

    /// Takes in a screened sample.
    pub(crate) fn sample(
        &mut self,
        sample: &Sample,
        site: &Circumstances<'_>,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        self.charge.sample(sample, site);
        for relay in RelayName::ALL.iter().copied() {
            let before = self.relays[relay].verified;
            let neighbour = neighbour(relay).map(|other| site.wanted[other]);
            self.relays[relay].sample(relay, neighbour, sample, site, &self.charge);
            if let Some(verification) = self.relays[relay].verified
                && Some(verification) != before
            {
                events.push(Event::RelayVerified {
                    relay,
                    contact: site.wanted[relay],
                    verification,
                });
            }
        }
        self.before.sample(sample);
        self.flowed = flows(sample.charger_amperes);
        self.mains = site.mains;
        self.refusals = if sample.board_refuses {
            self.refusals.saturating_add(1)
        } else {
            0
        };
    }

    /// What the measurements said of that relay's last edge.
    pub(crate) fn verified(&self, relay: RelayName) -> Option<Verification> {
        self.relays[relay].verified
    }

    /// Whether relays or charging circuit do not do what they should, as far as is known.
    pub(crate) fn any_fault(&self) -> bool {
        self.cause().is_some()
    }

    /// The most severe fault: what lets a battery be charged that must not be, then what keeps a
    /// discharged one from being charged, then what nothing but the read-back tells.
    pub(crate) fn cause(&self) -> Option<Cause> {
        use RelayName::{Aux1, Aux2, Charger, Mains};
        let has = |relay: RelayName, fault: Fault| self.relays[relay].fault == Some(fault);
        let differs = |relays: [RelayName; 2]| {
            relays
                .iter()
                .any(|relay| has(*relay, Fault::ReadBack))
                .then_some(Cause::ReadBackDiffers)
        };
        let refuses = self.refusals > READ_BACK_TOLERATED_SAMPLES;
        match (has(Mains, Fault::Conducts), has(Charger, Fault::Conducts)) {
            (true, true) => Some(Cause::ContactWelded),
            (false, true) => Some(Cause::ChargerWelded),
            (true, false) => Some(Cause::MainsWelded),
            (false, false) => None,
        }
        .or_else(|| refuses.then_some(Cause::BoardRefuses))
        .or_else(|| differs([Mains, Charger]))
        .or_else(|| self.charge.cause())
        .or_else(|| differs([Aux1, Aux2]))
    }
}

/// The relay whose contact lies in series.
const fn neighbour(relay: RelayName) -> Option<RelayName> {
    match relay {
        RelayName::Mains => Some(RelayName::Charger),
        RelayName::Charger => Some(RelayName::Mains),
        RelayName::Aux1 | RelayName::Aux2 => None,
    }
}
