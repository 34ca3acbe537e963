//! What age does to a battery: less capacity, more resistance, more float current.

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
