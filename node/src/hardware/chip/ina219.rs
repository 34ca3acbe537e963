//! INA219: voltage up to 26 V and the voltage across a shunt (Texas Instruments SBOS448G).
//!
//! The current is computed from the shunt's voltage; the chip's own current and power registers, which
//! need a calibration that a reset would lose, are not used. Reading the power register only clears the
//! flag of a finished conversion.

use embedded_hal::i2c::I2c;

use super::{ChipFault, Electrical, Level, expect_configuration, read_register, signed};

/// Greatest voltage of an input against ground, V: the absolute maximum, which is where it breaks.
pub const BUS_VOLTS_MAX: f64 = 26.0;
/// Greatest voltage across the shunt, V, at the widest range of the amplifier.
pub const SHUNT_VOLTS_MAX: f64 = 0.32;
const SHUNT: u8 = 0x01;
const BUS: u8 = 0x02;
const POWER: u8 = 0x03;

/// 32 V bus range, ±320 mV, both converters at 64 samples (34 ms each), continuous: a value averages
/// 34 ms, and every 68 ms there is a new pair, fast enough for ten samples a second.
const WANTED: u16 = 1 << 13 | 0b11 << 11 | 0b1110 << 7 | 0b1110 << 3 | 0b111;

const BUS_VOLTS_PER_BIT: f64 = 0.004;
const SHUNT_VOLTS_PER_BIT: f64 = 10e-6;
const SHUNT_BITS_MAX: u16 = 32_000;
const CONVERSION_READY: u16 = 1 << 1;

/// An INA219 at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ina219 {
    address: u8,
}

impl Ina219 {
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
        let shunt = read_register(bus, self.address, SHUNT)?;
        let volts = read_register(bus, self.address, BUS)?;
        if volts & CONVERSION_READY == 0 {
            return Err(ChipFault::Stalled);
        }
        read_register(bus, self.address, POWER)?;
        Ok(Electrical {
            bus_volts: bus_volts(volts),
            shunt_volts: shunt_volts(signed(shunt)),
        })
    }
}

fn bus_volts(register: u16) -> Level {
    let volts = f64::from(register >> 3) * BUS_VOLTS_PER_BIT;
    if volts > BUS_VOLTS_MAX {
        Level::Beyond(BUS_VOLTS_MAX)
    } else {
        Level::Exactly(volts)
    }
}

fn shunt_volts(register: i16) -> Level {
    if register.unsigned_abs() >= SHUNT_BITS_MAX {
        Level::Beyond(SHUNT_VOLTS_MAX.copysign(register.into()))
    } else {
        Level::Exactly(f64::from(register) * SHUNT_VOLTS_PER_BIT)
    }
}
