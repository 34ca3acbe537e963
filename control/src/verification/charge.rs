//! Whether a discharged battery gets its current once both contacts are closed, and if not, why.
//!
//! It must where it was discharged when they were closed, and at any time where something shows that
//! mains is there: the sense input, or a charger's voltage at input 2. Without either, a missing
//! current out of the blue may as well be an outage, and says nothing.
//!
//! | no current and | cause |
//! |---|---|
//! | input 2 lies above the battery by [`LEAD_OPEN_VOLTS`] | `charger_lead_open`: a charger gives voltage, so a fuse, the lead or a contact between input 2 and the battery is open |
//! | the sense input says that mains is there, no read-back contradicts, and input 2 shows the battery's voltage | `charger_dead`: the charger, or a fuse between it and input 2 |
//! | anything else | `no_charge_current`: dead charger, lost mains and a contact that does not close look alike |

use super::Circumstances;
use super::evidence::reads_back_another;
use crate::current::{FLOW_AMPERES, flows};
use crate::sample::{MainsSense, Measurement, Sample};
use crate::vocabulary::{Cause, Contact, MainsState, RelayName, Wiring};

/// Samples in a row without a current that a discharged battery must take: a minute of the design,
/// longer than chargers take to start.
pub const CHARGE_DEADLINE_SAMPLES: u8 = 20;
/// How far input 2 lies above a battery that it is not connected to, V: more than the lead of a
/// charger under load loses.
pub const LEAD_OPEN_VOLTS: f64 = 0.3;

/// What is known of the charge of a discharged battery.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Charge {
    /// Both contacts were closed onto a discharged battery, and no current has come since.
    awaited: bool,
    /// Samples in a row without a current that must flow.
    without: u8,
    cause: Option<Cause>,
}

impl Charge {
    /// Both contacts are closed from now on.
    pub(super) fn connected(&mut self, discharged: bool) {
        self.awaited |= discharged;
        self.without = 0;
    }

    /// What keeps a discharged battery from its current.
    pub(super) const fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// Whether the samples of this very connection prove it.
    pub(super) const fn proven(&self) -> bool {
        self.without >= CHARGE_DEADLINE_SAMPLES
    }

    /// Takes in a sample.
    pub(super) fn sample(&mut self, sample: &Sample, site: &Circumstances<'_>) {
        if reaches_battery(sample, site.wiring) || site.held || site.mains == MainsState::Lost {
            *self = Self::default();
        } else if site.wanted.mains == Contact::Open || site.wanted.charger == Contact::Open {
            // Nothing can flow; what was found stands.
            self.without = 0;
        } else if self.must_flow(sample, site) {
            self.count(sample, site);
        } else if !matches!(sample.charger_amperes, Measurement::Missing(_)) {
            *self = Self::default();
        }
    }

    fn must_flow(&self, sample: &Sample, site: &Circumstances<'_>) -> bool {
        let known = !matches!(sample.charger_amperes, Measurement::Missing(_));
        let mains_shows = sample.mains_sense == MainsSense::Present || lead_open(sample);
        known && (self.awaited || (site.discharged && mains_shows))
    }

    fn count(&mut self, sample: &Sample, site: &Circumstances<'_>) {
        self.without = self.without.saturating_add(1);
        if self.proven() {
            self.cause = Some(classify(sample, site));
        }
    }
}

fn classify(sample: &Sample, site: &Circumstances<'_>) -> Cause {
    let contradicted = [RelayName::Mains, RelayName::Charger]
        .into_iter()
        .any(|relay| reads_back_another(sample, relay, site.wanted[relay]));
    if lead_open(sample) {
        Cause::ChargerLeadOpen
    } else if sample.mains_sense == MainsSense::Present
        && !contradicted
        && excess_volts(sample).is_some_and(|volts| volts.abs() < LEAD_OPEN_VOLTS)
    {
        Cause::ChargerDead
    } else {
        Cause::NoChargeCurrent
    }
}

/// Whether the charger's current reaches the battery. On a common bus it may reach the load alone:
/// the battery is cut off then if its own current is nil and the charger's voltage is not its own.
fn reaches_battery(sample: &Sample, wiring: Wiring) -> bool {
    let (charger, load) = (sample.charger_amperes, sample.load_amperes);
    let cut_off = wiring == Wiring::CommonBus
        && lead_open(sample)
        && (charger.value_or_bound().zip(load.value_or_bound()))
            .is_some_and(|(charger, load)| (charger - load).abs() <= FLOW_AMPERES);
    flows(charger) && !cut_off
}

fn lead_open(sample: &Sample) -> bool {
    excess_volts(sample).is_some_and(|volts| volts >= LEAD_OPEN_VOLTS)
}

/// How far input 2 lies above the battery, V.
fn excess_volts(sample: &Sample) -> Option<f64> {
    let (Measurement::Value(charger), Measurement::Value(battery)) =
        (sample.charger_volts, sample.battery_volts)
    else {
        return None;
    };
    Some(crate::level::rounded(charger - battery))
}
