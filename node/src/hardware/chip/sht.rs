//! Sensirion's SHT3x and SHT4x thermometers (data sheets of December 2022 and of May 2024).
//!
//! A measurement is asked for and fetched some milliseconds later, with a checksum.

use core::time::Duration;

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::I2c;

use super::{ChipFault, Level};

/// One of the two families.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// SHT30, SHT31, SHT35, SHT85.
    Sht3x,
    /// SHT40, SHT41, SHT43, SHT45.
    Sht4x,
}

impl Family {
    /// The command for one measurement at the highest repeatability.
    const fn command(self) -> &'static [u8] {
        match self {
            // Without stretching the clock, which some adapters cannot follow.
            Self::Sht3x => &[0x24, 0x00],
            Self::Sht4x => &[0xFD],
        }
    }

    /// How long it takes at most.
    const fn conversion(self) -> Duration {
        match self {
            Self::Sht3x => Duration::from_micros(15_500),
            Self::Sht4x => Duration::from_micros(8_300),
        }
    }
}

/// A thermometer at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sht {
    family: Family,
    address: u8,
}

impl Sht {
    /// The chip at that address; nothing is sent yet.
    #[must_use]
    pub const fn new(family: Family, address: u8) -> Self {
        Self { family, address }
    }

    /// The temperature, °C.
    ///
    /// # Errors
    /// Why there is none.
    pub fn measure(
        &mut self,
        bus: &mut impl I2c,
        delay: &mut impl DelayNs,
    ) -> Result<Level, ChipFault> {
        let no_answer = |_| ChipFault::NoAnswer;
        bus.write(self.address, self.family.command())
            .map_err(no_answer)?;
        delay.delay_us(self.family.conversion().subsec_micros());
        let mut answer = [0; 6];
        bus.read(self.address, &mut answer)
            .map_err(|_| ChipFault::NoAnswer)?;
        let [high, low, checksum, ..] = answer;
        if checksum_of([high, low]) != checksum {
            return Err(ChipFault::Nonsense);
        }
        let part = f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX);
        Ok(Level::Exactly(175.0_f64.mul_add(part, -45.0)))
    }
}

/// CRC-8 of the polynomial 0x31, beginning with 0xFF.
pub(crate) fn checksum_of(bytes: [u8; 2]) -> u8 {
    bytes.into_iter().fold(0xFF, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| {
            let carry = crc & 0x80 != 0;
            (crc << 1) ^ if carry { 0x31 } else { 0 }
        })
    })
}
