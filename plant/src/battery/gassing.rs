//! Gassing: the current that a battery takes beside its main reaction, and which float settles on.

/// Gassing current of 100 Ah at 2.23 V a cell and 25 °C, A (Schiffer et al. 2007, eq. 6).
const NORMALISED_AMPERES: f64 = 0.010;
/// Voltage of that current, V a cell.
const NORMAL_VOLTS: f64 = 2.23;
/// Steepness with voltage, 1/V (the same equation).
const PER_VOLT: f64 = 11.0;
/// Steepness with temperature, 1/K (the same equation): a factor of 1.8 for 10 K.
const PER_KELVIN: f64 = 0.06;
/// Largest exponent that is evaluated: about 200 A for 100 Ah, beyond any charger here.
const LARGEST_EXPONENT: f64 = 10.0;

/// The gassing current of a block at one temperature, as a function of its voltage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gassing {
    scale_amperes: f64,
    temperature_exponent: f64,
}

impl Gassing {
    /// The law of a block of six cells of `ampere_hours`; `ageing_factor` ≥ 1 raises it with age.
    #[must_use]
    pub fn new(ampere_hours: f64, temperature_celsius: f64, ageing_factor: f64) -> Self {
        Self {
            scale_amperes: ampere_hours / 100.0 * NORMALISED_AMPERES * ageing_factor,
            temperature_exponent: PER_KELVIN * (temperature_celsius - 25.0),
        }
    }

    /// Current, A, at the block's voltage.
    #[must_use]
    pub fn current_amperes(&self, block_volts: f64) -> f64 {
        let exponent = PER_VOLT * (block_volts / 6.0 - NORMAL_VOLTS) + self.temperature_exponent;
        self.scale_amperes * exponent.min(LARGEST_EXPONENT).exp()
    }

    /// Slope, A/V, at a voltage whose current is `current_amperes`.
    #[must_use]
    pub fn slope_amperes_per_volt(&self, current_amperes: f64) -> f64 {
        PER_VOLT / 6.0 * current_amperes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_the_published_float_currents_of_100_ampere_hours() {
        for (cell_volts, celsius, milliamperes) in [
            (2.23, 25.0, 10.0),
            (2.275, 25.0, 16.4),
            (2.275, 35.0, 29.9),
            (2.245, 35.0, 21.5),
            (2.30, 40.0, 53.0),
            (2.40, 25.0, 65.0),
            (2.20, 25.0, 7.2),
        ] {
            let amperes = Gassing::new(100.0, celsius, 1.0).current_amperes(6.0 * cell_volts);
            let error = (amperes * 1000.0 / milliamperes - 1.0).abs();
            assert!(error < 0.01, "{cell_volts} V, {celsius} °C: {amperes} A");
        }
    }

    #[test]
    fn it_stays_finite_at_absurd_voltages() {
        let gassing = Gassing::new(100.0, 90.0, 2.0);
        assert!(gassing.current_amperes(1e6).is_finite());
        assert!(gassing.current_amperes(0.0) >= 0.0);
    }
}
