//! Mains lost: while the 230 V supply is known to be gone, relay 1 stays closed for its return.
//!
//! - With a sense input upstream of relay 1 its word counts. `lost` acts with the first sample, and ends
//!   when [`RETURN_SAMPLES`] in a row say otherwise.
//! - Without one nothing can say `lost`. Mains is `present` while the charger's current flows, or while
//!   a charger holds the battery's voltage up: relays 1 and 2 closed, and no sample since the
//!   last window began below the level of a floated battery. Everything else is `unknown`: relay 1 open by our own
//!   hand, a discharged battery that gets no current, an open charger. Evidence that ends is no loss.
//!
//! So an outage while relay 1 is open is seen by a sense input alone.

use crate::current::flows;
use crate::profile::Profile;
use crate::sample::{MainsSense, Measurement, Sample};
use crate::statistics::{Quality, Statistics};
use crate::verdict::Verdict;
use crate::vocabulary::{Condition, Contact, LimitName, MainsState, Next, Rule};

/// Samples in a row without `lost` from the sense input that end a loss.
pub const RETURN_SAMPLES: u8 = 3;

/// The voltage at which only a charger holds a battery, V: 0.2 V below the float voltage that its makers
/// give, which is where the profile puts `charge_stop`. A rested full battery shows less; one that has
/// just left its charger falls below it within about ten minutes, under a load within seconds.
#[must_use]
pub const fn held_volts(profile: Profile) -> f64 {
    profile.default_limit(LimitName::ChargeStop)
}

/// What is known of the 230 V supply.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Mains {
    pub(crate) state: MainsState,
    /// While it is lost: samples in a row that say otherwise.
    pub(crate) returning: u8,
    /// Whether a charger holds the battery's voltage up.
    pub(crate) held: bool,
}

impl Mains {
    /// Takes in a screened sample; `connected` if relays 1 and 2 were to be closed.
    pub(crate) fn sample(&mut self, sample: &Sample, connected: bool, profile: Profile) {
        let low = match sample.battery_volts {
            Measurement::Value(volts) => volts < held_volts(profile),
            Measurement::OverRange(_) | Measurement::Missing(_) => false,
        };
        self.held &= connected && !low;
        self.state = match sample.mains_sense {
            MainsSense::Lost => {
                self.returning = 0;
                MainsState::Lost
            }
            _ if self.state == MainsState::Lost && self.returning + 1 < RETURN_SAMPLES => {
                self.returning += 1;
                MainsState::Lost
            }
            MainsSense::Present => MainsState::Present,
            MainsSense::NotFitted if flows(sample.charger_amperes) || self.held => {
                MainsState::Present
            }
            MainsSense::NotFitted => MainsState::Unknown,
        };
    }

    /// Takes in the battery's voltage over a window that has ended.
    pub(crate) fn window(&mut self, volts: &Statistics, connected: bool, profile: Profile) {
        let high = volts.quality == Quality::Good
            && volts.min.is_some_and(|least| least >= held_volts(profile));
        self.held = connected && high;
    }

    /// Whether the last sample said that it is gone.
    pub(crate) fn is_lost(&self) -> bool {
        self.state == MainsState::Lost
    }

    /// What it wants of relay 1.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.is_lost().then(|| Verdict {
            next: Some(Next {
                to: None,
                condition: Condition::MainsReturn,
                quantity: None,
                threshold: None,
                not_before: None,
            }),
            ..Verdict::plain(Rule::MainsLost, Contact::Closed)
        })
    }
}
