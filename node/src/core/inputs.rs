//! What is wrong with each input, as `state` tells it.

use std::time::Duration;

use releve_control::plausibility::screen;
use releve_control::sample::{Measurement, Sample};
use releve_control::{Cause, InputFault, Inputs, Monotonic};
use tracing::warn;

/// Samples in order after which a fault is over: a window's, so that a loose contact is no storm of states.
const OVER_AFTER: u8 = 10;

/// By how much a battery's voltage may move from one sample to the next while no relay moves, V. A load or a
/// charger that is switched on moves it by its current times some 50 mΩ (`docs/control.md`): 2 V would be
/// 40 A. What is found at its terminals then is a loose sense lead or another battery.
const BATTERY_STEP_VOLTS: f64 = 2.0;

/// By how much a battery's temperature may move from one sample to the next, °C: it weighs kilogrammes.
const TEMPERATURE_STEP_CELSIUS: f64 = 5.0;

/// Samples farther apart than that say nothing of a step.
const STEP_WITHIN: Duration = Duration::from_secs(10);

/// What is wrong with each input, if anything is.
pub type InputFaults = Inputs<Option<InputFault>>;

/// Watches every input.
#[derive(Debug, Default)]
pub struct InputWatch {
    watched: Inputs<Watched>,
    /// Whether relay 1 or 2 moved since the last sample.
    edge: bool,
}

/// One input.
#[derive(Debug, Clone, Copy, Default)]
struct Watched {
    fault: Option<InputFault>,
    /// Samples in order since.
    good: u8,
    /// Whether it was asked before: at the start every chip is found unconfigured.
    asked: bool,
    /// The last figure, and when it was.
    last: Option<(Monotonic, f64)>,
}

impl InputWatch {
    /// Takes a sample in, as it came from the sensors.
    pub fn sample(&mut self, sample: &Sample, now: Monotonic) {
        let sample = screen(sample);
        let edge = std::mem::take(&mut self.edge);
        let Inputs {
            battery,
            charger,
            load,
            temperature,
        } = &mut self.watched;
        let step = battery.step(sample.battery_volts, BATTERY_STEP_VOLTS, now);
        let step = step.filter(|_| !edge);
        battery.found("battery", fault_of(&[sample.battery_volts]).or(step));
        charger.found(
            "charger",
            fault_of(&[sample.charger_volts, sample.charger_amperes]),
        );
        load.found("load", fault_of(&[sample.load_volts, sample.load_amperes]));
        let celsius = sample.temperature_celsius;
        let step = temperature.step(celsius, TEMPERATURE_STEP_CELSIUS, now);
        temperature.found("temperature", fault_of(&[celsius]).or(step));
    }

    /// Relay 1 or 2 moved: whatever the battery's voltage does next may be its answer.
    pub const fn edge(&mut self) {
        self.edge = true;
    }

    /// What is wrong with each input, `causes` being those of the active alarms.
    pub fn faults(&self, causes: impl IntoIterator<Item = Cause>) -> InputFaults {
        let frozen = causes
            .into_iter()
            .any(|cause| cause == Cause::VoltageFrozen);
        let of = |watched: Watched| watched.fault;
        Inputs {
            battery: of(self.watched.battery).or(frozen.then_some(InputFault::NoResponse)),
            charger: of(self.watched.charger),
            load: of(self.watched.load),
            temperature: of(self.watched.temperature),
        }
    }
}

impl Watched {
    /// Whether the figure moved by more than `most` since the last one.
    fn step(&mut self, measurement: Measurement, most: f64, now: Monotonic) -> Option<InputFault> {
        let figure = measurement.value_or_bound()?;
        let last = self.last.replace((now, figure));
        let (at, last) = last?;
        let steps = now.since(at) <= STEP_WITHIN && (figure - last).abs() > most;
        steps.then_some(InputFault::ImplausibleStep)
    }

    fn found(&mut self, input: &str, fault: Option<InputFault>) {
        let first = !std::mem::replace(&mut self.asked, true);
        let fault = fault.filter(|fault| !(first && *fault == InputFault::Reset));
        if let Some(fault) = fault {
            if self.fault != Some(fault) && fault == InputFault::ImplausibleStep {
                warn!("{input}: its figure jumped, and no relay had moved: check its leads");
            }
            self.fault = Some(fault);
            self.good = 0;
        } else if self.fault.is_some() {
            self.good += 1;
            if self.good >= OVER_AFTER {
                self.fault = None;
            }
        }
    }
}

