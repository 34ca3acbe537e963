//! Where the simulation stands in the day and in the year. It has no clock: time is what was advanced.

use core::f64::consts::TAU;
use core::time::Duration;

const SECONDS_PER_DAY: f64 = 86_400.0;
const DAYS_PER_YEAR: f64 = 365.25;

/// A moment of the site's local solar time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay(Duration);

impl TimeOfDay {
    /// The given hour, 0.0..24.0, of the given day of the year, 0 = 1 January.
    ///
    /// Hours outside are brought in; not-a-number counts as midnight.
    #[must_use]
    pub fn new(day_of_year: u16, hour: f64) -> Self {
        let days = Duration::from_secs(u64::from(day_of_year) * 86_400);
        let hour = if hour.is_nan() { 0.0 } else { hour };
        Self(days + Duration::from_secs_f64(hour.clamp(0.0, 24.0) * 3600.0))
    }

    /// The moment `elapsed` later.
    #[must_use]
    pub fn after(self, elapsed: Duration) -> Self {
        Self(self.0.saturating_add(elapsed))
    }

    /// Hour of the day, 0.0..24.0.
    #[must_use]
    pub fn hour(self) -> f64 {
        let seconds_of_day = self.0.as_secs() % 86_400;
        (seconds_of_day as f64 + f64::from(self.0.subsec_nanos()) * 1e-9) / 3600.0
    }

    /// A daily cosine, 1 at `highest_hour` and −1 twelve hours from it.
    #[must_use]
    pub fn day_wave(self, highest_hour: f64) -> f64 {
        ((self.hour() - highest_hour) / 24.0 * TAU).cos()
    }

    /// A yearly cosine, 1 on the day `highest_day` and −1 half a year from it.
    #[must_use]
    pub fn year_wave(self, highest_day: f64) -> f64 {
        let days = self.0.as_secs_f64() / SECONDS_PER_DAY;
        ((days - highest_day) / DAYS_PER_YEAR * TAU).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_peak_where_they_are_told_to() {
        let warmest = TimeOfDay::new(200, 15.0);
        assert!((warmest.day_wave(15.0) - 1.0).abs() < 1e-9);
        assert!((warmest.after(Duration::from_secs(43_200)).day_wave(15.0) + 1.0).abs() < 1e-9);
        assert!(warmest.year_wave(200.0) > 0.999);
        assert!(TimeOfDay::new(17, 0.0).year_wave(200.0) < -0.99);
    }

    #[test]
    fn an_absurd_hour_is_brought_in() {
        assert_eq!(TimeOfDay::new(3, f64::NAN), TimeOfDay::new(3, 0.0));
        assert_eq!(TimeOfDay::new(3, 1e12), TimeOfDay::new(4, 0.0));
    }

    #[test]
    fn the_hour_wraps_at_midnight() {
        let late = TimeOfDay::new(364, 23.0).after(Duration::from_hours(2));
        assert!((late.hour() - 1.0).abs() < 1e-9);
    }
}
