//! The hard voltage limit, the floor, and data that is lost.

use super::{Closed, Invariant, Open, Step};
use crate::vocabulary::{AlarmName, Wiring};

pub(super) const SENTENCES: &[Invariant] = &[
    (
        "The charger is open as long as the voltage is too high.",
        high_voltage_opens_the_charger,
    ),
    (
        "A raw sample at the hard voltage limit opens the charger in its step.",
        hard_limit_acts_at_once,
    ),
    (
        "Mains is never open while voltage or temperature is unknown, or has not been good for three windows since.",
        mains_needs_data,
    ),
    (
        "Mains is never open at the discharge floor, or before three samples have shown the battery above it.",
        mains_closes_at_the_floor,
    ),
    (
        "The charger is never open at the floor unless a thermal latch demands it.",
        charger_closes_at_the_floor,
    ),
    (
        "On a common bus the charger is never open with the voltage unknown unless a thermal latch demands it.",
        common_bus_needs_data,
    ),
    (
        "Without data the charger is open for a thermal latch or the hard limit alone.",
        lost_data_closes_the_charger,
    ),
    (
        "The alarms of the hard limit, of the floor and of lost data stand as long as these hold.",
        voltage_interlocks_raise_their_alarms,
    ),
];

fn high_voltage_opens_the_charger(step: &Step<'_>) -> bool {
    !step.history.high_voltage() || step.charger() == Open
}

fn hard_limit_acts_at_once(step: &Step<'_>) -> bool {
    let now = step.history.now;
    let reached = step.history.at_hard_limit(step.after)
        && step.history.volts.is_some_and(|(_, at)| at == now);
    !reached || (step.charger() == Open && step.mains() == Closed)
}

fn mains_needs_data(step: &Step<'_>) -> bool {
    step.mains() == Closed || !step.history.without_data()
}

fn mains_closes_at_the_floor(step: &Step<'_>) -> bool {
    step.mains() == Closed || !(step.history.floor() || step.history.at_floor(step.after))
}

fn charger_closes_at_the_floor(step: &Step<'_>) -> bool {
    step.charger() == Closed || !step.history.at_floor(step.after) || step.history.thermal()
}

fn common_bus_needs_data(step: &Step<'_>) -> bool {
    step.wiring != Wiring::CommonBus
        || step.charger() == Closed
        || !step.history.volts_unknown()
        || step.history.thermal()
}

fn lost_data_closes_the_charger(step: &Step<'_>) -> bool {
    let history = step.history;
    !history.without_data()
        || step.charger() == Closed
        || (step.opened_by_interlock() && (history.thermal() || history.high_voltage()))
}

fn voltage_interlocks_raise_their_alarms(step: &Step<'_>) -> bool {
    let history = step.history;
    let high = history.too_high.is_some() || history.waits(AlarmName::VoltageHardLimit);
    // Before the first sample nothing was lost yet.
    let lost = history.lost.is_some() || history.waits(AlarmName::DataLost);
    high == step.has(AlarmName::VoltageHardLimit)
        && history.floor() == step.has(AlarmName::BatteryAtFloor)
        && lost == step.has(AlarmName::DataLost)
}
