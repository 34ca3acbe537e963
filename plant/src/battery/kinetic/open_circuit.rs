//! Rest voltage of a 12 V block from the level of the available charge and the temperature.

use crate::battery::conditions::Conditions;
use crate::battery::interpolation::between;

/// Level of the available well against rested voltage at 25 °C, V for six cells.
///
/// Fitted on measured set A (Universal UB121000); above a quarter it lies within 0.1 V of the 24 h rest
/// voltages that Discover gives for AGM. Below 2 % it is the knee of an exhausted battery, drawn on down
/// to where any load lets go.
const RESTED_VOLTS: [(f64, f64); 15] = [
    (0.0, 8.0),
    (0.005, 11.009),
    (0.02, 11.228),
    (0.04, 11.349),
    (0.07, 11.433),
    (0.11, 11.555),
    (0.20, 11.800),
    (0.30, 12.006),
    (0.39, 12.153),
    (0.49, 12.306),
    (0.59, 12.449),
    (0.70, 12.583),
    (0.83, 12.709),
    (0.91, 12.768),
    (1.0, 12.858),
];

/// Change with temperature, V/K for six cells: about 0.2 mV a cell. General knowledge, not from a datasheet.
const VOLTS_PER_KELVIN: f64 = 6.0 * 0.0002;

/// Rest voltage, V, of six cells at a level, 0..=1, of the available charge.
#[must_use]
pub fn rest_volts(level: f64, conditions: &Conditions) -> f64 {
    // The shift fades towards full: cold takes capacity away, not the voltage of a full battery.
    let reachable = (level - conditions.unusable_share * (1.0 - level)).clamp(0.0, 1.0);
    between(&RESTED_VOLTS, reachable) + VOLTS_PER_KELVIN * (conditions.celsius - 25.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::{BatteryParameters, StateOfHealth};

    fn at(level: f64, celsius: f64) -> f64 {
        let agm = BatteryParameters::agm(100.0);
        rest_volts(level, &Conditions::new(&agm, celsius, StateOfHealth::NEW))
    }

    #[test]
    fn the_voltage_rises_with_the_level_everywhere() {
        let mut last = f64::NEG_INFINITY;
        for step in 0..=1000 {
            let volts = at(f64::from(step) / 1000.0, 25.0);
            assert!(volts > last, "at {step} ‰: {volts} after {last}");
            last = volts;
        }
    }

    #[test]
    fn rested_voltages_lie_near_the_published_ones_for_agm() {
        // Discover, AGM after 24 h: 12.80 to 12.90 V when full.
        for (level, published) in [(1.0, 12.85), (0.75, 12.6), (0.5, 12.3), (0.25, 12.0)] {
            let volts = at(level, 25.0);
            assert!(
                (volts - published).abs() < 0.1,
                "{level}: {volts}, published {published}"
            );
        }
    }

    #[test]
    fn cold_moves_the_knee_and_leaves_full_alone() {
        assert!(at(0.1, 10.0) < at(0.1, 25.0) - 0.2);
        let full = at(1.0, 25.0) - at(1.0, 10.0);
        assert!((full - 15.0 * VOLTS_PER_KELVIN).abs() < 1e-12, "{full}");
    }
}
