//! The exhaustive walk: breadth first through every state that the real [`Controller::step`] can
//! reach, with every stimulus of a grid tried in each of them.
//!
//! With `RELEVE_WALK=reduced` in the environment it stops early: that proves nothing, but finds most
//! mistakes within a second, which is what mutation testing asks for.

use std::collections::{HashSet, VecDeque};
use std::env;
use std::fmt::Write;

use super::history::History;
use super::invariants::Step;
use super::state::key;
use super::stimulus::{self, INTERVAL, LONGEST_DISCHARGE_MINUTES, Stimulus};
use super::tally::COUNTED;
use crate::Monotonic;
use crate::controller::Controller;
use crate::decision::{Config, Inputs};
use crate::guards::Guards;
use crate::profile::Profile;
use crate::view::View;
use crate::vocabulary::{AlarmName, LimitName, Wiring};

/// After how many transitions a reduced walk stops.
const REDUCED_TRANSITIONS: usize = 10_000;

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
    wiring: Wiring,
    guards: Guards,
    stimuli: Vec<Stimulus>,
    abort: Stimulus,
    seen: HashSet<Vec<u8>>,
    frontier: VecDeque<Reached>,
    /// For each reached state, the state before it and the stimulus in between.
    steps: Vec<(usize, usize)>,
    transitions: usize,
    /// Alarms that were met and waited for an acknowledgement.
    latched: HashSet<AlarmName>,
}

impl Walk {
    fn new(wiring: Wiring, guards: Guards, stimuli: Vec<Stimulus>) -> Self {
        Self {
            wiring,
            guards,
            stimuli,
            abort: stimulus::abort(),
            seen: HashSet::new(),
            frontier: VecDeque::new(),
            steps: Vec::new(),
            transitions: 0,
            latched: HashSet::new(),
        }
    }

    fn run(mut self) -> Self {
        let config = Config {
            window: INTERVAL,
            samples_per_window: 1,
            limits: vec![(LimitName::LongestDischarge, LONGEST_DISCHARGE_MINUTES)],
            guards: self.guards,
            ..Config::new(self.wiring, Profile::Agm)
        };
        let history = History::new(&config, Monotonic::START);
        let controller = Controller::new(config, Monotonic::START).expect("a sound configuration");
        self.reach(controller, history, (0, usize::MAX));
        let reduced = env::var_os("RELEVE_WALK").is_some_and(|walk| walk == "reduced");
        while let Some(state) = self.next_state(reduced) {
            self.abort_from(&state);
            for index in 0..self.stimuli.len() {
                self.try_one(&state, index);
            }
        }
        self
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
        if self.seen.insert(key(&controller, &history)) {
            let view = controller.view();
            let latched = view.alarms.iter().filter(|alarm| alarm.latched);
            self.latched.extend(latched.map(|alarm| alarm.alarm));
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

    fn try_one(&mut self, state: &Reached, index: usize) {
        let stimulus = &self.stimuli[index];
        let (controller, history, broken) =
            take_step(self.wiring, state, stimulus, |step| step.broken());
        self.transitions += 1;
        assert!(
            broken.is_empty(),
            "broken: {broken:#?}\nwiring {}, after this way:\n{}then {stimulus:?}\nwhich led to {:?}",
            self.wiring,
            self.way_to(state.step),
            {
                let relays = controller.view().relays;
                [relays.mains, relays.charger].map(|relay| (relay.wanted, relay.reason))
            },
        );
        self.reach(controller, history, (state.step, index));
    }

    /// From every state one step leads to the plain installation, unless heat or the hard limit
    /// holds the charger open.
    fn abort_from(&self, state: &Reached) {
        let (_, _, plain) = take_step(self.wiring, state, &self.abort, |step| step.is_plain());
        assert!(
            plain,
            "an abort does not lead to the plain installation after:\n{}",
            self.way_to(state.step)
        );
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
            let _ = writeln!(text, "  {:?}", self.stimuli[*index]);
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
    let inputs = Inputs {
        sample: stimulus.sample.as_ref(),
        commands: &stimulus.commands,
        wall: None,
    };
    let decision = controller.step(inputs, history.now.after(stimulus.after));
    let after = controller.view();
    history.note(stimulus, &state.view, &decision, &after);
    let judgement = judge(&Step {
        wiring,
        stimulus,
        before: &state.view,
        history_before: &state.history,
        decision: &decision,
        after: &after,
        history: &history,
    });
    (controller, history, judgement)
}

/// Walks, and returns the alarms that it found latched.
fn walk(wiring: Wiring, guards: Guards, stimuli: Vec<Stimulus>) -> HashSet<AlarmName> {
    let walked = Walk::new(wiring, guards, stimuli).run();
    println!(
        "{wiring}: {} states × {} stimuli = {} transitions",
        walked.seen.len(),
        walked.stimuli.len(),
        walked.transitions
    );
    assert!(
        walked.seen.len() > 200,
        "a walk this short has missed most of the controller"
    );
    walked.latched
}

#[test]
fn common_bus_at_every_boundary() {
    let guards = stimulus::no_trip_latches();
    walk(Wiring::CommonBus, guards, stimulus::every_boundary());
}

#[test]
fn battery_lead_at_every_boundary() {
    let guards = stimulus::no_trip_latches();
    walk(Wiring::BatteryLead, guards, stimulus::every_boundary());
}

#[test]
fn common_bus_with_moving_limits() {
    let guards = stimulus::no_trip_latches();
    walk(Wiring::CommonBus, guards, stimulus::moving_limits());
}

#[test]
fn battery_lead_with_moving_limits() {
    let guards = stimulus::no_trip_latches();
    walk(Wiring::BatteryLead, guards, stimulus::moving_limits());
}

#[test]
fn cold() {
    for wiring in Wiring::ALL.iter().copied() {
        walk(wiring, stimulus::no_trip_latches(), stimulus::cold());
    }
}

#[test]
fn lost_thermometer() {
    for wiring in Wiring::ALL.iter().copied() {
        let guards = stimulus::no_trip_latches();
        walk(wiring, guards, stimulus::lost_thermometer());
    }
}

#[test]
fn repeated_trips_of_every_cause() {
    for wiring in Wiring::ALL.iter().copied() {
        for alarm in COUNTED {
            let guards = stimulus::two_trips_latch(alarm);
            let latched = walk(wiring, guards, stimulus::repeated_trips(alarm));
            assert!(latched.contains(&alarm), "{wiring}: {alarm} never latched");
        }
    }
}

#[test]
fn thermal_runaway() {
    for wiring in Wiring::ALL.iter().copied() {
        let latched = walk(wiring, stimulus::short_memory(), stimulus::runaway());
        assert!(latched.contains(&AlarmName::ThermalRunaway), "{wiring}");
    }
}
