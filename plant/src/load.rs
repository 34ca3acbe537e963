//! The equipment that the battery stands by for: constant power with a daily pattern and noise.

use crate::drift::Drift;
use crate::time::TimeOfDay;
use rand_pcg::Pcg32;

/// Hour of the day at which the load is greatest.
const BUSIEST_HOUR: f64 = 16.0;
/// Time over which the load wanders, s.
const NOISE_SECONDS: f64 = 60.0;
/// Noise beyond this many standard deviations is cut, so that the power stays positive.
const LARGEST_DEVIATION: f64 = 3.0;

/// What the equipment draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadParameters {
    /// Mean power, W.
    pub mean_watts: f64,
    /// Swing over the day around the mean, a share of it, 0..=0.5.
    pub daily_swing: f64,
    /// Standard deviation of the noise, a share of the mean, 0..=0.1.
    pub noise: f64,
    /// Voltage below which the equipment lets go, V (about 9.5 V for a converter of 12 V).
    pub dropout_volts: f64,
    /// Voltage from which it starts again, V.
    pub restart_volts: f64,
    /// Voltage of the load's own supply on mains, V; used in battery-lead wiring only.
    pub own_supply_volts: f64,
}

/// The load's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    parameters: LoadParameters,
    noise: Drift,
    watts: f64,
    running: bool,
}

impl Load {
    /// A running load.
    #[must_use]
    pub fn new(parameters: LoadParameters, now: TimeOfDay) -> Self {
        let mut load = Self {
            parameters,
            noise: Drift::new(NOISE_SECONDS),
            watts: 0.0,
            running: true,
        };
        load.watts = load.power_watts(now);
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

    /// Lets `seconds` pass; `running` tells whether the wiring could meet the demand.
    pub fn advance(&mut self, running: bool, now: TimeOfDay, seconds: f64, random: &mut Pcg32) {
        self.running = running;
        self.noise.advance(seconds, random);
        self.watts = self.power_watts(now);
    }

    fn power_watts(&self, now: TimeOfDay) -> f64 {
        let noise = self
            .noise
            .deviations()
            .clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION);
        self.parameters.mean_watts
            * (1.0
                + self.parameters.daily_swing * now.day_wave(BUSIEST_HOUR)
                + self.parameters.noise * noise)
    }
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
