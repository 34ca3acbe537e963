//! Lost data: without the battery's voltage and temperature nothing is done to it.
//!
//! A value is lost when its last good sample is older than three sample intervals, whether the
//! sensor does not answer, answers nonsense, or no sample comes at all. The site is then the plain
//! installation until three good windows in a row have passed, and after repeated losses until the alarm is
//! acknowledged. A thermal latch stands above this.
//!
//! Before the first sample with both values nothing is known either: the plain installation stands,
//! without an alarm, until that sample comes or is overdue.

use super::Known;
use crate::Monotonic;
use crate::statistics::{Quality, Statistics, WindowStatistics};
use crate::trips::Trips;
use crate::verdict::Verdict;
use crate::vocabulary::{Cause, Condition, Contact, Next, Rule};

/// Good windows in a row that end it.
pub const GOOD_WINDOWS: u8 = 3;

/// The interlock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DataLost {
    pub(crate) knowledge: Knowledge,
    pub(crate) trips: Trips,
}

/// What is known of the battery's voltage and temperature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Knowledge {
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
        /// What was lost last.
        cause: Cause,
    },
}

impl DataLost {
    pub(crate) fn new(since: Monotonic) -> Self {
        Self {
            knowledge: Knowledge::Starting { since },
            trips: Trips::default(),
        }
    }

    /// Takes in a window that has ended.
    pub(crate) fn window(&mut self, window: &WindowStatistics, samples_per_window: u32) {
        if let Knowledge::Lost { good_windows, .. } = &mut self.knowledge {
            let good = |statistics: &Statistics| is_good(statistics, samples_per_window);
            *good_windows = if good(&window.battery.voltage) && good(&window.temperature) {
                *good_windows + 1
            } else {
                0
            };
            if *good_windows >= GOOD_WINDOWS {
                self.knowledge = Knowledge::Known;
            }
        }
    }

    /// Looks at the age of what is known.
    pub(crate) fn judge(&mut self, known: &Known<'_>) {
        let (latest, now) = (known.latest, known.now);
        let lost = if latest.volts_lost(now) {
            Some(Cause::VoltageMissing)
        } else if latest.celsius_lost(now) {
            Some(Cause::TemperatureMissing)
        } else {
            None
        };
        match (&self.knowledge, lost) {
            (Knowledge::Starting { .. }, None) => self.knowledge = Knowledge::Known,
            (Knowledge::Starting { since }, Some(_)) if !latest.too_old(Some(*since), now) => {}
            (_, Some(cause)) => {
                self.knowledge = Knowledge::Lost {
                    good_windows: 0,
                    cause,
                };
            }
            (Knowledge::Known | Knowledge::Lost { .. }, None) => {}
        }
        let lost = matches!(self.knowledge, Knowledge::Lost { .. });
        self.trips.watch(lost, None, known.trip_rule(), now);
    }

    /// Whether the alarm stands.
    pub(crate) const fn is_lost(&self) -> bool {
        matches!(self.knowledge, Knowledge::Lost { .. }) || self.trips.latched()
    }

    /// What was lost, while it is.
    pub(crate) const fn cause(&self) -> Option<Cause> {
        match self.knowledge {
            Knowledge::Lost { cause, .. } => Some(cause),
            Knowledge::Starting { .. } | Knowledge::Known => None,
        }
    }

    /// What it wants of relays 1 and 2 alike.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let windows_needed = match self.knowledge {
            Knowledge::Known if !self.trips.latched() => return None,
            Knowledge::Starting { .. } => 1,
            Knowledge::Known | Knowledge::Lost { .. } => GOOD_WINDOWS,
        };
        let good_readings = Next {
            to: None,
            condition: Condition::GoodReadings,
            quantity: None,
            threshold: Some(f64::from(windows_needed)),
            not_before: None,
        };
        Some(Verdict {
            next: Some(self.trips.next(good_readings)),
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
