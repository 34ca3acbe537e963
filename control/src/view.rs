//! What the controller shows of itself between two steps.

use crate::vocabulary::{
    Alarm, Authority, ChargeState, CycleState, LimitName, LimitSetting, MainsState, Mode, Phase,
    RelayState, Relays, Schedule,
};

/// The controller's whole state, as users see it. `T` is the kind of time.
#[derive(Debug, Clone, PartialEq)]
pub struct View<T> {
    /// Who holds relays 1 and 2.
    pub authority: Authority,
    /// When manual authority ends.
    pub lease_end: Option<T>,
    /// The mode, which decides under automatic authority.
    pub mode: Mode,
    /// Where a consumption cycle stands; `None` in the other modes.
    pub phase: Option<Phase>,
    /// What is known of the 230 V supply.
    pub mains: MainsState,
    /// Each relay.
    pub relays: Relays<RelayState<T>>,
    /// Active alarms, the oldest first.
    pub alarms: Vec<Alarm<T>>,
    /// Every limit.
    pub limits: Vec<(LimitName, LimitSetting<T>)>,
    /// The weekly plan; `None` where none is set.
    pub schedule: Option<Schedule>,
    /// The consumption cycle: running, last, next.
    pub cycle: CycleState<T>,
    /// The battery's charge.
    pub charge: ChargeState<T>,
}
