//! The relay board, and the switch that keeps it where the controller wants it.

use std::time::Duration;

use releve_control::sample::Sample;
use releve_control::{Contact, RelayName, Relays};
use tracing::{error, info, warn};

use crate::log_throttle::LogThrottle;

/// A board with the four relays of a site.
pub trait RelayBoard: Send + 'static {
    /// Puts every relay into its position; to repeat a position does no harm.
    ///
    /// # Errors
    /// If the board did not take it: nothing is known of the positions then but what
    /// [`RelayBoard::read`] says.
    fn set(&mut self, positions: Relays<Contact>) -> Result<(), BoardError>;

    /// As [`RelayBoard::set`], for the last time: nobody will try again, so the board may take its time.
    ///
    /// # Errors
    /// If the board did not take it.
    fn leave(&mut self, positions: Relays<Contact>) -> Result<(), BoardError> {
        self.set(positions)
    }

    /// What the board reads back; `None` for a relay that cannot be read.
    fn read(&mut self) -> Relays<Option<Contact>>;
}

/// The relay board did not do what it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BoardError(pub String);

/// What the board made of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardAnswer {
    /// Whether it took the positions.
    pub taken: Result<(), BoardError>,
    /// What it reads back afterwards; `None` for a relay that cannot be read.
    pub positions: Relays<Option<Contact>>,
}

/// How often a board that refuses is reported.
const REPORT_EVERY: Duration = Duration::from_mins(1);

/// Holds the board for as long as the node runs, and leaves it safe, whatever ends the node: a
/// shutdown, an error or a panic.
pub struct Switch<B: RelayBoard> {
    board: B,
    /// What the board last took and has not been seen to deviate from; `None` before the first time,
    /// after a refusal, and once a board that could be read no longer can.
    applied: Option<Relays<Contact>>,
    /// Whether it refused the last time.
    refuses: bool,
    /// Whether the board read anything back the last time.
    readable: bool,
    /// Where to leave the relays.
    safe: Relays<Contact>,
    /// Whether they were left there.
    left: bool,
    failures: LogThrottle,
    deviations: LogThrottle,
}

impl<B: RelayBoard> Switch<B> {
    /// Takes the board over, without switching anything yet.
    pub fn new(board: B) -> Self {
        Self {
            board,
            applied: None,
            refuses: false,
            readable: false,
            safe: Relays::PLAIN,
            left: false,
            failures: LogThrottle::new(REPORT_EVERY),
            deviations: LogThrottle::new(REPORT_EVERY),
        }
    }

    /// Puts the relays where the controller wants them, and remembers where they would be safe.
    ///
    /// Called at every step, so what the board refused or forgot is tried again at the next one.
    pub fn apply(&mut self, wanted: Relays<Contact>, safe: Relays<Contact>) -> BoardAnswer {
        self.safe = safe;
        BoardAnswer {
            taken: self.set(wanted),
            positions: self.read(),
        }
    }

    fn set(&mut self, wanted: Relays<Contact>) -> Result<(), BoardError> {
        if self.applied == Some(wanted) {
            return Ok(());
        }
        match self.board.set(wanted) {
            Ok(()) => {
                if self.failures.ended() {
                    info!("the relay board takes commands again");
                }
                self.applied = Some(wanted);
                self.refuses = false;
                Ok(())
            }
            Err(error) => {
                self.applied = None;
                self.refuses = true;
                if let Some(again) = self.failures.occurred() {
                    error!(
                        "the relay board refused, and is tried again at every step: {error}{again}"
                    );
                }
                Err(error)
            }
        }
    }

    /// The sample with what the board tells: where the relays stand, and whether it took what it was told.
    pub fn complete(&mut self, sample: Sample) -> Sample {
        Sample {
            relays: self.read(),
            board_refuses: self.refuses,
            ..sample
        }
    }

    /// What the board reads back. Where it is not what the board took (a brown-out of the board, a
    /// stuck line), or nothing any more (it may be gone, and return with other positions), the next
    /// [`Switch::apply`] commands every position again.
    pub fn read(&mut self) -> Relays<Option<Contact>> {
        let positions = self.board.read();
        let readable = positions.iter().any(|(_, actual)| actual.is_some());
        let vanished = std::mem::replace(&mut self.readable, readable) && !readable;
        if vanished && self.applied.take().is_some() {
            warn!("the relay board can no longer be read: every position is commanded again");
        }
        let deviates = self.applied.is_some_and(|applied| {
            let mut board = positions.iter();
            board.any(|(relay, actual)| actual.is_some_and(|actual| actual != applied[relay]))
        });
        if deviates {
            self.applied = None;
            if let Some(again) = self.deviations.occurred() {
                warn!(
                    "the relay board reads back other positions than it took: they are commanded again{again}"
                );
            }
        }
        positions
    }
}

impl<B: RelayBoard> Switch<B> {
    /// Leaves the relays safe; whether the board took it.
    pub fn leave_safe(&mut self) -> bool {
        let charger = self.safe[RelayName::Charger];
        let left = self.board.leave(self.safe);
        // Before anything is said: a log that cannot be written must not have it done again.
        self.left = true;
        match &left {
            Ok(()) if charger == Contact::Open => {
                warn!(
                    "left the relays safe: mains closed, charger open because the battery is hot"
                );
            }
            Ok(()) => info!("left the relays safe: mains and charger closed"),
            Err(error) => error!("could not leave the relays safe: {error}"),
        }
        left.is_ok()
    }
}

impl<B: RelayBoard> Drop for Switch<B> {
    fn drop(&mut self) {
        if !self.left {
            self.leave_safe();
        }
    }
}
