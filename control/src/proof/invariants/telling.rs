//! What users are shown: reasons, times, positions and events.

use super::{Closed, Invariant, Open, Step};
use crate::vocabulary::{Event, RelayName, Rule};
use RelayName::{Charger, Mains};

pub(super) const SENTENCES: &[Invariant] = &[
    ("A reason fits the position that it explains.", reasons_fit),
    (
        "The time of a reason changes with its rule alone, that of a position with the position.",
        times_are_right,
    ),
    (
        "The decision and the view show the same positions.",
        view_and_decision_agree,
    ),
    (
        "Every move of a relay, every phase of a cycle and every alarm is told by an event, and nothing else is.",
        events_are_true,
    ),
];

fn reasons_fit(step: &Step<'_>) -> bool {
    let fits = |relay: RelayName| match (step.rule(relay), relay) {
        (Rule::Heat | Rule::Cold | Rule::ThermalRunaway | Rule::VoltageHardLimit, _) => {
            Some(if relay == Charger { Open } else { Closed })
        }
        (Rule::OverchargeCut, Charger) => Some(Open),
        (Rule::MainsLost, Mains) => Some(Closed),
        (Rule::DataLost | Rule::Floor | Rule::Observer, _) => Some(Closed),
        (
            Rule::Reserve
            | Rule::DischargeDepth
            | Rule::LongestDischarge
            | Rule::CriticalPeriod
            | Rule::LeastTime
            | Rule::SwitchingBudget
            | Rule::CycleWaiting
            | Rule::CycleFilling
            | Rule::CycleCharging,
            _,
        ) => Some(Closed),
        (Rule::FullCharge, Charger) | (Rule::ChargerOnly, Mains) => Some(Closed),
        (Rule::CycleDischarging, _) | (Rule::CycleResting, Charger) => Some(Open),
        (Rule::BelowOverchargeCut, Charger) => Some(Closed),
        (Rule::Manual, _) if step.by_hand() => None,
        // No other pair may come up: wanted is compared with its opposite.
        _ => Some(match step.after.relays[relay].wanted {
            Open => Closed,
            Closed => Open,
        }),
    };
    [Mains, Charger]
        .into_iter()
        .all(|relay| fits(relay).is_none_or(|contact| contact == step.after.relays[relay].wanted))
}

fn times_are_right(step: &Step<'_>) -> bool {
    let right = |same: bool, before, after| {
        if same {
            before == after
        } else {
            after == step.history.now
        }
    };
    [Mains, Charger].into_iter().all(|relay| {
        let (before, after) = (&step.before.relays[relay], &step.after.relays[relay]);
        let same_rule = before.reason.rule == after.reason.rule;
        right(same_rule, before.reason.since, after.reason.since)
            && right(before.wanted == after.wanted, before.since, after.since)
    })
}

fn view_and_decision_agree(step: &Step<'_>) -> bool {
    RelayName::ALL
        .iter()
        .all(|relay| step.decision.relays[*relay] == step.after.relays[*relay].wanted)
}

fn events_are_true(step: &Step<'_>) -> bool {
    let moved =
        |relay: RelayName| step.before.relays[relay].wanted != step.after.relays[relay].wanted;
    let told = |relay: RelayName| {
        step.event(
            |event| matches!(event, Event::RelaySwitched { relay: other, .. } if *other == relay),
        )
    };
    let relays = RelayName::ALL
        .iter()
        .all(|relay| moved(*relay) == told(*relay));
    let phase = match (step.before.phase, step.after.phase) {
        (Some(before), Some(after)) if before != after => {
            step.event(|event| matches!(event, Event::CyclePhase { to, .. } if *to == after))
        }
        _ => true,
    };
    let raised = (step.after.alarms.iter()).all(|alarm| {
        let old = step
            .before
            .alarms
            .iter()
            .any(|before| before.alarm == alarm.alarm);
        old || step.event(|event| {
            matches!(event, Event::AlarmRaised { alarm: raised, .. } if *raised == alarm.alarm)
        })
    });
    let cleared = (step.before.alarms.iter()).all(|alarm| {
        step.has(alarm.alarm)
            || step.event(|event| {
                matches!(event, Event::AlarmCleared { alarm: cleared, .. } if *cleared == alarm.alarm)
            })
    });
    relays && phase && raised && cleared
}
