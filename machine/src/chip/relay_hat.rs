//! EP-0099: four relays behind a microcontroller, a register for each coil.

use std::sync::Arc;
use std::time::Instant;

use super::{Chip, padded};
use crate::timeline::Timeline;

/// The greatest register, of the last coil.
const CHANNELS: u8 = 4;

/// A coil got current or lost it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coil {
    /// The relay, as printed on the board.
    pub channel: u8,
    /// Whether it has current now.
    pub energised: bool,
    /// Since when.
    pub at: Instant,
}

/// A simulated board.
#[derive(Debug, Default)]
pub struct RelayHat {
    pointer: u8,
    coils: [u8; CHANNELS as usize],
    /// Every change of a coil so far.
    pub changes: Arc<Timeline<Coil>>,
}

impl RelayHat {
    /// Its supply dips: every coil is without current.
    pub fn reset(&mut self) {
        for channel in 1..=CHANNELS {
            self.set(channel, 0);
        }
    }

    /// Somebody writes a register.
    pub fn set(&mut self, channel: u8, value: u8) {
        let Some(coil) = Self::index(channel).and_then(|index| self.coils.get_mut(index)) else {
            return;
        };
        let was = std::mem::replace(coil, value) != 0;
        let energised = value != 0;
        if was != energised {
            self.changes.push(Coil {
                channel,
                energised,
                at: Instant::now(),
            });
        }
    }

    fn index(channel: u8) -> Option<usize> {
        usize::from(channel).checked_sub(1)
    }
}

impl Chip for RelayHat {
    fn write(&mut self, bytes: &[u8], _now: Instant) {
        if let Some(register) = bytes.first() {
            self.pointer = *register;
        }
        if let [channel, value] = bytes {
            self.set(*channel, *value);
        }
    }

    fn read(&mut self, length: usize, _now: Instant) -> Vec<u8> {
        let coil = Self::index(self.pointer).and_then(|index| self.coils.get(index));
        padded(&[coil.copied().unwrap_or(0xFF)], length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_is_a_coil_and_a_change_is_recorded_once() {
        let mut hat = RelayHat::default();
        let now = Instant::now();
        for _ in 0..2 {
            hat.write(&[4, 0xFF], now);
        }
        hat.write(&[4], now);
        assert_eq!(hat.read(1, now), [0xFF]);
        hat.write(&[1], now);
        assert_eq!(hat.read(1, now), [0]);
        hat.write(&[0, 0xFF], now);
        hat.write(&[5, 0xFF], now);
        hat.reset();
        let changes = hat.changes.since(0);
        let seen: Vec<_> = changes
            .iter()
            .map(|coil| (coil.channel, coil.energised))
            .collect();
        assert_eq!(seen, [(4, true), (4, false)]);
    }
}
