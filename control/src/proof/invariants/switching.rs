//! What opens and closes a circuit, how soon, and how often.

use super::{Closed, Invariant, Open, Step};
use crate::proof::history::{LEAST_OPEN, limit};
use crate::vocabulary::{Authority, Command, LimitName, Mode, Phase, RelayName, Rule};

const SWITCHED: [RelayName; 2] = [RelayName::Mains, RelayName::Charger];

pub(super) const SENTENCES: &[Invariant] = &[
    (
        "The charger opens for a thermal latch, the hard limit, a mean above the cut, a cycle or a command alone.",
        charger_opens_for_a_reason,
    ),
    (
        "A charger closes only when what opened it is over.",
        charger_closes_for_a_reason,
    ),
    (
        "Observer under automatic authority closes both circuits unless an interlock opens the charger.",
        observer_is_plain,
    ),
    (
        "Neither operator nor mode opens a circuit that was closed for less than its least time.",
        least_times_hold,
    ),
    (
        "A spent budget opens nothing but by interlock.",
        budgets_hold,
    ),
    (
        "A forced full charge closes the charger in every mode, and never passes an interlock.",
        full_charges_are_forced,
    ),
];

fn charger_opens_for_a_reason(step: &Step<'_>) -> bool {
    if !step.opens(RelayName::Charger) {
        return true;
    }
    match step.rule(RelayName::Charger) {
        Rule::Heat => step.history.heat(),
        Rule::Cold | Rule::ThermalRunaway => step.history.thermal(),
        Rule::VoltageHardLimit => step.history.high_voltage(),
        Rule::OverchargeCut => step
            .history
            .mean
            .is_some_and(|mean| mean > limit(step.after, LimitName::OverchargeCut)),
        Rule::CycleDischarging | Rule::CycleResting => step.after.mode == Mode::ConsumptionCycle,
        Rule::Manual => {
            step.accepted(|command| *command == Command::Relay(RelayName::Charger, Open))
        }
        _ => false,
    }
}

fn charger_closes_for_a_reason(step: &Step<'_>) -> bool {
    let before = &step.before.relays.charger;
    if before.wanted == Closed || step.charger() == Open {
        return true;
    }
    let history = step.history;
    let interlocked = step.closed_by_interlock(RelayName::Charger);
    let forced = step.rule(RelayName::Charger) == Rule::FullCharge;
    match before.reason.rule {
        Rule::Heat | Rule::Cold | Rule::ThermalRunaway => !history.thermal(),
        Rule::VoltageHardLimit => !history.high_voltage(),
        Rule::OverchargeCut => {
            let rested = step
                .history_before
                .cut
                .is_some_and(|cut| history.rested_since(cut, step.after));
            rested || forced || interlocked || step.accepted(|_| true)
        }
        // How a discharge ends has sentences of its own.
        Rule::CycleDischarging => !Step::discharging(step.after),
        Rule::CycleResting => {
            let low = (history.mean).is_some_and(|mean| mean < limit(step.after, LimitName::TopUp));
            let rested = history.now.since(step.history_before.cycles.since) >= LEAST_OPEN;
            let fills = step.after.phase == Some(Phase::Filling);
            (low && rested) || fills || forced || interlocked || step.accepted(|_| true)
        }
        Rule::Manual => {
            let lease_over = step.before.lease_end.is_some_and(|end| history.now >= end);
            interlocked || lease_over || step.accepted(|_| true)
        }
        _ => false,
    }
}

fn observer_is_plain(step: &Step<'_>) -> bool {
    let observing =
        step.after.authority == Authority::Automatic && step.after.mode == Mode::Observer;
    !observing || step.is_plain()
}

/// Whether that relay was opened by operator or mode.
fn opened_at_will(step: &Step<'_>, relay: RelayName) -> bool {
    step.opens(relay) && !(relay == RelayName::Charger && step.opened_by_interlock())
}

fn least_times_hold(step: &Step<'_>) -> bool {
    let guards = &step.history.guards;
    SWITCHED.into_iter().all(|relay| {
        let least = if step.rule(relay) == Rule::Manual {
            guards.least_closed_by_hand
        } else {
            guards.least_closed
        };
        let edges = &step.history_before.edges[relay];
        !opened_at_will(step, relay) || edges.closed_for(least, step.history.now)
    })
}

fn budgets_hold(step: &Step<'_>) -> bool {
    let budget = step.history.guards.openings_a_day;
    SWITCHED.into_iter().all(|relay| {
        let edges = &step.history_before.edges[relay];
        let spent = (edges.counted(step.history.now)).is_some_and(|(_, opened)| opened >= budget);
        !(opened_at_will(step, relay) && spent)
    })
}

fn full_charges_are_forced(step: &Step<'_>) -> bool {
    let history = step.history;
    let due = (step.after.charge.full_charge_due).is_some_and(|due| history.now >= due);
    let closes = due
        && step.after.mode != Mode::Observer
        && !step.by_hand()
        && !Step::discharging(step.after);
    let forced = step.rule(RelayName::Charger) == Rule::FullCharge;
    let interlocked = history.thermal() || history.high_voltage();
    (!closes || step.charger() == Closed || step.opened_by_interlock())
        && !(forced && (interlocked || !due || step.charger() == Open))
}
