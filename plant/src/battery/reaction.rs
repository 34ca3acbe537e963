//! The main reaction of the battery, by the model that was chosen: all that gassing, heat and age are not.

use super::conditions::Conditions;
use super::copetti::CopettiLead;
use super::curve::Curve;
use super::kinetic::KineticLead;
use super::lifepo4::Lifepo4;
use super::parameters::{BatteryModel, BatteryParameters};

/// Currents that act on the stored charge during one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Current of the main reaction, A; positive = charging.
    pub amperes: f64,
    /// Current that the battery loses inside, A ≥ 0.
    pub self_discharge_amperes: f64,
    /// Length, s.
    pub seconds: f64,
}

impl Step {
    /// Length, h.
    #[must_use]
    pub fn hours(&self) -> f64 {
        self.seconds / 3600.0
    }

    /// Current that reaches the store, A, of which charging keeps a share.
    #[must_use]
    pub fn stored_amperes(&self, charge_efficiency: f64) -> f64 {
        let kept = if self.amperes > 0.0 {
            charge_efficiency * self.amperes
        } else {
            self.amperes
        };
        kept - self.self_discharge_amperes
    }
}

/// What every model of the main reaction answers.
pub trait MainReaction {
    /// Voltage that the terminals show without current, V: what lingers after charging included.
    fn open_circuit_volts(&self) -> f64;
    /// The overvoltage during the next `seconds` > 0.
    fn curve(&self, conditions: &Conditions, seconds: f64) -> Curve;
    /// Applies a step.
    fn advance(&mut self, step: Step, conditions: &Conditions);
    /// Follows a change of temperature or age; the state of charge stays.
    fn adapt(&mut self, conditions: &Conditions);
    /// Stored charge, Ah.
    fn charge_ampere_hours(&self) -> f64;
    /// Stored charge over what the battery, at its age, can hold, 0..=1.
    fn state_of_charge(&self) -> f64;
}

/// The model that was chosen. An enum: it is copied with the plant and called some ten million times a year.
#[derive(Debug, Clone, PartialEq)]
pub enum Reaction {
    /// Two wells of charge.
    Kinetic(KineticLead),
    /// Copetti's equations.
    Copetti(CopettiLead),
    /// Lithium iron phosphate.
    Lifepo4(Lifepo4),
}

impl Reaction {
    /// The reaction of a battery after a long rest.
    #[must_use]
    pub fn rested(
        parameters: &BatteryParameters,
        state_of_charge: f64,
        conditions: &Conditions,
    ) -> Self {
        let rated_ampere_hours = parameters.rated_ampere_hours;
        match parameters.model {
            BatteryModel::Kinetic(model) => Self::Kinetic(KineticLead::rested(
                model,
                rated_ampere_hours,
                state_of_charge,
                conditions,
            )),
            BatteryModel::Copetti => Self::Copetti(CopettiLead::rested(
                rated_ampere_hours,
                state_of_charge,
                conditions,
            )),
            BatteryModel::Lifepo4(model) => Self::Lifepo4(Lifepo4::rested(
                model,
                rated_ampere_hours,
                state_of_charge,
                conditions,
            )),
        }
    }

    fn model(&self) -> &dyn MainReaction {
        match self {
            Self::Kinetic(model) => model,
            Self::Copetti(model) => model,
            Self::Lifepo4(model) => model,
        }
    }

    fn model_mut(&mut self) -> &mut dyn MainReaction {
        match self {
            Self::Kinetic(model) => model,
            Self::Copetti(model) => model,
            Self::Lifepo4(model) => model,
        }
    }
}

impl MainReaction for Reaction {
    fn open_circuit_volts(&self) -> f64 {
        self.model().open_circuit_volts()
    }

    fn curve(&self, conditions: &Conditions, seconds: f64) -> Curve {
        self.model().curve(conditions, seconds)
    }

    fn advance(&mut self, step: Step, conditions: &Conditions) {
        self.model_mut().advance(step, conditions);
    }

    fn adapt(&mut self, conditions: &Conditions) {
        self.model_mut().adapt(conditions);
    }

    fn charge_ampere_hours(&self) -> f64 {
        self.model().charge_ampere_hours()
    }

    fn state_of_charge(&self) -> f64 {
        self.model().state_of_charge()
    }
}
