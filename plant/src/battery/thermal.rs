//! The battery as one lump of heat: what it loses inside warms it, the enclosure cools it.

use crate::decay::Decay;

/// The constants of the lump.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThermalParameters {
    /// Heat capacity, J/K: about 0.9 kJ/K for each kilogram of lead-acid battery (general knowledge).
    pub heat_capacity_joules_per_kelvin: f64,
    /// Resistance to the air around it, K/W.
    pub resistance_kelvins_per_watt: f64,
}

/// The lump's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Lump {
    resistance_kelvins_per_watt: f64,
    celsius: f64,
    decay: Decay,
}

impl Lump {
    /// A lump of a temperature, °C.
    #[must_use]
    pub fn new(parameters: ThermalParameters, celsius: f64) -> Self {
        Self {
            resistance_kelvins_per_watt: parameters.resistance_kelvins_per_watt,
            celsius,
            decay: Decay::new(
                parameters.heat_capacity_joules_per_kelvin * parameters.resistance_kelvins_per_watt,
            ),
        }
    }

    /// Its temperature, °C.
    #[must_use]
    pub fn celsius(&self) -> f64 {
        self.celsius
    }

    /// Lets `seconds` pass with constant heat, W, in surroundings of constant temperature.
    pub fn advance(&mut self, surroundings_celsius: f64, heat_watts: f64, seconds: f64) {
        let settled = surroundings_celsius + heat_watts * self.resistance_kelvins_per_watt;
        let kept = self.decay.kept_after(seconds);
        self.celsius = settled + (self.celsius - settled) * kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: ThermalParameters = ThermalParameters {
        heat_capacity_joules_per_kelvin: 5000.0,
        resistance_kelvins_per_watt: 1.5,
    };

    fn after(from_celsius: f64, seconds: f64) -> f64 {
        let mut lump = Lump::new(PARAMETERS, from_celsius);
        lump.advance(25.0, 10.0, seconds);
        lump.celsius()
    }

    #[test]
    fn heat_settles_at_its_rise_above_the_surroundings() {
        assert!((after(20.0, 86_400.0) - 40.0).abs() < 0.01);
    }

    #[test]
    fn the_first_minute_is_that_of_the_bare_mass() {
        // 10 W · 60 s / 5000 J/K and a little exchange.
        assert!((after(25.0, 60.0) - 25.12).abs() < 0.01);
    }

    #[test]
    fn a_time_constant_leaves_1_over_e_of_the_distance() {
        let distance = (after(25.0, 7500.0) - 40.0).abs();
        assert!((distance - 15.0 / core::f64::consts::E).abs() < 1e-9);
    }
}
