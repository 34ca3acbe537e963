//! The relay board of a site: on GPIO lines, or on the I2C bus.

use releve_control::{Contact, Relays};

use super::relay_hat::{HatWiring, RelayHat};
use super::relay_lines::{LineWiring, RelayLines};
use crate::relays::{BoardError, RelayBoard};

/// How the board of a site is wired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoardWiring {
    /// On GPIO lines.
    Lines(LineWiring),
    /// An EP-0099 on the I2C bus.
    Hat(HatWiring),
}

impl BoardWiring {
    /// What it is, for people.
    #[must_use]
    pub fn description(&self) -> String {
        match self {
            Self::Lines(wiring) => format!("relays on {}", wiring.chip_label),
            Self::Hat(wiring) => format!("relays on an EP-0099 at {:#04x}", wiring.address),
        }
    }
}

/// The board of a site.
#[derive(Debug)]
pub enum SiteBoard {
    /// On GPIO lines.
    Lines(RelayLines),
    /// On the I2C bus.
    Hat(RelayHat),
}

impl SiteBoard {
    /// The board that is wired like this; nothing is switched yet.
    ///
    /// # Errors
    /// If the system gives no thread. A board that is not there refuses later.
    pub fn start(wiring: BoardWiring) -> std::io::Result<Self> {
        Ok(match wiring {
            BoardWiring::Lines(wiring) => Self::Lines(RelayLines::new(wiring)),
            BoardWiring::Hat(wiring) => Self::Hat(RelayHat::start(wiring)?),
        })
    }

    fn board(&mut self) -> &mut dyn RelayBoard {
        match self {
            Self::Lines(board) => board,
            Self::Hat(board) => board,
        }
    }
}

impl RelayBoard for SiteBoard {
    fn set(&mut self, positions: Relays<Contact>) -> Result<(), BoardError> {
        self.board().set(positions)
    }

    fn leave(&mut self, positions: Relays<Contact>) -> Result<(), BoardError> {
        self.board().leave(positions)
    }

    fn read(&mut self) -> Relays<Option<Contact>> {
        self.board().read()
    }
}
