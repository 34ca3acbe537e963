//! What stands between the open-circuit voltage and the terminals when current flows.
//!
//! In series: an ohmic part, two resistor-capacitor pairs (half a minute, ten minutes) and the charge
//! transfer with its double layer. On charge the charge transfer's resistance grows towards full in the
//! form of Copetti's model; this, not the charger, makes the current taper. On discharge it grows
//! towards empty. All of it is solved implicitly, so that a step of any length is stable.

/// The constants at 25 °C of a new block of six cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolarisationParameters {
    /// Posts, grids and electrolyte, Ω.
    pub ohmic_ohms: f64,
    /// The pair of half a minute, Ω.
    pub fast_ohms: f64,
    /// The pair of ten minutes, Ω.
    pub slow_ohms: f64,
    /// Charge transfer on charge: this over (1 − level)^1.2, Ω.
    pub charging_ohms: f64,
    /// Charge transfer on discharge: this over (level + 0.02), Ω.
    pub discharging_ohms: f64,
    /// Double layer, F.
    pub double_layer_farads: f64,
}

impl PolarisationParameters {
    /// Fitted by hand on measured set A (100 Ah), scaled to another capacity of the same make.
    #[must_use]
    pub fn from_20_hour_capacity(ampere_hours: f64) -> Self {
        let scale = 100.0 / ampere_hours;
        Self {
            ohmic_ohms: 0.015 * scale,
            fast_ohms: 0.005 * scale,
            slow_ohms: 0.002 * scale,
            charging_ohms: 0.0068 * scale,
            discharging_ohms: 0.0007 * scale,
            double_layer_farads: 20.0 / scale,
        }
    }
}

/// Time constant of the fast pair, s (set A: most of the fall after switching on takes a minute).
const FAST_SECONDS: f64 = 30.0;
/// Time constant of the slow pair, s (set A: the recovery between 5 and 30 minutes).
const SLOW_SECONDS: f64 = 600.0;
/// Exponent of the charge transfer near full (Copetti's charge equation).
const TAPER_EXPONENT: f64 = 1.2;
/// Room below which a battery counts as full: it bounds the charge transfer's resistance.
const LEAST_ROOM: f64 = 1e-6;
/// Level at which the discharge resistance has grown to half its greatest value.
const EXHAUSTION_LEVEL: f64 = 0.02;

/// What the resistances depend on besides the current.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// Level of the available well, 0..=1.
    pub level: f64,
    /// Factor on every resistance: age and temperature.
    pub resistance_factor: f64,
}

/// The voltages that the polarisation holds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Polarisation {
    fast_volts: f64,
    slow_volts: f64,
    double_layer_volts: f64,
}

/// The polarisation's voltage at the end of a step, as a function of the step's current:
/// straight, with one kink where charging turns into discharging.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolarisationLine {
    kink_amperes: f64,
    kink_volts: f64,
    charging_ohms: f64,
    discharging_ohms: f64,
}

impl PolarisationLine {
    /// Voltage, V, at a current, A, positive = charging.
    #[must_use]
    pub fn volts_at(&self, amperes: f64) -> f64 {
        let beyond = amperes - self.kink_amperes;
        let ohms = if beyond >= 0.0 {
            self.charging_ohms
        } else {
            self.discharging_ohms
        };
        self.kink_volts + ohms * beyond
    }

    /// Current, A, at a voltage, V, and the slope there, A/V.
    #[must_use]
    pub fn amperes_at(&self, volts: f64) -> (f64, f64) {
        let beyond = volts - self.kink_volts;
        let ohms = if beyond >= 0.0 {
            self.charging_ohms
        } else {
            self.discharging_ohms
        };
        (self.kink_amperes + beyond / ohms, 1.0 / ohms)
    }
}

impl Polarisation {
    /// The line of a step of `seconds` > 0.
    #[must_use]
    pub fn line(
        &self,
        parameters: &PolarisationParameters,
        conditions: Conditions,
        seconds: f64,
    ) -> PolarisationLine {
        let factor = conditions.resistance_factor;
        let fast_keep = 1.0 / (1.0 + seconds / FAST_SECONDS);
        let slow_keep = 1.0 / (1.0 + seconds / SLOW_SECONDS);
        let straight_ohms = factor
            * (parameters.ohmic_ohms
                + parameters.fast_ohms * (1.0 - fast_keep)
                + parameters.slow_ohms * (1.0 - slow_keep));
        let held_volts = self.fast_volts * fast_keep + self.slow_volts * slow_keep;

        // The double layer without its leak moves by I·t/C; the kink is where that ends at zero.
        let elastance = seconds / parameters.double_layer_farads;
        let kink_amperes = -self.double_layer_volts / elastance;
        let (charging_ohms, discharging_ohms) = transfer_ohms(parameters, conditions);
        PolarisationLine {
            kink_amperes,
            kink_volts: held_volts + straight_ohms * kink_amperes,
            charging_ohms: straight_ohms + parallel(elastance, charging_ohms),
            discharging_ohms: straight_ohms + parallel(elastance, discharging_ohms),
        }
    }

