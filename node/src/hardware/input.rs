//! An input of the meter: a chip, its shunt and its calibration.

use embedded_hal::i2c::I2c;
use releve_control::sample::Measurement;

use super::chip::ina219::Ina219;
use super::chip::ina226::Ina226;
use super::chip::{ChipFault, Electrical, Level};

/// A chip that measures a voltage and a current.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeterChip {
    /// Up to 26 V.
    Ina219(Ina219),
    /// Up to 36 V.
    Ina226(Ina226),
}

impl MeterChip {
    fn measure(&mut self, bus: &mut impl I2c) -> Result<Electrical, ChipFault> {
        match self {
            Self::Ina219(chip) => chip.measure(bus),
            Self::Ina226(chip) => chip.measure(bus),
        }
    }
}

/// How a figure of the chip becomes one of the site: `(figure − offset) · gain`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// What the chip shows at zero, in the figure's unit.
    pub offset: f64,
    /// The true value for each unit that the chip shows beyond that.
    pub gain: f64,
}

impl Calibration {
    /// The chip's figures as they are.
    pub const NONE: Self = Self {
        offset: 0.0,
        gain: 1.0,
    };

    fn corrected(self, level: Level) -> Measurement {
        let corrected = |figure: f64| (figure - self.offset) * self.gain;
        match level {
            Level::Exactly(figure) => Measurement::Value(corrected(figure)),
            Level::Beyond(end) => Measurement::OverRange(corrected(end)),
        }
    }
}

/// An input of the meter.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The chip behind it.
    pub chip: MeterChip,
    /// The shunt, Ω; positive.
    pub shunt_ohms: f64,
    /// Whether current in the direction that counts as positive lowers the shunt's voltage.
    pub reversed: bool,
    /// Calibration of the voltage, V.
    pub volts: Calibration,
    /// Calibration of the current, A.
    pub amperes: Calibration,
}

/// What an input measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputSample {
    /// V.
    pub volts: Measurement,
    /// A.
    pub amperes: Measurement,
}

impl InputSample {
    /// What a fault of its chip makes of it.
    #[must_use]
    pub fn missing(fault: ChipFault) -> Self {
        let missing = Measurement::Missing(fault.into());
        Self {
            volts: missing,
            amperes: missing,
        }
    }
}

impl Input {
    /// Asks its chip.
    ///
    /// # Errors
    /// Why the chip gave nothing.
    pub fn measure(&mut self, bus: &mut impl I2c) -> Result<InputSample, ChipFault> {
        let Electrical {
            bus_volts,
            shunt_volts,
        } = self.chip.measure(bus)?;
        let ohms = if self.reversed {
            -self.shunt_ohms
        } else {
            self.shunt_ohms
        };
        let amperes = match shunt_volts {
            Level::Exactly(volts) => Level::Exactly(volts / ohms),
            Level::Beyond(volts) => Level::Beyond(volts / ohms),
        };
        Ok(InputSample {
            volts: self.volts.corrected(bus_volts),
            amperes: self.amperes.corrected(amperes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calibration_takes_the_offset_off_before_the_gain() {
        let calibration = Calibration {
            offset: 0.02,
            gain: 1.5,
        };
        let corrected = calibration.corrected(Level::Exactly(2.02));
        assert!(matches!(corrected, Measurement::Value(value) if (value - 3.0).abs() < 1e-12));
        let corrected = calibration.corrected(Level::Beyond(-3.2));
        assert!(matches!(corrected, Measurement::OverRange(value) if (value + 4.83).abs() < 1e-12));
    }
}
