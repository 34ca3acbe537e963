//! INA226: voltage up to 36 V and the voltage across a shunt (Texas Instruments SBOS547A).

use embedded_hal::i2c::I2c;

use super::{ChipFault, Electrical, Level, expect_configuration, read_register, signed};

/// Greatest voltage of an input against ground, V.
pub const BUS_VOLTS_MAX: f64 = 36.0;
/// Greatest voltage across the shunt, V.
pub const SHUNT_VOLTS_MAX: f64 = 0.081_92;

const SHUNT: u8 = 0x01;
const BUS: u8 = 0x02;
const MASK: u8 = 0x06;

/// Bit 14 reads as 1; 16 averages of 1.1 ms for each converter, continuous: a new pair every 35 ms.
const WANTED: u16 = 1 << 14 | 0b010 << 9 | 0b100 << 6 | 0b100 << 3 | 0b111;

const BUS_VOLTS_PER_BIT: f64 = 0.001_25;
const SHUNT_VOLTS_PER_BIT: f64 = 2.5e-6;
/// Set when a pair of conversions is done; reading the register clears it.
const CONVERSION_READY: u16 = 1 << 3;

/// An INA226 at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ina226 {
    address: u8,
}

impl Ina226 {
    /// The chip at that address; nothing is sent yet.
    #[must_use]
    pub const fn new(address: u8) -> Self {
        Self { address }
    }

    /// What it measured since it was last asked.
    ///
    /// # Errors
    /// Why there is nothing.
    pub fn measure(&mut self, bus: &mut impl I2c) -> Result<Electrical, ChipFault> {
        expect_configuration(bus, self.address, WANTED)?;
        if read_register(bus, self.address, MASK)? & CONVERSION_READY == 0 {
            return Err(ChipFault::Stalled);
        }
        let shunt = signed(read_register(bus, self.address, SHUNT)?);
        let volts = read_register(bus, self.address, BUS)?;
        Ok(Electrical {
            bus_volts: bus_volts(volts)?,
            shunt_volts: shunt_volts(shunt),
        })
    }
}

fn bus_volts(register: u16) -> Result<Level, ChipFault> {
    // The sign bit of this register is always 0.
    if signed(register) < 0 {
        return Err(ChipFault::Nonsense);
    }
    let volts = f64::from(register) * BUS_VOLTS_PER_BIT;
    Ok(if volts > BUS_VOLTS_MAX {
        Level::Beyond(BUS_VOLTS_MAX)
    } else {
        Level::Exactly(volts)
    })
}

fn shunt_volts(register: i16) -> Level {
    if register == i16::MAX || register == i16::MIN {
        Level::Beyond(SHUNT_VOLTS_MAX.copysign(register.into()))
    } else {
        Level::Exactly(f64::from(register) * SHUNT_VOLTS_PER_BIT)
    }
}
