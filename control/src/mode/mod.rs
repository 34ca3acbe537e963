//! The modes: the plans by which relays 1 and 2 are switched under automatic authority.
//!
//! One file each, and one variant of `Plan`. A mode decides on the means of windows. It begins anew
//! whenever it gets relay 2 back from an interlock or from the operator: what it had planned before
//! says nothing of the battery now.

mod observer;
pub(crate) mod overcharge_protection;

use core::time::Duration;

use crate::Monotonic;
use crate::compensation::Thresholds;
use crate::level::Level;
use crate::verdict::Verdict;
use crate::vocabulary::{Mode, RejectCode, Rejection, RelayName};
use overcharge_protection::OverchargeProtection;

/// How long a charger that overcharge protection or the hard limit has opened stays open at least:
/// our choice, so that a relay for 230 V is not worn out by a voltage that hovers.
pub const LEAST_OPEN_TIME: Duration = Duration::from_secs(30 * 60);

/// A mode with its state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plan {
    Observer,
    OverchargeProtection(OverchargeProtection),
}

impl Plan {
    /// The mode at its beginning.
    ///
    /// # Errors
    /// `not_available` for a mode that this version does not have.
    pub(crate) fn of(mode: Mode) -> Result<Self, Rejection> {
        match mode {
            Mode::Observer => Ok(Self::Observer),
            Mode::OverchargeProtection => Ok(Self::OverchargeProtection(Default::default())),
            Mode::ConsumptionCycle => Err(Rejection::new(
                RejectCode::NotConfigured,
                "The consumption cycle comes with a later version: choose observer or overcharge_protection.",
            )),
        }
    }

    pub(crate) const fn mode(&self) -> Mode {
        match self {
            Self::Observer => Mode::Observer,
            Self::OverchargeProtection(_) => Mode::OverchargeProtection,
        }
    }

    /// Puts the mode at its beginning.
    pub(crate) fn begin_anew(&mut self) {
        match self {
            Self::Observer => {}
            Self::OverchargeProtection(plan) => *plan = OverchargeProtection::default(),
        }
    }

    /// Decides on the mean battery voltage of the last window.
    pub(crate) fn judge(&mut self, mean: Option<Level>, limits: &Thresholds, now: Monotonic) {
        match self {
            Self::Observer => {}
            Self::OverchargeProtection(plan) => plan.judge(mean, limits, now),
        }
    }

    /// What the mode wants of relay 1 or 2.
    pub(crate) fn verdict(
        &self,
        relay: RelayName,
        mean: Option<Level>,
        limits: &Thresholds,
    ) -> Verdict {
        match (self, relay) {
            (Self::OverchargeProtection(plan), RelayName::Charger) => plan.charger(mean, limits),
            (Self::OverchargeProtection(_) | Self::Observer, _) => observer::verdict(),
        }
    }
}
