//! The equipment that the battery stands by for: a power with its pattern over the day and noise.

use crate::drift::Drift;
use crate::time::TimeOfDay;
use rand_pcg::Pcg32;

/// Hour of the day at which the load is greatest.
const BUSIEST_HOUR: f64 = 16.0;
/// Time between two looks at the hour of the day, s.
const LOOK_SECONDS: f64 = 60.0;
/// Time over which the load wanders, s.
const NOISE_SECONDS: f64 = 60.0;
/// Noise beyond this many standard deviations is cut, so that the power stays positive.
const LARGEST_DEVIATION: f64 = 3.0;

/// What the equipment draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadParameters {
    /// Mean power without the pattern's pulses and pauses, W.
    pub mean_watts: f64,
    /// Swing over the day around the mean, a share of it, 0..=0.5.
    pub daily_swing: f64,
    /// Standard deviation of the noise, a share of the mean, 0..=0.1.
    pub noise: f64,
    /// What comes on top, regularly.
    pub pattern: LoadPattern,
    /// Voltage below which the equipment lets go, V (about 9.5 V for a converter of 12 V).
    pub dropout_volts: f64,
    /// Voltage from which it starts again, V.
    pub restart_volts: f64,
    /// Voltage of the load's own supply on mains, V; used in battery-lead wiring only.
    pub own_supply_volts: f64,
}

impl LoadParameters {
    /// The same equipment with a constant power.
    #[must_use]
    pub fn constant(self) -> Self {
        Self {
            daily_swing: 0.0,
            noise: 0.0,
            pattern: LoadPattern::Steady,
            ..self
        }
    }

    /// The same equipment, busier by day than by night: half as much more and less.
    #[must_use]
    pub fn day_profile(self) -> Self {
        Self {
            daily_swing: 0.5,
            pattern: LoadPattern::Steady,
            ..self
        }
    }

    /// The same equipment with a transmitter that takes three times the mean power on top, 20 s every
    /// 2 min.
    #[must_use]
    pub fn pulsed(self) -> Self {
        Self {
            pattern: LoadPattern::Pulses {
                extra_watts: 3.0 * self.mean_watts,
                on_seconds: 20.0,
                period_seconds: 120.0,
            },
            ..self
        }
    }

    /// The same equipment, which drops out for half an hour every six hours.
    #[must_use]
    pub fn dropping_out(self) -> Self {
        Self {
            pattern: LoadPattern::Pauses {
                off_seconds: 1800.0,
                period_seconds: 21_600.0,
            },
            ..self
        }
    }

    /// Greatest power that it ever asks for, W.
    #[must_use]
    pub fn greatest_watts(&self) -> f64 {
        let pulse_watts = match self.pattern {
            LoadPattern::Pulses { extra_watts, .. } => extra_watts,
            LoadPattern::Steady | LoadPattern::Pauses { .. } => 0.0,
        };
        self.mean_watts * (1.0 + self.daily_swing + self.noise * LARGEST_DEVIATION) + pulse_watts
    }
}

/// A regular pattern on top of the mean power.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LoadPattern {
    /// None.
    Steady,
    /// A transmitter: more power for the first seconds of each period.
    Pulses {
        /// Power on top, W.
        extra_watts: f64,
        /// Length of a pulse, s.
        on_seconds: f64,
        /// From one pulse to the next, s.
        period_seconds: f64,
    },
    /// Equipment that drops out: no power for the last seconds of each period.
    Pauses {
        /// Length of a pause, s.
        off_seconds: f64,
        /// From one pause to the next, s.
        period_seconds: f64,
    },
}

/// The load's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    parameters: LoadParameters,
    noise: Drift,
    seconds_into_period: f64,
    seconds_since_look: f64,
    /// The day's share of the mean power.
    day_factor: f64,
    watts: f64,
    running: bool,
}

impl Load {
    /// A running load at the start of its pattern.
    #[must_use]
    pub fn new(parameters: LoadParameters, now: TimeOfDay) -> Self {
        let mut load = Self {
            parameters,
            noise: Drift::new(NOISE_SECONDS),
            seconds_into_period: 0.0,
            seconds_since_look: 0.0,
            day_factor: day_factor(&parameters, now),
            watts: 0.0,
            running: true,
        };
        load.watts = load.power_watts();
        load
    }

    /// The demand that the wiring has to meet now.
    #[must_use]
    pub fn demand(&self) -> Demand {
        Demand {
            watts: self.watts,
            least_volts: if self.running {
                self.parameters.dropout_volts
            } else {
                self.parameters.restart_volts
            },
            own_supply_volts: self.parameters.own_supply_volts,
        }
    }

