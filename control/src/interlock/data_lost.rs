//! Lost data: without the battery's voltage and temperature nothing is done to it.
//!
//! A value is lost when its last good sample is older than three sample intervals, whether the
//! sensor does not answer, answers nonsense, or no sample comes at all. The site is then the plain
//! installation until three good windows in a row have passed. A heat latch stands above this.
//!
//! Before the first sample with both values nothing is known either: the plain installation stands,
//! without an alarm, until that sample comes or is overdue.

use crate::Monotonic;
use crate::latest::Latest;
use crate::statistics::{Quality, Statistics, WindowStatistics};
use crate::verdict::Verdict;
use crate::vocabulary::{Condition, Contact, Next, Rule};

/// Good windows in a row that end it.
pub const GOOD_WINDOWS: u8 = 3;

/// What is known of the battery's voltage and temperature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DataLost {
    /// Nothing was measured since the start.
    Starting {
        /// The start.
        since: Monotonic,
    },
    /// Both are known.
    Known,
    /// One of them is lost, or has not been back for long enough.
    Lost {
        /// Good windows in a row since.
        good_windows: u8,
    },
}

impl DataLost {
    /// Takes in a window that has ended.
    pub(crate) fn window(&mut self, window: &WindowStatistics, samples_per_window: u32) {
        if let Self::Lost { good_windows } = self {
            let good = |statistics: &Statistics| is_good(statistics, samples_per_window);
            *good_windows = if good(&window.battery.voltage) && good(&window.temperature) {
                *good_windows + 1
            } else {
                0
            };
            if *good_windows >= GOOD_WINDOWS {
                *self = Self::Known;
            }
        }
    }

    /// Looks at the age of what is known.
    pub(crate) fn judge(&mut self, latest: &Latest, now: Monotonic) {
        let lost = latest.volts_lost(now) || latest.celsius_lost(now);
        match self {
            Self::Starting { since } => {
                if !lost {
                    *self = Self::Known;
                } else if latest.too_old(Some(*since), now) {
                    *self = Self::Lost { good_windows: 0 };
                }
            }
            Self::Known | Self::Lost { .. } if lost => *self = Self::Lost { good_windows: 0 },
            Self::Known | Self::Lost { .. } => {}
        }
    }

    /// Whether the alarm stands.
    pub(crate) const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }

    /// What it wants of relays 1 and 2 alike.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let windows_needed = match self {
            Self::Known => return None,
            Self::Starting { .. } => 1,
            Self::Lost { .. } => GOOD_WINDOWS,
        };
        Some(Verdict {
            next: Some(Next {
                to: None,
                condition: Condition::GoodReadings,
                quantity: None,
                threshold: Some(f64::from(windows_needed)),
                not_before: None,
            }),
            ..Verdict::plain(Rule::DataLost, Contact::Closed)
        })
    }
}

/// Every sample that was due gave a value; one beyond the range of its sensor is known, too.
fn is_good(statistics: &Statistics, samples_per_window: u32) -> bool {
    match statistics.quality {
        Quality::Good => true,
        Quality::OverRange => statistics.n >= samples_per_window,
        Quality::Partial | Quality::Missing => false,
    }
}
