//! What age does to a battery: less capacity, more resistance, more float current; and how it comes.

/// Hours of a year.
const HOURS_PER_YEAR: f64 = 8766.0;
/// State of health at the end of the rated life: replacement is due (IEEE 1188).
const END_OF_LIFE: f64 = 0.8;

/// State of health, 1 = new, 0.8 = due for replacement by IEEE 1188 (share of the rated capacity left).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StateOfHealth(f64);

impl StateOfHealth {
    /// A new battery.
    pub const NEW: Self = Self(1.0);
    /// The least share of the capacity that the model stands for.
    pub const LEAST: f64 = 0.3;

    /// A state of health, clamped to [`Self::LEAST`]..=1; not-a-number counts as new.
    #[must_use]
    pub fn new(share_of_capacity: f64) -> Self {
        if share_of_capacity.is_nan() {
            return Self::NEW;
        }
        Self(share_of_capacity.clamp(Self::LEAST, 1.0))
    }

    /// Share of the rated capacity that is left.
    #[must_use]
    pub fn capacity_factor(self) -> f64 {
        self.0
    }

    /// Growth of every resistance: +50 % at 80 % of the capacity, the level at which the trade acts.
    /// General knowledge, not a standard.
    #[must_use]
    pub fn resistance_factor(self) -> f64 {
        1.0 + 2.5 * (1.0 - self.0)
    }

    /// Growth of the gassing current: +50 % at 80 % of the capacity. Victron states that the tail current
    /// rises with age and gives no figure; this one is general knowledge.
    #[must_use]
    pub fn gassing_factor(self) -> f64 {
        1.0 + 2.5 * (1.0 - self.0)
    }
}

/// How fast a battery on float ages: `dlife = dt / L20 · 2^((T − 20) / halving)`.
///
/// Temperature alone counts. Cycles, float voltage and time spent discharged age a real battery too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgeingParameters {
    /// Service life at a constant 20 °C, until 80 % of the capacity is left, years.
    pub life_years_at_20_celsius: f64,
    /// Rise of the temperature that halves the life, K: 10 (C&D), 8.3 (makers of UPS).
    pub halving_kelvins: f64,
}

impl AgeingParameters {
    /// Service life at a constant temperature, years.
    #[must_use]
    pub fn life_years(&self, celsius: f64) -> f64 {
        self.life_years_at_20_celsius * ((20.0 - celsius) / self.halving_kelvins).exp2()
    }

    /// Loss of state of health at a temperature, 1/h.
    #[must_use]
    pub fn loss_per_hour(&self, celsius: f64) -> f64 {
        (1.0 - END_OF_LIFE) / (self.life_years(celsius) * HOURS_PER_YEAR)
    }
}

impl StateOfHealth {
    /// What is left of it after a further loss.
    #[must_use]
    pub fn reduced_by(self, loss: f64) -> Self {
        Self::new(self.0 - loss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_lie_near_those_of_the_victron_book() {
        // Years at 20, 25 and 30 °C. The law halves in 10 K; at 25 °C the book rounds to whole years.
        for (parameters, published) in [
            (8.0, [8.0, 6.0, 4.0]),
            (5.0, [5.0, 3.6, 2.5]),
            (16.0, [16.0, 11.0, 8.0]),
        ]
        .map(|(life_years_at_20_celsius, published)| {
            let parameters = AgeingParameters {
                life_years_at_20_celsius,
                halving_kelvins: 10.0,
            };
            (parameters, published)
        }) {
            for (celsius, years) in [20.0, 25.0, 30.0].into_iter().zip(published) {
                let error = parameters.life_years(celsius) / years - 1.0;
                assert!(error.abs() < 0.06, "{years} years at {celsius} °C: {error}");
            }
        }
    }
}
