//! An I2C bus of the kernel, as the chips' drivers want it.

use embedded_hal::i2c::{ErrorKind, ErrorType, I2c, Operation, SevenBitAddress};
use rppal::i2c::I2c as Device;
use tracing::{info, warn};

use super::hold::{Hold, HoldError};

/// A bus by its number: `/dev/i2c-<number>`.
///
/// It is opened when it is first used, and anew after every transfer that failed: an adapter may come late,
/// and go and return.
#[derive(Debug)]
pub struct Bus {
    number: u8,
    /// What keeps out other programs that switch on this bus, where it does.
    hold: Option<Hold>,
    device: Option<Device>,
    /// Whether it could not be opened the last time.
    absent: bool,
}

/// Why a transfer failed. What the kernel's number means differs from adapter to adapter, so nothing is read
/// into it.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The kernel's answer.
    #[error(transparent)]
    Kernel(#[from] rppal::i2c::Error),
    /// Another program that switches on this bus holds it.
    #[error("another Releve program holds the relays on /dev/i2c-{0}")]
    Held(u8),
}

/// The longest that the kernel may try one transfer, ms.
const TRANSFER_MILLIS_MAX: u32 = 100;

impl Bus {
    /// The bus of that number.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self {
            number,
            hold: None,
            device: None,
            absent: false,
        }
    }

    /// The bus of that number for whoever switches on it: one at a time of those that ask for it like this.
    #[must_use]
    pub fn exclusive(number: u8) -> Self {
        Self {
            hold: Some(Hold::of(format!("/dev/i2c-{number}").into())),
            ..Self::new(number)
        }
    }

    fn transfer(
        &mut self,
        address: SevenBitAddress,
        transfer: impl FnOnce(&mut Device) -> rppal::i2c::Result<()>,
    ) -> Result<(), BusError> {
        let mut device = match self.device.take() {
            Some(device) => device,
            None => self.open()?,
        };
        device.set_slave_address(address.into())?;
        transfer(&mut device)?;
        self.device = Some(device);
        Ok(())
    }

    fn open(&mut self) -> Result<Device, BusError> {
        if let Some(hold) = &mut self.hold {
            // Whoever switches says itself what is wrong.
            hold.ensure().map_err(|error| match error {
                HoldError::Taken => BusError::Held(self.number),
                HoldError::Io(error) => BusError::Kernel(rppal::i2c::Error::Io(error)),
            })?;
            return Ok(open(self.number)?);
        }
        let opened = open(self.number);
        let was_absent = std::mem::replace(&mut self.absent, opened.is_err());
        match &opened {
            Ok(_) if was_absent => info!("the I2C bus /dev/i2c-{} is there", self.number),
            Err(error) if !was_absent => warn!(
                "the I2C bus /dev/i2c-{} cannot be opened ({error}): is I2C enabled (dtparam=i2c_arm=on), and may this user open it (group i2c)? It is tried again with every sample",
                self.number
            ),
            Ok(_) | Err(_) => {}
        }
        Ok(opened?)
    }
}

fn open(number: u8) -> rppal::i2c::Result<Device> {
    let device = Device::with_bus(number)?;
    device.set_timeout(TRANSFER_MILLIS_MAX)?;
    Ok(device)
}

impl embedded_hal::i2c::Error for BusError {
    /// [`ErrorKind::ArbitrationLoss`] is a bus that another program holds: to try again changes nothing.
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Kernel(_) => ErrorKind::Other,
            Self::Held(_) => ErrorKind::ArbitrationLoss,
        }
    }
}

impl ErrorType for Bus {
    type Error = BusError;
}

impl I2c for Bus {
    fn read(&mut self, address: SevenBitAddress, buffer: &mut [u8]) -> Result<(), BusError> {
        self.transfer(address, |device| device.read(buffer).map(drop))
    }

    fn write(&mut self, address: SevenBitAddress, bytes: &[u8]) -> Result<(), BusError> {
        self.transfer(address, |device| device.write(bytes).map(drop))
    }

    /// With a repeated start between the two, as registers want it.
    fn write_read(
        &mut self,
        address: SevenBitAddress,
        bytes: &[u8],
        buffer: &mut [u8],
    ) -> Result<(), BusError> {
        self.transfer(address, |device| device.write_read(bytes, buffer))
    }

    fn transaction(
        &mut self,
        address: SevenBitAddress,
        operations: &mut [Operation<'_>],
    ) -> Result<(), BusError> {
        if let [Operation::Write(bytes), Operation::Read(buffer)] = operations {
            return self.write_read(address, bytes, buffer);
        }
        // Longer ones have a stop between their operations; no driver here asks for one.
        for operation in operations {
            match operation {
                Operation::Read(buffer) => self.read(address, buffer)?,
                Operation::Write(bytes) => self.write(address, bytes)?,
            }
        }
        Ok(())
    }
}
