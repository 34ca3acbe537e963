//! EP-0099, "DockerPi 4 Channel Relay" by 52Pi, sold as GeeekPi too: four relays behind a microcontroller on
//! the bus (<https://wiki.52pi.com/index.php?title=EP-0099>).
//!
//! Registers 1 to 4 are the coils: 0 is without current, 255 (or 1) with it; they read back what was
//! written, not where the contact stands.

use embedded_hal::i2c::I2c;

/// Addresses that its two switches can give it.
pub const ADDRESSES: core::ops::RangeInclusive<u8> = 0x10..=0x13;
/// Its relays, as printed on it; the numbers of their registers, too.
pub const CHANNELS: core::ops::RangeInclusive<u8> = 1..=4;

const OFF: u8 = 0x00;
const ON: u8 = 0xFF;
/// What the documentation allows beside [`ON`].
const ALSO_ON: u8 = 0x01;

/// The board at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ep0099 {
    address: u8,
}

impl Ep0099 {
    /// The board at that address; nothing is sent yet.
    #[must_use]
    pub const fn new(address: u8) -> Self {
        Self { address }
    }

    /// Gives the coil of that channel current, or takes it away.
    ///
    /// # Errors
    /// If the board did not acknowledge.
    pub fn set<B: I2c>(&self, bus: &mut B, channel: u8, energised: bool) -> Result<(), B::Error> {
        bus.write(self.address, &[channel, if energised { ON } else { OFF }])
    }

    /// Whether the coil of that channel has current; `None` where the register holds what no board writes.
    ///
    /// # Errors
    /// If the board did not acknowledge.
    pub fn read<B: I2c>(&self, bus: &mut B, channel: u8) -> Result<Option<bool>, B::Error> {
        let mut register = [0];
        bus.write_read(self.address, &[channel], &mut register)?;
        Ok(match register {
            [OFF] => Some(false),
            [ON | ALSO_ON] => Some(true),
            _ => None,
        })
    }
}
