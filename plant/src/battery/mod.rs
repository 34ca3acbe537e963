//! The simulated battery: one 12 V block.
//!
//! Each file holds one effect; this one joins them. In a step the terminals see the main reaction of the
//! chosen model (open-circuit voltage plus overvoltage) and, in parallel, the gassing current. Around
//! them stand the thermal lump, self-discharge and ageing. The current is positive when it charges.

mod ageing;
mod conditions;
mod copetti;
mod curve;
mod gassing;
mod interpolation;
mod kinetic;
mod lifepo4;
mod parameters;
mod reaction;
mod response;
mod thermal;

pub use ageing::{AgeingParameters, StateOfHealth};
pub use kinetic::{KineticParameters, PolarisationParameters, TwoWellsParameters};
pub use lifepo4::Lifepo4Parameters;
pub use parameters::{BatteryModel, BatteryParameters};
pub use response::{Response, Terminals};
pub use thermal::ThermalParameters;

use conditions::Conditions;
use reaction::{MainReaction, Reaction, Step};
use thermal::Lump;

/// The battery's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Battery {
    parameters: BatteryParameters,
    reaction: Reaction,
    lump: Lump,
    state_of_health: StateOfHealth,
    conditions: Conditions,
    cell_shorted: bool,
    gassing_amperes: f64,
}

impl Battery {
    /// A battery after a long rest at a state of charge, 0..=1, and a temperature.
    #[must_use]
    pub fn rested(
        parameters: BatteryParameters,
        state_of_charge: f64,
        temperature_celsius: f64,
    ) -> Self {
        let state_of_health = parameters.state_of_health;
        let conditions = Conditions::new(&parameters, temperature_celsius, state_of_health);
        Self {
            reaction: Reaction::rested(&parameters, state_of_charge, &conditions),
            lump: Lump::new(parameters.thermal, temperature_celsius),
            state_of_health,
            conditions,
            cell_shorted: false,
            gassing_amperes: 0.0,
            parameters,
        }
    }

    /// Shorts one cell, or heals it.
    pub fn short_cell(&mut self, shorted: bool) {
        self.cell_shorted = shorted;
    }

    /// How the terminals answer during the next `seconds` (> 0).
    #[must_use]
    pub fn response(&self, seconds: f64) -> Response {
        let cells = self.parameters.cells();
        let working_cells = if self.cell_shorted {
            cells - 1.0
        } else {
            cells
        };
        Response::new(
            self.reaction.open_circuit_volts(),
            self.reaction.curve(&self.conditions, seconds),
            self.conditions.gassing.with_cells(working_cells),
            working_cells / cells,
        )
    }

    /// Applies a step of `seconds` at a current, A, whatever voltage that takes.
    ///
    /// `extra_heat_watts` warms the battery from outside. Returns the voltage at the terminals, V.
    pub fn advance(
        &mut self,
        terminal_amperes: f64,
        seconds: f64,
        surroundings_celsius: f64,
        extra_heat_watts: f64,
    ) -> f64 {
        let terminals = self.response(seconds).fed_with(terminal_amperes, 0.0, 1.0);
        self.apply(terminals, seconds, surroundings_celsius, extra_heat_watts);
        terminals.volts
    }

    /// Applies a step of `seconds` with what [`Self::response`] of the same length answered.
    pub fn apply(
        &mut self,
        terminals: Terminals,
        seconds: f64,
        surroundings_celsius: f64,
        extra_heat_watts: f64,
    ) {
        self.gassing_amperes = terminals.gassing_amperes;
        let open_circuit_volts = self.open_circuit_volts();
        let charge_before = self.reaction.charge_ampere_hours();
        let step = Step {
            amperes: terminals.amperes - terminals.gassing_amperes,
            self_discharge_amperes: self.conditions.self_discharge_per_hour * charge_before,
            seconds,
        };
        self.reaction.advance(step, &self.conditions);

        let stored = (self.reaction.charge_ampere_hours() - charge_before) / step.hours();
        // What enters and is not stored becomes heat: the oxygen cycle of a sealed battery gives back
        // all the energy of gassing inside.
        let loss_watts = terminals.volts * terminals.amperes - open_circuit_volts * stored;
        self.lump
            .advance(surroundings_celsius, loss_watts + extra_heat_watts, seconds);
        self.age(step.hours());
    }

    /// Voltage that the terminals would reach once the overvoltage has gone, V.
    #[must_use]
    pub fn open_circuit_volts(&self) -> f64 {
        let volts = self.reaction.open_circuit_volts();
        if self.cell_shorted {
            volts * (1.0 - 1.0 / self.parameters.cells())
        } else {
            volts
        }
    }

    /// Charge over what this battery, at its age, can hold, 0..=1.
    #[must_use]
    pub fn state_of_charge(&self) -> f64 {
        self.reaction.state_of_charge()
    }

    /// Charge in the battery, Ah.
    #[must_use]
    pub fn charge_ampere_hours(&self) -> f64 {
        self.reaction.charge_ampere_hours()
    }

    /// Its age by now.
    #[must_use]
    pub fn state_of_health(&self) -> StateOfHealth {
        self.state_of_health
    }

    /// Temperature of the block, °C.
    #[must_use]
    pub fn temperature_celsius(&self) -> f64 {
        self.lump.celsius()
    }

    /// Gassing current during the last step, A.
    #[must_use]
    pub fn gassing_amperes(&self) -> f64 {
        self.gassing_amperes
    }

    fn age(&mut self, hours: f64) {
        let loss = self.conditions.ageing_per_hour * hours;
        self.state_of_health = self.state_of_health.reduced_by(loss);
        let celsius = self.lump.celsius();
        if self.conditions.outdated(celsius, self.state_of_health) {
            self.conditions = Conditions::new(&self.parameters, celsius, self.state_of_health);
            self.reaction.adapt(&self.conditions);
        }
    }
}
