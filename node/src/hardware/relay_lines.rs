//! A relay board on GPIO lines of the kernel.
//!
//! All four lines are taken in one request, with the levels that they are to have: no relay moves at the
//! start unless it must. The kernel lets nobody else drive them meanwhile.

use gpiocdev::Request;
use gpiocdev::line::{Offset, Value, Values};
use gpiocdev::request::Builder;
use releve_control::{Contact, RelayName, Relays};

use super::contact::ContactKind;
use super::gpio_chip::find_chip;
use crate::relays::{BoardError, RelayBoard};

/// Which level of a line gives its coil current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActiveLevel {
    /// A low one, as on most boards with optocouplers.
    Low,
    /// A high one.
    High,
}

impl ActiveLevel {
    /// Lets the kernel take that level of the line that was named last as the active one.
    pub(super) fn put_into(self, request: &mut Builder) {
        match self {
            Self::Low => request.as_active_low(),
            Self::High => request.as_active_high(),
        };
    }
}

/// How the board hangs on the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineWiring {
    /// The label of the GPIO chip, for example `pinctrl-rp1` on a Raspberry Pi 5: the numbers of chips
    /// change from boot to boot.
    pub chip_label: String,
    /// The line of each relay.
    pub lines: Relays<Offset>,
    /// The level that gives the coils current.
    pub active: ActiveLevel,
    /// The contact of each relay that its circuit runs through.
    pub contacts: Relays<ContactKind>,
}

/// A relay board on GPIO lines.
///
/// The lines are taken with the first positions that are asked for, and again after the kernel has lost
/// them.
#[derive(Debug)]
pub struct RelayLines {
    wiring: LineWiring,
    request: Option<Request>,
}

/// Shown by the kernel as the owner of the lines.
pub(super) const CONSUMER: &str = "releve-node";

impl RelayLines {
    /// The board on those lines; nothing is taken yet.
    #[must_use]
    pub const fn new(wiring: LineWiring) -> Self {
        Self {
            wiring,
            request: None,
        }
    }

    fn take(&self, positions: Relays<Contact>) -> Result<Request, BoardError> {
        let chip = find_chip(&self.wiring.chip_label)?;
        let mut builder = Request::builder();
        builder.on_chip(chip).with_consumer(CONSUMER);
        for (relay, contact) in positions.iter() {
            builder.with_line(self.wiring.lines[relay]);
            self.wiring.active.put_into(&mut builder);
            builder.as_output(self.wiring.value(relay, *contact));
        }
        builder.request().map_err(|error| {
            BoardError(format!(
                "the relay lines of {} cannot be taken ({error}): check [relays] of the configuration, and that no other program holds them (gpioinfo shows it)",
                self.wiring.chip_label
            ))
        })
    }
}

impl LineWiring {
    fn value(&self, relay: RelayName, contact: Contact) -> Value {
        Value::from(self.contacts[relay].energised(contact))
    }
}

impl RelayBoard for RelayLines {
    fn set(&mut self, positions: Relays<Contact>) -> Result<(), BoardError> {
        let Some(request) = &self.request else {
            self.request = Some(self.take(positions)?);
            return Ok(());
        };
        let mut values = Values::default();
        for (relay, contact) in positions.iter() {
            values.set(self.wiring.lines[relay], self.wiring.value(relay, *contact));
        }
        request.set_values(&values).map_err(|error| {
            self.request = None;
            BoardError(format!("the kernel did not set the relay lines: {error}"))
        })
    }

    fn read(&mut self) -> Relays<Option<Contact>> {
        let mut values = Values::default();
        let read =
            (self.request.as_ref()).is_some_and(|request| request.values(&mut values).is_ok());
        Relays::from_fn(|relay| {
            let value = values.get(self.wiring.lines[relay]).filter(|_| read)?;
            Some(self.wiring.contacts[relay].contact(value.into()))
        })
    }
}
