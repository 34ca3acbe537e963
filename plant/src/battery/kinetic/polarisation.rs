//! What stands between the open-circuit voltage and the terminals when current flows.
//!
//! In series: an ohmic part, two resistor-capacitor pairs (seconds, minutes) and the charge
//! transfer with its double layer. On charge the charge transfer's resistance grows towards full in the
//! form of Copetti's model; this, not the charger, makes the current taper. On discharge it grows
//! towards empty. All of it is solved implicitly, so that a step of any length is stable.

use crate::battery::curve::Line;
use crate::battery::reaction::Step;

/// The constants at 25 °C of a new block of six cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolarisationParameters {
    /// Posts, grids and electrolyte, Ω.
    pub ohmic_ohms: f64,
    /// The pair of seconds, Ω.
    pub fast_ohms: f64,
    /// The pair of minutes, Ω.
    pub slow_ohms: f64,
    /// Charge transfer on charge: this over (1 − level)^1.32, Ω.
    pub charging_ohms: f64,
    /// Charge transfer on discharge: this over (level + 0.0256), Ω.
    pub discharging_ohms: f64,
    /// Double layer, F.
    pub double_layer_farads: f64,
}

impl PolarisationParameters {
    /// A healthy block of a capacity at the 20 h rate: the ohmic part of such blocks (16 mΩ at 18 Ah;
    /// Vinachem states less than 8 mΩ at 40 Ah), the rest as in measured set A, scaled.
    #[must_use]
    pub fn agm(ampere_hours: f64) -> Self {
        let scale = 100.0 / ampere_hours;
        let set_a = Self::measured_set_a();
        Self {
            ohmic_ohms: POSTS_OHMS + PLATES_OHM_AMPERE_HOURS / ampere_hours,
            fast_ohms: set_a.fast_ohms * scale,
            slow_ohms: set_a.slow_ohms * scale,
            charging_ohms: set_a.charging_ohms * scale,
            discharging_ohms: set_a.discharging_ohms * scale,
            double_layer_farads: set_a.double_layer_farads / scale,
        }
    }

    /// Fitted on measured set A (100 Ah). The ohmic part contains the leads of that measurement.
    #[must_use]
    pub fn measured_set_a() -> Self {
        Self {
            ohmic_ohms: 0.0144,
            fast_ohms: 0.0054,
            slow_ohms: 0.000_65,
            charging_ohms: 0.004_86,
            discharging_ohms: 0.000_55,
            double_layer_farads: 3.0,
        }
    }
}

/// Ohmic resistance of the posts, Ω.
const POSTS_OHMS: f64 = 0.001;
/// Ohmic resistance of the plates, times the capacity, Ω·Ah.
const PLATES_OHM_AMPERE_HOURS: f64 = 0.27;
/// Time constant of the fast pair, s (fitted on set A).
const FAST_SECONDS: f64 = 5.0;
/// Time constant of the slow pair, s (fitted on set A).
const SLOW_SECONDS: f64 = 200.0;
/// Exponent of the charge transfer near full (Copetti's form, whose exponent is 1.2; fitted on set A).
const TAPER_EXPONENT: f64 = 1.32;
/// Room below which a battery counts as full: it bounds the charge transfer's resistance.
const LEAST_ROOM: f64 = 1e-6;
/// Level at which the discharge resistance has grown to half its greatest value (fitted on set A).
const EXHAUSTION_LEVEL: f64 = 0.0256;

/// Resistances of the charge transfer at one level of the available charge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransferOhms {
    charging: f64,
    discharging: f64,
}

impl TransferOhms {
    /// Those of a new battery at 25 °C, at a level 0..=1.
    #[must_use]
    pub fn new(parameters: &PolarisationParameters, level: f64) -> Self {
        let room = (1.0 - level).max(LEAST_ROOM);
        Self {
            charging: parameters.charging_ohms / room.powf(TAPER_EXPONENT),
            discharging: parameters.discharging_ohms / (level + EXHAUSTION_LEVEL),
        }
    }

