//! What keeps a battery from carrying the load: lost mains, critical periods, the longest duration,
//! depth and reserve.

use super::{Closed, Invariant, Step};
use crate::proof::history::limit;
use crate::vocabulary::{AlarmName, Contact, LimitName, RelayName, Rule, Wiring};

pub(super) const SENTENCES: &[Invariant] = &[
    (
        "Mains is never open while it is known to be lost, and not before three samples have shown it back.",
        lost_mains_stays_closed,
    ),
    (
        "The alarm of lost mains stands as long as it is lost.",
        lost_mains_raises_its_alarm,
    ),
    (
        "In a critical period, and where nobody can tell that it is none, the battery does not carry the load, unless a thermal latch or the hard limit opens a charger on a common bus.",
        critical_periods_are_plain,
    ),
    (
        "The battery never carries the load beyond the longest discharge, unless a thermal latch or the hard limit opens a charger on a common bus.",
        longest_discharge_ends,
    ),
    (
        "The battery never carries the load with the greatest depth taken out, unless a thermal latch or the hard limit opens a charger on a common bus.",
        depth_ends_a_discharge,
    ),
    (
        "The battery never carries a load for which it lasts shorter than the reserve, unless a thermal latch or the hard limit opens a charger on a common bus.",
        reserve_ends_a_discharge,
    ),
    (
        "The alarm of the reserve stands as long as the reserve decides about mains.",
        reserve_raises_its_alarm,
    ),
];

/// Whether the battery carries the load by no interlock's doing.
fn carries_load(step: &Step<'_>) -> bool {
    step.mains() == Contact::Open
        || (step.wiring == Wiring::CommonBus
            && step.charger() == Contact::Open
            && !step.opened_by_interlock())
}

fn lost_mains_stays_closed(step: &Step<'_>) -> bool {
    step.mains() == Closed || step.history.mains_lost.is_none()
}

fn lost_mains_raises_its_alarm(step: &Step<'_>) -> bool {
    step.history.mains_lost.is_some() == step.has(AlarmName::MainsLost)
}

fn critical_periods_are_plain(step: &Step<'_>) -> bool {
    !step.history.critical(step.after) || !carries_load(step)
}

fn longest_discharge_ends(step: &Step<'_>) -> bool {
    !step.history.carried_too_long(step.after, step.history.now) || !carries_load(step)
}

fn depth_ends_a_discharge(step: &Step<'_>) -> bool {
    let greatest = limit(step.after, LimitName::DischargeDepth);
    // A hair of tolerance: the state of charge is shown with four decimals.
    let taken = (step.after.charge.state_of_charge)
        .is_some_and(|percent| 100.0 - percent >= greatest + 1e-3);
    !(step.history.guards.count_charge && taken && carries_load(step))
}

fn reserve_ends_a_discharge(step: &Step<'_>) -> bool {
    let reserve = 60.0 * limit(step.after, LimitName::ReserveRuntime);
    let short = (step.after.charge.runtime_s).is_some_and(|runtime| runtime < reserve - 1e-3);
    !(step.history.guards.count_charge && short && carries_load(step))
}

fn reserve_raises_its_alarm(step: &Step<'_>) -> bool {
    let decides = step.rule(RelayName::Mains) == Rule::Reserve;
    !decides || step.has(AlarmName::ReserveLow)
}
