//! What temperature and age do to a battery's constants, computed anew only when either has moved.

use super::ageing::StateOfHealth;
use super::gassing::Gassing;
use super::parameters::BatteryParameters;

/// Loss of capacity in the cold, 1/K below 25 °C (Vinachem 12 V 40 Ah: 90 % at 10 °C, 74 % at −10 °C).
const COLD_LOSS_PER_KELVIN: f64 = 0.007;
/// Growth of the resistances in the cold, 1/K (the discharge term of Copetti's model).
const RESISTANCE_PER_KELVIN: f64 = 0.007;
/// Rise that doubles the self-discharge, K (Victron: 3 % at 20 °C, 1.5 % at 10 °C).
const SELF_DISCHARGE_DOUBLING_KELVINS: f64 = 10.0;
const HOURS_PER_MONTH: f64 = 720.0;
/// Change of temperature below which the constants stay, K: 0.12 % of the gassing current.
const NOTICEABLE_KELVINS: f64 = 0.02;
/// Change of the state of health below which the constants stay.
const NOTICEABLE_HEALTH: f64 = 1e-5;

/// The constants at one temperature and age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// Temperature that they hold for, °C.
    pub celsius: f64,
    /// Age that they hold for.
    pub state_of_health: StateOfHealth,
    /// Factor on every resistance.
    pub resistance_factor: f64,
    /// Share of the capacity that the cold keeps out of reach, 0..1.
    pub unusable_share: f64,
    /// The gassing current.
    pub gassing: Gassing,
    /// Share of the charge lost beside gassing, 1/h.
    pub self_discharge_per_hour: f64,
    /// Loss of state of health, 1/h.
    pub ageing_per_hour: f64,
}

impl Conditions {
    /// Those of a battery at a temperature, °C, and an age.
    #[must_use]
    pub fn new(
        parameters: &BatteryParameters,
        celsius: f64,
        state_of_health: StateOfHealth,
    ) -> Self {
        let colder_than_rated = 25.0 - celsius;
        let cold_factor = (1.0 + RESISTANCE_PER_KELVIN * colder_than_rated).clamp(0.7, 1.6);
        let warmth = ((celsius - 20.0) / SELF_DISCHARGE_DOUBLING_KELVINS).exp2();
        Self {
            celsius,
            state_of_health,
            resistance_factor: state_of_health.resistance_factor() * cold_factor,
            unusable_share: (COLD_LOSS_PER_KELVIN * colder_than_rated).clamp(0.0, 0.5),
            gassing: Gassing::new(
                parameters.rated_ampere_hours,
                celsius,
                parameters.gassing_factor * state_of_health.gassing_factor(),
            ),
            self_discharge_per_hour: parameters.self_discharge_per_month / HOURS_PER_MONTH * warmth,
            ageing_per_hour: parameters.ageing.loss_per_hour(celsius),
        }
    }

    /// Whether temperature or age have moved away from those that the constants hold for.
    #[must_use]
    pub fn outdated(&self, celsius: f64, state_of_health: StateOfHealth) -> bool {
        let aged = self.state_of_health.capacity_factor() - state_of_health.capacity_factor();
        (celsius - self.celsius).abs() > NOTICEABLE_KELVINS || aged > NOTICEABLE_HEALTH
    }
}
