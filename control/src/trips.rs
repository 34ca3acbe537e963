//! Trips of one cause: the third within its time latches the interlock until a person has looked.
//!
//! A cause that comes back again and again is not over, whatever the last sample says. The latch ends
//! with the acknowledgement of its alarm; acknowledged while the cause still holds, with the cause.

use core::time::Duration;

use crate::Monotonic;
use crate::guards::Guards;
use crate::vocabulary::{Condition, Next};

/// How many trips latch, and within which time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TripRule {
    pub(crate) trips: u32,
    pub(crate) within: Duration,
}

impl TripRule {
    /// The rule of most interlocks.
    pub(crate) const fn of(guards: &Guards) -> Self {
        Self {
            trips: guards.trips_to_latch,
            within: guards.trip_window,
        }
    }

    /// The same number of trips in a time so many times as long.
    pub(crate) fn within_times(self, factor: u32) -> Self {
        Self {
            within: self.within * factor,
            ..self
        }
    }
}

/// A latch that only an acknowledgement ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TripLatch {
    /// Nobody has acknowledged it.
    Unacknowledged,
    /// It was acknowledged while its cause held, and ends with it.
    UntilOver,
}

/// The trips of one cause.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Trips {
    /// Whether the cause held when it was last looked at.
    pub(crate) holds: bool,
    /// When the last trips were, the oldest first.
    pub(crate) times: Vec<Monotonic>,
    /// The value of the last trip.
    pub(crate) value: Option<f64>,
    pub(crate) latch: Option<TripLatch>,
}

impl Trips {
    /// Notes whether the cause holds now, and the value that tripped it.
    pub(crate) fn watch(
        &mut self,
        holds: bool,
        value: Option<f64>,
        rule: TripRule,
        now: Monotonic,
    ) {
        self.times.retain(|trip| now.since(*trip) <= rule.within);
        if holds && !self.holds {
            self.value = value;
            self.times.push(now);
            if self.times.len() >= rule.trips as usize {
                self.latch.get_or_insert(TripLatch::Unacknowledged);
            }
        }
        self.holds = holds;
        if !holds && self.latch == Some(TripLatch::UntilOver) {
            self.release();
        }
    }

    /// A person knows of it.
    pub(crate) fn acknowledge(&mut self) {
        match self.latch {
            Some(_) if self.holds => self.latch = Some(TripLatch::UntilOver),
            Some(_) => self.release(),
            None => {}
        }
    }

    /// Whether the interlock holds, whatever its cause says.
    pub(crate) const fn latched(&self) -> bool {
        self.latch.is_some()
    }

    /// Whether only an acknowledgement can end it.
    pub(crate) fn unacknowledged(&self) -> bool {
        self.latch == Some(TripLatch::Unacknowledged)
    }

    /// What must happen for the interlock's end, which without the latch would be `next`.
    pub(crate) fn next(&self, next: Next<Monotonic>) -> Next<Monotonic> {
        Next {
            condition: if self.unacknowledged() {
                Condition::Acknowledgement
            } else {
                next.condition
            },
            ..next
        }
    }

    fn release(&mut self) {
        self.latch = None;
        // What was acknowledged counts no more.
        self.times.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: TripRule = TripRule {
        trips: 3,
        within: Duration::from_hours(1),
    };

    fn at(minutes: i64) -> Monotonic {
        Monotonic::from_millis(minutes * 60_000)
    }

    /// Trips at these minutes, each over a minute later.
    fn tripped(minutes: &[i64]) -> Trips {
        let mut trips = Trips::default();
        for minute in minutes.iter().copied() {
            trips.watch(true, Some(45.1), RULE, at(minute));
            trips.watch(false, None, RULE, at(minute + 1));
        }
        trips
    }

    #[test]
    fn the_third_trip_within_the_time_latches() {
        assert!(!tripped(&[0, 30]).latched());
        assert!(tripped(&[0, 30, 60]).latched());
        assert!(!tripped(&[0, 30, 61]).latched());
        assert!(tripped(&[0, 30, 61, 62]).latched());
    }

    #[test]
    fn one_long_trip_is_one_trip() {
        let mut trips = Trips::default();
        for minute in 0..50 {
            trips.watch(true, Some(45.1), RULE, at(minute));
        }
        assert!(!trips.latched());
        assert_eq!(trips.times, [at(0)]);
    }

    #[test]
    fn an_acknowledgement_ends_it_and_what_counted_counts_no_more() {
        let mut trips = tripped(&[0, 10, 20]);
        assert!(trips.unacknowledged());
        trips.acknowledge();
        assert_eq!((trips.latched(), trips.times.len()), (false, 0));
        trips.watch(true, None, RULE, at(30));
        assert!(!trips.latched());
    }

    #[test]
    fn acknowledged_while_the_cause_holds_it_ends_with_the_cause() {
        let mut trips = tripped(&[0, 10]);
        trips.watch(true, None, RULE, at(20));
        trips.acknowledge();
        assert_eq!((trips.latched(), trips.unacknowledged()), (true, false));
        trips.watch(false, None, RULE, at(21));
        assert!(!trips.latched());
    }

    #[test]
    fn an_acknowledgement_before_the_latch_lifts_nothing_later() {
        let mut trips = tripped(&[0, 10]);
        trips.acknowledge();
        trips.watch(true, None, RULE, at(20));
        assert!(trips.unacknowledged());
    }
}
