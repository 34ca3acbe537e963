//! Tells the person who waits what is being done, how long it usually takes, and how long it took.

use std::time::{Duration, Instant};

/// A step of a command, announced when it begins.
pub struct Step {
    name: &'static str,
    begun: Instant,
}

impl Step {
    /// Announces a step. `usual_duration` is a hint such as "about 2 minutes the first time".
    pub fn begin(name: &'static str, usual_duration: &str) -> Self {
        eprintln!("▸ {name} ({usual_duration})");
        Self {
            name,
            begun: Instant::now(),
        }
    }

    /// Says that the step is over and how long it took.
    pub fn done(self) {
        eprintln!("✓ {} in {}", self.name, duration_text(self.begun.elapsed()));
    }
}

/// A duration as a person reads it: `0.4 s`, `38 s`, `3 min 05 s`.
pub fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::duration_text;
    use std::time::Duration;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(duration_text(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration_text(Duration::from_millis(38_900)), "38 s");
        assert_eq!(duration_text(Duration::from_secs(185)), "3 min 05 s");
    }
}
