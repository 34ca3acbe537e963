//! Gassing: the current that a battery takes beside its main reaction, and which float settles on.

/// Gassing current of 100 Ah at 2.23 V a cell and 25 °C, A (Schiffer et al. 2007, eq. 6).
const NORMALISED_AMPERES: f64 = 0.010;
/// Voltage of that current, V a cell.
const NORMAL_VOLTS: f64 = 2.23;
/// Steepness with voltage, 1/V (the same equation).
const PER_VOLT: f64 = 11.0;
/// Steepness with temperature, 1/K (the same equation): a factor of 1.8 for 10 K.
const PER_KELVIN: f64 = 0.06;
/// Exponent of the voltage up to which the law is taken: about 200 A for 100 Ah, beyond any charger here.
const LARGEST_VOLTAGE_EXPONENT: f64 = 10.0;
/// Largest exponent of the temperature that is evaluated: 92 °C, beyond which no battery lives.
const LARGEST_TEMPERATURE_EXPONENT: f64 = 4.0;

/// The gassing current of a block at one temperature, as a function of its voltage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gassing {
    scale_amperes: f64,
    cells: f64,
}

impl Gassing {
    /// The law of a block of six cells of `ampere_hours`; `factor` ≥ 0 scales it: with age, with the
    /// alloy; 0 for a battery that does not gas.
    #[must_use]
    pub fn new(ampere_hours: f64, temperature_celsius: f64, factor: f64) -> Self {
        let exponent = PER_KELVIN * (temperature_celsius - 25.0);
        Self {
            scale_amperes: ampere_hours / 100.0
                * NORMALISED_AMPERES
                * factor
                * exponent.min(LARGEST_TEMPERATURE_EXPONENT).exp(),
            cells: 6.0,
        }
    }

    /// The same with so many cells that share the block's voltage.
    #[must_use]
    pub fn with_cells(self, cells: f64) -> Self {
        Self { cells, ..self }
    }

    /// Current, A, at the block's voltage.
    #[must_use]
    pub fn current_amperes(&self, block_volts: f64) -> f64 {
        self.current_and_slope(block_volts).0
    }

    /// Current, A, at the block's voltage, and its slope there, A/V.
    ///
    /// Beyond the range of the law the current goes on straight, so that it stays finite.
    #[must_use]
    pub fn current_and_slope(&self, block_volts: f64) -> (f64, f64) {
        if self.scale_amperes == 0.0 {
            return (0.0, 0.0);
        }
        let exponent = PER_VOLT * (block_volts / self.cells - NORMAL_VOLTS);
        let within = exponent.min(LARGEST_VOLTAGE_EXPONENT);
        let amperes = self.scale_amperes * within.exp();
        (
            amperes * (1.0 + exponent - within),
            amperes * PER_VOLT / self.cells,
        )
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

    #[test]
    fn one_cell_less_raises_it_manifold_at_the_same_voltage() {
        let whole = Gassing::new(100.0, 25.0, 1.0);
        let shorted = whole.with_cells(5.0);
        assert!(shorted.current_amperes(13.65) > 50.0 * whole.current_amperes(13.65));
    }

    #[test]
    fn a_battery_that_does_not_gas_takes_nothing_at_any_voltage() {
        assert_eq!(Gassing::new(100.0, 60.0, 0.0).current_amperes(15.0), 0.0);
    }
}
