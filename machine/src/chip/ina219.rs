//! INA219: voltage and shunt voltage, with the flag of a finished conversion (SBOS448G).

use std::time::{Duration, Instant};

use super::{Chip, padded};

const CONFIGURATION: u8 = 0;
const SHUNT: u8 = 1;
const BUS: u8 = 2;
const POWER: u8 = 3;
const CURRENT: u8 = 4;
const CALIBRATION: u8 = 5;

const AFTER_RESET: u16 = 0x399F;
const RESET_BIT: u16 = 1 << 15;
const CONVERSION_READY: u16 = 1 << 1;
/// One conversion of one quantity, and what averaging multiplies it by.
const SINGLE: Duration = Duration::from_micros(532);

/// A simulated INA219.
#[derive(Debug)]
pub struct Ina219 {
    /// What lies at its inputs: 4 mV each.
    pub bus_steps: u16,
    /// What lies across its shunt: 10 µV each.
    pub shunt_steps: i16,
    pointer: u8,
    configuration: u16,
    calibration: u16,
    /// What it converted last, in the places of its registers.
    converted_bus: u16,
    converted_shunt: u16,
    ready: bool,
    conversion_began: Instant,
}

impl Ina219 {
    /// A chip that has just got its supply.
    pub fn new(now: Instant) -> Self {
        Self {
            bus_steps: 0,
            shunt_steps: 0,
            pointer: CONFIGURATION,
            configuration: AFTER_RESET,
            calibration: 0,
            converted_bus: 0,
            converted_shunt: 0,
            ready: false,
            conversion_began: now,
        }
    }

    /// Its supply dips: it forgets everything but what lies at its inputs.
    pub fn reset(&mut self, now: Instant) {
        *self = Self {
            bus_steps: self.bus_steps,
            shunt_steps: self.shunt_steps,
            ..Self::new(now)
        };
    }

    /// Whether it has the configuration that it has after a reset.
    pub const fn is_unconfigured(&self) -> bool {
        self.configuration == AFTER_RESET
    }

    /// How long a conversion of both quantities takes; `None` where it converts nothing by itself.
    fn period(&self) -> Option<Duration> {
        let continuous = self.configuration & 0b100 != 0 && self.configuration & 0b011 != 0;
        let time = |bits: u16| SINGLE * averaged(bits & 0b1111);
        continuous.then(|| time(self.configuration >> 3) + time(self.configuration >> 7))
    }

    fn convert(&mut self, now: Instant) {
        let Some(period) = self.period() else {
            return;
        };
        if now.duration_since(self.conversion_began) >= period {
            self.converted_bus = self.bus_steps << 3;
            self.converted_shunt = self.shunt_steps.cast_unsigned();
            self.ready = true;
            self.conversion_began = now;
        }
    }
}

/// How many conversions the averaging bits of one quantity make one of.
const fn averaged(bits: u16) -> u32 {
    if bits & 0b1000 == 0 {
        1
    } else {
        1 << (bits & 0b0111)
    }
}

impl Chip for Ina219 {
    fn write(&mut self, bytes: &[u8], now: Instant) {
        self.convert(now);
        let Some((register, value)) = bytes.split_first() else {
            return;
        };
        self.pointer = *register;
        let &[high, low] = value else {
            return;
        };
        let value = u16::from_be_bytes([high, low]);
        match self.pointer {
            CONFIGURATION if value & RESET_BIT != 0 => self.reset(now),
            CONFIGURATION => {
                self.configuration = value;
                self.ready = false;
                self.conversion_began = now;
            }
            CALIBRATION => self.calibration = value & !1,
            _ => {}
        }
    }

    fn read(&mut self, length: usize, now: Instant) -> Vec<u8> {
        self.convert(now);
        let register = match self.pointer {
            CONFIGURATION => self.configuration,
            SHUNT => self.converted_shunt,
            BUS => self.converted_bus | if self.ready { CONVERSION_READY } else { 0 },
            POWER => {
                self.ready = false;
                0
            }
            // Without a calibration the chip computes no current.
            CURRENT => 0,
            CALIBRATION => self.calibration,
            _ => 0xFFFF,
        };
        padded(&register.to_be_bytes(), length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIXTY_FOUR_SAMPLES: u16 = 0x3F77;

    fn register(chip: &mut Ina219, register: u8, now: Instant) -> u16 {
        chip.write(&[register], now);
        let bytes = chip.read(2, now);
        u16::from_be_bytes([bytes[0], bytes[1]])
    }

    #[test]
    fn a_conversion_takes_its_time_and_its_flag_goes_with_the_power_register() {
        let start = Instant::now();
        let mut chip = Ina219::new(start);
        assert_eq!(register(&mut chip, CONFIGURATION, start), AFTER_RESET);
        let [high, low] = SIXTY_FOUR_SAMPLES.to_be_bytes();
        chip.write(&[CONFIGURATION, high, low], start);
        chip.bus_steps = 3401;
        chip.shunt_steps = -42;

        let early = start + Duration::from_millis(60);
        assert_eq!(register(&mut chip, BUS, early) & CONVERSION_READY, 0);
        let later = start + Duration::from_millis(70);
        assert_eq!(
            register(&mut chip, BUS, later),
            3401 << 3 | CONVERSION_READY
        );
        assert_eq!(register(&mut chip, SHUNT, later), (-42_i16).cast_unsigned());
        register(&mut chip, POWER, later);
        assert_eq!(register(&mut chip, BUS, later), 3401 << 3);

        chip.reset(later);
        assert!(chip.is_unconfigured());
        assert_eq!(register(&mut chip, BUS, later), 0);
    }
}
