//! The battery as one lump of heat: what it loses inside warms it, the enclosure cools it.

/// The constants of the lump.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThermalParameters {
    /// Heat capacity, J/K: about 0.9 kJ/K for each kilogram of lead-acid battery (general knowledge).
    pub heat_capacity_joules_per_kelvin: f64,
    /// Resistance to the air around it, K/W.
    pub resistance_kelvins_per_watt: f64,
}

impl ThermalParameters {
    /// Temperature after `seconds` with constant heat, W, in surroundings of constant temperature.
    #[must_use]
    pub fn advance(
        &self,
        temperature_celsius: f64,
        surroundings_celsius: f64,
        heat_watts: f64,
        seconds: f64,
    ) -> f64 {
        let settled = surroundings_celsius + heat_watts * self.resistance_kelvins_per_watt;
        let time_constant = self.heat_capacity_joules_per_kelvin * self.resistance_kelvins_per_watt;
        settled + (temperature_celsius - settled) * (-seconds / time_constant).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_settles_at_its_rise_above_the_surroundings() {
        let lump = ThermalParameters {
            heat_capacity_joules_per_kelvin: 5000.0,
            resistance_kelvins_per_watt: 1.5,
        };
        let after_a_day = lump.advance(20.0, 25.0, 10.0, 86_400.0);
        assert!((after_a_day - 40.0).abs() < 0.01, "{after_a_day}");
        // The first minute is that of the bare mass: 10 W · 60 s / 5000 J/K and a little exchange.
        let after_a_minute = lump.advance(25.0, 25.0, 10.0, 60.0);
        assert!((after_a_minute - 25.12).abs() < 0.01, "{after_a_minute}");
    }
}
