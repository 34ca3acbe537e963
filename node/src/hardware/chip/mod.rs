//! Chips on the I2C bus: one file each, over [`embedded_hal::i2c::I2c`].
//!
//! A chip is asked once per sample and says what it measured or why it could not. None keeps an old
//! value. A chip that was reset is configured anew by itself; what it held at that moment is not used.

pub mod ep0099;
pub mod ina219;
pub mod ina226;
pub mod lm75;
pub mod sht;

use embedded_hal::i2c::I2c;
use releve_control::sample::SensorFault;

/// What a chip measured of one quantity, in volts or degrees Celsius.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// The quantity itself.
    Exactly(f64),
    /// The end of the chip's range, with its sign: the quantity lies there or beyond.
    Beyond(f64),
}

/// What a meter chip measured at its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Electrical {
    /// Voltage of the input against ground, V.
    pub bus_volts: Level,
    /// Voltage across the shunt, V; its sign is the direction of the current.
    pub shunt_volts: Level,
}

/// Why a chip gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum ChipFault {
    /// The transfer failed.
    #[error("does not answer: check its address, its supply and the wires of the bus")]
    NoAnswer,
    /// It had lost its configuration, and was configured anew.
    #[error("was reset and is configured anew: check its supply if this comes back")]
    Reset,
    /// It answers, but has converted nothing since it was last asked.
    #[error("answers, but measures nothing new")]
    Stalled,
    /// What it answers can be no measurement: a wrong checksum, or all bits the same.
    #[error(
        "answers what can be no measurement: check that this kind of chip sits at this address"
    )]
    Nonsense,
}

impl From<ChipFault> for SensorFault {
    fn from(fault: ChipFault) -> Self {
        match fault {
            ChipFault::NoAnswer => Self::NoAnswer,
            ChipFault::Reset => Self::Reset,
            ChipFault::Stalled => Self::Stalled,
            ChipFault::Nonsense => Self::Nonsense,
        }
    }
}

/// Reads a register of 16 bits, the most significant byte first.
fn read_register(bus: &mut impl I2c, address: u8, register: u8) -> Result<u16, ChipFault> {
    let mut bytes = [0; 2];
    bus.write_read(address, &[register], &mut bytes)
        // What an error number means differs from adapter to adapter.
        .map_err(|_| ChipFault::NoAnswer)?;
    Ok(u16::from_be_bytes(bytes))
}

/// Writes a register of 16 bits, the most significant byte first.
fn write_register(
    bus: &mut impl I2c,
    address: u8,
    register: u8,
    value: u16,
) -> Result<(), ChipFault> {
    let [high, low] = value.to_be_bytes();
    bus.write(address, &[register, high, low])
        .map_err(|_| ChipFault::NoAnswer)
}

/// The register of an INA219 or INA226 that says how it measures.
const CONFIGURATION: u8 = 0x00;

/// Whether a chip measures as `wanted`; one that does not was reset, or just switched on, and is configured.
///
/// # Errors
/// [`ChipFault::Reset`] where it had to be configured: what it holds now is not to be used.
fn expect_configuration(bus: &mut impl I2c, address: u8, wanted: u16) -> Result<(), ChipFault> {
    if read_register(bus, address, CONFIGURATION)? == wanted {
        return Ok(());
    }
    write_register(bus, address, CONFIGURATION, wanted)?;
    if read_register(bus, address, CONFIGURATION)? == wanted {
        Err(ChipFault::Reset)
    } else {
        Err(ChipFault::Nonsense)
    }
}

/// The bits of a register as the signed number that they are.
const fn signed(register: u16) -> i16 {
    register.cast_signed()
}

#[cfg(test)]
mod tests;
