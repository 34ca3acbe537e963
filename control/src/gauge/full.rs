//! Whether the battery is full: a high voltage, and a current that has become small.
//!
//! Looks at windows, and only while both circuits are closed. The tail current of an aged battery may
//! never become small, so a voltage that was high for long enough tells, too, and is reported as such.

use crate::Monotonic;
use crate::current::{FLOW_AMPERES, difference_error};
use crate::guards::Guards;
use crate::level::Level;
use crate::statistics::{Quality, Statistics, WindowStatistics};
use crate::vocabulary::{FullBy, Wiring};

/// What the last windows say of a full battery.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FullWatch {
    /// Whether a circuit was open, or the voltage unknown, during the window that is being filled.
    pub(crate) interrupted: bool,
    /// The end of the first window in a row with a high voltage.
    pub(crate) high_since: Option<Monotonic>,
    /// The end of the first window in a row with a high voltage and a small current.
    pub(crate) tail_since: Option<Monotonic>,
    /// How the last window showed a full battery, if it did.
    pub(crate) full: Option<FullBy>,
    /// Since when windows in a row have shown it.
    pub(crate) full_since: Option<Monotonic>,
}

/// What counts as full at a site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Criteria {
    pub(crate) wiring: Wiring,
    /// Mean voltage that must be passed, V.
    pub(crate) charge_stop_volts: f64,
    /// Current that counts as small, A; `None` where the capacity is not known.
    pub(crate) tail_amperes: Option<f64>,
}

impl FullWatch {
    /// A circuit is open or the voltage unknown: nothing that is measured tells of a charge.
    pub(crate) fn interrupt(&mut self) {
        *self = Self {
            interrupted: true,
            ..Self::default()
        };
    }

    /// Takes in a window that has ended; how it shows a full battery.
    pub(crate) fn window(
        &mut self,
        window: &WindowStatistics,
        criteria: &Criteria,
        guards: &Guards,
        now: Monotonic,
    ) -> Option<FullBy> {
        let interrupted = core::mem::take(&mut self.interrupted);
        let high = !interrupted
            && is_high(&window.battery.voltage, criteria.charge_stop_volts)
            && !is_discharged(window, criteria);
        let tail = high && is_tail(window, criteria);
        let since = |before: Option<Monotonic>, holds: bool| holds.then(|| before.unwrap_or(now));
        self.high_since = since(self.high_since, high);
        self.tail_since = since(self.tail_since, tail);
        // Where no current is asked for, the voltage alone must hold for the same time.
        let time_needed = match guards.tail_fraction {
            Some(_) => guards.absorption_timeout,
            None => guards.tail_hold,
        };
        let held = |since: Option<Monotonic>, time| since.is_some_and(|at| now.since(at) >= time);
        self.full = if guards.tail_fraction.is_some() && held(self.tail_since, guards.tail_hold) {
            Some(FullBy::TailCurrent)
        } else {
            held(self.high_since, time_needed).then_some(FullBy::Time)
        };
        self.full_since = since(self.full_since, self.full.is_some());
        self.full
    }

    /// When a battery that is full, and stays so, will have taken all that is worth waiting for.
    pub(crate) fn saturates_at(&self, guards: &Guards) -> Option<Monotonic> {
        self.full_since.map(|since| since.after(guards.saturation))
    }

    /// Whether the battery has been full for so long that it takes no more worth waiting for.
    pub(crate) fn is_saturated(&self, guards: &Guards, now: Monotonic) -> bool {
        // By time it was at that voltage for hours already.
        self.full == Some(FullBy::Time)
            || (self.full_since).is_some_and(|since| now.since(since) >= guards.saturation)
    }
}

/// A voltage beyond its sensor's range tells of a fault, not of a full battery.
fn is_high(voltage: &Statistics, charge_stop: f64) -> bool {
    matches!(voltage.mean_level(), Some(Level::Exactly(mean)) if mean > charge_stop)
}

/// A battery that gives a current is not being charged, whatever its voltage. As much as counts for little
/// into it, or as its current may be wrong by, does not tell: a full battery takes about nothing, and a load
/// that steps between two readings looks like a current out of it.
fn is_discharged(window: &WindowStatistics, criteria: &Criteria) -> bool {
    let error = difference_error(criteria.wiring, window.load.current.mean);
    let least = criteria.tail_amperes.unwrap_or(FLOW_AMPERES).max(error);
    (window.battery.current.mean).is_some_and(|mean| mean < -least)
}

/// Whether the battery takes little. Where nothing tells whether the charger floats the battery or
/// mains is gone, the battery's current is not known, but a charger that gives little at that voltage
/// is enough (`battery_lead`).
fn is_tail(window: &WindowStatistics, criteria: &Criteria) -> bool {
    let Some(tail) = criteria.tail_amperes else {
        return false;
    };
    let battery = &window.battery.current;
    let telling = match (criteria.wiring, battery.quality) {
        (Wiring::BatteryLead, Quality::Missing) => &window.charger.current,
        _ => battery,
    };
    telling.quality != Quality::OverRange && telling.mean.is_some_and(|mean| mean < tail)
}
