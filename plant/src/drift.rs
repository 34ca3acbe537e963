//! A random value that wanders around zero: noise with a memory, the same for any length of step.

use crate::decay::Decay;
use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg32;

/// An Ornstein-Uhlenbeck process of unit standard deviation.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    memory: Decay,
    deviations: f64,
}

impl Drift {
    /// Starts at zero; `memory_seconds` > 0 is its correlation time.
    #[must_use]
    pub fn new(memory_seconds: f64) -> Self {
        Self {
            memory: Decay::new(memory_seconds),
            deviations: 0.0,
        }
    }

    /// Its value in standard deviations.
    #[must_use]
    pub fn deviations(&self) -> f64 {
        self.deviations
    }

    /// Lets `seconds` pass.
    pub fn advance(&mut self, seconds: f64, random: &mut Pcg32) {
        let kept = self.memory.kept_after(seconds);
        let fresh: f64 = random.sample(StandardNormal);
        self.deviations = kept * self.deviations + (1.0 - kept * kept).sqrt() * fresh;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn its_spread_does_not_depend_on_the_step() {
        for seconds in [1.0, 30.0, 600.0] {
            let mut random = Pcg32::seed_from_u64(7);
            let mut drift = Drift::new(20.0);
            let mut sum_of_squares = 0.0;
            for _ in 0..20_000 {
                drift.advance(seconds, &mut random);
                sum_of_squares += drift.deviations() * drift.deviations();
            }
            let deviation = (sum_of_squares / 20_000.0).sqrt();
            assert!((deviation - 1.0).abs() < 0.1, "{seconds} s: {deviation}");
        }
    }
}
