//! Lead-acid by two wells of charge (KiBaM), a rest voltage, a surface charge and resistances.

mod open_circuit;
mod polarisation;
mod surface;
mod two_wells;

pub use polarisation::PolarisationParameters;
pub use two_wells::TwoWellsParameters;

use super::conditions::Conditions;
use super::curve::Curve;
use super::reaction::{MainReaction, Step};
use polarisation::{Polarisation, TransferOhms};
use surface::SurfaceCharge;
use two_wells::TwoWells;

/// Share of the charged ampere-hours that can be had back, gassing apart: 0.955 over a whole cycle in
/// measured set A, of which gassing takes the rest.
const CHARGE_EFFICIENCY: f64 = 0.965;
/// Capacity at the 20 h rate of the battery of measured set A, Ah (fitted; 100 Ah are rated).
const SET_A_AMPERE_HOURS: f64 = 101.8;

/// The constants of a new block of six cells at 25 °C.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KineticParameters {
    /// Charge wells.
    pub wells: TwoWellsParameters,
    /// Resistances.
    pub polarisation: PolarisationParameters,
    /// Rest voltage at full beyond that of AGM, V; it fades towards empty.
    pub rest_shift_volts: f64,
}

impl KineticParameters {
    /// An AGM block of a capacity at the 20 h rate.
    #[must_use]
    pub fn agm(ampere_hours: f64) -> Self {
        Self {
            wells: TwoWellsParameters::from_20_hour_capacity(ampere_hours),
            polarisation: PolarisationParameters::agm(ampere_hours),
            rest_shift_volts: 0.0,
        }
    }

    /// The battery of measured set A, with its leads.
    #[must_use]
    pub fn measured_set_a() -> Self {
        Self {
            wells: TwoWellsParameters::from_20_hour_capacity(SET_A_AMPERE_HOURS),
            polarisation: PolarisationParameters::measured_set_a(),
            rest_shift_volts: 0.0,
        }
    }
}

/// The model's state.
#[derive(Debug, Clone, PartialEq)]
pub struct KineticLead {
    parameters: KineticParameters,
    wells: TwoWells,
    polarisation: Polarisation,
    surface: SurfaceCharge,
    /// What follows from the state above, computed once a step.
    open_circuit_volts: f64,
    transfer: TransferOhms,
}

impl KineticLead {
    /// A battery after a long rest.
    #[must_use]
    pub fn rested(
        parameters: KineticParameters,
        rated_ampere_hours: f64,
        state_of_charge: f64,
        conditions: &Conditions,
    ) -> Self {
        let mut wells = TwoWells::rested(parameters.wells, state_of_charge);
        wells.shrink_to(conditions.state_of_health.capacity_factor());
        let transfer = TransferOhms::new(&parameters.polarisation, wells.available_level());
        let mut rested = Self {
            parameters,
            wells,
            polarisation: Polarisation::default(),
            surface: SurfaceCharge::rested(rated_ampere_hours),
            open_circuit_volts: 0.0,
            transfer,
        };
        rested.follow(conditions);
        rested
    }

    fn follow(&mut self, conditions: &Conditions) {
        let level = self.wells.available_level();
        self.open_circuit_volts = open_circuit::rest_volts(level, conditions)
            + self.parameters.rest_shift_volts * level
            + self.surface.volts(level);
        self.transfer = TransferOhms::new(&self.parameters.polarisation, level);
    }
}

impl MainReaction for KineticLead {
    fn open_circuit_volts(&self) -> f64 {
        self.open_circuit_volts
    }

    fn curve(&self, conditions: &Conditions, seconds: f64) -> Curve {
        Curve::Line(self.polarisation.line(
            &self.parameters.polarisation,
            self.transfer.times(conditions.resistance_factor),
            conditions.resistance_factor,
            seconds,
        ))
    }

    fn advance(&mut self, step: Step, conditions: &Conditions) {
        self.polarisation.advance(
            &self.parameters.polarisation,
            self.transfer.times(conditions.resistance_factor),
            conditions.resistance_factor,
            step,
        );
        self.surface
            .advance(self.polarisation.double_layer_volts(), step);
        self.wells
            .advance(step.stored_amperes(CHARGE_EFFICIENCY), step.hours());
        self.follow(conditions);
    }

    fn adapt(&mut self, conditions: &Conditions) {
        self.wells
            .shrink_to(conditions.state_of_health.capacity_factor());
        self.follow(conditions);
    }

    fn charge_ampere_hours(&self) -> f64 {
        self.wells.charge_ampere_hours()
    }

    fn state_of_charge(&self) -> f64 {
        self.wells.state_of_charge()
    }
}
