//! A relay board on the I2C bus: the EP-0099.
//!
//! It is the weaker board, because its relays hang on a microcontroller on the bus of the sensors:
//!
//! - A bus that hangs takes the switching away together with the measuring: the relays stay where they are,
//!   an interlock cannot move them, and what is left is the alarm of a board that refuses.
//! - What is read back is the microcontroller's register, not a level at the coil.
//! - It keeps its relays as long as it has 5 V: through the node's end, a crash and a restart of the
//!   computer. At power-up its coils have been seen without current, which its documentation does not
//!   promise.
//! - The kernel does not own it. Another Releve program is kept out by a lock on the bus's file, for as long
//!   as this one runs and the bus is there, whatever fails on it; any other program that may open the bus can switch it, and is seen when its registers are read back.
//! - It is rated 3 A at 250 V, and its NC and NO terminals are reported to be labelled the wrong way
//!   round: which contact is closed without current must be measured before anything is wired to it.
//!
//! Each transfer runs on a thread of its own with a deadline, as those of the sensors do.

use std::thread;
use std::time::{Duration, Instant};

use embedded_hal::i2c::{ErrorKind, I2c};
use releve_control::{Contact, RelayName, Relays};

use super::aside::{Aside, Asked, NoAnswer};
use super::bus::Bus;
use super::chip::ep0099::Ep0099;
use super::contact::ContactKind;
use super::worker::DEADLINE;
use crate::relays::{BoardError, RelayBoard};

/// How long the last command is tried: a bus can hang for a second and come back.
const LEAVING: Duration = Duration::from_secs(3);
/// How often a write is tried that the board does not acknowledge.
const TRIES: u32 = 2;
/// The pause between two tries of it.
const LEAVING_PAUSE: Duration = Duration::from_millis(100);

/// How the board hangs on the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HatWiring {
    /// The number of the bus.
    pub bus: u8,
    /// Its address, one of [`super::chip::ep0099::ADDRESSES`].
    pub address: u8,
    /// The channel of each relay, each one of [`super::chip::ep0099::CHANNELS`].
    pub channels: Relays<u8>,
    /// The contact of each relay that its circuit runs through.
    pub contacts: Relays<ContactKind>,
}

/// What the thread is asked to do; either way it tells which coils have current then.
#[derive(Debug)]
enum Errand {
    /// Give the coils current or take it away.
    Set(Relays<bool>),
    Read,
}

type Coils = Relays<Option<bool>>;

/// Why the board did not do an errand.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    why: String,
    /// Whether another program holds the board: to try again is of no use.
    held: bool,
}

impl Refusal {
    fn of(error: &(impl embedded_hal::i2c::Error + core::fmt::Display)) -> Self {
        Self {
            why: error.to_string(),
            held: error.kind() == ErrorKind::ArbitrationLoss,
        }
    }
}

/// The board.
#[derive(Debug)]
pub struct RelayHat {
    wiring: HatWiring,
    thread: Aside<Errand, Result<Coils, Refusal>>,
    /// Whether another program held the board when it was last asked.
    held: bool,
}

impl RelayHat {
    /// The board on that bus; nothing is sent yet.
    ///
    /// # Errors
    /// If the system gives no thread. A board that is not there refuses.
    pub fn start(wiring: HatWiring) -> std::io::Result<Self> {
        let bus = Bus::exclusive(wiring.bus);
        Self::start_on(bus, wiring, DEADLINE)
    }

    fn start_on<B>(mut bus: B, wiring: HatWiring, deadline: Duration) -> std::io::Result<Self>
    where
        B: I2c<Error: core::fmt::Display> + Send + 'static,
    {
        let (board, channels) = (Ep0099::new(wiring.address), wiring.channels);
        let attend = move |asked| attend(&mut bus, board, channels, &asked);
        Ok(Self {
            wiring,
            thread: Aside::start("relays", attend, deadline)?,
            held: false,
        })
    }

    fn ask(&mut self, errand: Errand) -> Result<Coils, BoardError> {
        let address = self.wiring.address;
        self.held = false;
        let reason = match self.thread.ask(errand) {
            Ok(Ok(coils)) => return Ok(coils),
            Ok(Err(Refusal { why, held })) => {
                self.held = held;
                return Err(BoardError(format!(
                    "the relay board at {address:#04x} of I2C bus {} cannot be reached ({why}): unless another program holds it, check its supply, its address switches and the wires of the bus",
                    self.wiring.bus
                )));
            }
            Err(NoAnswer::Late | NoAnswer::Busy) => format!(
                "has not answered within {} ms: the I2C bus hangs, and its relays stay where they are",
                self.thread.deadline().as_millis()
            ),
            Err(NoAnswer::Ended) => "has lost its thread: restart the node".to_owned(),
        };
        Err(BoardError(format!(
            "the relay board at {address:#04x} {reason}"
        )))
    }
}

/// Does an errand, unless nobody waits for it any more: a command that comes late may be the wrong one.
fn attend<B>(
    bus: &mut B,
    board: Ep0099,
    channels: Relays<u8>,
    asked: &Asked<Errand>,
) -> Result<Coils, Refusal>
where
    B: I2c<Error: core::fmt::Display>,
{
    let in_time = || {
        let late = Instant::now() >= asked.until;
        if late {
            Err(Refusal {
                why: "too late".to_owned(),
                held: false,
            })
        } else {
            Ok(())
        }
    };
    if let Errand::Set(wanted) = &asked.question {
        // What one channel refuses must not keep the command from the others, one of which may be urgent.
        let mut refused = Ok(());
        for (relay, energised) in wanted.iter() {
            let channel = channels[relay];
            let mut taken = Ok(());
            for _ in 0..TRIES {
                in_time()?;
                taken = (board.set(bus, channel, *energised)).map_err(|error| Refusal::of(&error));
                if taken.is_ok() {
                    break;
                }
            }
            refused = refused.and(taken);
        }
        refused?;
    }
    let mut coils = Relays::from_fn(|_| None);
    for (relay, channel) in channels.iter() {
        in_time()?;
        coils[relay] = board
            .read(bus, *channel)
            .map_err(|error| Refusal::of(&error))?;
    }
    Ok(coils)
}

impl RelayBoard for RelayHat {
    fn set(&mut self, positions: Relays<Contact>) -> Result<(), BoardError> {
        let contacts = self.wiring.contacts;
        let wanted = Relays::from_fn(|relay| contacts[relay].energised(positions[relay]));
        let coils = self.ask(Errand::Set(wanted))?;
        let deaf = |relay: &RelayName| coils[*relay] != Some(wanted[*relay]);
        match RelayName::ALL.iter().find(|relay| deaf(relay)) {
            None => Ok(()),
            Some(relay) => Err(BoardError(format!(
                "the relay board at {:#04x} acknowledges, but relay {relay} does not read back what was written: is it an EP-0099, and does another program write to it?",
                self.wiring.address
            ))),
        }
    }

    fn leave(&mut self, positions: Relays<Contact>) -> Result<(), BoardError> {
        let give_up = Instant::now() + LEAVING;
        loop {
            match self.set(positions) {
                Err(_) if !self.held && Instant::now() < give_up => thread::sleep(LEAVING_PAUSE),
                left => return left,
            }
        }
    }

    fn read(&mut self) -> Relays<Option<Contact>> {
        let contacts = self.wiring.contacts;
        match self.ask(Errand::Read) {
            Ok(coils) => Relays::from_fn(|relay| {
                coils[relay].map(|energised| contacts[relay].contact(energised))
            }),
            Err(_) => Relays::from_fn(|_| None),
        }
    }
}

#[cfg(test)]
mod tests;
