//! A value from a table of points.

/// The value at `at` of a line through points that rise in their first number; constant beyond its ends.
#[must_use]
pub fn between(points: &[(f64, f64)], at: f64) -> f64 {
    let next = points.iter().position(|(point, _)| *point > at);
    match (next, points.first(), points.last()) {
        (Some(next), Some(_), _) if next > 0 => {
            let ((from, from_value), (to, to_value)) = (points[next - 1], points[next]);
            from_value + (to_value - from_value) * (at - from) / (to - from)
        }
        (Some(_), Some((_, value)), _) | (None, _, Some((_, value))) => *value,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_meets_the_points_and_halves_the_way_between_them() {
        let points = [(0.0, 1.0), (0.5, 2.0), (1.0, 6.0)];
        for (at, value) in [
            (-1.0, 1.0),
            (0.0, 1.0),
            (0.25, 1.5),
            (0.5, 2.0),
            (0.75, 4.0),
            (1.0, 6.0),
            (2.0, 6.0),
        ] {
            assert_eq!(between(&points, at), value, "at {at}");
        }
    }
}
