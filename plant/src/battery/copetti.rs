//! Lead-acid by the equations of Copetti, Lorenzo and Chenlo (CIEMAT): a second opinion.
//!
//! Taken over: the charge and the discharge voltage, the capacity by current and temperature. They were
//! fitted by their authors on other batteries than ours, and share nothing with [`super::kinetic`] but the
//! gassing, the thermal lump and the ageing that stand beside every model here.
//!
//! Our own additions, because the equations know no rest: the gap between the charge's and the discharge's
//! voltage without current is crossed within minutes, and the capacity follows a mean of the current.
//! Currents inside the fractions are those of 100 Ah, so that batteries of every size look alike.

use super::conditions::Conditions;
use super::curve::Curve;
use super::reaction::{MainReaction, Step};

const CELLS: f64 = 6.0;
/// Share of the charged ampere-hours that can be had back (a battery monitor's default).
const CHARGE_EFFICIENCY: f64 = 0.95;
/// 20 h capacity over 10 h capacity by the capacity's equation.
const C20_OVER_C10: f64 = 1.229;
/// Time over which the current counts for the capacity, s.
const MEAN_SECONDS: f64 = 900.0;
/// Time in which the voltage without current crosses the gap at rest, s.
const REST_SECONDS: f64 = 1200.0;
/// Time in which a current makes it cross, s.
const CROSSING_SECONDS: f64 = 60.0;
/// Current that makes it cross, a share of the 10 h capacity in an hour.
const CROSSING_RATE: f64 = 0.001;
/// State of charge below which, and room above which, the equations have lost their sense.
const LEAST_SHARE: f64 = 1e-3;
/// Distance from 25 °C up to which the temperature terms are taken over, K.
const LARGEST_DISTANCE_KELVINS: f64 = 30.0;
/// Rounds of the search for the current at a voltage.
const MOST_ITERATIONS: usize = 40;

/// The model's state.
#[derive(Debug, Clone, PartialEq)]
pub struct CopettiLead {
    rated_c10: f64,
    /// 10 h capacity at its age, Ah.
    c10: f64,
    missing_ampere_hours: f64,
    mean_discharge_amperes: f64,
    /// −1 after discharging, 1 after charging.
    crossed: f64,
    /// What follows from the state above, computed once a step.
    charged_share: f64,
    open_circuit_volts: f64,
    curve: CopettiCurve,
}

impl CopettiLead {
    /// A battery after a long rest.
    #[must_use]
    pub fn rested(rated_ampere_hours: f64, state_of_charge: f64, conditions: &Conditions) -> Self {
        let rated_c10 = rated_ampere_hours / C20_OVER_C10;
        let mut rested = Self {
            rated_c10,
            c10: rated_c10,
            missing_ampere_hours: 0.0,
            mean_discharge_amperes: 0.0,
            crossed: 0.0,
            charged_share: 1.0,
            open_circuit_volts: 0.0,
            curve: CopettiCurve::new(1.0, rated_c10, conditions),
        };
        rested.adapt(conditions);
        rested.missing_ampere_hours = (1.0 - state_of_charge.clamp(0.0, 1.0)) * rested.holdable();
        rested.follow(conditions);
        rested
    }

    /// Charge that the 20 h rate takes out at 25 °C, Ah: what the state of charge refers to.
    fn holdable(&self) -> f64 {
        C20_OVER_C10 * self.c10
    }

    /// Capacity at the mean current, Ah: `C/C10 = 1.67·(1 + 0.005·ΔT) / (1 + 0.67·(I/I10)^0.9)`.
    fn capacity_ampere_hours(&self, conditions: &Conditions) -> f64 {
        let rate = self.mean_discharge_amperes / (0.1 * self.c10);
        let slowed = if rate > 0.0 { rate.powf(0.9) } else { 0.0 };
        1.67 * self.c10 * (1.0 + 0.005 * distance_kelvins(conditions)) / (1.0 + 0.67 * slowed)
    }

