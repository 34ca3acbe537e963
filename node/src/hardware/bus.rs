//! An I2C bus of the kernel, as the chips' drivers want it.

use std::fs::{File, TryLockError};

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
    /// Whether other programs that switch on this bus are kept out.
    exclusive: bool,
    device: Option<Opened>,
    /// Whether it could not be opened the last time.
    absent: bool,
}

/// The bus's file, and what keeps others out for as long as it is open: a bus can only vanish once nobody
/// holds its file.
#[derive(Debug)]
struct Opened {
    device: Device,
    _hold: Option<File>,
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
        Self::opened_as(number, false)
    }

    /// The bus of that number for whoever switches on it: one at a time of those that ask for it like this.
    #[must_use]
    pub const fn exclusive(number: u8) -> Self {
        Self::opened_as(number, true)
    }

    const fn opened_as(number: u8, exclusive: bool) -> Self {
        Self {
            number,
            exclusive,
            device: None,
            absent: false,
        }
    }

    fn transfer(
        &mut self,
        address: SevenBitAddress,
        transfer: impl FnOnce(&mut Device) -> rppal::i2c::Result<()>,
    ) -> Result<(), BusError> {
        let mut opened = match self.device.take() {
            Some(opened) => opened,
            None => self.open()?,
        };
        opened.device.set_slave_address(address.into())?;
        transfer(&mut opened.device)?;
        self.device = Some(opened);
        Ok(())
    }

    fn open(&mut self) -> Result<Opened, BusError> {
        if self.exclusive {
            // Whoever switches says itself what is wrong.
            let hold = Some(hold(self.number)?);
            let device = open(self.number)?;
            return Ok(Opened {
                device,
                _hold: hold,
            });
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
        Ok(Opened {
            device: opened?,
            _hold: None,
        })
    }
}

fn open(number: u8) -> rppal::i2c::Result<Device> {
    let device = Device::with_bus(number)?;
    device.set_timeout(TRANSFER_MILLIS_MAX)?;
    Ok(device)
}

/// Keeps others out: the lock ends with the file, whatever ends the program.
fn hold(number: u8) -> Result<File, BusError> {
    let failed = |error| BusError::Kernel(rppal::i2c::Error::Io(error));
    let file = File::open(format!("/dev/i2c-{number}")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(BusError::Held(number)),
        Err(TryLockError::Error(error)) => Err(failed(error)),
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
