//! The operator: commands, manual authority and its lease.

use super::{Closed, Invariant, Open, Step};
use crate::vocabulary::{Authority, Command, RelayName, Rule, Wiring};

pub(super) const SENTENCES: &[Invariant] = &[
    (
        "Manual authority never decides about a relay that an interlock claims.",
        manual_stands_below_the_interlocks,
    ),
    (
        "Mains opens by an operator's command, in its step, or for a cycle's discharge.",
        mains_opens_by_command,
    ),
    (
        "An accepted relay command is carried out, a rejected one moves nothing.",
        answers_are_true,
    ),
    ("Manual authority ends with its lease.", the_lease_ends),
];

fn manual_stands_below_the_interlocks(step: &Step<'_>) -> bool {
    let history = step.history;
    let discharge =
        history.critical(step.after) || history.carried_too_long(step.after, step.history.now);
    let both =
        history.thermal() || history.high_voltage() || history.without_data() || history.floor();
    let mains = both || discharge || history.mains_lost.is_some();
    let charger = both || (discharge && step.wiring == Wiring::CommonBus);
    let by_hand = |relay| step.rule(relay) == Rule::Manual;
    !(mains && by_hand(RelayName::Mains) || charger && by_hand(RelayName::Charger))
}

fn mains_opens_by_command(step: &Step<'_>) -> bool {
    let opened = step.before.relays.mains.wanted == Closed && step.mains() == Open;
    !opened
        || step.rule(RelayName::Mains) == Rule::CycleDischarging
        || step.accepted(|command| *command == Command::Relay(RelayName::Mains, Open))
}

fn answers_are_true(step: &Step<'_>) -> bool {
    let [Command::Relay(relay, contact)] = step.occurrence.commands else {
        return true;
    };
    let now = step.after.relays[*relay].wanted;
    match step.decision.answers.as_slice() {
        [Ok(())] => now == *contact,
        // What is measured in the same step, or the time that has passed, may move it all the same.
        [Err(_)] => {
            let by_hand = step.rule(*relay) == Rule::Manual || relay.is_auxiliary();
            !by_hand || now == step.before.relays[*relay].wanted
        }
        _ => false,
    }
}

fn the_lease_ends(step: &Step<'_>) -> bool {
    match step.after.lease_end {
        Some(end) => step.after.authority == Authority::Manual && step.history.now < end,
        None => step.after.authority == Authority::Automatic,
    }
}