    /// The same, grown by a factor.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            charging: self.charging * factor,
            discharging: self.discharging * factor,
        }
    }
}

/// The voltages that the polarisation holds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Polarisation {
    fast_volts: f64,
    slow_volts: f64,
    double_layer_volts: f64,
}

impl Polarisation {
    /// Voltage of the double layer, V; positive after charging.
    #[must_use]
    pub fn double_layer_volts(&self) -> f64 {
        self.double_layer_volts
    }

    /// The overvoltage of a step of `seconds` > 0; `factor` raises the pairs and the ohmic part.
    #[must_use]
    pub fn line(
        &self,
        parameters: &PolarisationParameters,
        transfer: TransferOhms,
        factor: f64,
        seconds: f64,
    ) -> Line {
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
        Line {
            kink_amperes,
            kink_volts: held_volts + straight_ohms * kink_amperes,
            charging_ohms: straight_ohms + parallel(elastance, transfer.charging),
            discharging_ohms: straight_ohms + parallel(elastance, transfer.discharging),
        }
    }

    /// Applies a step, with the transfer and the factor that its line was made with.
    pub fn advance(
        &mut self,
        parameters: &PolarisationParameters,
        transfer: TransferOhms,
        factor: f64,
        step: Step,
    ) {
        let Step {
            amperes, seconds, ..
        } = step;
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
        let leak_ohms = if without_leak >= 0.0 {
            transfer.charging
        } else {
            transfer.discharging
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(parameters: &PolarisationParameters, level: f64, seconds: f64) -> Line {
        let transfer = TransferOhms::new(parameters, level);
        Polarisation::default().line(parameters, transfer, 1.0, seconds)
    }

    fn apply(polarisation: &mut Polarisation, parameters: &PolarisationParameters, amperes: f64) {
        let step = Step {
            amperes,
            self_discharge_amperes: 0.0,
            seconds: 3.0,
        };
        polarisation.advance(parameters, TransferOhms::new(parameters, 0.5), 1.0, step);
    }

    #[test]
    fn the_line_reads_the_same_both_ways() {
        let parameters = PolarisationParameters::measured_set_a();
        let mut polarisation = Polarisation::default();
        apply(&mut polarisation, &parameters, 20.0);
        let transfer = TransferOhms::new(&parameters, 0.5);
        let line = polarisation.line(&parameters, transfer, 1.0, 3.0);
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
        let parameters = PolarisationParameters::measured_set_a();
        let mut polarisation = Polarisation::default();
        for _ in 0..10_000 {
            apply(&mut polarisation, &parameters, -10.0);
        }
        let transfer = TransferOhms::new(&parameters, 0.5);
        let volts = polarisation
            .line(&parameters, transfer, 1.0, 3.0)
            .volts_at(-10.0);
        let ohms = parameters.ohmic_ohms
            + parameters.fast_ohms
            + parameters.slow_ohms
            + parameters.discharging_ohms / (0.5 + EXHAUSTION_LEVEL);
        assert!((volts + 10.0 * ohms).abs() < 1e-6, "{volts}");
    }

    #[test]
    fn charge_acceptance_falls_towards_full() {
        let parameters = PolarisationParameters::measured_set_a();
        let accepted = |level| at(&parameters, level, 1e6).amperes_at(1.5).0;
        assert!(accepted(0.5) > 25.0);
        assert!(accepted(0.95) < 8.0);
        assert!(accepted(0.9999) < 0.01);
    }

    #[test]
    fn a_healthy_block_has_the_ohmic_resistance_of_its_size() {
        // As docs/plant.md gives it, in tenths of a milliohm.
        for (ampere_hours, page) in [(18.0, 0.016), (40.0, 0.0078), (100.0, 0.0037)] {
            let ohms = PolarisationParameters::agm(ampere_hours).ohmic_ohms;
            assert!((ohms - page).abs() < 0.000_051, "{ampere_hours} Ah: {ohms}");
        }
    }
}
