//! Where the lines of a grid stand: at round figures and at whole hours. Pure.

/// A vertical axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The lower edge.
    pub low: f64,
    /// The upper edge.
    pub high: f64,
    /// Where its lines stand.
    pub lines: Vec<f64>,
    /// Decimals that tell them apart.
    pub decimals: usize,
}

/// Lines of a panel's grid, about.
const LINES: f64 = 6.0;
/// Not more lines than that, whatever rounding does.
const MOST_LINES: usize = 12;
/// Decimals that are written at most.
const MOST_DECIMALS: f64 = 6.0;
/// Of a figure's size: less cannot be told apart.
const FINEST: f64 = 1e-9;

impl Axis {
    /// An axis on which everything from `low` to `high` has its place; of at least `least` from edge to edge.
    #[must_use]
    pub fn around(low: f64, high: f64, least: f64) -> Self {
        let middle = f64::midpoint(low, high);
        let half = ((high - low) / 2.0 * 1.08)
            .max(least / 2.0)
            .max(middle.abs() * FINEST);
        let (low, high) = (middle - half, middle + half);
        let step = round_step((high - low) / LINES);
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        let lines = (first..=last)
            .take(MOST_LINES)
            .map(|line| line as f64 * step)
            .collect();
        let decimals = (-step.log10()).ceil().clamp(0.0, MOST_DECIMALS) as usize;
        Self {
            low,
            high,
            lines,
            decimals,
        }
    }

    /// Where a value lies: 0 at the lower edge, 1 at the upper one.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

/// The next larger one of 1, 2, 5, 10 … for that step.
fn round_step(step: f64) -> f64 {
    let magnitude = 10_f64.powf(step.log10().floor());
    let round = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|round| round * magnitude >= step * 0.999);
    round.unwrap_or(10.0) * magnitude
}

/// Between lines of time, in minutes.
const STEPS: [i64; 10] = [1, 5, 10, 15, 30, 60, 120, 180, 240, 360];

/// The moments, in milliseconds since 1970, at which lines of time stand: not more than eight.
#[must_use]
pub fn lines_of_time(from: i64, to: i64) -> Vec<i64> {
    let fits = |minutes: &&i64| (to - from) / (**minutes * 60_000) <= 7;
    let minutes = STEPS.iter().find(fits).copied().unwrap_or(720);
    let step = minutes * 60_000;
    let first = from.div_euclid(step) + i64::from(from.rem_euclid(step) > 0);
    (first..=to.div_euclid(step))
        .map(|line| line * step)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_at_round_figures() {
        let axis = Axis::around(12.1, 14.5, 0.5);
        assert_eq!(axis.lines, [12.5, 13.0, 13.5, 14.0, 14.5]);
        assert_eq!(axis.decimals, 1);
        let axis = Axis::around(13.60, 13.62, 0.4);
        assert_eq!(axis.decimals, 1);
        assert!(axis.lines.len() >= 3, "{axis:?}");
        assert!((axis.place(13.61) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn lines_of_time_stand_at_whole_minutes_and_hours() {
        let hour = 3_600_000;
        assert_eq!(
            lines_of_time(hour / 2, 6 * hour),
            [1, 2, 3, 4, 5, 6].map(|h| h * hour)
        );
        assert_eq!(lines_of_time(0, 24 * hour).len(), 7);
        assert!(lines_of_time(1, 90_000).len() <= 8);
    }
}
