//! What is left of a decaying quantity after a while: `e^(−t/τ)`.

/// The decay of one time constant, remembered for the last duration: the steps of a simulation repeat.
#[derive(Debug, Clone, PartialEq)]
pub struct Decay {
    time_constant: f64,
    elapsed: f64,
    kept: f64,
}

impl Decay {
    /// Any unit of time, the same in [`Self::kept_after`]; `time_constant` > 0.
    #[must_use]
    pub fn new(time_constant: f64) -> Self {
        Self {
            time_constant,
            elapsed: 0.0,
            kept: 1.0,
        }
    }

    /// Share that is left after `elapsed` ≥ 0.
    pub fn kept_after(&mut self, elapsed: f64) -> f64 {
        if elapsed != self.elapsed {
            self.elapsed = elapsed;
            self.kept = (-elapsed / self.time_constant).exp();
        }
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_duration_does_not_answer_for_another() {
        let mut decay = Decay::new(20.0);
        for elapsed in [3.0, 3.0, 20.0, 0.0, 3.0] {
            assert_eq!(decay.kept_after(elapsed), (-elapsed / 20.0).exp());
        }
    }
}
