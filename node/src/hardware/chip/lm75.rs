//! The LM75 family of thermometers: LM75, LM75A/B, TMP75, TMP175, DS1775 and their like.
//!
//! The temperature is a signed number left-justified in 16 bits, so one reading serves 9, 11 and 12 bits.
//! The chip has no identity and no flag for a finished conversion: what can be seen is whether it was
//! shut down, and whether its register holds a temperature that it can measure.

use embedded_hal::i2c::I2c;

use super::{ChipFault, Level, read_register, signed};

const TEMPERATURE: u8 = 0x00;
const CONFIGURATION: u8 = 0x01;
const SHUTDOWN: u8 = 1;
/// What it can measure, °C.
const RANGE_CELSIUS: core::ops::RangeInclusive<f64> = -55.0..=125.0;
const BITS_PER_CELSIUS: f64 = 256.0;

/// A thermometer at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lm75 {
    address: u8,
}

impl Lm75 {
    /// The chip at that address; nothing is sent yet.
    #[must_use]
    pub const fn new(address: u8) -> Self {
        Self { address }
    }

    /// The temperature, °C.
    ///
    /// # Errors
    /// Why there is none.
    pub fn measure(&mut self, bus: &mut impl I2c) -> Result<Level, ChipFault> {
        let mut configuration = [0];
        bus.write_read(self.address, &[CONFIGURATION], &mut configuration)
            .map_err(|_| ChipFault::NoAnswer)?;
        if configuration[0] & SHUTDOWN != 0 {
            let awake = configuration[0] & !SHUTDOWN;
            bus.write(self.address, &[CONFIGURATION, awake])
                .map_err(|_| ChipFault::NoAnswer)?;
            return Err(ChipFault::Reset);
        }
        let register = read_register(bus, self.address, TEMPERATURE)?;
        let celsius = f64::from(signed(register)) / BITS_PER_CELSIUS;
        // A bus that is held high reads −0.004 °C; no chip of the family sets the four lowest bits.
        if register & 0x000F != 0 || !RANGE_CELSIUS.contains(&celsius) {
            return Err(ChipFault::Nonsense);
        }
        Ok(Level::Exactly(celsius))
    }
}
