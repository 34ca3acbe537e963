//! What must hold after every step, whatever was measured and commanded. One sentence, one function.

mod cycle;
mod discharge;
mod hand;
mod switching;
mod telling;
mod thermal;
mod voltage;

use super::history::History;
use super::stimulus::Occurrence;
use crate::Monotonic;
use crate::decision::Decision;
use crate::view::View;
use crate::vocabulary::{
    AlarmName, Authority, Command, Contact, Event, Mode, Phase, RelayName, Rule, Wiring,
};
use Contact::{Closed, Open};

/// Everything about one step.
pub(super) struct Step<'a> {
    pub(super) wiring: Wiring,
    pub(super) occurrence: &'a Occurrence<'a>,
    pub(super) before: &'a View<Monotonic>,
    pub(super) history_before: &'a History,
    pub(super) decision: &'a Decision,
    pub(super) after: &'a View<Monotonic>,
    pub(super) history: &'a History,
}

/// A sentence and whether a step keeps it.
type Invariant = (&'static str, fn(&Step<'_>) -> bool);

/// Every invariant by its sentence.
fn invariants() -> impl Iterator<Item = &'static Invariant> {
    [
        thermal::SENTENCES,
        voltage::SENTENCES,
        discharge::SENTENCES,
        hand::SENTENCES,
        switching::SENTENCES,
        cycle::SENTENCES,
        telling::SENTENCES,
    ]
    .into_iter()
    .flatten()
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

    fn opens(&self, relay: RelayName) -> bool {
        self.before.relays[relay].wanted == Closed && self.after.relays[relay].wanted == Open
    }

    fn has(&self, alarm: AlarmName) -> bool {
        self.after.alarms.iter().any(|active| active.alarm == alarm)
    }

    fn by_hand(&self) -> bool {
        self.after.authority == Authority::Manual
    }

    /// Whether one of the interlocks that open the charger decides about it.
    fn opened_by_interlock(&self) -> bool {
        matches!(
            self.rule(RelayName::Charger),
            Rule::Heat | Rule::Cold | Rule::ThermalRunaway | Rule::VoltageHardLimit
        )
    }

    /// Whether an interlock decides about a relay, to close it.
    fn closed_by_interlock(&self, relay: RelayName) -> bool {
        matches!(
            self.rule(relay),
            Rule::DataLost
                | Rule::Floor
                | Rule::Reserve
                | Rule::DischargeDepth
                | Rule::LongestDischarge
                | Rule::CriticalPeriod
        )
    }

    /// Whether such a command was accepted in this step.
    fn accepted(&self, such: impl Fn(&Command) -> bool) -> bool {
        let answers = self.occurrence.commands.iter().zip(&self.decision.answers);
        answers
            .into_iter()
            .any(|(command, answer)| answer.is_ok() && such(command))
    }

    fn event(&self, such: impl Fn(&Event<Monotonic>) -> bool) -> bool {
        self.decision.events.iter().any(such)
    }

    fn discharging(view: &View<Monotonic>) -> bool {
        matches!(view.phase, Some(Phase::Probing | Phase::Discharging))
    }

    /// The sentences that this step breaks.
    pub(super) fn broken(&self) -> Vec<&'static str> {
        invariants()
            .filter(|(_, holds)| !holds(self))
            .map(|(sentence, _)| *sentence)
            .collect()
    }

    /// Whether a command that ends everything has led to the plain installation; an abort of the cycle
    /// leaves what the operator and other modes hold.
    pub(super) fn aborted(&self) -> bool {
        let others = self.by_hand() || self.after.mode == Mode::OverchargeProtection;
        self.is_plain() || (others && self.after.cycle.started_at.is_none())
    }

    /// The plain installation, but for the interlocks that open the charger.
    pub(super) fn is_plain(&self) -> bool {
        self.mains() == Closed && (self.charger() == Closed || self.opened_by_interlock())
    }
}

#[test]
fn every_invariant_is_documented() {
    let page = include_str!("../../../../docs/control.md");
    for (sentence, _) in invariants() {
        assert!(
            page.contains(&format!("\n- {sentence}\n")),
            "docs/control.md lacks: {sentence}"
        );
    }
}

#[test]
fn the_page_names_no_invariant_that_nobody_checks() {
    let page = include_str!("../../../../docs/control.md");
    let listed = (page.split("\n### Invariants\n").nth(1))
        .and_then(|rest| rest.split("\n#").next())
        .expect("docs/control.md lists the invariants");
    for line in listed.lines().filter_map(|line| line.strip_prefix("- ")) {
        assert!(
            invariants().any(|(sentence, _)| *sentence == line),
            "nobody checks: {line}"
        );
    }
}
