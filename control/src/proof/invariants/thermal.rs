//! Heat, cold, runaway, and what repeated trips have latched.

use super::{Closed, Invariant, Open, Step};
use crate::proof::tally::COUNTED;
use crate::vocabulary::AlarmName;

pub(super) const SENTENCES: &[Invariant] = &[
    (
        "The charger is never closed while a thermal latch holds: heat, cold or runaway.",
        thermal_latch_opens_the_charger,
    ),
    (
        "Mains is never open while a thermal latch holds.",
        thermal_latch_closes_mains,
    ),
    (
        "Nothing that three trips have latched reopens or closes again without an acknowledgement.",
        latched_trips_hold,
    ),
    (
        "A latch of three trips shows in its alarm until it is acknowledged.",
        latched_trips_are_told,
    ),
    (
        "The alarms of heat, cold and runaway stand as long as they hold.",
        thermal_latches_raise_their_alarms,
    ),
];

fn thermal_latch_opens_the_charger(step: &Step<'_>) -> bool {
    !step.history.thermal() || step.charger() == Open
}

fn thermal_latch_closes_mains(step: &Step<'_>) -> bool {
    !step.history.thermal() || step.mains() == Closed
}

fn latched_trips_hold(step: &Step<'_>) -> bool {
    let history = step.history;
    let plain_by_latch =
        history.waits(AlarmName::DataLost) || history.waits(AlarmName::BatteryAtFloor);
    let opened = history.thermal() || history.high_voltage();
    let mains = step.mains() == Closed || !(plain_by_latch || opened);
    let charger = match (opened, plain_by_latch) {
        (true, _) => step.charger() == Open,
        (false, true) => step.charger() == Closed,
        (false, false) => true,
    };
    mains && charger
}

fn latched_trips_are_told(step: &Step<'_>) -> bool {
    COUNTED.iter().all(|alarm| {
        let waits = step.history.tally(*alarm).and_then(|tally| tally.waits);
        let told = (step.after.alarms.iter()).find(|active| active.alarm == *alarm);
        let latched = told.is_some_and(|alarm| alarm.latched);
        latched == (waits == Some(false)) && (told.is_some() || waits.is_none())
    })
}

fn thermal_latches_raise_their_alarms(step: &Step<'_>) -> bool {
    let history = step.history;
    let cold = history.cold.is_some() || history.waits(AlarmName::TemperatureLow);
    history.heat() == step.has(AlarmName::TemperatureLimit)
        && cold == step.has(AlarmName::TemperatureLow)
        && history.runaway.is_some() == step.has(AlarmName::ThermalRunaway)
}
