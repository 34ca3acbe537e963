//! The real measuring inputs and relays of a site.
//!
//! Chips and bus stand behind [`embedded_hal::i2c::I2c`]; a [`worker::Worker`] measures on a thread of its
//! own, for a bus can hang.

mod aside;
pub mod bus;
pub mod chip;
pub mod contact;
pub mod gpio_chip;
mod hold;
pub mod idle_lines;
pub mod input;
pub mod mains_sense;
pub mod meter;
pub mod relay_board;
pub mod relay_hat;
pub mod relay_lines;
pub mod thermometer;
pub mod worker;

use std::thread;
use std::time::Duration;

use embedded_hal::delay::DelayNs;
use releve_control::sample::{MainsSense, Sample};

use crate::settings::HardwareSettings;
use bus::Bus;
use mains_sense::SenseInput;
use worker::{DEADLINE, Wanted, Worker, paced};

/// The inputs of a site, measured on a thread of their own.
///
/// # Errors
/// If the system gives no thread. A bus or a chip that is not there is a fault, not an error.
pub fn start_sensors(settings: &HardwareSettings) -> std::io::Result<Worker> {
    let mut bus = Bus::new(settings.bus);
    let mut meter = settings.meter();
    let mut sense = settings.mains_sense.clone().map(SenseInput::new);
    let measure = move |wanted| match wanted {
        Wanted::Everything => Sample {
            mains_sense: sense
                .as_mut()
                .map_or(MainsSense::NotFitted, SenseInput::read),
            ..meter.sample(&mut bus, &mut Sleep)
        },
        Wanted::Circuits => meter.sample_circuits(&mut bus),
    };
    Worker::start(paced(measure), DEADLINE)
}

/// Waits by sleeping: fit for a thread that has nothing else to do.
pub struct Sleep;

impl DelayNs for Sleep {
    fn delay_ns(&mut self, nanos: u32) {
        thread::sleep(Duration::from_nanos(nanos.into()));
    }
}
