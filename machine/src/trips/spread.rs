//! Least, middle and greatest of some times.

use std::time::Duration;

/// Least, middle and greatest.
#[derive(Debug, PartialEq, Eq)]
pub struct Spread {
    count: usize,
    least: Duration,
    median: Duration,
    greatest: Duration,
}

impl Spread {
    /// Of those; `None` of none.
    pub fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        Some(Self {
            count: times.len(),
            least: *times.first()?,
            // Of an even number the later of the two in the middle.
            median: *times.get(times.len() / 2)?,
            greatest: *times.last()?,
        })
    }

    /// For people, with the part that the greatest takes of a goal.
    pub fn against(&self, goal: Duration) -> String {
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        format!(
            "{} times, min {:.1} ms, median {:.1} ms, max {:.1} ms: {:.2} of the goal of {:.0} ms at most",
            self.count,
            millis(self.least),
            millis(self.median),
            millis(self.greatest),
            self.greatest.as_secs_f64() / goal.as_secs_f64(),
            millis(goal)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_some_times_is_told_against_a_goal() {
        let times = [30, 10, 20, 50].map(Duration::from_millis).to_vec();
        let told = Spread::of(times).map(|spread| spread.against(Duration::from_millis(100)));
        let wanted =
            "4 times, min 10.0 ms, median 30.0 ms, max 50.0 ms: 0.50 of the goal of 100 ms at most";
        assert_eq!(told.as_deref(), Some(wanted));
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
