//! What must hold after every step, whatever was measured and commanded. One sentence, one function.

use super::history::{History, limit};
use super::stimulus::Stimulus;
use super::tally::COUNTED;
use crate::Monotonic;
use crate::decision::Decision;
use crate::view::View;
use crate::vocabulary::{
    AlarmName, Authority, AuthorityRequest, Command, Contact, LimitName, Mode, Phase, RelayName,
    Rule, Wiring,
};
use Contact::{Closed, Open};

/// Everything about one step.
pub(super) struct Step<'a> {
    pub(super) wiring: Wiring,
    pub(super) stimulus: &'a Stimulus,
    pub(super) before: &'a View<Monotonic>,
    pub(super) history_before: &'a History,
    pub(super) decision: &'a Decision,
    pub(super) after: &'a View<Monotonic>,
    pub(super) history: &'a History,
}

/// A sentence and whether a step keeps it.
type Invariant = (&'static str, fn(&Step<'_>) -> bool);

/// Every invariant by its sentence.
const INVARIANTS: &[Invariant] = &[
    (
        "The charger is open as long as heat holds.",
        heat_opens_the_charger,
    ),
    ("Mains is closed as long as heat holds.", heat_closes_mains),
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
        "The charger is open as long as the voltage is too high.",
        high_voltage_opens_the_charger,
    ),
    (
        "A raw sample at the hard voltage limit opens the charger in its step.",
        hard_limit_acts_at_once,
    ),
    (
        "Mains is never open while voltage or temperature is unknown.",
        mains_needs_data,
    ),
    (
        "Mains is never open at the discharge floor.",
        mains_closes_at_the_floor,
    ),
    (
        "Mains is never open while it is known to be lost.",
        lost_mains_stays_closed,
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
        "The battery never carries the load beyond the longest discharge, unless a thermal latch or the hard limit opens a charger on a common bus.",
        longest_discharge_ends,
    ),
    (
        "Without data the charger is open for a thermal latch or the hard limit alone.",
        lost_data_closes_the_charger,
    ),
    (
        "Mains opens by an operator's command, in its step, or for a cycle's discharge.",
        mains_opens_by_command,
    ),
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
        "Under automatic authority mains is open in a cycle's discharge alone.",
        automatic_never_opens_mains,
    ),
    (
        "An accepted relay command is carried out, a rejected one moves nothing.",
        answers_are_true,
    ),
    ("Manual authority ends with its lease.", the_lease_ends),
    ("A reason fits the position that it explains.", reasons_fit),
    (
        "The time of a reason changes with its rule alone.",
        since_changes_with_the_rule,
    ),
    (
        "The alarm of the temperature limit stands as long as heat holds.",
        heat_raises_its_alarm,
    ),
    ("Lost data raises its alarm.", lost_data_raises_its_alarm),
    (
        "The decision and the view show the same positions.",
        view_and_decision_agree,
    ),
];

fn heat_opens_the_charger(step: &Step<'_>) -> bool {
    !step.history.heat() || step.charger() == Open
}

fn heat_closes_mains(step: &Step<'_>) -> bool {
    !step.history.heat() || step.mains() == Closed
}

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
    step.mains() == Closed || !(step.history.volts_unknown() || step.history.celsius_unknown())
}

fn mains_closes_at_the_floor(step: &Step<'_>) -> bool {
    step.mains() == Closed || !step.history.at_floor(step.after)
}

