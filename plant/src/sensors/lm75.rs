//! The thermometer: an LM75 of the 11-bit kind (LM75B, TMP75 in that setting), 0.125 °C a step.

use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg32;
use releve_control::sample::Measurement;

const STEP_CELSIUS: f64 = 0.125;
/// Lower end of the register's range, °C (data sheet).
const COLDEST_CELSIUS: f64 = -55.0;
/// Upper end of the register's range, °C (data sheet).
pub(super) const HOTTEST_CELSIUS: f64 = 125.0;
/// Standard deviation of the sensor's constant error, K (data sheet: at most 2 K).
const OFFSET_KELVINS: f64 = 0.4;
/// Noise of a reading, K.
const NOISE_KELVINS: f64 = 0.05;

/// One thermometer with its offset.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lm75 {
    offset_kelvins: f64,
}

impl Lm75 {
    pub(super) fn new(random: &mut Pcg32) -> Self {
        let deviations: f64 = random.sample(StandardNormal);
        Self {
            offset_kelvins: OFFSET_KELVINS * deviations.clamp(-2.0, 2.0),
        }
    }

    /// The temperature, °C, as read.
    pub(super) fn celsius(&self, true_celsius: f64, random: &mut Pcg32) -> Measurement {
        let noise: f64 = random.sample(StandardNormal);
        let celsius = true_celsius + self.offset_kelvins + NOISE_KELVINS * noise;
        if celsius > HOTTEST_CELSIUS {
            Measurement::OverRange(HOTTEST_CELSIUS)
        } else if celsius < COLDEST_CELSIUS {
            Measurement::OverRange(COLDEST_CELSIUS)
        } else {
            Measurement::Value((celsius / STEP_CELSIUS).round() * STEP_CELSIUS)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn readings_come_in_eighths_near_the_truth_and_stop_at_the_range() {
        let mut random = Pcg32::seed_from_u64(11);
        let sensor = Lm75::new(&mut random);
        let reading = sensor.celsius(31.3, &mut random).value_or_bound();
        let celsius = reading.unwrap_or(f64::NAN);
        assert!((celsius - 31.3).abs() < 1.2, "{celsius}");
        assert_eq!(celsius * 8.0, (celsius * 8.0).round());
        assert_eq!(
            sensor.celsius(180.0, &mut random),
            Measurement::OverRange(125.0)
        );
    }
}
