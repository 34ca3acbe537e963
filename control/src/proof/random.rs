//! Long random streams of samples, silence and commands, with real windows of ten samples: nothing
//! panics, every figure is finite, and the invariants of the walk hold.

use core::time::Duration;

use proptest::prelude::*;

use super::history::History;
use super::invariants::Step;
use super::stimulus::{Circuits, Stimulus, sample, sampled, silent};
use crate::Monotonic;
use crate::controller::Controller;
use crate::decision::{Config, Decision, Inputs, SAMPLES_PER_WINDOW, WINDOW};
use crate::guards::Guards;
use crate::profile::Profile;
use crate::sample::{MainsSense, Measurement, Sample, SensorFault};
use crate::view::View;
use crate::vocabulary::{
    AlarmName, AuthorityRequest, Command, Contact, CycleRequest, Event, LimitName, Mode, RelayName,
    Relays, Wiring,
};

/// Values around everything that a rule looks at, and values that no sensor should give.
fn measurement(likely: core::ops::Range<f64>) -> impl Strategy<Value = Measurement> {
    prop_oneof![
        20 => likely.prop_map(Measurement::Value),
        1 => any::<f64>().prop_map(Measurement::Value),
        1 => any::<f64>().prop_map(Measurement::OverRange),
        1 => (0.0..60.0).prop_map(Measurement::OverRange),
        2 => Just(Measurement::Missing(SensorFault::NoAnswer)),
    ]
}

fn one_of<T: Copy + core::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

fn samples() -> impl Strategy<Value = Sample> {
    let sense = [MainsSense::Present, MainsSense::NotFitted, MainsSense::Lost];
    let board = proptest::option::of(one_of(Contact::ALL));
    (
        measurement(11.5..15.5),
        measurement(-25.0..50.0),
        measurement(-1.0..5.0),
        measurement(0.0..5.0),
        prop_oneof![8 => Just(sense[0]), 8 => Just(sense[1]), 1 => Just(sense[2])],
        board,
    )
        .prop_map(|(volts, celsius, charger, load, sense, board)| Sample {
            charger_amperes: charger,
            load_amperes: load,
            relays: Relays::from_fn(|_| board),
            ..sample(volts, celsius, sense)
        })
}

fn commands() -> impl Strategy<Value = Command> {
    let leases = proptest::sample::select(vec![0, 59, 60, 1800, 43_200, 43_201]);
    prop_oneof![
        2 => one_of(Mode::ALL).prop_map(Command::Mode),
        1 => Just(Command::Authority(AuthorityRequest::Automatic)),
        3 => leases.prop_map(|seconds| {
            Command::Authority(AuthorityRequest::Manual { lease: Duration::from_secs(seconds) })
        }),
        6 => (one_of(RelayName::ALL), one_of(Contact::ALL))
            .prop_map(|(relay, contact)| Command::Relay(relay, contact)),
        3 => (one_of(LimitName::ALL), 10.0..55.0)
            .prop_map(|(limit, value): (LimitName, f64)| Command::Limit(limit, (value * 10.0).round() / 10.0)),
        1 => one_of(AlarmName::ALL).prop_map(Command::Acknowledge),
        1 => one_of(CycleRequest::ALL).prop_map(Command::Cycle),
    ]
}

/// Commands that arrive together. The notebook of [`History`] knows limits before and after a step
/// only, so at most one of the commands moves one.
fn batches() -> impl Strategy<Value = Vec<Command>> {
    proptest::collection::vec(commands(), 1..4).prop_map(|mut commands| {
        let mut limits = 0;
        commands.retain(|command| {
            limits += usize::from(matches!(command, Command::Limit(..)));
            !matches!(command, Command::Limit(..)) || limits == 1
        });
        commands
    })
}

