//! How the battery's terminals answer during one step: voltage against current.

use super::gassing::Gassing;
use super::polarisation::PolarisationLine;

/// Newton's method ends when the voltage moves by less than this, V.
const SETTLED_VOLTS: f64 = 1e-9;
/// Steps after which the bracketed search has halved 100 V to below [`SETTLED_VOLTS`].
const MOST_ITERATIONS: usize = 60;

/// Voltage against current of the main reaction and, parallel to it, gassing.
///
/// Both currents rise with the voltage, so that each question has one answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    open_circuit_volts: f64,
    polarisation: PolarisationLine,
    gassing: Gassing,
}

impl Response {
    pub(super) fn new(
        open_circuit_volts: f64,
        polarisation: PolarisationLine,
        gassing: Gassing,
    ) -> Self {
        Self {
            open_circuit_volts,
            polarisation,
            gassing,
        }
    }

    /// Current into the terminals, A, at a voltage, V.
    #[must_use]
    pub fn amperes_at(&self, volts: f64) -> f64 {
        self.polarisation
            .amperes_at(volts - self.open_circuit_volts)
            .0
            + self.gassing.current_amperes(volts)
    }

    /// Voltage at the terminals, V, with a current, A, forced into them.
    #[must_use]
    pub fn volts_at(&self, amperes: f64) -> f64 {
        // Without gassing the voltage would be highest; with that much gassing it would be lowest.
        let mut highest = self.main_volts(amperes);
        let mut lowest = self.main_volts(amperes - self.gassing.current_amperes(highest));
        let mut volts = highest;
        for _ in 0..MOST_ITERATIONS {
            let gassing_amperes = self.gassing.current_amperes(volts);
            let (main_amperes, main_slope) = self
                .polarisation
                .amperes_at(volts - self.open_circuit_volts);
            let excess_amperes = main_amperes + gassing_amperes - amperes;
            if excess_amperes > 0.0 {
                highest = volts;
            } else {
                lowest = volts;
            }
            let slope = main_slope + self.gassing.slope_amperes_per_volt(gassing_amperes);
            let newton = volts - excess_amperes / slope;
            let next = if newton >= lowest && newton <= highest {
                newton
            } else {
                0.5 * (lowest + highest)
            };
            if (next - volts).abs() < SETTLED_VOLTS {
                return next;
            }
            volts = next;
        }
        volts
    }

    /// Gassing current, A, at a voltage, V.
    #[must_use]
    pub fn gassing_amperes(&self, volts: f64) -> f64 {
        self.gassing.current_amperes(volts)
    }

    fn main_volts(&self, main_amperes: f64) -> f64 {
        self.open_circuit_volts + self.polarisation.volts_at(main_amperes)
    }
}

#[cfg(test)]
mod tests {
    use crate::battery::{Battery, BatteryParameters};

    #[test]
    fn voltage_and_current_answer_one_another() {
        for level in [0.0, 0.01, 0.5, 0.99, 1.0] {
            let response = Battery::rested(BatteryParameters::agm(18.0), level, 30.0).response(3.0);
            for amperes in [-5.0, -0.5, 0.0, 0.01, 1.0, 3.0] {
                let volts = response.volts_at(amperes);
                let back = response.amperes_at(volts);
                assert!(
                    (back - amperes).abs() < 1e-6,
                    "level {level}: {amperes} A → {volts} V → {back} A"
                );
            }
        }
    }
}
