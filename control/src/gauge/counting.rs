//! What is missing in the battery since it was last full: charge out counts whole, charge in by what
//! the battery keeps of it.

use core::time::Duration;

use crate::Monotonic;
use crate::sample::Measurement;

/// The part of the charge put in that can be taken out again: 0.95 by a battery monitor of the trade
/// (Victron BMV-700); 0.955 was measured on a 100 Ah AGM battery.
pub const CHARGE_EFFICIENCY: f64 = 0.95;
/// How long in all the current may be unknown after a full charge before the count is worth nothing:
/// our choice; ten minutes of a load that empties the battery in five hours are 3 % of it.
pub const UNMEASURED_TOLERANCE: Duration = Duration::from_mins(10);

/// The count since the last full charge.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Counting {
    /// Charge missing, Ah; `None` before the first full charge, and where too much went unmeasured.
    pub(crate) missing_ampere_hours: Option<f64>,
    /// How long in all the current was unknown since the last full charge.
    pub(crate) unmeasured: Duration,
    /// When the last sample came.
    pub(crate) sampled_at: Option<Monotonic>,
}

impl Counting {
    /// Takes in the battery's current, A, positive while charging: it stands for the time since the
    /// last sample, unless that is longer than `longest`; nobody knows then what flowed meanwhile.
    ///
    /// A current beyond its sensor's range counts as its bound.
    pub(crate) fn sample(&mut self, battery: Measurement, longest: Duration, now: Monotonic) {
        let Some(before) = self.sampled_at.replace(now) else {
            return;
        };
        let time = now.since(before);
        match battery.value_or_bound() {
            Some(amperes) if time <= longest => self.add(amperes, time),
            Some(_) | None => self.lose(time),
        }
    }

    fn add(&mut self, amperes: f64, time: Duration) {
        if let Some(missing) = &mut self.missing_ampere_hours {
            let kept = if amperes > 0.0 {
                CHARGE_EFFICIENCY * amperes
            } else {
                amperes
            };
            *missing = (*missing - kept * time.as_secs_f64() / 3600.0).max(0.0);
        }
    }

    /// For that long nobody measured what flowed.
    pub(crate) fn lose(&mut self, time: Duration) {
        self.unmeasured = self.unmeasured.saturating_add(time);
        if self.unmeasured > UNMEASURED_TOLERANCE {
            self.missing_ampere_hours = None;
        }
    }

    /// The battery is full: nothing is missing.
    pub(crate) fn begin_at_full(&mut self) {
        self.missing_ampere_hours = Some(0.0);
        self.unmeasured = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::SensorFault;
    use Measurement::{Missing, OverRange, Value};

    const SILENT: Measurement = Missing(SensorFault::NoAnswer);
    const INTERVAL: Duration = Duration::from_secs(3);

    /// A count that began at full, and its clock.
    struct Counted {
        counting: Counting,
        now: Monotonic,
    }

    impl Counted {
        fn full() -> Self {
            let mut counting = Counting::default();
            counting.begin_at_full();
            counting.sample(Value(0.0), 3 * INTERVAL, Monotonic::START);
            Self {
                counting,
                now: Monotonic::START,
            }
        }

        fn run(&mut self, battery: Measurement, time: Duration) -> &mut Self {
            let end = self.now.after(time);
            while self.now < end {
                self.now = self.now.after(INTERVAL);
                self.counting.sample(battery, 3 * INTERVAL, self.now);
            }
            self
        }

        #[track_caller]
        fn missing(&self, expected: f64) {
            let missing = self.counting.missing_ampere_hours.expect("it is known");
            assert!((missing - expected).abs() < 1e-9, "{missing} Ah");
        }
    }

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn charge_out_counts_whole_and_charge_in_at_95_percent() {
        let mut counted = Counted::full();
        counted.run(Value(-2.0), HOUR).missing(2.0);
        counted.run(Value(1.0), HOUR).missing(1.05);
        counted.run(Value(2.0), HOUR).missing(0.0);
        counted.run(Value(-1.0), HOUR).missing(1.0);
    }

    #[test]
    fn a_current_over_its_range_counts_as_its_bound() {
        let mut counted = Counted::full();
        counted.run(OverRange(-20.0), HOUR).missing(20.0);
        counted.run(OverRange(10.0), HOUR).missing(10.5);
    }

    #[test]
    fn ten_minutes_without_a_current_are_forgiven_and_not_a_sample_more() {
        let mut counted = Counted::full();
        counted.run(Value(-6.0), HOUR);
        counted.run(SILENT, Duration::from_secs(300));
        counted.run(Value(-6.0), HOUR);
        counted.run(SILENT, Duration::from_secs(300)).missing(12.0);
        counted.run(SILENT, INTERVAL);
        assert_eq!(counted.counting.missing_ampere_hours, None);
        counted.run(Value(5.0), HOUR);
        assert_eq!(
            counted.counting.missing_ampere_hours, None,
            "only a full charge begins a new count"
        );
        counted.counting.begin_at_full();
        counted.run(SILENT, Duration::from_secs(600)).missing(0.0);
    }

    #[test]
    fn a_sample_stands_for_three_intervals_at_most() {
        let mut counted = Counted::full();
        let mut after = |seconds: u64| {
            counted.now = counted.now.after(Duration::from_secs(seconds));
            counted
                .counting
                .sample(Value(-3600.0), 3 * INTERVAL, counted.now);
            (
                counted.counting.missing_ampere_hours,
                counted.counting.unmeasured.as_secs(),
            )
        };
        assert_eq!(after(9), (Some(9.0), 0));
        assert_eq!(after(10), (Some(9.0), 10), "nobody knows what flowed");
        assert_eq!(after(590), (Some(9.0), 600));
        assert_eq!(after(3), (Some(12.0), 600));
    }

    #[test]
    fn before_the_first_full_charge_nothing_is_known() {
        let mut counting = Counting::default();
        counting.sample(Value(-5.0), INTERVAL, Monotonic::START);
        counting.sample(Value(-5.0), INTERVAL, Monotonic::START.after(INTERVAL));
        assert_eq!(counting.missing_ampere_hours, None);
    }
}