/// A stretch of samples that say the same, a silence, or commands.
fn stretches() -> impl Strategy<Value = Vec<Stimulus>> {
    let every = WINDOW / SAMPLES_PER_WINDOW;
    prop_oneof![
        6 => (samples(), 1_usize..40).prop_map(move |(sample, count)| {
            vec![raw(every, sample, Vec::new()); count]
        }),
        2 => (samples(), batches(), 0_u64..3000).prop_map(
            |(sample, commands, millis)| {
                vec![raw(Duration::from_millis(millis), sample, commands)]
            }
        ),
        3 => batches().prop_map(|commands| {
            vec![Stimulus { commands, ..silent(Duration::ZERO) }]
        }),
        1 => prop_oneof![0_u64..20_000, 0_u64..10_000_000].prop_map(|millis| {
            vec![silent(Duration::from_millis(millis))]
        }),
    ]
}

/// A sample just as it is measured.
fn raw(after: Duration, sample: Sample, commands: Vec<Command>) -> Stimulus {
    Stimulus {
        circuits: Circuits::AsMeasured,
        commands,
        ..sampled(after, sample)
    }
}

fn finite(decision: &Decision, view: &View<Monotonic>) -> bool {
    // As JSON a NaN or an infinity is `null`, so it would not survive the way there and back.
    let survives = |event: &Event<Monotonic>| {
        let event = event.clone().map_time(Monotonic::as_millis);
        let there = serde_json::to_value(&event).ok();
        there.and_then(|json| serde_json::from_value(json).ok()) == Some(event)
    };
    let reading_is_finite = decision.reading.is_none_or(|reading| {
        let circuits = [reading.charger, reading.load];
        let statistics = circuits
            .iter()
            .flat_map(|circuit| [circuit.voltage, circuit.current, circuit.power])
            .chain([
                reading.battery.voltage,
                reading.battery.current,
                reading.temperature,
            ]);
        statistics
            .flat_map(|one| [one.mean, one.min, one.max, one.sd])
            .flatten()
            .all(f64::is_finite)
    });
    let alarms_are_finite = view
        .alarms
        .iter()
        .flat_map(|alarm| [alarm.value, alarm.threshold])
        .flatten()
        .all(f64::is_finite);
    reading_is_finite && alarms_are_finite && decision.events.iter().all(survives)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_stream_breaks_an_invariant(
        wiring in one_of(Wiring::ALL),
        profile in one_of(Profile::ALL),
        // Small enough to be emptied, and full with the first window at a high voltage.
        capacity_ampere_hours in proptest::option::of(0.5..20.0),
        stream in proptest::collection::vec(stretches(), 1..60),
    ) {
        let guards = Guards {
            tail_fraction: None,
            tail_hold: Duration::ZERO,
            ..Guards::default()
        };
        let config = Config { capacity_ampere_hours, guards, ..Config::new(wiring, profile) };
        let mut history = History::new(&config, guards, Monotonic::START);
        let mut controller = Controller::new(config, Monotonic::START).expect("a sound configuration");
        let mut before = controller.view();
        for stimulus in stream.iter().flatten() {
            let history_before = history.clone();
            let occurrence = stimulus.meets(&before, history.wall);
            let inputs = Inputs {
                sample: occurrence.sample.as_ref(),
                commands: occurrence.commands,
                wall: occurrence.wall,
            };
            let decision = controller.step(inputs, history.now.after(occurrence.after));
            let after = controller.view();
            history.note(&occurrence, &before, &decision, &after);
            let step = Step {
                wiring,
                occurrence: &occurrence,
                before: &before,
                history_before: &history_before,
                decision: &decision,
                after: &after,
                history: &history,
            };
            prop_assert_eq!(step.broken(), Vec::<&str>::new(), "{:?} at {:?}", stimulus, history.now);
            prop_assert!(finite(&decision, &after), "{:?}: {:?}", stimulus, decision);
            prop_assert_eq!(decision.answers.len(), stimulus.commands.len());
            before = after;
        }
    }
}
