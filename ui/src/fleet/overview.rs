//! Which sites need somebody, the worst first.

use core::cmp::Reverse;

use releve_protocol::Timestamp;
use releve_protocol::control::{Alarm, Severity};

use super::freshness::Freshness;
use super::site::Site;

/// How a site stands, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// A critical alarm, nobody has said that they know.
    Critical,
    /// An alarm of lesser severity, nobody has said that they know.
    Warning,
    /// It does not answer.
    Silent,
    /// Alarms, all of them known to somebody.
    Acknowledged,
    /// A reading is overdue.
    Late,
    /// Nothing to do; what is only worth knowing waits on the site's own page.
    Quiet,
}

impl Standing {
    /// The name in the page's attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical | Self::Warning | Self::Acknowledged => "alarm",
            Self::Silent => "silent",
            Self::Late => "late",
            Self::Quiet => "quiet",
        }
    }

    /// Whether somebody should look.
    pub const fn needs_somebody(self) -> bool {
        !matches!(self, Self::Late | Self::Quiet)
    }
}

/// How a site of that freshness stands. The alarms of a silent site are its last known ones; a
/// critical one still goes before its silence.
pub fn standing(site: &Site, freshness: Freshness) -> Standing {
    let alarms = || {
        let alarms = site.alarms().iter();
        alarms.filter(|alarm| alarm.severity > Severity::Info)
    };
    let worst_open = alarms()
        .filter(|alarm| alarm.acknowledged_at.is_none())
        .map(|alarm| alarm.severity)
        .max();
    match (worst_open, freshness) {
        (Some(Severity::Critical), _) => Standing::Critical,
        (_, Freshness::Silent) => Standing::Silent,
        (Some(_), _) => Standing::Warning,
        (None, _) if alarms().next().is_some() => Standing::Acknowledged,
        (None, Freshness::Late) => Standing::Late,
        (None, Freshness::Live) => Standing::Quiet,
    }
}

/// Alarms in the order in which they matter: what is only worth knowing last, what nobody has said
/// that they know before what somebody knows, then the worst, then the newest.
pub fn by_weight(alarms: &[Alarm<Timestamp>]) -> Vec<&Alarm<Timestamp>> {
    let mut alarms: Vec<_> = alarms.iter().collect();
    alarms.sort_by_key(|alarm| {
        (
            alarm.severity == Severity::Info,
            alarm.acknowledged_at.is_some(),
            Reverse(alarm.severity),
            Reverse(alarm.since),
        )
    });
    alarms
}

/// How many sites stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All of them.
    pub sites: usize,
    /// Those with an alarm.
    pub alarms: usize,
    /// Those that do not answer.
    pub silent: usize,
    /// Those with an overdue reading.
    pub late: usize,
    /// Those with nothing to do.
    pub quiet: usize,
}

impl Counts {
    /// Counts standings.
    pub fn of(standings: impl IntoIterator<Item = Standing>) -> Self {
        let mut counts = Self::default();
        for standing in standings {
            counts.sites += 1;
            *match standing {
                Standing::Critical | Standing::Warning | Standing::Acknowledged => {
                    &mut counts.alarms
                }
                Standing::Silent => &mut counts.silent,
                Standing::Late => &mut counts.late,
                Standing::Quiet => &mut counts.quiet,
            } += 1;
        }
        counts
    }
}
