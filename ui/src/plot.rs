//! The geometry of a sparkline, in a box of 100 × 40 units.

use crate::format::fixed;

/// Width of the box.
const WIDTH: f64 = 100.0;
/// Height of the box.
const HEIGHT: f64 = 40.0;
/// The box as an SVG view box.
pub const VIEW_BOX: &str = "0 0 100 40";
/// Kept free above and below the line.
const MARGIN: f64 = 3.0;
const LEAST_SPAN_MS: f64 = 10.0 * 60_000.0;
/// Two points further apart than this many windows have a hole between them.
const HOLE_WINDOWS: f64 = 2.2;

/// A stretch of time without values, as fractions of the width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hole {
    /// Where it begins.
    pub from: f64,
    /// How wide it is.
    pub width: f64,
}

/// A sparkline.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sparkline {
    /// The line, as an SVG path.
    pub line: String,
    /// Stretches without values.
    pub holes: Vec<Hole>,
    /// Least and greatest value; none without values.
    pub range: Option<(f64, f64)>,
    /// The span of time that is shown, in minutes of site time.
    pub minutes: f64,
}

/// Draws points (moment in ms, value) over at least ten minutes up to `end_ms`, on a scale of
/// their own that is never finer than `least_range`.
pub fn sparkline(
    points: impl Iterator<Item = (f64, Option<f64>)> + Clone,
    end_ms: f64,
    window_ms: f64,
    least_range: f64,
) -> Sparkline {
    let Some((first_ms, _)) = points.clone().next() else {
        return Sparkline::default();
    };
    let span_ms = (end_ms - first_ms).max(LEAST_SPAN_MS);
    let x = |at_ms: f64| 1.0 - (end_ms - at_ms) / span_ms;
    let range = points.clone().filter_map(|(_, value)| value).fold(
        None,
        |range: Option<(f64, f64)>, value| {
            let (low, high) = range.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        },
    );
    let scale = Scale::of(range.unwrap_or_default(), least_range);
    let mut line = String::new();
    let mut holes = Vec::new();
    let mut last_value_ms = None;
    for (at_ms, value) in points {
        let Some(value) = value else { continue };
        let is_joined = match last_value_ms {
            Some(last_ms) if at_ms - last_ms > HOLE_WINDOWS * window_ms => {
                holes.push(hole(x(last_ms), x(at_ms)));
                false
            }
            last => last.is_some(),
        };
        let across = fixed(x(at_ms) * WIDTH, 1);
        let down = fixed(scale.y(value), 1);
        // A point alone is drawn by the round end of its line.
        line += &if is_joined {
            format!("L{across} {down}")
        } else {
            format!("M{across} {down}h.01")
        };
        last_value_ms = Some(at_ms);
    }
    if let Some(last_ms) = last_value_ms
        && end_ms - last_ms > HOLE_WINDOWS * window_ms
    {
        holes.push(hole(x(last_ms), 1.0));
    }
    Sparkline {
        line,
        holes,
        range,
        minutes: span_ms / 60_000.0,
    }
}

fn hole(from: f64, to: f64) -> Hole {
    Hole {
        from,
        width: to - from,
    }
}

struct Scale {
    middle: f64,
    half: f64,
}

impl Scale {
    fn of((low, high): (f64, f64), least_range: f64) -> Self {
        Self {
            middle: f64::midpoint(low, high),
            half: (high - low).max(least_range) / 2.0,
        }
    }

    fn y(&self, value: f64) -> f64 {
        let fraction = (value - self.middle) / self.half;
        HEIGHT / 2.0 - fraction * (HEIGHT / 2.0 - MARGIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW_MS: f64 = 30_000.0;

    fn draw(points: &[(f64, Option<f64>)], end_s: f64) -> Sparkline {
        let points = points.iter().map(|(at_s, value)| (at_s * 1000.0, *value));
        sparkline(points, end_s * 1000.0, WINDOW_MS, 0.2)
    }

    #[test]
    fn without_points_there_is_nothing() {
        assert_eq!(draw(&[], 100.0), Sparkline::default());
    }

    #[test]
    fn a_quiet_line_stays_in_the_middle() {
        let drawn = draw(&[(0.0, Some(13.60)), (30.0, Some(13.60))], 30.0);
        assert_eq!(drawn.line, "M95.0 20.0h.01L100.0 20.0");
        assert_eq!(drawn.range, Some((13.60, 13.60)));
        assert!(drawn.holes.is_empty());
        assert!((drawn.minutes - 10.0).abs() < 1e-9);
    }

    #[test]
    fn the_extremes_touch_the_margins() {
        let drawn = draw(&[(0.0, Some(12.0)), (30.0, Some(14.0))], 30.0);
        assert!(
            drawn.line.contains(" 37.0") && drawn.line.contains(" 3.0"),
            "{}",
            drawn.line
        );
    }

    #[test]
    fn holes_are_not_drawn_over() {
        let drawn = draw(
            &[
                (0.0, Some(13.0)),
                (30.0, None),
                (60.0, None),
                (90.0, Some(13.0)),
            ],
            90.0,
        );
        assert_eq!(drawn.line.matches('M').count(), 2);
        assert_eq!(drawn.holes.len(), 1);
        let silent = draw(&[(0.0, Some(13.0)), (30.0, Some(13.0))], 600.0);
        assert_eq!(silent.holes.len(), 1);
        assert!((silent.holes[0].from - 0.05).abs() < 1e-9);
    }
}
