//! Scripts of random faults, the same from the same seed.

use core::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_distr::Exp1;
use rand_pcg::Pcg32;
use releve_control::{Contact, RelayName};

use super::{Fault, FaultScript, FaultSpan, InputName, SensorName};

const SECONDS_PER_YEAR: f64 = 8766.0 * 3600.0;
const HOUR: Duration = Duration::from_hours(1);

/// How often a fault happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultRate {
    /// What happens.
    pub fault: Fault,
    /// Times a year, ≥ 0.
    pub per_year: f64,
    /// Mean duration; each one is drawn from an exponential distribution.
    pub mean_duration: Duration,
}

impl FaultRate {
    /// A site where much goes wrong: about thirty faults a year, each kind at least once in some years.
    /// The rates are chosen to exercise a controller, not observed anywhere.
    #[must_use]
    pub fn harsh_site() -> Vec<Self> {
        let rate = |fault, per_year, hours: u32| Self {
            fault,
            per_year,
            mean_duration: hours * HOUR,
        };
        let mut rates = vec![
            rate(Fault::MainsFailure, 12.0, 2),
            rate(Fault::ChargerDead, 0.5, 24),
            rate(Fault::ChargerVoltageTooHigh { excess_volts: 1.0 }, 0.5, 24),
            rate(Fault::ChargerRunsAway { volts: 15.5 }, 0.5, 12),
            rate(Fault::ChargerFuseBlown, 0.5, 48),
            rate(Fault::CellShorted, 0.1, 1000),
            rate(Fault::ExtraHeat { watts: 15.0 }, 1.0, 6),
            rate(Fault::ThermometerAtPowerOnValue, 2.0, 1),
            rate(
                Fault::InputOffset {
                    input: InputName::BatteryVolts,
                    offset: 0.4,
                },
                0.5,
                24,
            ),
            rate(
                Fault::InputOffset {
                    input: InputName::ChargerAmperes,
                    offset: 0.3,
                },
                0.5,
                24,
            ),
        ];
        for sensor in SensorName::ALL {
            rates.extend([
                rate(Fault::SensorLost(sensor), 1.0, 2),
                rate(Fault::SensorStuck(sensor), 0.5, 6),
                rate(Fault::SensorOutOfRange(sensor), 0.3, 1),
                rate(Fault::SensorOverRange(sensor), 0.3, 1),
            ]);
        }
        for relay in [RelayName::Mains, RelayName::Charger] {
            for contact in [Contact::Closed, Contact::Open] {
                rates.push(rate(Fault::RelayStuck(relay, contact), 0.3, 24));
            }
        }
        rates
    }

    /// The same fault, so many times as often.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            per_year: self.per_year * factor,
            ..self
        }
    }
}

impl FaultScript {
    /// The faults of a time from the start of a simulation, each at its rate and apart from the others:
    /// another rate in the list does not move them. Faults of one entry never overlap.
    #[must_use]
    pub fn random(rates: &[FaultRate], length: Duration, seed: u64) -> Self {
        let spans = rates
            .iter()
            .enumerate()
            .flat_map(|(index, rate)| {
                let mut random = Pcg32::new(seed, index as u64);
                // The first numbers of neighbouring streams are alike.
                random = Pcg32::seed_from_u64(random.random());
                spans_of(*rate, length, random)
            })
            .collect();
        Self::new(spans)
    }
}

fn spans_of(rate: FaultRate, length: Duration, mut random: Pcg32) -> Vec<FaultSpan> {
    let mut spans = Vec::new();
    if rate.per_year.is_nan() || rate.per_year <= 0.0 {
        return spans;
    }
    let mut drawn = |mean_seconds: f64| {
        let share: f64 = random.sample(Exp1);
        Duration::try_from_secs_f64(share * mean_seconds).unwrap_or(Duration::MAX)
    };
    let mut at = drawn(SECONDS_PER_YEAR / rate.per_year);
    while at < length {
        let until = at.saturating_add(drawn(rate.mean_duration.as_secs_f64()));
        spans.push(FaultSpan {
            fault: rate.fault,
            from: at,
            until: Some(until),
        });
        at = until.saturating_add(drawn(SECONDS_PER_YEAR / rate.per_year));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: Duration = Duration::from_hours(8766);

    #[test]
    fn the_same_seed_gives_the_same_faults_and_another_gives_others() {
        let rates = FaultRate::harsh_site();
        let script = FaultScript::random(&rates, YEAR, 1);
        assert_eq!(script, FaultScript::random(&rates, YEAR, 1));
        assert_ne!(script, FaultScript::random(&rates, YEAR, 2));
    }

    #[test]
    fn faults_come_as_often_and_last_as_long_as_stated() {
        let rate = FaultRate {
            fault: Fault::MainsFailure,
            per_year: 12.0,
            mean_duration: 2 * HOUR,
        };
        let script = FaultScript::random(&[rate], 100 * YEAR, 3);
        let count = script.spans().len() as f64;
        assert!((1100.0..1300.0).contains(&count), "{count}");
        let hours: f64 = script
            .spans()
            .iter()
            .filter_map(|span| Some((span.until? - span.from).as_secs_f64() / 3600.0))
            .sum();
        assert!((1.8..2.2).contains(&(hours / count)), "{hours} h");
    }

    #[test]
    fn a_rate_that_is_added_leaves_the_others_faults_where_they_are() {
        let rates = FaultRate::harsh_site();
        let fewer = FaultScript::random(&rates[..3], YEAR, 5);
        let more = FaultScript::random(&rates, YEAR, 5);
        assert!(fewer.spans().iter().all(|span| more.spans().contains(span)));
    }

    #[test]
    fn a_rate_of_nothing_or_nonsense_gives_no_faults() {
        for per_year in [0.0, -1.0, f64::NAN] {
            let rate = FaultRate {
                fault: Fault::ChargerDead,
                per_year,
                mean_duration: HOUR,
            };
            assert!(FaultScript::random(&[rate], YEAR, 1).spans().is_empty());
        }
    }
}