/// What an input's measurements say of it.
fn fault_of(measurements: &[Measurement]) -> Option<InputFault> {
    let missing = measurements
        .iter()
        .find_map(|measurement| match measurement {
            Measurement::Missing(fault) => Some(InputFault::from(*fault)),
            Measurement::Value(_) | Measurement::OverRange(_) => None,
        });
    let beyond = || {
        let over_range =
            |measurement: &Measurement| matches!(measurement, Measurement::OverRange(_));
        measurements
            .iter()
            .any(over_range)
            .then_some(InputFault::OverRange)
    };
    missing.or_else(beyond)
}

#[cfg(test)]
mod tests {
    use releve_control::sample::SensorFault;

    use super::*;
    use crate::hardware::meter::{NOTHING, nothing};

    const GOOD: Sample = Sample {
        battery_volts: Measurement::Value(13.6),
        charger_volts: Measurement::Value(13.7),
        charger_amperes: Measurement::Value(0.8),
        load_volts: Measurement::Value(13.6),
        load_amperes: Measurement::Value(0.5),
        temperature_celsius: Measurement::Value(21.0),
        ..NOTHING
    };

    #[derive(Default)]
    struct Bench {
        watch: InputWatch,
        seconds: i64,
    }

    impl Bench {
        fn sample(&mut self, sample: Sample) -> InputFaults {
            self.seconds += 3;
            let now = Monotonic::from_millis(self.seconds * 1000);
            self.watch.sample(&sample, now);
            self.watch.faults([])
        }
    }

    #[test]
    fn each_input_has_its_own_fault_until_it_has_been_sound_for_a_window() {
        let mut bench = Bench::default();
        assert_eq!(bench.sample(GOOD), Inputs::default());
        let faulty = Sample {
            load_amperes: Measurement::Missing(SensorFault::Stalled),
            charger_amperes: Measurement::OverRange(3.2),
            battery_volts: Measurement::Value(0.2),
            ..GOOD
        };
        let found = Inputs {
            battery: Some(InputFault::OutOfRange),
            charger: Some(InputFault::OverRange),
            load: Some(InputFault::Stalled),
            temperature: None,
        };
        assert_eq!(bench.sample(faulty), found);
        for _ in 1..OVER_AFTER {
            assert_eq!(bench.sample(GOOD), found);
        }
        assert_eq!(bench.sample(GOOD), Inputs::default());
    }

    #[test]
    fn a_chip_that_is_configured_at_the_start_was_not_reset() {
        let mut bench = Bench::default();
        let reset = nothing(SensorFault::Reset);
        assert_eq!(bench.sample(reset), Inputs::default());
        assert_eq!(bench.sample(reset).charger, Some(InputFault::Reset));
    }

    #[test]
    fn a_bus_that_hangs_is_wrong_with_every_input() {
        let mut bench = Bench::default();
        let hangs = Some(InputFault::BusHangs);
        let faults = bench.sample(nothing(SensorFault::BusHangs));
        assert_eq!(
            faults,
            Inputs {
                battery: hangs,
                charger: hangs,
                load: hangs,
                temperature: hangs
            }
        );
    }

    fn at_volts(volts: f64) -> Sample {
        Sample {
            battery_volts: Measurement::Value(volts),
            ..GOOD
        }
    }

    #[test]
    fn a_voltage_jumps_by_itself_or_after_an_edge() {
        let mut bench = Bench::default();
        bench.sample(at_volts(13.6));
        assert_eq!(bench.sample(at_volts(11.61)).battery, None);
        bench.watch.edge();
        assert_eq!(
            bench.sample(at_volts(14.0)).battery,
            None,
            "the edge's answer"
        );
        let jumped = bench.sample(at_volts(11.9)).battery;
        assert_eq!(jumped, Some(InputFault::ImplausibleStep));
    }

    #[test]
    fn what_came_long_after_is_no_step() {
        let mut bench = Bench::default();
        bench.sample(at_volts(13.6));
        bench.seconds += 60;
        assert_eq!(bench.sample(at_volts(11.0)).battery, None);
    }

    #[test]
    fn a_thermometer_jumps_whether_a_relay_moved_or_not() {
        let mut bench = Bench::default();
        bench.sample(GOOD);
        bench.watch.edge();
        let hot = Sample {
            temperature_celsius: Measurement::Value(26.1),
            ..GOOD
        };
        let jumped = bench.sample(hot).temperature;
        assert_eq!(jumped, Some(InputFault::ImplausibleStep));
    }

    #[test]
    fn a_voltage_that_followed_no_step_of_the_current_gives_no_response() {
        let mut bench = Bench::default();
        bench.sample(GOOD);
        let faults = bench.watch.faults([Cause::Heat, Cause::VoltageFrozen]);
        assert_eq!(faults.battery, Some(InputFault::NoResponse));
    }
}
