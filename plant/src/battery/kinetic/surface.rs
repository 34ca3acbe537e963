//! What charging leaves on the plates: a voltage that outlasts the current and that a load wipes away.
//!
//! Two parts, both fitted on the rest after the charge of measured set A: one that fades within minutes,
//! and the surface charge proper, which only discharge, self-discharge and gassing use up: at rest it
//! lasts about half a day.

use crate::battery::reaction::Step;

/// Surface charge of a full block, V for six cells.
const FULL_VOLTS: f64 = 0.60;
/// It shows near full only: this power of the level.
const LEVEL_POWER: i32 = 8;
/// Charge that uses it up to 1/e, h of the 20 h capacity: 0.08 Ah of 100 Ah.
const DEPTH_HOURS: f64 = 0.000_814;
/// Time in which charging builds it up, s.
const BUILD_UP_SECONDS: f64 = 3500.0;
/// Time in which the other part fades, s.
const LINGERING_SECONDS: f64 = 290.0;
/// The other part over the double layer's voltage, once settled.
const LINGERING_SHARE: f64 = 0.234;

/// The state of the plates' surface.
#[derive(Debug, Clone, PartialEq)]
pub struct SurfaceCharge {
    depth_ampere_seconds: f64,
    filled_share: f64,
    lingering_volts: f64,
}

impl SurfaceCharge {
    /// None, as after a long rest.
    #[must_use]
    pub fn rested(rated_ampere_hours: f64) -> Self {
        Self {
            depth_ampere_seconds: DEPTH_HOURS * rated_ampere_hours * 3600.0,
            filled_share: 0.0,
            lingering_volts: 0.0,
        }
    }

    /// Voltage that it adds at a level of the available charge, V.
    #[must_use]
    pub fn volts(&self, level: f64) -> f64 {
        FULL_VOLTS * self.filled_share * level.powi(LEVEL_POWER) + self.lingering_volts
    }

    /// Applies a step that ended with a double layer voltage, V.
    pub fn advance(&mut self, double_layer_volts: f64, step: Step) {
        let lingering = LINGERING_SHARE * double_layer_volts.max(0.0);
        let approach = step.seconds / LINGERING_SECONDS;
        self.lingering_volts = (self.lingering_volts + lingering * approach) / (1.0 + approach);

        let used_up = (step.self_discharge_amperes - step.amperes).max(0.0) * step.seconds
            / self.depth_ampere_seconds;
        let built_up = if step.amperes > 0.0 {
            step.seconds / BUILD_UP_SECONDS
        } else {
            0.0
        };
        self.filled_share = (self.filled_share + built_up) / (1.0 + built_up + used_up);
        self.lingering_volts /= 1.0 + used_up;
    }
}