    /// Lets `seconds` pass until `now`; `running` tells whether the wiring could meet the demand.
    pub fn advance(&mut self, running: bool, now: TimeOfDay, seconds: f64, random: &mut Pcg32) {
        self.running = running;
        self.noise.advance(seconds, random);
        self.seconds_since_look += seconds;
        if self.seconds_since_look >= LOOK_SECONDS {
            self.seconds_since_look = 0.0;
            self.day_factor = day_factor(&self.parameters, now);
        }
        self.seconds_into_period += seconds;
        let period_seconds = self.period_seconds();
        if self.seconds_into_period >= period_seconds {
            self.seconds_into_period %= period_seconds;
        }
        self.watts = self.power_watts();
    }

    fn period_seconds(&self) -> f64 {
        match self.parameters.pattern {
            LoadPattern::Steady => f64::INFINITY,
            LoadPattern::Pulses { period_seconds, .. }
            | LoadPattern::Pauses { period_seconds, .. } => period_seconds,
        }
    }

    fn power_watts(&self) -> f64 {
        let noise = self
            .noise
            .deviations()
            .clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION);
        let watts = self.parameters.mean_watts * (self.day_factor + self.parameters.noise * noise);
        match self.parameters.pattern {
            LoadPattern::Pulses {
                extra_watts,
                on_seconds,
                ..
            } if self.seconds_into_period < on_seconds => watts + extra_watts,
            LoadPattern::Pauses {
                off_seconds,
                period_seconds,
            } if self.seconds_into_period >= period_seconds - off_seconds => 0.0,
            _ => watts,
        }
    }
}

fn day_factor(parameters: &LoadParameters, now: TimeOfDay) -> f64 {
    1.0 + parameters.daily_swing * now.day_wave(BUSIEST_HOUR)
}

/// Power that is asked for, and the least voltage at which it is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Power, W.
    pub watts: f64,
    /// Voltage below which nothing is drawn, V.
    pub least_volts: f64,
    /// Voltage of the load's own supply on mains, V.
    pub own_supply_volts: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    const PLAIN: LoadParameters = LoadParameters {
        mean_watts: 10.0,
        daily_swing: 0.1,
        noise: 0.02,
        pattern: LoadPattern::Steady,
        dropout_volts: 9.5,
        restart_volts: 12.0,
        own_supply_volts: 13.5,
    };

    /// The power every 2 s over a time.
    fn powers(parameters: LoadParameters, seconds: usize) -> Vec<f64> {
        let start = TimeOfDay::new(100, BUSIEST_HOUR - 12.0);
        let mut random = Pcg32::seed_from_u64(1);
        let mut load = Load::new(parameters, start);
        (0..seconds / 2)
            .map(|step| {
                let watts = load.demand().watts;
                let now = start.after(core::time::Duration::from_secs(2 * step as u64));
                load.advance(true, now, 2.0, &mut random);
                watts
            })
            .collect()
    }

    #[test]
    fn a_constant_load_never_moves() {
        assert!(
            powers(PLAIN.constant(), 86_400)
                .iter()
                .all(|watts| *watts == 10.0)
        );
    }

    #[test]
    fn a_day_profile_swings_once_a_day() {
        let quiet = LoadParameters {
            noise: 0.0,
            ..PLAIN
        };
        let powers = powers(quiet.day_profile(), 86_400);
        assert!((powers[0] - 5.0).abs() < 0.01, "{}", powers[0]);
        assert!((powers[43_200 / 2] - 15.0).abs() < 0.1);
    }

    #[test]
    fn a_transmitter_is_on_for_its_share_of_the_time() {
        let powers = powers(PLAIN.constant().pulsed(), 1200);
        assert_eq!(powers[0], 40.0);
        assert_eq!(powers.iter().filter(|watts| **watts == 40.0).count(), 100);
        assert_eq!(powers.iter().filter(|watts| **watts == 10.0).count(), 500);
    }

    #[test]
    fn equipment_that_drops_out_draws_nothing_and_comes_back() {
        let powers = powers(PLAIN.constant().dropping_out(), 43_200);
        assert_eq!(powers.iter().filter(|watts| **watts == 0.0).count(), 1800);
        assert_eq!(powers.last(), Some(&0.0));
        assert_eq!(powers[21_600 / 2], 10.0);
    }
}
