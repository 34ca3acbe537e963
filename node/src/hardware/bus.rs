//! An I2C bus of the kernel, as the chips' drivers want it.

use embedded_hal::i2c::{ErrorKind, ErrorType, I2c, Operation, SevenBitAddress};
use rppal::i2c::I2c as Device;
use tracing::{info, warn};

/// A bus by its number: `/dev/i2c-<number>`.
///
/// It is opened when it is first used, and anew after every transfer that failed: an adapter may come late,
/// and go and return.
#[derive(Debug)]
pub struct Bus {
    number: u8,
    device: Option<Device>,
    /// Whether it could not be opened the last time.
    absent: bool,
}

/// The kernel's answer to a transfer that failed. What its number means differs from adapter to adapter,
/// so nothing is read into it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct BusError(#[from] rppal::i2c::Error);

/// The longest that the kernel may try one transfer, ms.
const TRANSFER_MILLIS_MAX: u32 = 100;

impl Bus {
    /// The bus of that number.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self {
            number,
            device: None,
            absent: false,
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
        let opened = Device::with_bus(self.number).and_then(|device| {
            device.set_timeout(TRANSFER_MILLIS_MAX)?;
            Ok(device)
        });
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

impl embedded_hal::i2c::Error for BusError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
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
