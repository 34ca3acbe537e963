//! The INA219 as its data sheet (SBOS448G) describes it, at gain 1/8 (±320 mV) and 32 V bus range.

use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg32;
use releve_control::sample::Measurement;

/// Step of the bus voltage register, V.
const BUS_STEP_VOLTS: f64 = 0.004;
/// Step of the shunt voltage register, V.
const SHUNT_STEP_VOLTS: f64 = 10e-6;
/// Largest shunt voltage, V.
const SHUNT_RANGE_VOLTS: f64 = 0.320;
/// Largest voltage that the inputs stand, V.
pub(super) const BUS_RANGE_VOLTS: f64 = 26.0;
/// Largest shunt offset, V (data sheet: ±100 µV at this gain, typically a third of it).
const LARGEST_SHUNT_OFFSET_VOLTS: f64 = 100e-6;
/// Share of the bus voltage by which the gain may be off (data sheet: typically 0.2 %).
const BUS_GAIN_DEVIATION: f64 = 0.001;
/// Noise of the shunt voltage, V (general knowledge: about a step).
const SHUNT_NOISE_VOLTS: f64 = 10e-6;
/// Noise of the bus voltage, V (general knowledge: about a step, ripple included).
const BUS_NOISE_VOLTS: f64 = 0.003;

/// One input with its offset and gain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ina219 {
    shunt_ohms: f64,
    shunt_offset_volts: f64,
    bus_gain: f64,
}

impl Ina219 {
    pub(super) fn new(shunt_ohms: f64, random: &mut Pcg32) -> Self {
        let offset = LARGEST_SHUNT_OFFSET_VOLTS / 3.0 * normal(random);
        Self {
            shunt_ohms,
            shunt_offset_volts: offset
                .clamp(-LARGEST_SHUNT_OFFSET_VOLTS, LARGEST_SHUNT_OFFSET_VOLTS),
            bus_gain: 1.0 + BUS_GAIN_DEVIATION * normal(random).clamp(-2.0, 2.0),
        }
    }

    /// Largest current that can be measured, A.
    pub(super) fn range_amperes(&self) -> f64 {
        SHUNT_RANGE_VOLTS / self.shunt_ohms
    }

    /// The bus voltage, V, as read.
    pub(super) fn volts(&self, true_volts: f64, random: &mut Pcg32) -> Measurement {
        let volts = quantised(
            true_volts * self.bus_gain + BUS_NOISE_VOLTS * normal(random),
            BUS_STEP_VOLTS,
        );
        if volts > BUS_RANGE_VOLTS {
            Measurement::OverRange(BUS_RANGE_VOLTS)
        } else {
            Measurement::Value(volts.max(0.0))
        }
    }

    /// The current, A, as read through the shunt.
    pub(super) fn amperes(&self, true_amperes: f64, random: &mut Pcg32) -> Measurement {
        let shunt_volts = quantised(
            true_amperes * self.shunt_ohms
                + self.shunt_offset_volts
                + SHUNT_NOISE_VOLTS * normal(random),
            SHUNT_STEP_VOLTS,
        );
        if shunt_volts.abs() >= SHUNT_RANGE_VOLTS {
            Measurement::OverRange(SHUNT_RANGE_VOLTS.copysign(shunt_volts) / self.shunt_ohms)
        } else {
            Measurement::Value(shunt_volts / self.shunt_ohms)
        }
    }
}

fn normal(random: &mut Pcg32) -> f64 {
    random.sample(StandardNormal)
}

fn quantised(value: f64, step: f64) -> f64 {
    (value / step).round() * step
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn sensor(shunt_ohms: f64) -> (Ina219, Pcg32) {
        let mut random = Pcg32::seed_from_u64(3);
        (Ina219::new(shunt_ohms, &mut random), random)
    }

    #[test]
    fn voltages_come_in_steps_of_4_millivolts_near_the_truth() {
        let (sensor, mut random) = sensor(0.1);
        for _ in 0..100 {
            let reading = sensor.volts(13.65, &mut random).value_or_bound();
            let volts = reading.unwrap_or(f64::NAN);
            assert!((volts - 13.65).abs() < 0.05, "{volts}");
            assert!(
                ((volts / 0.004).round() - volts / 0.004).abs() < 1e-6,
                "{volts}"
            );
        }
    }

    #[test]
    fn currents_come_in_steps_of_0_1_milliampere_near_the_truth() {
        let (sensor, mut random) = sensor(0.1);
        for _ in 0..100 {
            let reading = sensor.amperes(0.0164, &mut random).value_or_bound();
            let amperes = reading.unwrap_or(f64::NAN);
            assert!((amperes - 0.0164).abs() < 0.0016, "{amperes}");
            assert!(
                ((amperes * 1e4).round() - amperes * 1e4).abs() < 1e-6,
                "{amperes}"
            );
        }
    }

    #[test]
    fn a_current_beyond_the_range_is_a_bound_with_its_sign() {
        let (sensor, mut random) = sensor(0.1);
        for (amperes, bound) in [(5.0, 3.2), (-5.0, -3.2)] {
            match sensor.amperes(amperes, &mut random) {
                Measurement::OverRange(value) => assert!((value - bound).abs() < 1e-9, "{value}"),
                other => panic!("{amperes} A read as {other:?}"),
            }
        }
        assert!(matches!(
            sensor.amperes(3.0, &mut random),
            Measurement::Value(_)
        ));
    }

    #[test]
    fn a_smaller_shunt_measures_more() {
        let (sensor, mut random) = sensor(0.01);
        assert!(matches!(
            sensor.amperes(30.0, &mut random),
            Measurement::Value(_)
        ));
        assert!(matches!(
            sensor.amperes(33.0, &mut random),
            Measurement::OverRange(_)
        ));
    }
}
