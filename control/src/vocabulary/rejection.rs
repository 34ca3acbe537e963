//! Why a command was not carried out.

use super::wire_names;

/// The kind of refusal, for programs and translations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectCode {
    /// The payload is not what this topic takes.
    Malformed,
    /// There is no such thing to set.
    UnknownThing,
    /// The value is not one of the allowed ones, or not in range.
    WrongValue,
    /// The limit contradicts another limit.
    Contradiction,
    /// Relays 1 and 2 obey only under manual authority.
    AuthorityAutomatic,
    /// An interlock stands against it.
    Interlock,
    /// It needs something that the node's configuration does not have.
    NotConfigured,
    /// The circuit was switched too short a time ago.
    TooSoon,
    /// The circuit was opened too often today.
    SwitchingBudget,
    /// A cycle cannot start now; the reason names what stands against it.
    CycleBlocked,
    /// The alarm is not active.
    NotActive,
    /// The command came after its `expires`.
    Expired,
    /// The command was retained, so nobody can tell how old it is.
    Retained,
    /// The journal has no such epoch.
    UnknownEpoch,
    /// The relay board did not take the command.
    RelayBoard,
    /// The program restarts again and again: the site only observes until that alarm is acknowledged.
    RestartLoop,
    /// Too many commands at once.
    Busy,
}

wire_names!(RejectCode {
    Malformed => "malformed",
    UnknownThing => "unknown_thing",
    WrongValue => "wrong_value",
    Contradiction => "contradiction",
    AuthorityAutomatic => "authority_automatic",
    Interlock => "interlock",
    NotConfigured => "not_configured",
    TooSoon => "too_soon",
    SwitchingBudget => "switching_budget",
    CycleBlocked => "cycle_blocked",
    NotActive => "not_active",
    Expired => "expired",
    Retained => "retained",
    UnknownEpoch => "unknown_epoch",
    RelayBoard => "relay_board",
    RestartLoop => "restart_loop",
    Busy => "busy",
});

/// A refusal: a code for programs, a sentence for people that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// For programs and translations.
    pub code: RejectCode,
    /// For people, in English.
    pub reason: String,
}

impl Rejection {
    /// A refusal of that kind, in those words.
    #[must_use]
    pub fn new(code: RejectCode, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }
}