    fn follow(&mut self, conditions: &Conditions) {
        let share = 1.0 - self.missing_ampere_hours / self.capacity_ampere_hours(conditions);
        self.charged_share = share.clamp(0.0, 1.0);
        let discharged_volts = 2.085 - 0.12 * (1.0 - self.charged_share);
        let charged_volts = 2.0 + 0.16 * self.charged_share;
        let middle = 0.5 * (charged_volts + discharged_volts);
        let half_gap = 0.5 * (charged_volts - discharged_volts);
        self.open_circuit_volts = CELLS * (middle + half_gap * self.crossed);
        self.curve = CopettiCurve::new(self.charged_share, self.c10, conditions);
    }
}

impl MainReaction for CopettiLead {
    fn open_circuit_volts(&self) -> f64 {
        self.open_circuit_volts
    }

    fn curve(&self, _: &Conditions, _: f64) -> Curve {
        Curve::Copetti(self.curve)
    }

    fn advance(&mut self, step: Step, conditions: &Conditions) {
        let toward = (step.amperes / (CROSSING_RATE * self.c10)).clamp(-1.0, 1.0);
        let seconds = REST_SECONDS + (CROSSING_SECONDS - REST_SECONDS) * toward.abs();
        self.crossed = towards(self.crossed, toward, step.seconds / seconds);
        self.mean_discharge_amperes = towards(
            self.mean_discharge_amperes,
            (-step.amperes).max(0.0),
            step.seconds / MEAN_SECONDS,
        );
        let stored = step.stored_amperes(CHARGE_EFFICIENCY) * step.hours();
        self.missing_ampere_hours =
            (self.missing_ampere_hours - stored).clamp(0.0, 1.67 * self.c10);
        self.follow(conditions);
    }

    fn adapt(&mut self, conditions: &Conditions) {
        let c10 = self.rated_c10 * conditions.state_of_health.capacity_factor();
        self.missing_ampere_hours *= c10 / self.c10;
        self.c10 = c10;
        self.follow(conditions);
    }

    fn charge_ampere_hours(&self) -> f64 {
        (self.holdable() - self.missing_ampere_hours).max(0.0)
    }

    fn state_of_charge(&self) -> f64 {
        self.charge_ampere_hours() / self.holdable()
    }
}

/// Overvoltage against current by both equations, at one state of charge and temperature:
/// `6·(x·(4/(1 + I^1.3) + 0.27/SOC^1.5 + 0.02))·(1 − 0.007·ΔT)` on discharge and
/// `6·(x·(6/(1 + I^0.86) + 0.48/(1 − SOC)^1.2 + 0.036))·(1 − 0.025·ΔT)` on charge, with x = I/C10.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CopettiCurve {
    c10: f64,
    charging: Branch,
    discharging: Branch,
}

/// One equation: `factor · x · (near_zero / (1 + I^power) + straight)`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Branch {
    near_zero: f64,
    power: f64,
    straight: f64,
    factor: f64,
}

impl Branch {
    /// Overvoltage, V ≥ 0, at a rate x ≥ 0 of C10 in an hour, and its slope.
    fn volts_at(&self, rate: f64) -> (f64, f64) {
        let grown = (100.0 * rate).powf(self.power);
        let share = 1.0 / (1.0 + grown);
        let volts = rate * (self.near_zero * share + self.straight);
        let slope = self.near_zero * share * (1.0 - self.power * grown * share) + self.straight;
        (self.factor * volts, self.factor * slope)
    }

    /// Rate at an overvoltage, V ≥ 0, and the voltage's slope there.
    fn rate_at(&self, volts: f64) -> (f64, f64) {
        let mut most = volts / (self.factor * self.straight);
        let mut least = volts / (self.factor * (self.straight + self.near_zero));
        let mut rate = most;
        for _ in 0..MOST_ITERATIONS {
            let (reached, slope) = self.volts_at(rate);
            if reached > volts {
                most = rate;
            } else {
                least = rate;
            }
            let newton = rate - (reached - volts) / slope;
            let next = if newton >= least && newton <= most {
                newton
            } else {
                0.5 * (least + most)
            };
            if (next - rate).abs() <= 1e-12 * (1.0 + rate) {
                return (next, slope);
            }
            rate = next;
        }
        (rate, self.volts_at(rate).1)
    }
}

