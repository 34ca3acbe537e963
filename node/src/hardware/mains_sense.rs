//! A sense input upstream of relay 1: a GPIO line that tells whether mains is there.
//!
//! It must be isolated from the 230 V, for example by a relay or an optocoupler.

use gpiocdev::Request;
use gpiocdev::line::{Offset, Value};
use releve_control::sample::MainsSense;
use tracing::{info, warn};

use super::gpio_chip::find_chip;
use super::relay_lines::{ActiveLevel, CONSUMER};
use crate::relays::BoardError;

/// How the sense input hangs on its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenseWiring {
    /// The label of the GPIO chip.
    pub chip_label: String,
    /// Its line.
    pub line: Offset,
    /// The level that says that mains is there.
    pub present: ActiveLevel,
}

/// A sense input.
#[derive(Debug)]
pub struct SenseInput {
    wiring: SenseWiring,
    request: Option<Request>,
    fails: bool,
}

impl SenseInput {
    /// The input; its line is taken when it is first read.
    #[must_use]
    pub const fn new(wiring: SenseWiring) -> Self {
        Self {
            wiring,
            request: None,
            fails: false,
        }
    }

    /// What it says. One that cannot be read says nothing, as if the site had none.
    pub fn read(&mut self) -> MainsSense {
        match self.value() {
            Ok(value) => {
                if std::mem::take(&mut self.fails) {
                    info!("the sense input of mains can be read again");
                }
                match value {
                    Value::Active => MainsSense::Present,
                    Value::Inactive => MainsSense::Lost,
                }
            }
            Err(error) => {
                self.request = None;
                if !std::mem::replace(&mut self.fails, true) {
                    warn!("the sense input of mains cannot be read: {error}");
                }
                MainsSense::NotFitted
            }
        }
    }

    fn value(&mut self) -> Result<Value, BoardError> {
        let failed = |error: gpiocdev::Error| BoardError(error.to_string());
        let request = match self.request.take() {
            Some(request) => request,
            None => self.take()?,
        };
        let value = request.value(self.wiring.line).map_err(failed)?;
        self.request = Some(request);
        Ok(value)
    }

    fn take(&self) -> Result<Request, BoardError> {
        let mut builder = Request::builder();
        builder
            .on_chip(find_chip(&self.wiring.chip_label)?)
            .with_consumer(CONSUMER)
            .with_line(self.wiring.line)
            .as_input();
        self.wiring.present.put_into(&mut builder);
        builder
            .request()
            .map_err(|error| BoardError(error.to_string()))
    }
}
