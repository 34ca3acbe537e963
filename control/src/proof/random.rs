//! Long random streams of samples, silence, commands and clocks, with real windows of ten samples, in
//! every mode: nothing panics, every figure is finite, and the invariants of the walk hold.

use core::time::Duration;

use proptest::prelude::*;

use super::concern::Concern;
use super::history::History;
use super::invariants::Step;
use super::stimulus::{Circuits, Clock, Stimulus, sample, sampled, silent};
use crate::decision::{Config, Decision, Inputs, SAMPLES_PER_WINDOW, WINDOW};
use crate::guards::Guards;
use crate::profile::Profile;
use crate::sample::{MainsSense, Measurement, Sample, SensorFault};
use crate::view::View;
use crate::vocabulary::{
    AlarmName, AuthorityRequest, Command, Contact, CycleRequest, Event, LimitName, Mode, Period,
    RelayName, Relays, Schedule, Weekday, Wiring,
};
use crate::{Monotonic, UnixMillis};

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

/// A sound site: on mains at float, a full battery that has left its charger, an empty one.
fn sound() -> impl Strategy<Value = Sample> {
    let site = |(volts, charger): (f64, f64)| Sample {
        charger_amperes: Measurement::Value(charger),
        load_amperes: Measurement::Value(1.0),
        ..sample(
            Measurement::Value(volts),
            Measurement::Value(20.0),
            MainsSense::Present,
        )
    };
    proptest::sample::select(vec![(13.6, 1.1), (13.6, 1.1), (12.8, 0.0), (12.15, 5.0)])
        .prop_map(site)
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
        3 => one_of(CycleRequest::ALL).prop_map(Command::Cycle),
        1 => schedules().prop_map(Command::Schedule),
    ]
}

/// Schedules in UTC, which is all that the notebook can read.
fn schedules() -> impl Strategy<Value = Option<Schedule>> {
    let days = proptest::sample::subsequence(Weekday::ALL.to_vec(), 1..=7);
    let times = proptest::sample::select(vec!["00:00", "00:30", "06:00", "12:00", "23:30"]);
    let period = (days, times.clone(), times).prop_map(|(days, from, to)| Period {
        days,
        from: from.to_owned(),
        to: to.to_owned(),
    });
    let some = |most| proptest::collection::vec(period.clone(), 0..=most);
    let schedule = (some(2), some(2), 1_u32..3).prop_map(|(critical, allowed, every)| Schedule {
        time_zone: "UTC".to_owned(),
        critical,
        allowed,
        cycle_every_days: every,
    });
    proptest::option::of(schedule)
}

/// The wall clock, most of the time as it goes.
fn clocks() -> impl Strategy<Value = Clock> {
    let shown = 1_795_392_000_000_i64..1_795_996_800_000;
    prop_oneof![
        1 => Just(Clock::Unset),
        3 => shown.prop_map(|millis| Clock::Shows(UnixMillis(millis))),
    ]
}

/// The product's guards, careful ones in a hurry, and the concept's in a hurry.
fn guards() -> impl Strategy<Value = Guards> {
    let seconds = Duration::from_secs;
    let hurry = move |guards: Guards| Guards {
        least_closed: seconds(20),
        least_closed_by_hand: seconds(6),
        openings_a_day: 8,
        trip_window: seconds(600),
        absorption_timeout: seconds(90),
        charge_timeout: seconds(300),
        saturation: seconds(30),
        full_charge_fresh: seconds(120),
        probe: seconds(15),
        recharge_estimate: seconds(600),
        ..guards
    };
    let careful = Guards {
        tail_hold: seconds(30),
        full_charge_every: Some(seconds(1200)),
        ..Guards::default()
    };
    prop_oneof![
        1 => Just(Guards { tail_fraction: None, tail_hold: Duration::ZERO, ..Guards::default() }),
        2 => Just(hurry(careful)),
        2 => Just(hurry(Guards::concept())),
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
            trembling(every, sample, count)
        }),
        6 => (sound(), 1_usize..60).prop_map(move |(sample, count)| {
            (0..count).map(|_| sampled(every, sample)).collect()
        }),
        2 => proptest::collection::vec(sound(), 1..4).prop_map(move |samples| {
            let start = [Command::Mode(Mode::ConsumptionCycle), Command::Cycle(CycleRequest::Start)];
            let begin = Stimulus { commands: start.to_vec(), ..silent(Duration::ZERO) };
            let stretch = samples.into_iter().flat_map(|sample| trembling(every, sample, 20));
            [begin].into_iter().chain(stretch).collect()
        }),
        1 => clocks().prop_map(|clock| vec![Stimulus { clock, ..silent(Duration::ZERO) }]),
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

/// Samples that say nearly the same: a voltage that stands still is a matter of its own.
fn trembling(every: Duration, sample: Sample, count: usize) -> Vec<Stimulus> {
    let tremble = |index: usize| match sample.battery_volts {
        Measurement::Value(volts) => Measurement::Value(volts + 1e-6 * (index % 2) as f64),
        other => other,
    };
    let moved = |index| Sample {
        battery_volts: tremble(index),
        ..sample
    };
    (0..count)
        .map(|index| raw(every, moved(index), Vec::new()))
        .collect()
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
    let reading_is_finite = decision.reading.as_ref().is_none_or(|reading| {
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
        guards in guards(),
        // Small enough to be emptied.
        capacity_ampere_hours in proptest::option::of(0.5..20.0),
        stream in proptest::collection::vec(stretches(), 1..60),
    ) {
        let site = Concern {
            config: Config { capacity_ampere_hours, ..Config::new(wiring, profile) },
            guards,
            ..Concern::new(wiring)
        };
        let mut history = History::new(&site.config, guards, Monotonic::START);
        let mut controller = site.controller();
        let mut before = controller.view();
        for stimulus in stream.iter().flatten() {
            let history_before = history.clone();
            let occurrence = stimulus.meets(&before, history.wall);
            let inputs = Inputs {
                sample: occurrence.sample.as_ref(),
                commands: occurrence.commands,
                wall: occurrence.wall,
                storage_fault: None,
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
            prop_assert_eq!(step.broken(), Vec::<&str>::new(), "{:?} at {:?} told {:?}", stimulus, history.now, decision.events);
            prop_assert!(finite(&decision, &after), "{:?}: {:?}", stimulus, decision);
            prop_assert_eq!(decision.answers.len(), stimulus.commands.len());
            before = after;
        }
    }
}
