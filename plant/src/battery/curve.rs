//! The main reaction's overvoltage against its current during one step.

use super::copetti::CopettiCurve;

/// Overvoltage at the end of a step as a rising function of the step's current, positive = charging.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Curve {
    /// Straight with one kink.
    Line(Line),
    /// Copetti's charge and discharge equations.
    Copetti(CopettiCurve),
}

impl Curve {
    /// Overvoltage, V, at a current, A.
    #[must_use]
    pub fn volts_at(&self, amperes: f64) -> f64 {
        match self {
            Self::Line(line) => line.volts_at(amperes),
            Self::Copetti(curve) => curve.volts_at(amperes),
        }
    }

    /// Current, A, at an overvoltage, V, and the slope there, A/V.
    #[must_use]
    pub fn amperes_at(&self, volts: f64) -> (f64, f64) {
        match self {
            Self::Line(line) => line.amperes_at(volts),
            Self::Copetti(curve) => curve.amperes_at(volts),
        }
    }
}

/// Two straight lines that meet where charging turns into discharging.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Current of the kink, A.
    pub kink_amperes: f64,
    /// Overvoltage of the kink, V.
    pub kink_volts: f64,
    /// Slope above the kink, Ω.
    pub charging_ohms: f64,
    /// Slope below the kink, Ω.
    pub discharging_ohms: f64,
}

impl Line {
    /// Overvoltage, V, at a current, A.
    #[must_use]
    pub fn volts_at(&self, amperes: f64) -> f64 {
        let beyond = amperes - self.kink_amperes;
        self.kink_volts + self.ohms(beyond) * beyond
    }

    /// Current, A, at an overvoltage, V, and the slope there, A/V.
    #[must_use]
    pub fn amperes_at(&self, volts: f64) -> (f64, f64) {
        let beyond = volts - self.kink_volts;
        let siemens = 1.0 / self.ohms(beyond);
        (self.kink_amperes + beyond * siemens, siemens)
    }

    fn ohms(&self, beyond: f64) -> f64 {
        if beyond >= 0.0 {
            self.charging_ohms
        } else {
            self.discharging_ohms
        }
    }
}
