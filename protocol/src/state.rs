//! `releve/<node>/state`: how a site stands. Retained.

use std::collections::BTreeMap;

use releve_control::{
    Alarm, Authority, ChargeState, CycleState, InputFault, Inputs, LimitName, LimitSetting,
    MainsState, Mode, Phase, RelayState, Relays, Schedule,
};
use serde::{Deserialize, Serialize};

use crate::journal::Standing;
use crate::reading::Reading;
use crate::timestamp::Timestamp;

/// How a site stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// [`crate::VERSION`].
    pub v: u32,
    /// When this was true, in site time.
    pub at: Timestamp,
    /// Whether the node knows what time it is. While it does not, every moment here is what a clock shows that
    /// nobody believes: how long before or after `at` it lies is true, and nothing else. An older node always
    /// takes its clock to be right.
    #[serde(default = "known")]
    pub clock_known: bool,
    /// Who holds relays 1 and 2.
    pub authority: Authority,
    /// When manual authority ends, in site time; `null` under automatic authority.
    pub lease_end: Option<Timestamp>,
    /// The mode.
    pub mode: Mode,
    /// Where a consumption cycle stands; `null` in the other modes.
    pub phase: Option<Phase>,
    /// What is known of the 230 V supply.
    pub mains: MainsState,
    /// What is wrong with each input; `null` where nothing is.
    #[serde(default)]
    pub inputs: Inputs<Option<InputFault>>,
    /// Each relay, with the reason of its position.
    pub relays: Relays<RelayState<Timestamp>>,
    /// Active alarms, the oldest first.
    pub alarms: Vec<Alarm<Timestamp>>,
    /// Each limit's value, with who set it.
    pub limits: BTreeMap<LimitName, LimitSetting<Timestamp>>,
    /// The weekly plan; `null` where none is set.
    pub schedule: Option<Schedule>,
    /// The consumption cycle: running, last, next.
    pub cycle: CycleState<Timestamp>,
    /// The battery's charge.
    pub charge: ChargeState<Timestamp>,
    /// The last reading, however old: show it with its age. `null` before the first one.
    pub last_reading: Option<Reading>,
    /// What the node keeps of its journals, so that a reader can tell what it missed.
    pub journal: Standing,
}

const fn known() -> bool {
    true
}
