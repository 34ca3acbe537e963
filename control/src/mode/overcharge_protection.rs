//! Overcharge protection: the charger opens above `overcharge_cut` and closes below `charge_resume`.
//!
//! It looks at the mean of a window alone. Once open, the charger stays so for the least open time,
//! unless something with a higher rank closes it. Relay 1 stays closed.

use crate::Monotonic;
use crate::compensation::Thresholds;
use crate::level::Level;
use crate::mode::LEAST_OPEN_TIME;
use crate::verdict::{Verdict, once};
use crate::vocabulary::{Condition, Contact, LimitName, Next, Quantity, Rule};

/// What it wants of relay 1.
pub(crate) const fn mains() -> Verdict {
    Verdict::plain(Rule::ChargerOnly, Contact::Closed)
}

/// Where the charge stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum OverchargeProtection {
    /// Below the cut: the charger is connected.
    #[default]
    Charging,
    /// The mean passed the cut: the charger is open.
    Cut {
        /// The mean that passed it, V.
        volts: f64,
        /// When.
        at: Monotonic,
    },
}

impl OverchargeProtection {
    /// Decides on the mean battery voltage of the last window.
    pub(crate) fn judge(&mut self, mean: Option<Level>, limits: &Thresholds, now: Monotonic) {
        let Some(mean) = mean else { return };
        match self {
            Self::Charging if mean.above(limits.get(LimitName::OverchargeCut)) => {
                *self = Self::Cut {
                    volts: mean.figure(),
                    at: now,
                };
            }
            Self::Cut { at, .. }
                if mean.below(limits.get(LimitName::ChargeResume))
                    && now.since(*at) >= LEAST_OPEN_TIME =>
            {
                *self = Self::Charging;
            }
            Self::Charging | Self::Cut { .. } => {}
        }
    }

    /// What it wants of relay 2; `mean` is that of the last window.
    pub(crate) fn charger(&self, mean: Option<Level>, limits: &Thresholds) -> Verdict {
        let cut = limits.get(LimitName::OverchargeCut);
        let resume = limits.get(LimitName::ChargeResume);
        match *self {
            Self::Charging => Verdict {
                contact: Contact::Closed,
                rule: Rule::BelowOverchargeCut,
                value: mean.map(Level::figure),
                threshold: Some(cut),
                next: Some(once(
                    Condition::Above,
                    Quantity::BatteryVoltage,
                    cut,
                    Some(Contact::Open),
                )),
            },
            Self::Cut { volts, at } => Verdict {
                contact: Contact::Open,
                rule: Rule::OverchargeCut,
                value: Some(volts),
                threshold: Some(cut),
                next: Some(Next {
                    not_before: Some(at.after(LEAST_OPEN_TIME)),
                    ..once(
                        Condition::Below,
                        Quantity::BatteryVoltage,
                        resume,
                        Some(Contact::Closed),
                    )
                }),
            },
        }
    }
}
