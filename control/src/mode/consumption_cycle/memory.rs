//! What one cycle tells the next: it outlives the mode and a restart.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Monotonic;
use crate::vocabulary::{Cause, CycleReport};

/// What is remembered between cycles.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CycleMemory {
    /// When the last cycle began.
    pub(crate) last_start: Option<Monotonic>,
    /// How the last cycle went.
    pub(crate) last: Option<CycleReport<Monotonic>>,
    /// What the last completed discharge looked like.
    pub(crate) baseline: Option<Baseline>,
    /// How long the last recharge took.
    pub(crate) recharge: Option<Duration>,
    /// The guard that ended the last cycle; until a person knows of it or a cycle completes.
    pub(crate) aborted: Option<Cause>,
    /// Whether the last charge did not end in time.
    pub(crate) charge_timed_out: bool,
}

impl CycleMemory {
    /// A person knows of the last abort. What a discharge was compared with goes with it: after a look
    /// at the battery, or another battery, the next cycle is the measure.
    pub(crate) fn acknowledge(&mut self) {
        if matches!(self.aborted, Some(Cause::Slope | Cause::ProbeDip)) {
            self.baseline = None;
        }
        self.aborted = None;
    }
}

/// The figures of a completed discharge that the next one is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// How much the voltage dipped in the probe, V.
    pub dip_volts: Option<f64>,
    /// Mean voltage before it, V.
    pub volts_before: Option<f64>,
    /// Mean load at that time, A.
    pub load_amperes: Option<f64>,
    /// The steepest fall of the voltage per charge taken out, V/Ah.
    pub steepest_volts_per_ampere_hour: Option<f64>,
}