    /// Applies a step's current, A, positive = charging.
    pub fn advance(
        &mut self,
        parameters: &PolarisationParameters,
        conditions: Conditions,
        amperes: f64,
        seconds: f64,
    ) {
        let factor = conditions.resistance_factor;
        self.fast_volts = towards(
            self.fast_volts,
            amperes * parameters.fast_ohms * factor,
            seconds / FAST_SECONDS,
        );
        self.slow_volts = towards(
            self.slow_volts,
            amperes * parameters.slow_ohms * factor,
            seconds / SLOW_SECONDS,
        );
        let elastance = seconds / parameters.double_layer_farads;
        let without_leak = self.double_layer_volts + amperes * elastance;
        let (charging_ohms, discharging_ohms) = transfer_ohms(parameters, conditions);
        let leak_ohms = if without_leak >= 0.0 {
            charging_ohms
        } else {
            discharging_ohms
        };
        self.double_layer_volts = without_leak / (1.0 + elastance / leak_ohms);
    }
}

/// A resistor-capacitor pair's voltage after an implicit step of `steps` time constants.
fn towards(volts: f64, settled_volts: f64, steps: f64) -> f64 {
    (volts + settled_volts * steps) / (1.0 + steps)
}

fn parallel(one_ohms: f64, other_ohms: f64) -> f64 {
    one_ohms * other_ohms / (one_ohms + other_ohms)
}

fn transfer_ohms(parameters: &PolarisationParameters, conditions: Conditions) -> (f64, f64) {
    let room = (1.0 - conditions.level).max(LEAST_ROOM);
    let charging = parameters.charging_ohms / room.powf(TAPER_EXPONENT);
    let discharging = parameters.discharging_ohms / (conditions.level + EXHAUSTION_LEVEL);
    (
        charging * conditions.resistance_factor,
        discharging * conditions.resistance_factor,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF_FULL: Conditions = Conditions {
        level: 0.5,
        resistance_factor: 1.0,
    };

    #[test]
    fn the_line_reads_the_same_both_ways() {
        let parameters = PolarisationParameters::from_20_hour_capacity(100.0);
        let mut polarisation = Polarisation::default();
        polarisation.advance(&parameters, HALF_FULL, 20.0, 10.0);
        let line = polarisation.line(&parameters, HALF_FULL, 3.0);
        for amperes in [-30.0, -5.0, -0.1, 0.0, 0.1, 5.0, 30.0] {
            let (back, slope) = line.amperes_at(line.volts_at(amperes));
            assert!(
                (back - amperes).abs() < 1e-9,
                "{amperes} A came back as {back} A"
            );
            assert!(slope > 0.0);
        }
    }

    #[test]
    fn a_settled_discharge_shows_the_sum_of_the_resistances() {
        let parameters = PolarisationParameters::from_20_hour_capacity(100.0);
        let mut polarisation = Polarisation::default();
        for _ in 0..10_000 {
            polarisation.advance(&parameters, HALF_FULL, -10.0, 3.0);
        }
        let volts = polarisation
            .line(&parameters, HALF_FULL, 3.0)
            .volts_at(-10.0);
        let ohms = 0.015 + 0.005 + 0.002 + 0.0007 / 0.52;
        assert!((volts + 10.0 * ohms).abs() < 1e-6, "{volts}");
    }

    #[test]
    fn charge_acceptance_falls_towards_full() {
        let parameters = PolarisationParameters::from_20_hour_capacity(100.0);
        let accepted = |level| {
            let conditions = Conditions {
                level,
                resistance_factor: 1.0,
            };
            let line = Polarisation::default().line(&parameters, conditions, 1e6);
            line.amperes_at(1.5).0
        };
        assert!(accepted(0.5) > 25.0);
        assert!(accepted(0.95) < 8.0);
        assert!(accepted(0.9999) < 0.01);
    }
}
