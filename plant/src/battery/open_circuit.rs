//! Open-circuit voltage of a 12 V block from the level of the available charge and the temperature.

/// Level of the available well against rested voltage at 25 °C, V for six cells.
///
/// Read off the 10 A discharge and the rest after it in measured set A (Universal UB121000), minus
/// the ohmic part; above a quarter it lies within 0.1 V of the 24 h rest voltages that Discover gives
/// for AGM. Below 2 % it is the knee of an exhausted battery, drawn on down to where any load lets go.
const RESTED_VOLTS: [(f64, f64); 15] = [
    (0.0, 8.0),
    (0.005, 10.95),
    (0.02, 11.32),
    (0.04, 11.42),
    (0.07, 11.48),
    (0.11, 11.57),
    (0.20, 11.84),
    (0.30, 12.02),
    (0.39, 12.18),
    (0.49, 12.33),
    (0.59, 12.47),
    (0.70, 12.61),
    (0.83, 12.74),
    (0.91, 12.80),
    (1.0, 12.86),
];

/// Voltage that a freshly charged surface adds, V for six cells (set A: 13.23 V after 2.5 h of rest).
const SURFACE_CHARGE_VOLTS: f64 = 0.38;

/// Level below full over which the surface charge is used up; at 10 A of 100 Ah half a minute's worth (set A).
const SURFACE_CHARGE_DEPTH: f64 = 0.0015;

/// Change with temperature, V/K for six cells: about 0.2 mV a cell. General knowledge, not from a datasheet.
const VOLTS_PER_KELVIN: f64 = 6.0 * 0.0002;

/// Open-circuit voltage, V, of six cells.
///
/// `level` is that of the available well, 0..=1. `unusable` is the share of it that the cold keeps out of
/// reach, 0..1: the knee comes that much earlier.
#[must_use]
pub fn open_circuit_volts(level: f64, unusable: f64, temperature_celsius: f64) -> f64 {
    // The shift fades towards full: cold takes capacity away, not the voltage of a full battery.
    let reachable = (level - unusable * (1.0 - level)).clamp(0.0, 1.0);
    interpolated(reachable)
        + SURFACE_CHARGE_VOLTS * ((level - 1.0) / SURFACE_CHARGE_DEPTH).exp()
        + VOLTS_PER_KELVIN * (temperature_celsius - 25.0)
}

fn interpolated(level: f64) -> f64 {
    let upper = RESTED_VOLTS
        .iter()
        .position(|(at, _)| *at >= level)
        .unwrap_or(RESTED_VOLTS.len() - 1)
        .max(1);
    let (from_level, from_volts) = RESTED_VOLTS[upper - 1];
    let (to_level, to_volts) = RESTED_VOLTS[upper];
    from_volts + (to_volts - from_volts) * (level - from_level) / (to_level - from_level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_voltage_rises_with_the_level_everywhere() {
        let mut last = f64::NEG_INFINITY;
        for step in 0..=1000 {
            let volts = open_circuit_volts(f64::from(step) / 1000.0, 0.0, 25.0);
            assert!(volts > last, "at {step} ‰: {volts} after {last}");
            last = volts;
        }
    }

    #[test]
    fn rested_voltages_lie_near_the_published_ones_for_agm() {
        // Discover, AGM after 24 h; the surface charge has gone by then, so full is taken at 98 %.
        for (level, published) in [(0.98, 12.85), (0.75, 12.6), (0.5, 12.3), (0.25, 12.0)] {
            let volts = open_circuit_volts(level, 0.0, 25.0);
            assert!(
                (volts - published).abs() < 0.1,
                "{level}: {volts}, published {published}"
            );
        }
    }

    #[test]
    fn cold_moves_the_knee_and_leaves_full_alone() {
        assert!(open_circuit_volts(0.1, 0.1, 10.0) < open_circuit_volts(0.1, 0.0, 10.0) - 0.4);
        let full = open_circuit_volts(1.0, 0.0, 10.0);
        assert!((open_circuit_volts(1.0, 0.1, 10.0) - full).abs() < 1e-12);
    }
}
