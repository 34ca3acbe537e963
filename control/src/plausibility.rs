//! Which measurements can be true at all: the first thing that happens to a sample.
//!
//! What cannot be true becomes [`SensorFault::OutOfRange`] here, so that nothing behind this file
//! ever meets a NaN, an infinity or a figure from a broken wire. A value beyond the sensor's range
//! stays a bound: it says much, and is never thrown away.

use core::ops::RangeInclusive;

use crate::sample::{Measurement, Sample, SensorFault};

/// Battery voltages that a connected 12 V battery can show, V. Below lies an open sense lead, which
/// reads close to zero; the upper end is the range of the INA219's inputs (26 V by its data sheet).
pub const BATTERY_VOLTS: RangeInclusive<f64> = 1.0..=26.0;
/// Temperatures that a battery's thermometer can show, °C: the range of the usual sensor chips.
/// Figures outside come from a chip that is broken or not there.
pub const TEMPERATURE_CELSIUS: RangeInclusive<f64> = -40.0..=125.0;
/// Voltages at the charger's and the load's input, V: a little below zero by offset, and the range
/// of the INA226 and INA228 with room to spare.
pub const CIRCUIT_VOLTS: RangeInclusive<f64> = -1.0..=100.0;
/// Currents, A: far beyond any shunt of such a site.
pub const CIRCUIT_AMPERES: RangeInclusive<f64> = -1000.0..=1000.0;

/// The sample with every impossible value marked as missing.
#[must_use]
pub fn screen(sample: &Sample) -> Sample {
    Sample {
        battery_volts: battery_volts(sample.battery_volts),
        charger_volts: within(sample.charger_volts, &CIRCUIT_VOLTS),
        charger_amperes: within(sample.charger_amperes, &CIRCUIT_AMPERES),
        load_volts: within(sample.load_volts, &CIRCUIT_VOLTS),
        load_amperes: within(sample.load_amperes, &CIRCUIT_AMPERES),
        temperature_celsius: upward(within(sample.temperature_celsius, &TEMPERATURE_CELSIUS)),
        mains_sense: sample.mains_sense,
        relays: sample.relays,
        board_refuses: sample.board_refuses,
    }
}

/// Between "very high" and "impossible" no safe line can be drawn for a voltage, so what lies above
/// the range is taken as over range: the hard limit then opens the charger.
fn battery_volts(measurement: Measurement) -> Measurement {
    let top = *BATTERY_VOLTS.end();
    match measurement {
        Measurement::Value(volts) if volts > top && volts.is_finite() => {
            Measurement::OverRange(top)
        }
        Measurement::OverRange(volts) if volts > top && volts.is_finite() => {
            Measurement::OverRange(top)
        }
        other => upward(within(other, &BATTERY_VOLTS)),
    }
}

/// A bound below zero says nothing of how high the level is: for voltage and temperature of a
/// battery it is a broken sensor.
fn upward(measurement: Measurement) -> Measurement {
    match measurement {
        Measurement::OverRange(bound) if bound <= 0.0 => {
            Measurement::Missing(SensorFault::OutOfRange)
        }
        other => other,
    }
}

fn within(measurement: Measurement, range: &RangeInclusive<f64>) -> Measurement {
    match measurement {
        // NaN and the infinities lie in no range.
        Measurement::Value(value) | Measurement::OverRange(value) if !range.contains(&value) => {
            Measurement::Missing(SensorFault::OutOfRange)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMPOSSIBLE: Measurement = Measurement::Missing(SensorFault::OutOfRange);

    #[test]
    fn what_no_battery_shows_is_missing() {
        for volts in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -3.0, 0.0, 0.99] {
            assert_eq!(
                battery_volts(Measurement::Value(volts)),
                IMPOSSIBLE,
                "{volts} V"
            );
        }
        for volts in [1.0, 12.6, 26.0] {
            assert_eq!(
                battery_volts(Measurement::Value(volts)),
                Measurement::Value(volts)
            );
        }
    }

    #[test]
    fn a_voltage_above_the_range_is_a_bound() {
        let top = Measurement::OverRange(26.0);
        assert_eq!(battery_volts(Measurement::Value(31.0)), top);
        assert_eq!(battery_volts(Measurement::OverRange(36.0)), top);
        assert_eq!(
            battery_volts(Measurement::OverRange(16.0)),
            Measurement::OverRange(16.0)
        );
        assert_eq!(battery_volts(Measurement::OverRange(-16.0)), IMPOSSIBLE);
        assert_eq!(battery_volts(Measurement::OverRange(f64::NAN)), IMPOSSIBLE);
    }
}
