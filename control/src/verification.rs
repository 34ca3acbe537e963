//! Verified switching: whether what is measured agrees with where a relay was put.
//!
//! Contacts 1 and 2 lie in series before input 2 in both wirings, so the charger's current flows only
//! if both are closed, and the table is the same for both:
//!
//! | edge | evidence in a later sample | says |
//! |---|---|---|
//! | opened | current flowed before, contact of the other relay closed throughout, no current now | `verified` |
//! | opened | current in [`WELDED_AFTER_SAMPLES`] samples in a row | `failed`: a welded contact |
//! | opened | neither, after [`OPEN_DEADLINE_SAMPLES`] | `inconclusive`: a full battery takes no current anyway |
//! | closed | current | `verified` |
//! | closed | none, after [`CLOSED_DEADLINE_SAMPLES`] | `inconclusive`: full battery, dead charger and lost mains look alike |
//! | any | the board reads back another position in more than [`READ_BACK_TOLERATED_SAMPLES`] samples in a row | `failed` |
//!
//! An open contact is watched for as long as it is open, so a late weld is found too. Behind the
//! auxiliary relays nothing is measured: only their read-back can speak. A failure ends with a later
//! edge that is not contradicted, or as soon as nothing contradicts the position any more.

use crate::Monotonic;
use crate::current::{flows, stopped};
use crate::sample::Sample;
use crate::vocabulary::{Contact, Event, RelayName, Relays, Verification};

/// Samples in a row with current through an open contact that prove it welded. The first ones may
/// still show what a charger's capacitors hold.
pub const WELDED_AFTER_SAMPLES: u8 = 3;
/// Samples after which an opened contact that nothing proves is left at `inconclusive`.
pub const OPEN_DEADLINE_SAMPLES: u8 = 3;
/// Samples after which a closed contact that nothing proves is left at `inconclusive`: chargers
/// start softly.
pub const CLOSED_DEADLINE_SAMPLES: u8 = 10;
/// Samples in a row in which the board may read back another position: it lags behind the command.
pub const READ_BACK_TOLERATED_SAMPLES: u8 = 2;

/// What is known of every relay's obedience.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Watch {
    pub(crate) relays: Relays<RelayWatch>,
    /// Whether the charger's current flowed in the last sample.
    pub(crate) flowed: bool,
}

/// What is known of one relay's obedience.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RelayWatch {
    /// What the measurements said of the last edge.
    pub(crate) verified: Option<Verification>,
    /// The edge that is not judged yet.
    pub(crate) edge: Option<Edge>,
    /// Samples in a row with current through the open contact.
    pub(crate) flowing: u8,
    /// Samples in a row in which the board read back another position.
    pub(crate) differing: u8,
    /// Whether the last judgement was `failed`.
    pub(crate) faulty: bool,
}

/// An edge that is not judged yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge {
    /// Samples since.
    pub(crate) samples: u8,
    /// Whether the end of the current would prove that this contact opened.
    pub(crate) provable_by_stop: bool,
}

impl Watch {
    /// A relay was just put into another position; `wanted` are all positions after it.
    pub(crate) fn edge(&mut self, relay: RelayName, wanted: &Relays<Contact>) {
        let neighbour = neighbour(relay);
        let provable_by_stop =
            self.flowed && neighbour.is_some_and(|other| wanted[other] == Contact::Closed);
        let watch = &mut self.relays[relay];
        watch.verified = Some(Verification::Pending);
        watch.edge = Some(Edge {
            samples: 0,
            provable_by_stop,
        });
        watch.flowing = 0;
        watch.differing = 0;
        // Two contacts that open at about the same time cannot be told apart.
        if let Some(other) = neighbour
            && let Some(edge) = &mut self.relays[other].edge
        {
            edge.provable_by_stop = false;
        }
    }

    /// Takes in a screened sample, measured while the relays were to stand at `wanted`.
    pub(crate) fn sample(
        &mut self,
        sample: &Sample,
        wanted: &Relays<Contact>,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        for relay in RelayName::ALL.iter().copied() {
            let watch = &mut self.relays[relay];
            let before = watch.verified;
            watch.look(relay, wanted[relay], sample);
            if let Some(verification) = watch.verified
                && watch.verified != before
            {
                events.push(Event::RelayVerified {
                    relay,
                    contact: wanted[relay],
                    verification,
                });
            }
        }
        self.flowed = flows(sample.charger_amperes);
    }

    /// What the measurements said of that relay's last edge.
    pub(crate) fn verified(&self, relay: RelayName) -> Option<Verification> {
        self.relays[relay].verified
    }

    /// Whether any relay does not obey, as far as is known.
    pub(crate) fn any_fault(&self) -> bool {
        self.relays.iter().any(|(_, watch)| watch.faulty)
    }
}

impl RelayWatch {
    fn look(&mut self, relay: RelayName, wanted: Contact, sample: &Sample) {
        let measured = !relay.is_auxiliary();
        self.count(relay, wanted, measured, sample);
        if self.flowing >= WELDED_AFTER_SAMPLES || self.differing > READ_BACK_TOLERATED_SAMPLES {
            self.settle(Verification::Failed);
        } else if let Some(mut edge) = self.edge {
            edge.samples += 1;
            self.edge = Some(edge);
            if measured && proven(wanted, edge, sample) {
                self.settle(Verification::Verified);
            } else if edge.samples >= deadline(relay, wanted) && self.differing == 0 {
                self.settle(Verification::Inconclusive);
            }
        } else if self.verified == Some(Verification::Failed) && self.nothing_contradicts() {
            self.settle(Verification::Inconclusive);
        }
    }

    fn count(&mut self, relay: RelayName, wanted: Contact, measured: bool, sample: &Sample) {
        let differs = sample.relays[relay].is_some_and(|actual| actual != wanted);
        self.differing = if differs {
            self.differing.saturating_add(1)
        } else {
            0
        };
        let welded = measured && wanted == Contact::Open && flows(sample.charger_amperes);
        self.flowing = if welded {
            self.flowing.saturating_add(1)
        } else {
            0
        };
    }

    const fn nothing_contradicts(&self) -> bool {
        self.flowing == 0 && self.differing == 0
    }

    fn settle(&mut self, verification: Verification) {
        self.verified = Some(verification);
        self.faulty = verification == Verification::Failed;
        self.edge = None;
    }
}

fn proven(wanted: Contact, edge: Edge, sample: &Sample) -> bool {
    match wanted {
        Contact::Closed => flows(sample.charger_amperes),
        Contact::Open => edge.provable_by_stop && stopped(sample.charger_amperes),
    }
}

const fn deadline(relay: RelayName, wanted: Contact) -> u8 {
    match wanted {
        Contact::Closed if !relay.is_auxiliary() => CLOSED_DEADLINE_SAMPLES,
        Contact::Closed | Contact::Open => OPEN_DEADLINE_SAMPLES,
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