impl CopettiCurve {
    fn new(charged_share: f64, c10: f64, conditions: &Conditions) -> Self {
        let distance = distance_kelvins(conditions);
        // What age adds to the resistances of the other models is added here as well.
        let age = conditions.state_of_health.resistance_factor();
        let charged = charged_share.max(LEAST_SHARE);
        let room = (1.0 - charged_share).max(LEAST_SHARE);
        Self {
            c10,
            charging: Branch {
                near_zero: 6.0,
                power: 0.86,
                straight: 0.48 / room.powf(1.2) + 0.036,
                factor: CELLS * age * (1.0 - 0.025 * distance),
            },
            discharging: Branch {
                near_zero: 4.0,
                power: 1.3,
                straight: 0.27 / charged.powf(1.5) + 0.02,
                factor: CELLS * age * (1.0 - 0.007 * distance),
            },
        }
    }

    /// Overvoltage, V, at a current, A.
    #[must_use]
    pub fn volts_at(&self, amperes: f64) -> f64 {
        if amperes >= 0.0 {
            self.charging.volts_at(amperes / self.c10).0
        } else {
            -self.discharging.volts_at(-amperes / self.c10).0
        }
    }

    /// Current, A, at an overvoltage, V, and the slope there, A/V.
    #[must_use]
    pub fn amperes_at(&self, volts: f64) -> (f64, f64) {
        let (branch, sign) = if volts >= 0.0 {
            (&self.charging, 1.0)
        } else {
            (&self.discharging, -1.0)
        };
        let (rate, slope) = branch.rate_at(volts.abs());
        (sign * rate * self.c10, self.c10 / slope)
    }
}

fn distance_kelvins(conditions: &Conditions) -> f64 {
    (conditions.celsius - 25.0).clamp(-LARGEST_DISTANCE_KELVINS, LARGEST_DISTANCE_KELVINS)
}

/// A value after an implicit step of `steps` time constants.
fn towards(value: f64, settled: f64, steps: f64) -> f64 {
    (value + settled * steps) / (1.0 + steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::{BatteryParameters, StateOfHealth};

    fn conditions(celsius: f64) -> Conditions {
        Conditions::new(
            &BatteryParameters::copetti(100.0),
            celsius,
            StateOfHealth::NEW,
        )
    }

    #[test]
    fn the_curve_gives_the_published_equations() {
        // C10 = 100 Ah, 10 A, half full, 35 °C.
        let curve = CopettiCurve::new(0.5, 100.0, &conditions(35.0));
        let discharging = 6.0
            * 0.1
            * (4.0 / (1.0 + 10_f64.powf(1.3)) + 0.27 / 0.5_f64.powf(1.5) + 0.02)
            * (1.0 - 0.07);
        assert!((curve.volts_at(-10.0) + discharging).abs() < 1e-12);
        let charging = 6.0
            * 0.1
            * (6.0 / (1.0 + 10_f64.powf(0.86)) + 0.48 / 0.5_f64.powf(1.2) + 0.036)
            * (1.0 - 0.25);
        assert!((curve.volts_at(10.0) - charging).abs() < 1e-12);
    }

    #[test]
    fn the_voltage_rises_with_the_current_everywhere() {
        for share in [0.0, 0.1, 0.5, 0.9, 1.0] {
            let curve = CopettiCurve::new(share, 100.0, &conditions(25.0));
            let mut last = f64::NEG_INFINITY;
            for step in -400..=400 {
                let volts = curve.volts_at(f64::from(step) / 8.0);
                assert!(volts > last, "{share}: {step}");
                last = volts;
            }
        }
    }

    #[test]
    fn the_capacity_is_that_of_the_equation() {
        let conditions = conditions(25.0);
        let mut battery = CopettiLead::rested(122.9, 1.0, &conditions);
        for (amperes, expected) in [(0.0, 167.0), (10.0, 100.0), (5.0, 122.9)] {
            battery.mean_discharge_amperes = amperes;
            let capacity = battery.capacity_ampere_hours(&conditions);
            assert!(
                (capacity - expected).abs() < 0.1,
                "{amperes} A: {capacity} Ah"
            );
        }
    }
}
