//! What happened: the log of a site.

use serde::{Deserialize, Serialize};

use super::{
    AlarmName, Authority, Cause, Contact, CycleReport, CycleStart, FullBy, LimitName, LimitSource,
    Mode, Phase, Reason, RelayName, Schedule, Severity, Transient, Verification, wire_names,
};

/// Why authority changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthorityCause {
    /// A command.
    Command,
    /// The lease ended.
    LeaseEnded,
}

wire_names!(AuthorityCause { Command => "command", LeaseEnded => "lease_ended" });

/// Something that happened. On the wire the field `event` names the kind. `T` is the kind of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<T> {
    /// The program started.
    Restart {
        /// Version of the program.
        version: String,
    },
    /// A relay was commanded into another position.
    RelaySwitched {
        /// Which relay.
        relay: RelayName,
        /// Its new position.
        contact: Contact,
        /// Why.
        reason: Reason<T>,
    },
    /// The measurements told about an edge.
    RelayVerified {
        /// Which relay.
        relay: RelayName,
        /// The position it was put into.
        contact: Contact,
        /// What they said.
        verification: Verification,
    },
    /// The mode changed.
    ModeChanged {
        /// Before.
        from: Mode,
        /// After.
        to: Mode,
    },
    /// Authority changed hands.
    AuthorityChanged {
        /// Who holds relays 1 and 2 now.
        to: Authority,
        /// Why.
        cause: AuthorityCause,
        /// When the lease ends, under manual authority.
        lease_end: Option<T>,
    },
    /// A limit was set.
    LimitChanged {
        /// Which one.
        limit: LimitName,
        /// Before, in the limit's unit.
        from: f64,
        /// After, in the limit's unit.
        to: f64,
        /// By whom.
        set_by: LimitSource,
    },
    /// An alarm began.
    AlarmRaised {
        /// Which one.
        alarm: AlarmName,
        /// How much it matters.
        severity: Severity,
        /// The value that raised it.
        value: Option<f64>,
        /// The threshold that the value passed.
        threshold: Option<f64>,
        /// What exactly is wrong, as far as it can be told.
        cause: Option<Cause>,
    },
    /// An alarm ended.
    AlarmCleared {
        /// Which one.
        alarm: AlarmName,
        /// How much it mattered.
        severity: Severity,
        /// The value at its end.
        value: Option<f64>,
        /// The threshold that the value passed back.
        threshold: Option<f64>,
        /// When it had been raised.
        raised_at: T,
    },
    /// A person said that they know of an alarm.
    AlarmAcknowledged {
        /// Which one.
        alarm: AlarmName,
    },
    /// The weekly plan was replaced or removed.
    ScheduleChanged {
        /// The plan from now on; `null` where it was removed.
        to: Option<Schedule>,
    },
    /// A consumption cycle began.
    CycleStarted {
        /// What began it.
        by: CycleStart,
    },
    /// A consumption cycle went on to another phase.
    CyclePhase {
        /// Before.
        from: Phase,
        /// After.
        to: Phase,
    },
    /// A consumption cycle ended.
    CycleEnded {
        /// How it went.
        report: CycleReport<T>,
    },
    /// The battery was seen full.
    BatteryFull {
        /// How that was seen.
        by: FullBy,
    },
    /// The wall clock jumped against the monotonic clock.
    ClockJumped {
        /// By how many seconds; negative: back.
        seconds: f64,
    },
    /// What was measured around an edge of relay 1 or 2 is complete.
    Transient(Box<Transient<T>>),
}

impl<T> Event<T> {
    /// The same event with its times put through `f`.
    pub fn map_time<U>(self, mut f: impl FnMut(T) -> U) -> Event<U> {
        match self {
            Self::Restart { version } => Event::Restart { version },
            Self::RelaySwitched {
                relay,
                contact,
                reason,
            } => Event::RelaySwitched {
                relay,
                contact,
                reason: reason.map_time(f),
            },
            Self::RelayVerified {
                relay,
                contact,
                verification,
            } => Event::RelayVerified {
                relay,
                contact,
                verification,
            },
            Self::ModeChanged { from, to } => Event::ModeChanged { from, to },
            Self::AuthorityChanged {
                to,
                cause,
                lease_end,
            } => Event::AuthorityChanged {
                to,
                cause,
                lease_end: lease_end.map(f),
            },
            Self::LimitChanged {
                limit,
                from,
                to,
                set_by,
            } => Event::LimitChanged {
                limit,
                from,
                to,
                set_by,
            },
            Self::AlarmRaised {
                alarm,
                severity,
                value,
                threshold,
                cause,
            } => Event::AlarmRaised {
                alarm,
                severity,
                value,
                threshold,
                cause,
            },
            Self::AlarmCleared {
                alarm,
                severity,
                value,
                threshold,
                raised_at,
            } => Event::AlarmCleared {
                alarm,
                severity,
                value,
                threshold,
                raised_at: f(raised_at),
            },
            Self::AlarmAcknowledged { alarm } => Event::AlarmAcknowledged { alarm },
            Self::ScheduleChanged { to } => Event::ScheduleChanged { to },
            Self::CycleStarted { by } => Event::CycleStarted { by },
            Self::CyclePhase { from, to } => Event::CyclePhase { from, to },
            Self::CycleEnded { report } => Event::CycleEnded {
                report: report.map_time(f),
            },
            Self::BatteryFull { by } => Event::BatteryFull { by },
            Self::ClockJumped { seconds } => Event::ClockJumped { seconds },
            Self::Transient(transient) => Event::Transient(Box::new(transient.map_time(f))),
        }
    }
}
