//! The exhaustive walk: breadth first through every state that the real [`Controller::step`] can
//! reach, with every stimulus of a grid tried in each of them.
//!
//! With `RELEVE_WALK=reduced` in the environment it stops early: that proves nothing, but finds most
//! mistakes within seconds, which is what mutation testing asks for.

use std::collections::{HashSet, VecDeque};
use std::env;
use std::fmt::Write;

use super::concern::{Concern, Sight, Sights, budget, charge, cycle, interlocks, trips, week};
use super::history::History;
use super::invariants::Step;
use super::state::Keys;
use super::stimulus::{self, Stimulus};
use super::tally::COUNTED;
use crate::Monotonic;
use crate::controller::Controller;
use crate::decision::Inputs;
use crate::view::View;
use crate::vocabulary::{CycleOutcome, CycleRequest, Event, Wiring};

/// After how many transitions a reduced walk stops.
const REDUCED_TRANSITIONS: usize = 6_000;
/// A walk of more transitions takes too long for every test run: its concern must be split.
const MOST_TRANSITIONS: usize = 3_000_000;

/// A reached state: one controller that stands for all that decide alike, and how it was reached.
struct Reached {
    controller: Controller,
    view: View<Monotonic>,
    history: History,
    /// Its index among the steps of the walk.
    step: usize,
}

/// A walk under way.
struct Walk {
    concern: Concern,
    keys: Keys,
    aborts: [Stimulus; 2],
    seen: HashSet<Vec<u8>>,
    frontier: VecDeque<Reached>,
    /// For each reached state, the state before it and the stimulus in between.
    steps: Vec<(usize, usize)>,
    transitions: usize,
    sights: Sights,
}

impl Walk {
    fn new(concern: Concern) -> Self {
        Self {
            keys: Keys::of(&concern),
            concern,
            aborts: [stimulus::abort(), stimulus::cycle(CycleRequest::Abort)],
            seen: HashSet::new(),
            frontier: VecDeque::new(),
            steps: Vec::new(),
            transitions: 0,
            sights: Sights::new(),
        }
    }

    fn run(&mut self, reduced: bool) {
        let Concern { config, guards, .. } = &self.concern;
        let history = History::new(config, *guards, Monotonic::START);
        self.reach(self.concern.controller(), history, (0, usize::MAX));
        while let Some(state) = self.next_state(reduced) {
            self.abort_from(&state);
            for index in 0..self.concern.stimuli.len() {
                self.try_one(&state, index);
            }
            assert!(
                self.transitions < MOST_TRANSITIONS,
                "{} states, {} of them still to be looked at: split the concern",
                self.seen.len(),
                self.frontier.len()
            );
        }
    }

    /// The state to try every stimulus in; `None` at the end of the walk.
    fn next_state(&mut self, reduced: bool) -> Option<Reached> {
        if !reduced {
            return self.frontier.pop_front();
        }
        if self.transitions >= REDUCED_TRANSITIONS {
            return None;
        }
        // Here and there in the frontier: breadth first, so few steps would stay close to the start.
        let index = self.transitions.wrapping_mul(7919) % self.frontier.len().max(1);
        self.frontier.swap_remove_back(index)
    }

    fn reach(&mut self, controller: Controller, history: History, from: (usize, usize)) {
        if self.seen.insert(self.keys.key(&controller, &history)) {
            let view = controller.view();
            self.look_around(&view);
            let step = self.steps.len();
            self.steps.push(from);
            self.frontier.push_back(Reached {
                controller,
                view,
                history,
                step,
            });
        }
    }

    fn look_around(&mut self, view: &View<Monotonic>) {
        let relays = &view.relays;
        self.sights.insert(Sight::Mains(relays.mains.reason.rule));
        self.sights
            .insert(Sight::Charger(relays.charger.reason.rule));
        self.sights.extend(view.phase.map(Sight::Phase));
        let latched = view.alarms.iter().filter(|alarm| alarm.latched);
        self.sights
            .extend(latched.map(|alarm| Sight::Latched(alarm.alarm)));
    }

    fn hear(&mut self, events: &[Event<Monotonic>]) {
        for event in events {
            if let Event::CycleEnded { report } = event {
                self.sights.extend(report.cause.map(Sight::Aborted));
                if report.outcome == CycleOutcome::Completed {
                    self.sights.insert(Sight::Completed);
                }
            }
        }
    }

    fn try_one(&mut self, state: &Reached, index: usize) {
        let stimulus = &self.concern.stimuli[index];
        let wiring = self.concern.config.wiring;
        let (controller, history, (broken, events)) = take_step(wiring, state, stimulus, |step| {
            (step.broken(), step.decision.events.clone())
        });
        self.transitions += 1;
        assert!(
            broken.is_empty(),
            "broken: {broken:#?}\nwiring {wiring}, after this way:\n{}then {stimulus:?}\nwhich led to {:?} and told {events:#?}",
            self.way_to(state.step),
            {
                let relays = controller.view().relays;
                [relays.mains, relays.charger].map(|relay| (relay.wanted, relay.reason))
            },
        );
        self.hear(&events);
        self.reach(controller, history, (state.step, index));
    }

