//! How fast the battery warms: an alarm, before any limit acts.
//!
//! A steep rise alone proves nothing (the sun may have reached the sensor), so nothing is switched.
//! Thermal runaway, which also looks at voltage and current, has its own interlock.

use core::time::Duration;
use std::collections::VecDeque;

use crate::Monotonic;
use crate::statistics::Statistics;

/// A rise that raises the alarm, °C per hour: our choice, three times what charge and weather do to a
/// battery of that mass.
pub const STEEP_CELSIUS_PER_HOUR: f64 = 6.0;
/// A rise at which the alarm ends, °C per hour.
pub const CALM_CELSIUS_PER_HOUR: f64 = 3.0;
/// Time over which the rise is taken.
pub const OVER: Duration = Duration::from_mins(30);
/// Time that one point of it averages.
const POINT: Duration = Duration::from_mins(10);

/// The mean temperature of some minutes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    end: Monotonic,
    celsius: f64,
}

/// How fast the battery warms.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TemperatureRise {
    windows_per_point: u32,
    windows: u32,
    sum: f64,
    /// The points of the last half hour, the oldest first.
    points: VecDeque<Point>,
    /// °C per hour; `None` before half an hour has been seen.
    rate: Option<f64>,
}

impl TemperatureRise {
    pub(crate) fn new(window: Duration) -> Self {
        Self {
            windows_per_point: windows_in(POINT, window),
            windows: 0,
            sum: 0.0,
            points: VecDeque::new(),
            rate: None,
        }
    }

    /// Takes in the temperature of a window that has ended.
    pub(crate) fn window(&mut self, celsius: &Statistics, now: Monotonic) {
        let Some(mean) = celsius.mean else { return };
        self.windows += 1;
        self.sum += mean;
        if self.windows < self.windows_per_point {
            return;
        }
        let celsius = self.sum / f64::from(self.windows);
        (self.windows, self.sum) = (0, 0.0);
        self.points.push_back(Point { end: now, celsius });
        // One point stays that is at least half an hour old.
        while self
            .points
            .get(1)
            .is_some_and(|point| now.since(point.end) >= OVER)
        {
            self.points.pop_front();
        }
        self.rate = self.points.front().and_then(|first| {
            let over = now.since(first.end);
            (over >= OVER).then(|| (celsius - first.celsius) / over.as_secs_f64() * 3600.0)
        });
    }

    /// Whether the alarm holds.
    pub(crate) fn is_steep(&self, was_active: bool) -> bool {
        match self.rate {
            None => was_active,
            Some(rate) if was_active => rate >= CALM_CELSIUS_PER_HOUR,
            Some(rate) => rate > STEEP_CELSIUS_PER_HOUR,
        }
    }

    /// The rise, °C per hour; `None` before half an hour has been seen.
    pub(crate) const fn rate(&self) -> Option<f64> {
        self.rate
    }
}

/// The rise at which the alarm begins, or else ends, °C per hour.
pub(crate) const fn bound(active: bool) -> f64 {
    if active {
        STEEP_CELSIUS_PER_HOUR
    } else {
        CALM_CELSIUS_PER_HOUR
    }
}

/// How many windows make up that time, at least one.
pub(crate) fn windows_in(time: Duration, window: Duration) -> u32 {
    let windows = time.as_millis().div_ceil(window.as_millis().max(1));
    u32::try_from(windows).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::rounded;
    use crate::statistics::Quality;

    const WINDOW: Duration = Duration::from_secs(30);

    /// Runs windows of that slope for that long and returns whether the alarm stands at the end.
    fn after(
        rise: &mut TemperatureRise,
        state: &mut (Monotonic, f64, bool),
        slope: f64,
        minutes: u32,
    ) {
        let (now, celsius, active) = state;
        for _ in 0..minutes * 2 {
            *now = now.after(WINDOW);
            *celsius += slope / 120.0;
            let statistics = Statistics {
                mean: Some(*celsius),
                n: 10,
                quality: Quality::Good,
                ..Statistics::MISSING
            };
            rise.window(&statistics, *now);
            *active = rise.is_steep(*active);
        }
    }

    #[test]
    fn only_a_steep_rise_raises_the_alarm_and_a_calm_one_ends_it() {
        let mut rise = TemperatureRise::new(WINDOW);
        let mut state = (Monotonic::START, 20.0, false);
        after(&mut rise, &mut state, 5.9, 120);
        assert!(!state.2, "a warm morning");
        after(&mut rise, &mut state, 6.2, 60);
        assert!(state.2);
        after(&mut rise, &mut state, 3.1, 120);
        assert!(state.2, "hysteresis");
        after(&mut rise, &mut state, 2.9, 60);
        assert!(!state.2);
    }

    #[test]
    fn one_false_window_is_no_rise() {
        let mut rise = TemperatureRise::new(WINDOW);
        let mut state = (Monotonic::START, 20.0, false);
        after(&mut rise, &mut state, 0.0, 60);
        state.1 = 60.0;
        after(&mut rise, &mut state, 0.0, 0);
        let spike = Statistics {
            mean: Some(60.0),
            ..Statistics::MISSING
        };
        rise.window(&spike, state.0.after(WINDOW));
        state.1 = 20.0;
        after(&mut rise, &mut state, 0.0, 60);
        assert!(!state.2);
    }

    #[test]
    fn a_rise_is_known_after_four_points_of_ten_minutes_each() {
        let mut rise = TemperatureRise::new(WINDOW);
        let mut now = Monotonic::START;
        let mut rates = Vec::new();
        for window in 0..81 {
            now = now.after(WINDOW);
            // One degree up and down in every minute, which a point averages out.
            let wave = if window % 2 == 0 { 1.0 } else { -1.0 };
            let mean = Some(20.0 + wave + f64::from(window / 20) * 1.5);
            rise.window(
                &Statistics {
                    mean,
                    ..Statistics::MISSING
                },
                now,
            );
            rates.push(rise.rate.map(rounded));
        }
        assert_eq!(rates.iter().position(Option::is_some), Some(79));
        assert_eq!(rates[79], Some(9.0), "1.5 °C in every ten minutes");
        assert_eq!(rates[80], Some(9.0), "until the next point");
    }

    #[test]
    fn the_alarm_begins_above_its_bound_and_ends_below_the_other() {
        let is_steep = |rate, was_active| {
            let rise = TemperatureRise {
                rate: Some(rate),
                ..TemperatureRise::new(WINDOW)
            };
            rise.is_steep(was_active)
        };
        assert!(!is_steep(STEEP_CELSIUS_PER_HOUR, false));
        assert!(is_steep(STEEP_CELSIUS_PER_HOUR + 0.001, false));
        assert!(is_steep(CALM_CELSIUS_PER_HOUR, true));
        assert!(!is_steep(CALM_CELSIUS_PER_HOUR - 0.001, true));
    }
}
