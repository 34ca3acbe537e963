//! What is wired to the bridge: the chips of a site on its bus, and its relay board on the lines.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::chip::{Chip, Ina219, Lm75, RelayHat};
use crate::lines::{Change, Lines};
use crate::timeline::Timeline;

/// Addresses of the chips.
pub const BATTERY: u8 = 0x40;
/// The meter of the charging circuit.
pub const CHARGER: u8 = 0x41;
/// The meter of the load.
pub const LOAD: u8 = 0x42;
/// The thermometer.
pub const THERMOMETER: u8 = 0x48;

/// The relay board on the bus, where a site has one.
pub const RELAY_HAT: u8 = 0x12;

/// The board, with what is wrong with it.
#[derive(Debug)]
pub struct Board {
    /// The meter at the battery.
    pub battery: Ina219,
    /// The meter of the charging circuit.
    pub charger: Ina219,
    /// The meter of the load.
    pub load: Ina219,
    /// The thermometer.
    pub thermometer: Lm75,
    /// The relay board on the bus.
    pub hat: RelayHat,
    /// The inputs of the relay board on lines.
    pub lines: Lines,
    /// The address that nobody answers at.
    pub silent: Option<u8>,
    /// Until when the bus hangs.
    hangs_until: Option<Instant>,
    /// The answer that somebody wants to know the moment of.
    awaited: Option<Awaited>,
}

/// What a register holds, and when transfers fetched that, the latest last.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Awaited {
    address: u8,
    register: u8,
    content: [u8; 2],
    fetched: Vec<Instant>,
}

impl Board {
    /// A board that has just got its supply.
    pub fn new(changes: Arc<Timeline<Change>>) -> Self {
        let now = Instant::now();
        Self {
            battery: Ina219::new(now),
            charger: Ina219::new(now),
            load: Ina219::new(now),
            thermometer: Lm75::default(),
            hat: RelayHat::default(),
            lines: Lines::new(changes),
            silent: None,
            hangs_until: None,
            awaited: None,
        }
    }

    /// Everything on it loses its supply; what lies at the inputs stays.
    pub fn lose_supply(&mut self) {
        let now = Instant::now();
        for chip in [&mut self.battery, &mut self.charger, &mut self.load] {
            chip.reset(now);
        }
        self.thermometer.reset();
        self.hat.reset();
        self.lines.lose_supply();
    }

    /// Makes the bus hang for that long: something holds its clock low.
    pub fn hang(&mut self, duration: Duration) {
        self.hangs_until = Some(Instant::now() + duration);
    }

    /// Whether it hangs.
    pub fn hangs(&self) -> bool {
        self.hangs_until.is_some_and(|until| Instant::now() < until)
    }

    /// Has the moments kept at which transfers begin that fetch this from that register.
    pub fn await_answer(&mut self, address: u8, register: u8, content: [u8; 2]) {
        self.awaited = Some(Awaited {
            address,
            register,
            content,
            fetched: Vec::new(),
        });
    }

    /// When the last of these transfers up to that moment began; `None` before the first.
    pub fn answered(&self, until: Instant) -> Option<Instant> {
        let fetched = &self.awaited.as_ref()?.fetched;
        fetched.iter().rfind(|at| **at <= until).copied()
    }

    /// Writes to the chip at that address, then reads from it; `None` where none answers.
    pub fn transfer(&mut self, address: u8, write: &[u8], read: usize) -> Option<Vec<u8>> {
        if self.silent == Some(address) {
            return None;
        }
        let chip: &mut dyn Chip = match address {
            BATTERY => &mut self.battery,
            CHARGER => &mut self.charger,
            LOAD => &mut self.load,
            THERMOMETER => &mut self.thermometer,
            RELAY_HAT => &mut self.hat,
            _ => return None,
        };
        let now = Instant::now();
        if !write.is_empty() {
            chip.write(write, now);
        }
        let answer = if read == 0 {
            Vec::new()
        } else {
            chip.read(read, now)
        };
        if let Some(awaited) = &mut self.awaited
            && (awaited.address, &[awaited.register][..]) == (address, write)
            && awaited.content[..] == answer
        {
            awaited.fetched.push(now);
        }
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_of_an_answer_is_that_of_the_last_transfer_that_fetched_it() {
        let mut board = Board::new(Arc::default());
        board.await_answer(THERMOMETER, 0, [25, 0]);
        board.transfer(THERMOMETER, &[0], 2);
        assert_eq!(board.answered(Instant::now()), None, "it shows 0 °C");
        board.thermometer.steps = 200;
        board.transfer(THERMOMETER, &[1], 1);
        assert_eq!(board.answered(Instant::now()), None, "another register");
        board.transfer(THERMOMETER, &[0], 2);
        let between = Instant::now();
        let first = board.answered(between);
        assert!(first.is_some());
        board.transfer(THERMOMETER, &[0], 2);
        assert!(board.answered(Instant::now()) > first);
        assert_eq!(board.answered(between), first);
    }
}
