//! `releve/<node>/reading`: the averages of one window. Live only, never retained.

use releve_control::statistics::{BatteryStatistics, CircuitStatistics, Statistics};
use releve_control::{AlarmName, Contact, Mode, Phase, Relays};
use serde::{Deserialize, Serialize};

use crate::journal::Epoch;
use crate::timestamp::Timestamp;

/// The averages of one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// [`crate::VERSION`].
    pub v: u32,
    /// The journal that numbers it.
    pub epoch: Epoch,
    /// Its number in the stream of readings, from 1.
    pub seq: u64,
    /// The end of the window, in site time; strictly increasing within an epoch.
    pub at: Timestamp,
    /// Length of the window in seconds.
    pub window_s: f64,
    /// Samples taken in the window.
    pub n: u32,
    /// Input 1: V and A (positive while charging).
    pub battery: BatteryStatistics,
    /// Input 2: V, A, W.
    pub charger: CircuitStatistics,
    /// Input 3: V, A, W.
    pub load: CircuitStatistics,
    /// °C at the battery.
    pub temperature: Statistics,
    /// The commanded position of each relay at the end of the window.
    pub relays: Relays<Contact>,
    /// The mode at the end of the window.
    pub mode: Mode,
    /// Where a consumption cycle stood at the end of the window; `null` in the other modes.
    pub phase: Option<Phase>,
    /// Charge missing since the battery was last full, Ah; `null` while it is not known.
    pub missing_ah: Option<f64>,
    /// State of charge by counting, percent; `null` while it is not known.
    pub state_of_charge: Option<f64>,
    /// The alarms active at the end of the window, the oldest first.
    pub alarms: Vec<AlarmName>,
}
