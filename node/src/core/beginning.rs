//! What a controller that remembers nothing begins with.

use releve_control::controller::Controller;
use releve_control::decision::Inputs;
use releve_control::{Command, Event, Mode, Monotonic, Rejection};

use crate::clock::Now;
use crate::config::Beginning;

/// Gives the controller the mode and the schedule of its configuration, and what happened by it.
///
/// # Errors
/// What the controller refuses, and why.
pub fn begin(
    controller: &mut Controller,
    beginning: &Beginning,
    now: Now,
) -> Result<Vec<Event<Monotonic>>, Rejection> {
    let schedule = beginning.schedule.clone();
    let schedule = schedule.map(|schedule| Command::Schedule(Some(schedule)));
    let mode = (beginning.mode != Mode::default()).then_some(Command::Mode(beginning.mode));
    let commands: Vec<Command> = schedule.into_iter().chain(mode).collect();
    let inputs = Inputs {
        sample: None,
        commands: &commands,
        wall: now.wall(),
        storage_fault: None,
    };
    let decision = controller.step(inputs, now.monotonic);
    decision.answers.into_iter().collect::<Result<(), _>>()?;
    Ok(decision.events)
}
