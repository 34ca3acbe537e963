//! LM75: a thermometer with steps of 0.125 °C (LM75A).

use std::time::Instant;

use super::{Chip, padded};

const TEMPERATURE: u8 = 0;
const CONFIGURATION: u8 = 1;
const HYSTERESIS: u8 = 2;
const OVERTEMPERATURE: u8 = 3;

/// A simulated LM75.
#[derive(Debug, Default)]
pub struct Lm75 {
    /// Its temperature: 0.125 °C each.
    pub steps: i16,
    pointer: u8,
    configuration: u8,
}

impl Lm75 {
    /// Its supply dips: it forgets everything but its temperature.
    pub fn reset(&mut self) {
        *self = Self {
            steps: self.steps,
            ..Self::default()
        };
    }
}

impl Chip for Lm75 {
    fn write(&mut self, bytes: &[u8], _now: Instant) {
        let Some((register, value)) = bytes.split_first() else {
            return;
        };
        self.pointer = *register;
        if let (CONFIGURATION, [value, ..]) = (self.pointer, value) {
            self.configuration = *value;
        }
    }

    fn read(&mut self, length: usize, _now: Instant) -> Vec<u8> {
        let register = match self.pointer {
            TEMPERATURE => (self.steps << 5).to_be_bytes(),
            CONFIGURATION => return padded(&[self.configuration], length),
            // What it has after a reset: 75 °C and 80 °C.
            HYSTERESIS => [75, 0],
            OVERTEMPERATURE => [80, 0],
            _ => [0xFF, 0xFF],
        };
        padded(&register, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_is_left_justified() {
        let mut chip = Lm75 {
            steps: -200,
            ..Lm75::default()
        };
        let now = Instant::now();
        chip.write(&[TEMPERATURE], now);
        assert_eq!(chip.read(2, now), [0xE7, 0x00], "-25 °C");
        chip.write(&[CONFIGURATION, 1], now);
        assert_eq!(chip.read(1, now), [1]);
    }
}
