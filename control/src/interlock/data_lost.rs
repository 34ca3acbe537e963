//! Lost data: without the battery's voltage and temperature nothing is done to it.
//!
//! A value is lost when its last good sample is older than three sample intervals, whether the
//! sensor does not answer, answers nonsense, or no sample comes at all. The site is then the plain
//! installation until three good windows in a row have passed, and after repeated losses until the alarm is
//! acknowledged. A thermal latch stands above this.
//!
//! A voltage is lost, too, when it is frozen: see `frozen.rs`. The three good windows must then show
//! that it moves.
//!
//! Before the first sample with both values nothing is known either: the plain installation stands,
//! without an alarm, until that sample comes or is overdue.

use super::Known;
use super::frozen::Frozen;
use crate::Monotonic;
use crate::level::rounded;
use crate::sample::Measurement;
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
    pub(crate) frozen: Frozen,
    /// The voltage, V, that did not move where it must, until good windows have shown another.
    pub(crate) stuck_volts: Option<f64>,
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
            frozen: Frozen::default(),
            stuck_volts: None,
            trips: Trips::default(),
        }
    }

    /// Takes in a sample's battery voltage and the current that follows for the battery.
    pub(crate) fn sample(
        &mut self,
        volts: Measurement,
        amperes: Measurement,
        capacity_ampere_hours: Option<f64>,
    ) {
        if let Some(volts) = self.frozen.sample(volts, amperes, capacity_ampere_hours) {
            self.find_frozen(volts);
        }
    }

    /// That voltage, V, does not move where it must: this run or an earlier one has found it so.
    pub(crate) fn find_frozen(&mut self, volts: f64) {
        self.stuck_volts = Some(volts);
        self.knowledge = Knowledge::Lost {
            good_windows: 0,
            cause: Cause::VoltageFrozen,
        };
    }

    /// Takes in a window that has ended.
    pub(crate) fn window(&mut self, window: &WindowStatistics, samples_per_window: u32) {
        let moves = (self.stuck_volts).is_none_or(|stuck| moves(&window.battery.voltage, stuck));
        if let Knowledge::Lost { good_windows, .. } = &mut self.knowledge {
            let good = |statistics: &Statistics| is_good(statistics, samples_per_window);
            let both = good(&window.battery.voltage) && good(&window.temperature);
            *good_windows = if both && moves { *good_windows + 1 } else { 0 };
            if *good_windows >= GOOD_WINDOWS {
                self.knowledge = Knowledge::Known;
                self.stuck_volts = None;
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

/// Whether a window shows any other voltage than that, as its statistics are rounded.
fn moves(voltage: &Statistics, stuck: f64) -> bool {
    let stuck = Some(rounded(stuck));
    voltage.min != stuck || voltage.max != stuck
}

/// Every sample that was due gave a value; one beyond the range of its sensor is known, too.
fn is_good(statistics: &Statistics, samples_per_window: u32) -> bool {
    match statistics.quality {
        Quality::Good => true,
        Quality::OverRange => statistics.n >= samples_per_window,
        Quality::Partial | Quality::Missing => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voltage_moves_if_either_end_of_it_does() {
        let window = |min, max| Statistics {
            min: Some(min),
            max: Some(max),
            ..Statistics::MISSING
        };
        assert!(!moves(&window(13.2, 13.2), 13.2));
        assert!(moves(&window(13.2, 13.21), 13.2));
        assert!(moves(&window(13.19, 13.2), 13.2));
    }
}
