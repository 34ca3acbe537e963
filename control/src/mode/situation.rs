//! What a mode may look at when it decides.

use crate::Monotonic;
use crate::compensation::Thresholds;
use crate::guards::Guards;
use crate::level::Level;
use crate::statistics::WindowStatistics;
use crate::verdict::Verdict;
use crate::vocabulary::Wiring;

/// Everything that a mode may look at in one step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) now: Monotonic,
    pub(crate) wiring: Wiring,
    pub(crate) limits: &'a Thresholds,
    pub(crate) guards: &'a Guards,
    /// Rated capacity, Ah.
    pub(crate) capacity_ampere_hours: Option<f64>,
    /// The window that ended in this step.
    pub(crate) window: Option<&'a WindowStatistics>,
    /// Mean battery voltage of the last window, V.
    pub(crate) mean: Option<Level>,
    /// Raw battery voltage of this step's sample, V.
    pub(crate) volts: Option<Level>,
    /// Charge missing since the battery was last full, Ah.
    pub(crate) missing_ampere_hours: Option<f64>,
    /// When the battery was last seen full, and for so long that it took no more.
    pub(crate) full_at: Option<Monotonic>,
    /// What the interlocks want of relay 1.
    pub(crate) mains: Option<&'a Verdict>,
    /// What the interlocks want of relay 2.
    pub(crate) charger: Option<&'a Verdict>,
    /// Whether an operator holds relays 1 and 2.
    pub(crate) manual: bool,
    /// Whether the wall clock has jumped.
    pub(crate) clock_jumped: bool,
    /// Whether a relay is known not to do what it is told.
    pub(crate) relay_fault: bool,
    /// Whether nothing stands against a discharge at this moment; looked up only for a cycle that
    /// waits for it.
    pub(crate) clear_to_discharge: bool,
}

impl Situation<'_> {
    /// Whether a charged battery rests with the charger open.
    pub(crate) fn rests(&self) -> bool {
        self.wiring == Wiring::BatteryLead || self.guards.rest_on_common_bus
    }

    /// Whether the charge that a discharge takes out is known, where the guards ask for it.
    pub(crate) const fn counts(&self) -> bool {
        !self.guards.count_charge || self.missing_ampere_hours.is_some()
    }
}
