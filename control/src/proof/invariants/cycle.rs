//! The consumption cycle: what it needs to begin a discharge, and what ends one.

use super::{Invariant, Open, Step};
use crate::mode::consumption_cycle::TEMPERATURE_HYSTERESIS_CELSIUS;
use crate::proof::history::limit;
use crate::proof::week;
use crate::vocabulary::{
    AlarmName, Authority, Cause, Command, CycleOutcome, CycleReport, CycleRequest, CycleStart,
    Event, LimitName, Mode, Phase, RelayName, Rule, Severity,
};
use crate::{Monotonic, UnixMillis};

pub(super) const SENTENCES: &[Invariant] = &[
    (
        "Under automatic authority mains is open in a cycle's discharge alone, and then with the charger.",
        discharge_opens_both,
    ),
    (
        "No discharge begins without a full battery in its range of temperature, a known capacity, mains, and no alarm.",
        preconditions_of_the_battery,
    ),
    (
        "No discharge begins under manual authority, or while a full charge is due.",
        preconditions_of_control,
    ),
    (
        "No discharge begins in a critical period, or so late that it and its recharge do not end before the next one.",
        preconditions_of_the_week,
    ),
    (
        "By the schedule a discharge begins with a set clock, in an allowed window, and when a cycle is due.",
        preconditions_of_the_schedule,
    ),
    (
        "A discharge that breaks a guard ends in its step.",
        guards_end_a_discharge,
    ),
    (
        "A discharge ends at the greatest depth, or when the mean falls below discharge_stop after the probe.",
        discharges_end_as_wanted,
    ),
    (
        "A cycle that ends before its time is in the plain installation in the same step, with a cause that is true, and waits.",
        aborts_are_plain_and_true,
    ),
    (
        "An operator's abort leaves no cycle running, and in the cycle's mode the plain installation.",
        aborts_by_hand_are_heard,
    ),
    (
        "The charger rests open only after the battery was seen full.",
        rest_follows_a_full_charge,
    ),
];

fn discharge_opens_both(step: &Step<'_>) -> bool {
    if step.after.authority == Authority::Manual {
        return true;
    }
    (step.mains() == Open) == Step::discharging(step.after)
        && (step.mains() != Open || step.charger() == Open)
}

/// Whether a discharge begins with this step.
fn begins(step: &Step<'_>) -> bool {
    Step::discharging(step.after) && !Step::discharging(step.before)
}

fn preconditions_of_the_battery(step: &Step<'_>) -> bool {
    if !begins(step) {
        return true;
    }
    let (history, guards) = (step.history, &step.history.guards);
    let (coldest, hottest) = guards.cycle_celsius;
    let full = (history.full.saturated_at)
        .is_some_and(|at| history.now.since(at) <= guards.full_charge_fresh);
    let temperate =
        (history.celsius).is_some_and(|(celsius, _)| celsius >= coldest && celsius <= hottest);
    let counts = guards.count_charge || guards.tail_fraction.is_some();
    let alarmed = (step.before.alarms.iter()).any(|alarm| {
        alarm.severity >= Severity::Warning && alarm.alarm != AlarmName::FullChargeOverdue
    });
    (full || !guards.fill_before_cycle)
        && temperate
        && (!counts || step.after.charge.capacity_ah.is_some())
        && (!guards.count_charge || step.after.charge.missing_ah.is_some())
        && history.mains_lost.is_none()
        && !alarmed
}

fn preconditions_of_control(step: &Step<'_>) -> bool {
    let due = (step.after.charge.full_charge_due).is_some_and(|due| step.history.now >= due);
    !begins(step) || (!step.by_hand() && !due && step.after.mode == Mode::ConsumptionCycle)
}

fn preconditions_of_the_week(step: &Step<'_>) -> bool {
    let (Some(schedule), true) = (&step.after.schedule, begins(step)) else {
        return true;
    };
    let Some(wall) = step.history.wall else {
        return schedule.critical.is_empty();
    };
    let estimate = step.history.guards.recharge_estimate;
    let recharge = (step.history.cycles.recharge)
        .unwrap_or(estimate)
        .max(estimate / 4);
    let minutes = limit(step.after, LimitName::LongestDischarge);
    let needed = core::time::Duration::from_secs_f64(60.0 * minutes) + recharge;
    !week::critical_before(schedule, wall, wall.after(needed))
}

fn preconditions_of_the_schedule(step: &Step<'_>) -> bool {
    if !begins(step) || step.after.cycle.started_by != Some(CycleStart::Schedule) {
        return true;
    }
    let (Some(schedule), Some(wall)) = (&step.after.schedule, step.history.wall) else {
        return false;
    };
    let history = step.history;
    let began = |at: Monotonic| UnixMillis(wall.0 - (history.now.as_millis() - at.as_millis()));
    let due = (history.cycles.start_before).is_none_or(|at| week::due(schedule, began(at)) <= wall);
    week::allowed(schedule, wall) && due
}

