//! What an operator may ask of the controller. Commands are absolute, never toggles.

use core::time::Duration;

use super::{AlarmName, Contact, LimitName, Mode, RelayName, Schedule, wire_names};

/// The lease of manual authority where the command names none.
pub const LEASE_DEFAULT: Duration = Duration::from_mins(30);
/// The shortest lease.
pub const LEASE_MIN: Duration = Duration::from_mins(1);
/// The longest lease.
pub const LEASE_MAX: Duration = Duration::from_hours(12);

/// A request for authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorityRequest {
    /// Hand relays 1 and 2 back to the mode.
    Automatic,
    /// Hold relays 1 and 2 by hand for that long; asked again, the lease begins anew.
    Manual {
        /// From now; between [`LEASE_MIN`] and [`LEASE_MAX`].
        lease: Duration,
    },
}

/// A request about the consumption cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CycleRequest {
    /// Begin a cycle now.
    Start,
    /// End the running cycle in the plain installation.
    Abort,
}

wire_names!(CycleRequest { Start => "start", Abort => "abort" });

/// What an operator may ask of the controller.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Follow that mode.
    Mode(Mode),
    /// Change who holds relays 1 and 2.
    Authority(AuthorityRequest),
    /// Put a relay into that position.
    Relay(RelayName, Contact),
    /// Set a limit, in its own unit.
    Limit(LimitName, f64),
    /// Replace the weekly plan, or remove it.
    Schedule(Option<Schedule>),
    /// Start or abort a cycle.
    Cycle(CycleRequest),
    /// Say that an alarm is known.
    Acknowledge(AlarmName),
}
