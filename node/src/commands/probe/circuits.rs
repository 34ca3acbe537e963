//! What flows in the circuits while a relay stands somewhere.

use std::time::Duration;

use releve_control::Monotonic;
use releve_control::sample::{Measurement, Sample};
use releve_node::sensors::Sensors;
use tokio::time::sleep;

/// How many samples one look takes.
const SAMPLES: u8 = 3;
const BETWEEN: Duration = Duration::from_millis(500);

/// Means over a look at the circuits; `None` for what could not be measured each time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circuits {
    /// V.
    pub battery_volts: Option<f64>,
    /// V.
    pub charger_volts: Option<f64>,
    /// A, positive towards the battery.
    pub charger_amperes: Option<f64>,
    /// V.
    pub load_volts: Option<f64>,
    /// A, positive towards the load.
    pub load_amperes: Option<f64>,
}

impl Circuits {
    /// Looks at them for a second and a half.
    pub async fn look(sensors: &mut impl Sensors) -> Self {
        let mut samples = Vec::new();
        for _ in 0..SAMPLES {
            sleep(BETWEEN).await;
            samples.push(sensors.sample(Monotonic::START));
        }
        Self::of(&samples)
    }

    fn of(samples: &[Sample]) -> Self {
        let mean = |of: fn(&Sample) -> Measurement| {
            let values: Option<Vec<f64>> = (samples.iter())
                .map(|sample| match of(sample) {
                    Measurement::Value(value) => Some(value),
                    Measurement::OverRange(_) | Measurement::Missing(_) => None,
                })
                .collect();
            let values = values.filter(|values| !values.is_empty())?;
            Some(values.iter().sum::<f64>() / values.len() as f64)
        };
        Self {
            battery_volts: mean(|sample| sample.battery_volts),
            charger_volts: mean(|sample| sample.charger_volts),
            charger_amperes: mean(|sample| sample.charger_amperes),
            load_volts: mean(|sample| sample.load_volts),
            load_amperes: mean(|sample| sample.load_amperes),
        }
    }
}

impl core::fmt::Display for Circuits {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let figure = |value: Option<f64>, unit| {
            value.map_or_else(
                || "not measured".to_owned(),
                |value| format!("{value:.3} {unit}"),
            )
        };
        write!(
            f,
            "battery {}, charger {} {}, load {} {}",
            figure(self.battery_volts, "V"),
            figure(self.charger_volts, "V"),
            figure(self.charger_amperes, "A"),
            figure(self.load_volts, "V"),
            figure(self.load_amperes, "A"),
        )
    }
}

#[cfg(test)]
mod tests {
    use releve_control::sample::SensorFault;
    use releve_node::hardware::meter::NOTHING;

    use super::*;

    #[test]
    fn a_mean_needs_every_sample() {
        let sample = |amperes| Sample {
            battery_volts: Measurement::Value(13.0),
            charger_amperes: amperes,
            ..NOTHING
        };
        let (one, three) = (Measurement::Value(1.0), Measurement::Value(3.0));
        let seen = Circuits::of(&[sample(one), sample(three)]);
        assert_eq!(seen.charger_amperes, Some(2.0));
        assert_eq!(seen.load_amperes, None);
        let missing = Measurement::Missing(SensorFault::NoAnswer);
        let seen = Circuits::of(&[sample(one), sample(missing)]);
        assert_eq!(
            (seen.battery_volts, seen.charger_amperes),
            (Some(13.0), None)
        );
        assert!(
            seen.to_string()
                .starts_with("battery 13.000 V, charger not measured")
        );
    }
}