fn lost_mains_stays_closed(step: &Step<'_>) -> bool {
    step.mains() == Closed || !step.history.mains_lost
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

fn longest_discharge_ends(step: &Step<'_>) -> bool {
    let longest = limit(step.after, LimitName::LongestDischarge);
    let over = step
        .history
        .open_since
        .is_some_and(|since| step.history.now.since(since).as_secs_f64() >= 60.0 * longest);
    let held_open = step.opened_by_interlock();
    let charger_is_plain =
        step.wiring == Wiring::BatteryLead || step.charger() == Closed || held_open;
    !over || (step.mains() == Closed && charger_is_plain)
}

fn lost_data_closes_the_charger(step: &Step<'_>) -> bool {
    let unknown = step.history.volts_unknown() || step.history.celsius_unknown();
    !unknown || step.charger() == Closed || step.opened_by_interlock()
}

fn mains_opens_by_command(step: &Step<'_>) -> bool {
    let opened = step.before.relays.mains.wanted == Closed && step.mains() == Open;
    !opened
        || step.rule(RelayName::Mains) == Rule::CycleDischarging
        || step.accepted(|command| *command == Command::Relay(RelayName::Mains, Open))
}

fn charger_opens_for_a_reason(step: &Step<'_>) -> bool {
    if !(step.before.relays.charger.wanted == Closed && step.charger() == Open) {
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
    let plain_by_interlock = matches!(
        step.rule(RelayName::Charger),
        Rule::DataLost
            | Rule::Floor
            | Rule::Reserve
            | Rule::DischargeDepth
            | Rule::LongestDischarge
            | Rule::CriticalPeriod
    );
    match before.reason.rule {
        Rule::Heat | Rule::Cold | Rule::ThermalRunaway => !history.thermal(),
        Rule::VoltageHardLimit => !history.high_voltage(),
        Rule::OverchargeCut => {
            let rested = step
                .history_before
                .cut
                .is_some_and(|cut| history.rested_since(cut, step.after));
            let forced = step.rule(RelayName::Charger) == Rule::FullCharge;
            rested || forced || plain_by_interlock || step.accepted(|_| true)
        }
        Rule::CycleDischarging => true,
        Rule::CycleResting => {
            let forced = step.rule(RelayName::Charger) == Rule::FullCharge;
            let topped_up =
                (history.mean).is_some_and(|mean| mean < limit(step.after, LimitName::TopUp));
            topped_up || forced || plain_by_interlock || step.accepted(|_| true)
        }
        Rule::Manual => {
            let lease_over = step.before.lease_end.is_some_and(|end| history.now >= end);
            plain_by_interlock || lease_over || step.accepted(|_| true)
        }
        _ => false,
    }
}

fn observer_is_plain(step: &Step<'_>) -> bool {
    let observing =
        step.after.authority == Authority::Automatic && step.after.mode == Mode::Observer;
    let interlocked = step.opened_by_interlock();
    !observing || (step.mains() == Closed && (step.charger() == Closed || interlocked))
}

fn automatic_never_opens_mains(step: &Step<'_>) -> bool {
    step.after.authority == Authority::Manual
        || step.mains() == Closed
        || matches!(step.after.phase, Some(Phase::Probing | Phase::Discharging))
}

fn answers_are_true(step: &Step<'_>) -> bool {
    let [Command::Relay(relay, contact)] = step.stimulus.commands.as_slice() else {
        return true;
    };
    let now = step.after.relays[*relay].wanted;
    match step.decision.answers.as_slice() {
        [Ok(())] => now == *contact,
        // What is measured in the same step may move the relay all the same.
        [Err(_)] => {
            let measured = step.stimulus.sample.is_some() || step.decision.reading.is_some();
            measured || now == step.before.relays[*relay].wanted
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

fn reasons_fit(step: &Step<'_>) -> bool {
    use RelayName::{Charger, Mains};
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
        (Rule::Manual, _) if step.after.authority == Authority::Manual => None,
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

fn since_changes_with_the_rule(step: &Step<'_>) -> bool {
    [RelayName::Mains, RelayName::Charger]
        .into_iter()
        .all(|relay| {
            let (before, after) = (
                step.before.relays[relay].reason,
                step.after.relays[relay].reason,
            );
            if before.rule == after.rule {
                before.since == after.since
            } else {
                after.since == step.history.now
            }
        })
}

fn heat_raises_its_alarm(step: &Step<'_>) -> bool {
    step.history.heat() == step.has(AlarmName::TemperatureLimit)
}

fn lost_data_raises_its_alarm(step: &Step<'_>) -> bool {
    let lost_after_being_known = (step.history.volts.is_some() && step.history.volts_unknown())
        || (step.history.celsius.is_some() && step.history.celsius_unknown());
    !lost_after_being_known || step.has(AlarmName::DataLost)
}

fn view_and_decision_agree(step: &Step<'_>) -> bool {
    RelayName::ALL
        .iter()
        .all(|relay| step.decision.relays[*relay] == step.after.relays[*relay].wanted)
}

impl Step<'_> {
    fn mains(&self) -> Contact {
        self.after.relays.mains.wanted
    }

    fn charger(&self) -> Contact {
        self.after.relays.charger.wanted
    }

    fn rule(&self, relay: RelayName) -> Rule {
        self.after.relays[relay].reason.rule
    }

    fn has(&self, alarm: AlarmName) -> bool {
        self.after.alarms.iter().any(|active| active.alarm == alarm)
    }

    /// Whether one of the interlocks that open the charger decides about it.
    fn opened_by_interlock(&self) -> bool {
        matches!(
            self.rule(RelayName::Charger),
            Rule::Heat | Rule::Cold | Rule::ThermalRunaway | Rule::VoltageHardLimit
        )
    }

    /// Whether such a command was accepted in this step.
    fn accepted(&self, such: impl Fn(&Command) -> bool) -> bool {
        let answers = self.stimulus.commands.iter().zip(&self.decision.answers);
        answers
            .into_iter()
            .any(|(command, answer)| answer.is_ok() && such(command))
    }

    /// The sentences that this step breaks.
    pub(super) fn broken(&self) -> Vec<&'static str> {
        INVARIANTS
            .iter()
            .filter(|(_, holds)| !holds(self))
            .map(|(sentence, _)| *sentence)
            .collect()
    }

    /// After an abort: the plain installation, but for heat and the hard limit.
    pub(super) fn is_plain(&self) -> bool {
        debug_assert!(
            self.accepted(|command| *command == Command::Authority(AuthorityRequest::Automatic))
        );
        self.mains() == Closed && (self.charger() == Closed || self.opened_by_interlock())
    }
}

#[test]
fn every_invariant_is_documented() {
    let page = include_str!("../../../docs/control.md");
    for (sentence, _) in INVARIANTS {
        assert!(
            page.contains(&format!("\n- {sentence}\n")),
            "docs/control.md lacks: {sentence}"
        );
    }
}
