//! What a step of the controller costs, in each mode.
//!
//! `cargo xtask bench` runs it; by itself: `cargo bench -p releve-control --bench step`

use core::hint::black_box;
use core::time::Duration;

use criterion::{BatchSize, Criterion};
use releve_control::decision::{Config, Inputs, SAMPLES_PER_WINDOW, WINDOW};
use releve_control::profile::Profile;
use releve_control::sample::{MainsSense, Measurement, Sample};
use releve_control::{
    Command, Contact, Controller, Mode, Monotonic, Rejection, Relays, UnixMillis, Wiring,
};

const GOAL: &str = "to stay under 500 ns";
/// 2026-01-01 00:00 UTC.
const NEW_YEAR_2026: UnixMillis = UnixMillis(1_767_225_600_000);
/// How many clones of a site wait for their step at a time: few enough for the processor's cache.
const CLONES: u64 = 32;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for mode in Mode::ALL.iter().copied() {
        match Site::running(mode) {
            Ok(site) => measure(&mut criterion, mode, &site),
            Err(rejection) => println!("{mode}: not measured: {}", rejection.reason),
        }
    }
    criterion.final_summary();
}

fn measure(criterion: &mut Criterion, mode: Mode, site: &Site) {
    let mut running = site.clone();
    criterion.bench_function(
        &format!("{mode}, a step with a sample, one in ten ends a window ({GOAL})"),
        |bencher| bencher.iter(|| running.step()),
    );
    let mut filled = site.clone();
    for _ in 1..SAMPLES_PER_WINDOW {
        filled.step();
    }
    criterion.bench_function(
        &format!("{mode}, a step that ends a window ({GOAL})"),
        |bencher| {
            let size = BatchSize::NumIterations(CLONES);
            bencher.iter_batched_ref(|| filled.clone(), Site::step, size);
        },
    );
    let mut asked = site.clone();
    criterion.bench_function(
        &format!("{mode}, a step with nothing new ({GOAL})"),
        |bencher| {
            bencher.iter(|| asked.step_without_sample());
        },
    );
}

/// A controller on mains with a healthy battery at float, whose samples arrive in time.
#[derive(Clone)]
struct Site {
    controller: Controller,
    now: Monotonic,
    sample: Sample,
}

impl Site {
    /// A site in that mode, at the beginning of a window an hour after its start.
    fn running(mode: Mode) -> Result<Self, Rejection> {
        let config = Config {
            capacity_ampere_hours: Some(50.0),
            ..Config::new(Wiring::CommonBus, Profile::Agm)
        };
        let mut site = Self {
            controller: Controller::new(config, Monotonic::START)?,
            now: Monotonic::START,
            sample: sample(),
        };
        let commands = [Command::Mode(mode)];
        let inputs = Inputs {
            sample: None,
            commands: &commands,
            ..Inputs::default()
        };
        let decision = site.controller.step(inputs, site.now);
        decision.answers.into_iter().collect::<Result<(), _>>()?;
        for _ in 0..120 * SAMPLES_PER_WINDOW {
            site.step();
        }
        Ok(site)
    }

    fn step(&mut self) {
        self.now = self.now.after(WINDOW / SAMPLES_PER_WINDOW);
        let inputs = Inputs {
            sample: Some(black_box(&self.sample)),
            commands: &[],
            wall: Some(self.wall()),
            storage_fault: None,
        };
        black_box(self.controller.step(inputs, self.now));
    }

    fn step_without_sample(&mut self) {
        let inputs = Inputs {
            wall: Some(self.wall()),
            ..Inputs::default()
        };
        black_box(self.controller.step(black_box(inputs), self.now));
    }

    fn wall(&self) -> UnixMillis {
        NEW_YEAR_2026.after(self.now.since(Monotonic::START))
    }
}

fn sample() -> Sample {
    Sample {
        battery_volts: Measurement::Value(13.6),
        charger_volts: Measurement::Value(13.65),
        charger_amperes: Measurement::Value(2.0),
        load_volts: Measurement::Value(13.6),
        load_amperes: Measurement::Value(1.5),
        temperature_celsius: Measurement::Value(20.0),
        mains_sense: MainsSense::Present,
        board_refuses: false,
        relays: Relays::from_fn(|_| Some(Contact::Closed)),
    }
}
