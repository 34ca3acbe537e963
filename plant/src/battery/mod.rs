//! The simulated battery: one 12 V block of six lead-acid cells.
//!
//! Each file holds one effect; this one joins them. In a step the terminals see a main reaction
//! (open-circuit voltage plus polarisation) and, in parallel, the gassing current. The current is
//! positive when it charges.

mod ageing;
mod gassing;
mod open_circuit;
mod polarisation;
mod response;
mod thermal;
mod two_wells;

pub use ageing::StateOfHealth;
pub use polarisation::PolarisationParameters;
pub use response::Response;
pub use thermal::ThermalParameters;
pub use two_wells::TwoWellsParameters;

use gassing::Gassing;
use open_circuit::open_circuit_volts;
use polarisation::{Conditions, Polarisation};
use two_wells::TwoWells;

/// Share of the charged ampere-hours that can be had back, gassing apart: 0.955 over a whole cycle in
/// measured set A, of which gassing takes 0.6 %.
const CHARGE_EFFICIENCY: f64 = 0.96;
/// Loss of capacity in the cold, 1/K below 25 °C (Vinachem 12 V 40 Ah: 90 % at 10 °C, 74 % at −10 °C).
const COLD_LOSS_PER_KELVIN: f64 = 0.007;
/// Growth of the resistances in the cold, 1/K (the discharge term of Copetti's model).
const RESISTANCE_PER_KELVIN: f64 = 0.007;
const SECONDS_PER_HOUR: f64 = 3600.0;
const HOURS_PER_MONTH: f64 = 720.0;

/// What a battery is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatteryParameters {
    /// Rated capacity at the 20 h rate, Ah.
    pub rated_ampere_hours: f64,
    /// Charge wells of the new battery.
    pub wells: TwoWellsParameters,
    /// Resistances of the new battery.
    pub polarisation: PolarisationParameters,
    /// Heat capacity and cooling.
    pub thermal: ThermalParameters,
    /// Age.
    pub state_of_health: StateOfHealth,
    /// Self-discharge at 20 °C beside gassing, a share of the charge a month; it doubles every 10 K.
    pub self_discharge_per_month: f64,
}

impl BatteryParameters {
    /// A new AGM block like the one of measured set A (Universal UB121000), scaled to its capacity.
    ///
    /// Gassing takes 2 % a month at rest and 20 °C; the 1 % given here beside it makes up the 3 % that
    /// Victron states for AGM. Mass is taken as 0.31 kg/Ah, cooling as free convection in a cabinet.
    #[must_use]
    pub fn agm(rated_ampere_hours: f64) -> Self {
        Self {
            rated_ampere_hours,
            wells: TwoWellsParameters::from_20_hour_capacity(rated_ampere_hours),
            polarisation: PolarisationParameters::from_20_hour_capacity(rated_ampere_hours),
            thermal: ThermalParameters {
                heat_capacity_joules_per_kelvin: 280.0 * rated_ampere_hours,
                resistance_kelvins_per_watt: 1.2 * (18.0 / rated_ampere_hours).powf(2.0 / 3.0),
            },
            state_of_health: StateOfHealth::NEW,
            self_discharge_per_month: 0.01,
        }
    }
}

/// The battery's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Battery {
    parameters: BatteryParameters,
    wells: TwoWells,
    polarisation: Polarisation,
    temperature_celsius: f64,
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
        let wells = TwoWellsParameters {
            capacity_ampere_hours: parameters.wells.capacity_ampere_hours
                * parameters.state_of_health.capacity_factor(),
            ..parameters.wells
        };
        Self {
            wells: TwoWells::rested(wells, state_of_charge),
            parameters,
            polarisation: Polarisation::default(),
            temperature_celsius,
            gassing_amperes: 0.0,
        }
    }

    /// How the terminals answer during the next `seconds` (> 0).
    #[must_use]
    pub fn response(&self, seconds: f64) -> Response {
        Response::new(
            self.open_circuit_volts(),
            self.polarisation
                .line(&self.parameters.polarisation, self.conditions(), seconds),
            Gassing::new(
                self.parameters.rated_ampere_hours,
                self.temperature_celsius,
                self.parameters.state_of_health.gassing_factor(),
            ),
        )
    }

    /// Applies a step of `seconds` at a current that [`Self::response`] of the same length allowed.
    ///
    /// `extra_heat_watts` warms the battery from outside. Returns the voltage at the terminals, V.
    pub fn advance(
        &mut self,
        terminal_amperes: f64,
        seconds: f64,
        surroundings_celsius: f64,
        extra_heat_watts: f64,
    ) -> f64 {
        let response = self.response(seconds);
        let terminal_volts = response.volts_at(terminal_amperes);
        self.gassing_amperes = response.gassing_amperes(terminal_volts);
        let main_amperes = terminal_amperes - self.gassing_amperes;
        let open_circuit_volts = self.open_circuit_volts();
        let charge_before = self.wells.charge_ampere_hours();

        self.polarisation.advance(
            &self.parameters.polarisation,
            self.conditions(),
            main_amperes,
            seconds,
        );
        let hours = seconds / SECONDS_PER_HOUR;
        self.wells
            .advance(stored(main_amperes) - self.self_discharge_amperes(), hours);

        let stored_ampere_hours = self.wells.charge_ampere_hours() - charge_before;
        // What enters and is not stored becomes heat: the oxygen cycle of a sealed battery gives back
        // all the energy of gassing inside.
        let loss_watts =
            terminal_volts * terminal_amperes - open_circuit_volts * stored_ampere_hours / hours;
        self.temperature_celsius = self.parameters.thermal.advance(
            self.temperature_celsius,
            surroundings_celsius,
            loss_watts + extra_heat_watts,
            seconds,
        );
        terminal_volts
    }

    /// Voltage that the terminals would reach after the polarisation has gone, V.
    #[must_use]
    pub fn open_circuit_volts(&self) -> f64 {
        let unusable = (COLD_LOSS_PER_KELVIN * (25.0 - self.temperature_celsius)).clamp(0.0, 0.5);
        open_circuit_volts(
            self.wells.available_level(),
            unusable,
            self.temperature_celsius,
        )
    }

    /// Charge over what this battery, at its age, can hold, 0..=1.
    #[must_use]
    pub fn state_of_charge(&self) -> f64 {
        self.wells.state_of_charge()
    }

    /// Charge in the battery, Ah.
    #[must_use]
    pub fn charge_ampere_hours(&self) -> f64 {
        self.wells.charge_ampere_hours()
    }

    /// Temperature of the block, °C.
    #[must_use]
    pub fn temperature_celsius(&self) -> f64 {
        self.temperature_celsius
    }

    /// Gassing current during the last step, A.
    #[must_use]
    pub fn gassing_amperes(&self) -> f64 {
        self.gassing_amperes
    }

    fn conditions(&self) -> Conditions {
        let cold = 1.0 - RESISTANCE_PER_KELVIN * (self.temperature_celsius - 25.0);
        Conditions {
            level: self.wells.available_level(),
            resistance_factor: self.parameters.state_of_health.resistance_factor()
                * cold.clamp(0.7, 1.6),
        }
    }

    fn self_discharge_amperes(&self) -> f64 {
        let doubling = ((self.temperature_celsius - 20.0) / 10.0).exp2();
        self.parameters.self_discharge_per_month / HOURS_PER_MONTH
            * doubling
            * self.wells.charge_ampere_hours()
    }
}

fn stored(main_amperes: f64) -> f64 {
    if main_amperes > 0.0 {
        CHARGE_EFFICIENCY * main_amperes
    } else {
        main_amperes
    }
}
