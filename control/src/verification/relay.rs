//! One relay: its last edge, what the samples said of it, and what contradicts its position since.

use super::Circumstances;
use super::before::Figures;
use super::charge::Charge;
use super::evidence::{Evidence, reads_back_another};
use super::table::TABLE;
use crate::current::flows;
use crate::sample::{Measurement, Sample};
use crate::vocabulary::{Contact, RelayName, Verification};

/// Samples in a row with current through an open contact that prove it welded. The first ones may
/// still show what a charger's capacitors hold.
pub const WELDED_AFTER_SAMPLES: u8 = 3;
/// Samples after which an edge of relay 1 or 2 that nothing proves is left at `inconclusive`: a minute
/// of the design, in which a charger starts softly and a battery takes up its load.
pub const DEADLINE_SAMPLES: u8 = 20;
/// Samples after which an edge of an auxiliary relay is left at `inconclusive`.
pub const AUXILIARY_DEADLINE_SAMPLES: u8 = 3;
/// Samples in a row in which the board may read back another position: it lags behind the command.
pub const READ_BACK_TOLERATED_SAMPLES: u8 = 2;

/// What is wrong with a relay, by what shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Current flows through the open contact.
    Conducts,
    /// The board reads back another position.
    ReadBack,
    /// Closed, and a discharged battery gets no current.
    NoCurrent,
}

/// What is known of one relay's obedience.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RelayWatch {
    /// What the measurements said of the last edge.
    pub(super) verified: Option<Verification>,
    /// The fault that was found last and is not over.
    pub(super) fault: Option<Fault>,
    /// The edge that is not judged yet.
    edge: Option<Edge>,
    /// Samples in a row with current through the open contact.
    flowing: u8,
    /// Samples in a row in which the board read back another position.
    differing: u8,
}

/// An edge that is not judged yet, and what was known when it came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    /// Samples since.
    pub(super) samples: u8,
    /// Whether the other contact has no edge that is not judged yet.
    pub(super) alone: bool,
    /// Whether the other contact is to be closed.
    pub(super) neighbour_closed: bool,
    /// Whether the charger's current flowed.
    pub(super) flowed: bool,
    /// Whether mains was known to be lost.
    pub(super) mains_known_lost: bool,
    /// Voltage and load before it.
    pub(super) before: Option<Figures>,
}

impl RelayWatch {
    /// The relay was put into another position.
    pub(super) fn begin(&mut self, edge: Edge) {
        self.verified = Some(Verification::Pending);
        self.edge = Some(edge);
        self.flowing = 0;
        self.differing = 0;
    }

    /// Whether an edge is not judged yet.
    pub(super) const fn moves(&self) -> bool {
        self.edge.is_some()
    }

    /// The other contact has moved, too.
    pub(super) fn disturb(&mut self, other: Contact) {
        if let Some(edge) = &mut self.edge {
            edge.alone = false;
            edge.neighbour_closed = other == Contact::Closed;
        }
    }

    /// Takes in a sample: `neighbour` is where the other contact was to stand, `charge` what
    /// is known of a discharged battery's current.
    pub(super) fn sample(
        &mut self,
        relay: RelayName,
        neighbour: Option<Contact>,
        sample: &Sample,
        site: &Circumstances<'_>,
        charge: &Charge,
    ) {
        self.count(relay, sample, site);
        let rows = if self.may_show() { TABLE } else { &[] };
        let shown = (rows.iter())
            .filter(|row| row.concerns(site.wiring, relay, site.wanted[relay]))
            .find(|row| self.shows(row.evidence, relay, sample, site, charge));
        if let Some(row) = shown {
            self.settle(row.says, row.evidence);
        } else if self.edge.is_none() {
            self.recover(neighbour, sample, charge);
        }
    }

    /// Whether a row of the table can show at all: without an edge only what contradicts the position
    /// does. It spares nearly every sample the search.
    const fn may_show(&self) -> bool {
        self.edge.is_some()
            || self.differing > READ_BACK_TOLERATED_SAMPLES
            || self.flowing >= WELDED_AFTER_SAMPLES
    }

    fn count(&mut self, relay: RelayName, sample: &Sample, site: &Circumstances<'_>) {
        let wanted = site.wanted[relay];
        let open = wanted == Contact::Open && !relay.is_auxiliary();
        // What is not measured neither shows a fault nor its end.
        if sample.relays[relay].is_some() {
            self.differing = in_a_row(self.differing, reads_back_another(sample, relay, wanted));
        }
        if !open || !matches!(sample.charger_amperes, Measurement::Missing(_)) {
            self.flowing = in_a_row(self.flowing, open && flows(sample.charger_amperes));
        }
        if let Some(edge) = &mut self.edge {
            edge.samples = edge.samples.saturating_add(1);
        }
    }

    fn shows(
        &self,
        evidence: Evidence,
        relay: RelayName,
        sample: &Sample,
        site: &Circumstances<'_>,
        charge: &Charge,
    ) -> bool {
        let of_edge = |shown: &dyn Fn(&Edge) -> bool| self.edge.as_ref().is_some_and(shown);
        match evidence {
            Evidence::ReadBackDiffers => self.differing > READ_BACK_TOLERATED_SAMPLES,
            Evidence::CurrentFlowsOn => self.flowing >= WELDED_AFTER_SAMPLES,
            Evidence::CurrentStopped => of_edge(&|edge| edge.current_stopped(sample)),
            Evidence::BatteryFeedsLoad => of_edge(&|edge| edge.battery_feeds_load(sample)),
            Evidence::VoltageFell => of_edge(&|edge| edge.voltage_fell(sample)),
            Evidence::CurrentFlows => of_edge(&|_| flows(sample.charger_amperes)),
            Evidence::VoltageRose => of_edge(&|edge| edge.voltage_rose(sample, relay, site.wiring)),
            Evidence::NoCurrent => of_edge(&|_| charge.proven()),
            Evidence::Nothing => {
                of_edge(&|edge| edge.samples >= deadline(relay) && self.differing == 0)
            }
        }
    }

    fn settle(&mut self, verification: Verification, evidence: Evidence) {
        self.verified = Some(verification);
        self.edge = None;
        self.fault = match (verification, evidence) {
            (Verification::Failed, Evidence::ReadBackDiffers) => Some(Fault::ReadBack),
            (Verification::Failed, Evidence::NoCurrent) => Some(Fault::NoCurrent),
            (Verification::Failed, _) => Some(Fault::Conducts),
            _ => None,
        };
    }

    /// Ends a fault once something shows that it is over.
    fn recover(&mut self, neighbour: Option<Contact>, sample: &Sample, charge: &Charge) {
        let verification = match self.fault {
            Some(Fault::Conducts) if self.flowing == 0 && neighbour == Some(Contact::Closed) => {
                Verification::Inconclusive
            }
            Some(Fault::ReadBack) if self.differing == 0 => Verification::Inconclusive,
            Some(Fault::NoCurrent) if flows(sample.charger_amperes) => Verification::Verified,
            Some(Fault::NoCurrent) if charge.cause().is_none() => Verification::Inconclusive,
            _ => return,
        };
        self.verified = Some(verification);
        self.fault = None;
    }
}

const fn in_a_row(so_far: u8, again: bool) -> u8 {
    if again { so_far.saturating_add(1) } else { 0 }
}

const fn deadline(relay: RelayName) -> u8 {
    if relay.is_auxiliary() {
        AUXILIARY_DEADLINE_SAMPLES
    } else {
        DEADLINE_SAMPLES
    }
}