    /// From every state one step leads to the plain installation, unless a thermal latch or the hard
    /// limit holds the charger open: by authority and mode, and under automatic authority by the end of
    /// the cycle.
    fn abort_from(&self, state: &Reached) {
        for abort in &self.aborts {
            let (_, _, broken) = take_step(self.concern.config.wiring, state, abort, |step| {
                step.aborted()
            });
            assert!(
                broken,
                "{abort:?} does not lead to the plain installation after:\n{}",
                self.way_to(state.step)
            );
        }
    }

    fn way_to(&self, step: usize) -> String {
        let mut way = Vec::new();
        let mut at = step;
        while let Some((before, stimulus)) =
            self.steps.get(at).filter(|(_, index)| *index != usize::MAX)
        {
            way.push(*stimulus);
            at = *before;
        }
        way.iter().rev().fold(String::new(), |mut text, index| {
            let _ = writeln!(text, "  {:?}", self.concern.stimuli[*index]);
            text
        })
    }
}

fn take_step<T>(
    wiring: Wiring,
    state: &Reached,
    stimulus: &Stimulus,
    judge: impl FnOnce(&Step<'_>) -> T,
) -> (Controller, History, T) {
    let mut controller = state.controller.clone();
    let mut history = state.history.clone();
    let occurrence = stimulus.meets(&state.view, state.history.wall);
    let inputs = Inputs {
        sample: occurrence.sample.as_ref(),
        commands: occurrence.commands,
        wall: occurrence.wall,
        storage_fault: None,
    };
    let decision = controller.step(inputs, history.now.after(occurrence.after));
    let after = controller.view();
    history.note(&occurrence, &state.view, &decision, &after);
    let judgement = judge(&Step {
        wiring,
        occurrence: &occurrence,
        before: &state.view,
        history_before: &state.history,
        decision: &decision,
        after: &after,
        history: &history,
    });
    (controller, history, judgement)
}

fn walk(name: &str, concern: Concern) {
    let wiring = concern.config.wiring;
    let must_meet = concern.must_meet.clone();
    let mut walk = Walk::new(concern);
    let reduced = env::var_os("RELEVE_WALK").is_some_and(|walk| walk == "reduced");
    walk.run(reduced);
    println!(
        "{name}, {wiring}: {} states × {} stimuli = {} transitions",
        walk.seen.len(),
        walk.concern.stimuli.len(),
        walk.transitions
    );
    let missed: Vec<_> = (must_meet.iter())
        .filter(|sight| !walk.sights.contains(sight))
        .collect();
    assert!(
        reduced || missed.is_empty(),
        "{name}, {wiring}: the walk has not come by {missed:?}"
    );
}

fn in_both_wirings(name: &str, concern: fn(Wiring) -> Concern) {
    for wiring in Wiring::ALL.iter().copied() {
        walk(name, concern(wiring));
    }
}

#[test]
fn interlocks_under_the_hand() {
    in_both_wirings("interlocks under the hand", interlocks::under_the_hand);
}

#[test]
fn commands_together() {
    in_both_wirings("commands together", interlocks::commands_together);
    in_both_wirings("commands about a cycle together", cycle::commands_together);
}

#[test]
fn lost_mains() {
    in_both_wirings("lost mains", interlocks::lost_mains);
}

#[test]
fn overcharge_protection() {
    in_both_wirings("overcharge protection", interlocks::overcharge);
}

#[test]
fn moving_limits() {
    in_both_wirings("moving limits", interlocks::moving_limits);
}

#[test]
fn lost_thermometer() {
    in_both_wirings("lost thermometer", interlocks::lost_thermometer);
}

#[test]
fn cold() {
    in_both_wirings("cold", interlocks::cold);
}

#[test]
fn repeated_trips_of_every_cause() {
    for wiring in Wiring::ALL.iter().copied() {
        for alarm in COUNTED {
            walk(&format!("repeated {alarm}"), trips::repeated(wiring, alarm));
        }
    }
}

#[test]
fn thermal_runaway() {
    in_both_wirings("thermal runaway", trips::runaway);
}

#[test]
fn cycle_at_every_voltage() {
    in_both_wirings("cycle at every voltage", cycle::at_every_voltage);
}

#[test]
fn cycle_at_every_temperature() {
    in_both_wirings("cycle at every temperature", cycle::at_every_temperature);
}

#[test]
fn careful_cycle() {
    in_both_wirings("careful cycle", cycle::careful);
}

#[test]
fn spent_budget() {
    in_both_wirings("spent budget", budget::spent);
}

#[test]
fn forced_full_charge() {
    in_both_wirings("forced full charge", charge::forced);
}

#[test]
fn critical_periods() {
    in_both_wirings("critical periods", week::critical_periods);
}

#[test]
fn cycles_by_the_schedule() {
    in_both_wirings("cycles by the schedule", week::cycles);
}
