//! How the battery's terminals answer during one step: voltage against current.

use super::curve::Curve;
use super::gassing::Gassing;

/// Newton's method ends when the voltage moves by less than this, V; the result is far more exact.
const SETTLED_VOLTS: f64 = 1e-6;
/// Steps after which the bracketed search has halved 100 V to below [`SETTLED_VOLTS`].
const MOST_ITERATIONS: usize = 60;

/// Voltage against current of the main reaction and, parallel to it, gassing.
///
/// Both currents rise with the voltage, so that each question has one answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    open_circuit_volts: f64,
    curve: Curve,
    gassing: Gassing,
    /// Cells that work over those that the block was made with: both voltages above shrink by it.
    working_share: f64,
}

/// Voltage and currents at the terminals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terminals {
    /// Voltage, V.
    pub volts: f64,
    /// Current into the battery, A; negative = discharging.
    pub amperes: f64,
    /// The part of it that goes into gassing, A.
    pub gassing_amperes: f64,
}

impl Response {
    pub(super) fn new(
        open_circuit_volts: f64,
        curve: Curve,
        gassing: Gassing,
        working_share: f64,
    ) -> Self {
        Self {
            open_circuit_volts,
            curve,
            gassing,
            working_share,
        }
    }

    /// Current into the terminals, A, at a voltage, V.
    #[must_use]
    pub fn amperes_at(&self, volts: f64) -> f64 {
        self.held_at(volts).amperes
    }

    /// Voltage at the terminals, V, with a current, A, forced into them.
    #[must_use]
    pub fn volts_at(&self, amperes: f64) -> f64 {
        self.fed_with(amperes, 0.0, 1.0).volts
    }

    /// The terminals held at a voltage, V.
    #[must_use]
    pub fn held_at(&self, volts: f64) -> Terminals {
        let gassing_amperes = self.gassing.current_amperes(volts);
        Terminals {
            volts,
            amperes: self.main_amperes(volts).0 + gassing_amperes,
            gassing_amperes,
        }
    }

    /// The terminals fed with a current, A, while a load of constant power, W ≥ 0, hangs on them.
    ///
    /// Below `least_volts` > 0 the load takes the current that it takes there. Where the battery cannot
    /// feed the load at a high voltage, the answer is a lower one.
    #[must_use]
    pub fn fed_with(&self, amperes: f64, watts: f64, least_volts: f64) -> Terminals {
        // Without gassing and load the voltage would be highest.
        let mut highest = self.main_volts(amperes);
        let mut lowest = f64::NEG_INFINITY;
        let mut volts = highest;
        for _ in 0..MOST_ITERATIONS {
            let (gassing_amperes, gassing_slope) = self.gassing.current_and_slope(volts);
            let (main_amperes, main_slope) = self.main_amperes(volts);
            let load_amperes = watts / volts.max(least_volts);
            let excess_amperes = main_amperes + gassing_amperes + load_amperes - amperes;
            if excess_amperes > 0.0 {
                highest = volts;
            } else {
                lowest = volts;
            }
            let load_slope = if volts > least_volts {
                load_amperes / volts
            } else {
                0.0
            };
            let slope = main_slope + gassing_slope - load_slope;
            let newton = volts - excess_amperes / slope;
            let next = if newton >= lowest && newton <= highest {
                newton
            } else if lowest.is_finite() {
                0.5 * (lowest + highest)
            } else {
                highest - 1.0 - (self.open_circuit_volts - highest).abs()
            };
            if (next - volts).abs() < SETTLED_VOLTS {
                volts = next;
                break;
            }
            volts = next;
        }
        Terminals {
            volts,
            amperes: amperes - watts / volts.max(least_volts),
            gassing_amperes: self.gassing.current_amperes(volts),
        }
    }

    /// Gassing current, A, at a voltage, V.
    #[must_use]
    pub fn gassing_amperes(&self, volts: f64) -> f64 {
        self.gassing.current_amperes(volts)
    }

    fn main_volts(&self, amperes: f64) -> f64 {
        self.working_share * (self.open_circuit_volts + self.curve.volts_at(amperes))
    }

    fn main_amperes(&self, volts: f64) -> (f64, f64) {
        let (amperes, slope) = self
            .curve
            .amperes_at(volts / self.working_share - self.open_circuit_volts);
        (amperes, slope / self.working_share)
    }
}

#[cfg(test)]
mod tests {
    use crate::battery::{Battery, BatteryParameters};

    fn each_model() -> [BatteryParameters; 3] {
        [
            BatteryParameters::agm(18.0),
            BatteryParameters::copetti(18.0),
            BatteryParameters::lifepo4(18.0),
        ]
    }

    #[test]
    fn voltage_and_current_answer_one_another() {
        for parameters in each_model() {
            for level in [0.0, 0.01, 0.5, 0.99] {
                let response = Battery::rested(parameters, level, 30.0).response(3.0);
                for amperes in [-5.0, -0.5, 0.0, 0.01, 1.0, 3.0] {
                    let volts = response.volts_at(amperes);
                    let back = response.amperes_at(volts);
                    assert!(
                        (back - amperes).abs() < 1e-6,
                        "{:?} at {level}: {amperes} A → {volts} V → {back} A",
                        parameters.model
                    );
                }
            }
        }
    }

    #[test]
    fn a_load_of_constant_power_gets_its_power_from_battery_and_source() {
        for parameters in each_model() {
            let response = Battery::rested(parameters, 0.7, 20.0).response(3.0);
            for (source_amperes, watts) in [(0.0, 12.0), (1.0, 12.0), (2.0, 60.0), (0.0, 0.0)] {
                let terminals = response.fed_with(source_amperes, watts, 9.0);
                let load_amperes = source_amperes - terminals.amperes;
                assert!((load_amperes * terminals.volts - watts).abs() < 1e-6);
                let back = response.amperes_at(terminals.volts);
                assert!((back - terminals.amperes).abs() < 1e-6, "{back} A");
            }
        }
    }

    #[test]
    fn a_load_beyond_what_the_battery_can_feed_ends_below_its_least_voltage() {
        let response = Battery::rested(BatteryParameters::agm(18.0), 0.3, 20.0).response(3.0);
        assert!(response.fed_with(0.0, 3000.0, 9.5).volts < 9.5);
    }
}
