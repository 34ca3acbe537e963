//! Lithium iron phosphate, four cells in series: a flat rest voltage, an ohmic part and one slow pair.
//!
//! Simple on purpose, and not fitted on a measured battery. Near full the charge transfer's resistance
//! grows as in lead-acid, so that the current tapers at the charger's voltage. The protection circuit
//! that such batteries contain is not modelled: nothing disconnects at 14.6 V or at 10 V.

use super::conditions::Conditions;
use super::curve::{Curve, Line};
use super::interpolation::between;
use super::reaction::{MainReaction, Step};

/// State of charge against rested voltage, V for four cells (general knowledge).
const RESTED_VOLTS: [(f64, f64); 13] = [
    (0.0, 10.0),
    (0.02, 11.6),
    (0.05, 12.2),
    (0.10, 12.80),
    (0.20, 12.92),
    (0.30, 13.02),
    (0.40, 13.10),
    (0.50, 13.13),
    (0.60, 13.16),
    (0.70, 13.26),
    (0.90, 13.33),
    (0.99, 13.45),
    (1.0, 13.60),
];
/// Share of the charged ampere-hours that can be had back.
const CHARGE_EFFICIENCY: f64 = 0.995;
/// Time constant of the slow pair, s.
const SLOW_SECONDS: f64 = 60.0;
/// Exponent of the charge transfer near full.
const TAPER_EXPONENT: f64 = 1.2;
/// Room below which the battery counts as full.
const LEAST_ROOM: f64 = 1e-5;

/// The constants of a new battery.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lifepo4Parameters {
    /// Cells, connectors and protection circuit, Ω.
    pub ohmic_ohms: f64,
    /// The pair of a minute, Ω.
    pub slow_ohms: f64,
    /// Charge transfer near full: this over (1 − state of charge)^1.2, Ω.
    pub charging_ohms: f64,
}

impl Lifepo4Parameters {
    /// A battery of a capacity: 10 mΩ at 100 Ah (general knowledge).
    #[must_use]
    pub fn typical(ampere_hours: f64) -> Self {
        Self {
            ohmic_ohms: 0.002 + 0.8 / ampere_hours,
            slow_ohms: 0.4 / ampere_hours,
            charging_ohms: 0.08 / ampere_hours,
        }
    }
}

/// The model's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Lifepo4 {
    parameters: Lifepo4Parameters,
    rated_ampere_hours: f64,
    capacity_ampere_hours: f64,
    charge_ampere_hours: f64,
    slow_volts: f64,
    /// What follows from the state above, computed once a step.
    open_circuit_volts: f64,
    transfer_ohms: f64,
}

impl Lifepo4 {
    /// A battery after a long rest.
    #[must_use]
    pub fn rested(
        parameters: Lifepo4Parameters,
        rated_ampere_hours: f64,
        state_of_charge: f64,
        conditions: &Conditions,
    ) -> Self {
        let mut rested = Self {
            parameters,
            rated_ampere_hours,
            capacity_ampere_hours: rated_ampere_hours,
            charge_ampere_hours: rated_ampere_hours * state_of_charge.clamp(0.0, 1.0),
            slow_volts: 0.0,
            open_circuit_volts: 0.0,
            transfer_ohms: 0.0,
        };
        rested.adapt(conditions);
        rested
    }

    fn follow(&mut self) {
        let level = self.state_of_charge();
        let room = (1.0 - level).max(LEAST_ROOM);
        self.open_circuit_volts = between(&RESTED_VOLTS, level);
        self.transfer_ohms = self.parameters.charging_ohms / room.powf(TAPER_EXPONENT);
    }
}

impl MainReaction for Lifepo4 {
    fn open_circuit_volts(&self) -> f64 {
        self.open_circuit_volts
    }

    fn curve(&self, conditions: &Conditions, seconds: f64) -> Curve {
        let kept = 1.0 / (1.0 + seconds / SLOW_SECONDS);
        let straight_ohms = conditions.resistance_factor
            * (self.parameters.ohmic_ohms + self.parameters.slow_ohms * (1.0 - kept));
        Curve::Line(Line {
            kink_amperes: 0.0,
            kink_volts: self.slow_volts * kept,
            charging_ohms: straight_ohms + conditions.resistance_factor * self.transfer_ohms,
            discharging_ohms: straight_ohms,
        })
    }

    fn advance(&mut self, step: Step, conditions: &Conditions) {
        let settled = step.amperes * self.parameters.slow_ohms * conditions.resistance_factor;
        let steps = step.seconds / SLOW_SECONDS;
        self.slow_volts = (self.slow_volts + settled * steps) / (1.0 + steps);
        let stored = step.stored_amperes(CHARGE_EFFICIENCY) * step.hours();
        self.charge_ampere_hours =
            (self.charge_ampere_hours + stored).clamp(0.0, self.capacity_ampere_hours);
        self.follow();
    }

    fn adapt(&mut self, conditions: &Conditions) {
        let capacity = self.rated_ampere_hours * conditions.state_of_health.capacity_factor();
        self.charge_ampere_hours *= capacity / self.capacity_ampere_hours;
        self.capacity_ampere_hours = capacity;
        self.follow();
    }

    fn charge_ampere_hours(&self) -> f64 {
        self.charge_ampere_hours
    }

    fn state_of_charge(&self) -> f64 {
        (self.charge_ampere_hours / self.capacity_ampere_hours).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(level: f64) -> f64 {
        between(&RESTED_VOLTS, level)
    }

    #[test]
    fn the_plateau_is_flat_and_its_ends_are_steep() {
        assert!(rest(0.8) - rest(0.2) < 0.45);
        assert!(rest(0.2) - rest(0.0) > 2.0);
        assert!(rest(1.0) - rest(0.9) > 0.2);
    }
}
