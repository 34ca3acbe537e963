//! The lines of a relay board while no program holds them.

use gpiocdev::Request;
use gpiocdev::chip::Chip;
use gpiocdev::line::{Direction, Value, Values};
use releve_control::Relays;

use super::gpio_chip::find_chip;
use super::relay_lines::{CONSUMER, LineWiring};
use crate::relays::BoardError;

/// A line that nobody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleLine {
    /// Whether its level is high.
    pub high: bool,
    /// Whether it is an output: then its level is what the last program left.
    pub driven: bool,
}

/// Reads the lines as they are; neither their directions nor their levels are touched.
///
/// # Errors
/// If one of them is held, or cannot be read.
pub fn idle_lines(wiring: &LineWiring) -> Result<Relays<IdleLine>, BoardError> {
    let failed = |error: gpiocdev::Error| {
        BoardError(format!(
            "the lines of {} cannot be read ({error}): check [relays] of the configuration",
            wiring.chip_label
        ))
    };
    let path = find_chip(&wiring.chip_label)?;
    let chip = Chip::from_path(&path).map_err(failed)?;
    let mut driven = Relays::from_fn(|_| false);
    let mut request = Request::builder();
    request.on_chip(path).with_consumer(CONSUMER);
    for (relay, line) in wiring.lines.iter() {
        let info = chip.line_info(*line).map_err(failed)?;
        if info.used {
            return Err(BoardError(format!(
                "line {line} of {} is held by {:?}: stop it first (systemctl stop releve-node)",
                wiring.chip_label, info.consumer
            )));
        }
        driven[relay] = info.direction == Direction::Output;
        request.with_line(*line).as_is();
    }
    let mut values = Values::default();
    let request = request.request().map_err(failed)?;
    request.values(&mut values).map_err(failed)?;
    Ok(Relays::from_fn(|relay| IdleLine {
        high: values.get(wiring.lines[relay]) == Some(Value::Active),
        driven: driven[relay],
    }))
}