fn guards_end_a_discharge(step: &Step<'_>) -> bool {
    if !(Step::discharging(step.before) && Step::discharging(step.after)) {
        return true;
    }
    let history = step.history;
    let interlocked = history.thermal()
        || history.high_voltage()
        || history.without_data()
        || history.floor()
        || history.mains_lost.is_some()
        || history.critical(step.after)
        || history.carried_too_long(step.after, step.history.now);
    !interlocked && !history.jumped && !step.by_hand() && !outside_of_the_range(step)
}

/// Whether the window that ended in this step was too cold or too hot for a cycle, once the probe is
/// over.
fn outside_of_the_range(step: &Step<'_>) -> bool {
    let (coldest, hottest) = step.history.guards.cycle_celsius;
    let margin = TEMPERATURE_HYSTERESIS_CELSIUS;
    let outside = (step.history.mean_celsius)
        .is_some_and(|mean| mean < coldest - margin || mean > hottest + margin);
    outside && step.after.phase == Some(Phase::Discharging)
}

fn discharges_end_as_wanted(step: &Step<'_>) -> bool {
    if !Step::discharging(step.before) {
        return true;
    }
    let low =
        (step.history.mean).is_some_and(|mean| mean < limit(step.after, LimitName::DischargeStop));
    let read = step.decision.reading.is_some();
    // On the way from the discharge to the charge nothing but an end that was wanted lies.
    let wanted = step.after.phase == Some(Phase::Charging);
    let deep = step.rule(RelayName::Mains) == Rule::DischargeDepth;
    let goes_on_low = low && read && step.after.phase == Some(Phase::Discharging);
    !goes_on_low && (!wanted || low || deep)
}

fn aborts_are_plain_and_true(step: &Step<'_>) -> bool {
    step.decision.events.iter().all(|event| match event {
        Event::CycleEnded { report } if report.outcome == CycleOutcome::Aborted => {
            let told = report.cause.is_some_and(|cause| holds(step, cause, report));
            let alarmed = report.cause == Some(Cause::Operator)
                || step.has(AlarmName::CycleAborted)
                || step
                    .accepted(|command| *command == Command::Acknowledge(AlarmName::CycleAborted));
            // The operator may take over, choose another mode or begin another cycle in the very step.
            let own_way = step.by_hand()
                || step.after.mode != Mode::ConsumptionCycle
                || step.after.cycle.started_at == Some(step.history.now);
            told && alarmed
                && (own_way || (step.is_plain() && step.after.phase != Some(Phase::Resting)))
        }
        _ => true,
    })
}

/// Whether that cause of an abort is true.
fn holds(step: &Step<'_>, cause: Cause, report: &CycleReport<Monotonic>) -> bool {
    let (history, guards) = (step.history, &step.history.guards);
    let charged_for = history.now.since(step.history_before.cycles.since);
    match cause {
        Cause::Heat => history.heat(),
        Cause::Cold | Cause::ThermalRunaway => history.thermal(),
        Cause::VoltageHardLimit => history.high_voltage(),
        Cause::DataLost => {
            let count_lost = guards.count_charge && step.after.charge.missing_ah.is_none();
            history.without_data() || count_lost
        }
        Cause::Floor => history.floor(),
        Cause::Reserve => step.has(AlarmName::ReserveLow),
        Cause::LongestDischarge => step
            .history_before
            .carried_too_long(step.before, history.now),
        Cause::CriticalPeriod => history.critical(step.after) || step.accepted(|_| true),
        Cause::MainsLost => history.mains_lost.is_some(),
        Cause::ProbeVoltage => history
            .volts
            .is_some_and(|(volts, _)| volts < limit(step.before, LimitName::DischargeStop)),
        Cause::TemperatureRange => history.mean_celsius.is_some(),
        Cause::ClockJump => history.jumped,
        Cause::RelayFault => step.has(AlarmName::RelayFault),
        Cause::ProbeDip => guards.dip_factor.is_some(),
        Cause::Slope => guards.slope_factor.is_some(),
        Cause::ChargeTimeout => {
            let filled_for = history.now.since(report.started_at);
            charged_for.max(filled_for) >= guards.charge_timeout
        }
        Cause::Blocked => {
            report.discharge_s.is_none()
                && history.now.since(report.started_at) >= guards.charge_timeout
        }
        Cause::Operator => {
            step.by_hand()
                || step.accepted(|command| {
                    matches!(
                        command,
                        Command::Mode(_)
                            | Command::Authority(_)
                            | Command::Cycle(CycleRequest::Abort)
                    )
                })
        }
        // No other cause ends a cycle.
        _ => false,
    }
}

fn aborts_by_hand_are_heard(step: &Step<'_>) -> bool {
    let alone = step.occurrence.commands == [Command::Cycle(CycleRequest::Abort)];
    let others = step.by_hand() || step.after.mode != Mode::ConsumptionCycle;
    !alone || (step.after.cycle.started_at.is_none() && (others || step.is_plain()))
}

fn rest_follows_a_full_charge(step: &Step<'_>) -> bool {
    let begins =
        step.after.phase == Some(Phase::Resting) && step.before.phase != Some(Phase::Resting);
    let full_since = step.history_before.cycles.since;
    let full_at = step.history.full.saturated_at;
    !begins || full_at.is_some_and(|at| at > full_since)
}
