//! The chips behind the simulated bus, by their data sheets.

mod ina219;
mod lm75;
mod relay_hat;

pub use ina219::Ina219;
pub use lm75::Lm75;
pub use relay_hat::RelayHat;

use std::time::Instant;

/// A chip as the bus sees it.
pub trait Chip: Send {
    /// Takes the bytes of a write.
    fn write(&mut self, bytes: &[u8], now: Instant);

    /// Gives that many bytes.
    fn read(&mut self, length: usize, now: Instant) -> Vec<u8>;
}

/// The first bytes of a register, and ones behind it, as an idle bus shows them.
fn padded(register: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = register.to_vec();
    bytes.resize(length, 0xFF);
    bytes
}
