//! The air around the battery: season, day, weather, and the enclosure that sun and charger heat.

use crate::drift::Drift;
use crate::time::TimeOfDay;
use rand_pcg::Pcg32;

/// Warmest hour of the day in the shade.
const WARMEST_HOUR: f64 = 15.0;
/// Hour at which the sun heats the enclosure most.
const SUNNIEST_HOUR: f64 = 13.5;
/// Warmest day of the year: late July, northern hemisphere.
const WARMEST_DAY: f64 = 205.0;
/// How long a spell of weather lasts, s.
const WEATHER_SECONDS: f64 = 12.0 * 3600.0;
/// Weather beyond this many standard deviations is cut.
const MOST_UNUSUAL: f64 = 2.0;

/// A climate and an enclosure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AmbientParameters {
    /// Mean over the year, °C.
    pub mean_celsius: f64,
    /// Swing between seasons around the mean, K.
    pub seasonal_swing_kelvins: f64,
    /// Swing over the day around its mean, K.
    pub daily_swing_kelvins: f64,
    /// Standard deviation of the weather, K.
    pub weather_kelvins: f64,
    /// What the sun adds inside the enclosure when it stands highest, K.
    pub sun_on_enclosure_kelvins: f64,
    /// What the charger's lost heat adds inside the enclosure, K/W.
    pub enclosure_kelvins_per_watt: f64,
}

/// Time between two looks at sun and season, s.
const LOOK_SECONDS: f64 = 60.0;

/// The air's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Ambient {
    parameters: AmbientParameters,
    weather: Drift,
    seconds_since_look: f64,
    outside_celsius: f64,
    sun_kelvins: f64,
}

impl Ambient {
    /// Average weather.
    #[must_use]
    pub fn new(parameters: AmbientParameters, now: TimeOfDay) -> Self {
        let mut ambient = Self {
            parameters,
            weather: Drift::new(WEATHER_SECONDS),
            seconds_since_look: 0.0,
            outside_celsius: 0.0,
            sun_kelvins: 0.0,
        };
        ambient.look(now);
        ambient
    }

    /// Temperature of the air at the battery, °C, with the heat that the charger loses, W.
    #[must_use]
    pub fn enclosure_celsius(&self, charger_lost_watts: f64) -> f64 {
        self.outside_celsius
            + self.sun_kelvins
            + self.parameters.enclosure_kelvins_per_watt * charger_lost_watts
    }

    /// Lets `seconds` pass until `now`.
    pub fn advance(&mut self, now: TimeOfDay, seconds: f64, random: &mut Pcg32) {
        self.seconds_since_look += seconds;
        if self.seconds_since_look >= LOOK_SECONDS {
            self.weather.advance(self.seconds_since_look, random);
            self.seconds_since_look = 0.0;
            self.look(now);
        }
    }

    fn look(&mut self, now: TimeOfDay) {
        let parameters = &self.parameters;
        let weather = self.weather.deviations().clamp(-MOST_UNUSUAL, MOST_UNUSUAL);
        self.outside_celsius = parameters.mean_celsius
            + parameters.seasonal_swing_kelvins * now.year_wave(WARMEST_DAY)
            + parameters.daily_swing_kelvins * now.day_wave(WARMEST_HOUR)
            + parameters.weather_kelvins * weather;
        self.sun_kelvins =
            parameters.sun_on_enclosure_kelvins * now.day_wave(SUNNIEST_HOUR).max(0.0);
    }
}
