//! The bus on a thread of its own: however long it hangs, the control loop waits no longer than its
//! deadline.

use std::thread;
use std::time::{Duration, Instant};

use releve_control::Monotonic;
use releve_control::sample::{Sample, SensorFault};
use tracing::{error, info, warn};

use super::aside::{Aside, NoAnswer};
use super::meter::{NOTHING, nothing};
use crate::sensors::Sensors;

/// How long the control loop waits for a sample. A sound bus takes some 20 ms for four chips at 100 kHz.
pub const DEADLINE: Duration = Duration::from_millis(300);

/// The least time from the end of one measurement to the begin of the next: an INA219 has a new pair of values
/// after 68 ms, 10 % later at worst, and says until then that it measures nothing.
const CONVERTS_WITHIN: Duration = Duration::from_millis(75);

/// Measures no sooner than the chips have something new, and waits for that where need be: a fast sample that
/// was held up must not cost the ordinary one behind it.
pub fn paced(mut measure: impl FnMut(Wanted) -> Sample) -> impl FnMut(Wanted) -> Sample {
    let mut ended: Option<Instant> = None;
    move |wanted| {
        let rest = ended.map(|ended| CONVERTS_WITHIN.saturating_sub(ended.elapsed()));
        thread::sleep(rest.unwrap_or_default());
        let sample = measure(wanted);
        ended = Some(Instant::now());
        sample
    }
}

/// What a sample is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Every input.
    Everything,
    /// The voltages and currents of the circuits.
    Circuits,
}

/// Sensors that are measured on another thread.
#[derive(Debug)]
pub struct Worker {
    aside: Aside<Wanted, Sample>,
    /// Since when no answer has come within the deadline.
    hangs_since: Option<Instant>,
}

impl Worker {
    /// Starts the thread. It ends with this value, as soon as its last measurement returns.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        mut measure: impl FnMut(Wanted) -> Sample + Send + 'static,
        deadline: Duration,
    ) -> std::io::Result<Self> {
        Ok(Self {
            aside: Aside::start("sensors", move |asked| measure(asked.question), deadline)?,
            hangs_since: None,
        })
    }

    /// An answer came in time. One that came too late says nothing of whether the bus still hangs.
    fn answered(&mut self) {
        if let Some(since) = self.hangs_since.take() {
            let hung = since.elapsed();
            info!("the sensors answer again after {:.1} s", hung.as_secs_f64());
        }
    }

    /// No answer came in time to what was asked then.
    fn hangs(&mut self, asked: Instant) {
        if self.hangs_since.is_none() {
            self.hangs_since = Some(asked);
            warn!(
                "the sensors have not answered within {} ms: the I2C bus hangs",
                self.aside.deadline().as_millis()
            );
        }
    }

    fn measured(&mut self, wanted: Wanted) -> Sample {
        let asked = Instant::now();
        match self.aside.ask(wanted) {
            Ok(sample) => {
                self.answered();
                sample
            }
            Err(NoAnswer::Busy) => nothing(SensorFault::BusHangs),
            Err(NoAnswer::Late) => {
                self.hangs(asked);
                nothing(SensorFault::BusHangs)
            }
            Err(NoAnswer::Ended) => {
                error!(
                    "the thread of the sensors has ended: nothing is measured any more, restart the node"
                );
                NOTHING
            }
        }
    }
}

impl Sensors for Worker {
    fn sample(&mut self, _now: Monotonic) -> Sample {
        self.measured(Wanted::Everything)
    }

    fn sample_circuits(&mut self, _now: Monotonic) -> Sample {
        self.measured(Wanted::Circuits)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use releve_control::sample::Measurement;

    use super::*;

    fn volts(volts: f64) -> Sample {
        Sample {
            battery_volts: Measurement::Value(volts),
            ..NOTHING
        }
    }

    const HANGS: Sample = nothing(SensorFault::BusHangs);

    #[test]
    fn a_bus_that_hangs_gives_nothing_and_what_it_measured_late_is_not_used() {
        let (measured, measurements) = channel();
        let measure = move |_| measurements.recv().unwrap_or(NOTHING);
        let mut worker = Worker::start(measure, Duration::from_millis(50)).expect("a thread");
        let mut sample = || worker.sample(Monotonic::START);
        measured.send(volts(13.6)).expect("it waits");
        assert_eq!(sample(), volts(13.6));

        assert_eq!(sample(), HANGS, "nothing comes within the deadline");
        let asked = Instant::now();
        assert_eq!(sample(), HANGS);
        assert!(
            asked.elapsed() < Duration::from_millis(50),
            "nobody waits for it a second time"
        );
        measured.send(volts(14.8)).expect("it waits");
        measured.send(volts(12.5)).expect("it waits");
        let given_up = Instant::now() + Duration::from_secs(10);
        let next = loop {
            let next = sample();
            if next != HANGS || Instant::now() > given_up {
                break next;
            }
        };
        assert_eq!(next, volts(12.5), "the late one is thrown away");
    }

    #[test]
    fn a_late_answer_is_no_sign_that_the_bus_answers_again() {
        let (measured, measurements) = channel();
        let measure = move |_| measurements.recv().unwrap_or(NOTHING);
        let mut worker = Worker::start(measure, Duration::from_millis(50)).expect("a thread");
        assert_eq!(worker.sample(Monotonic::START), HANGS);
        let since = worker.hangs_since;
        assert!(since.is_some());

        measured.send(NOTHING).expect("it waits");
        let given_up = Instant::now() + Duration::from_secs(10);
        while !worker.aside.is_free() && Instant::now() < given_up {
            thread::yield_now();
        }
        assert_eq!(worker.sample(Monotonic::START), HANGS);
        assert_eq!(worker.hangs_since, since, "it has hung all the time");

        for volts_measured in [14.8, 12.5] {
            measured.send(volts(volts_measured)).expect("it waits");
        }
        while !worker.aside.is_free() && Instant::now() < given_up {
            thread::yield_now();
        }
        assert_eq!(worker.sample(Monotonic::START), volts(12.5));
        assert_eq!(worker.hangs_since, None);
    }

    /// A chip that is asked while it converts says that it has stalled, and the sample behind a slow one is
    /// asked for too soon.
    #[test]
    fn a_sample_right_behind_another_one_waits_until_the_chips_have_converted() {
        let mut asked_at: Option<Instant> = None;
        let measure = move |_| {
            let last = asked_at.replace(Instant::now());
            let converted = last.is_none_or(|last| last.elapsed() >= CONVERTS_WITHIN);
            if converted {
                volts(13.6)
            } else {
                nothing(SensorFault::Stalled)
            }
        };
        let worker = Worker::start(paced(measure), Duration::from_secs(10));
        let mut worker = worker.expect("a thread");
        assert_eq!(worker.sample_circuits(Monotonic::START), volts(13.6));
        assert_eq!(worker.sample(Monotonic::START), volts(13.6));
    }

    #[test]
    fn a_thread_that_has_ended_gives_nothing() {
        let measure = |_| panic!("a broken driver");
        let mut worker = Worker::start(measure, Duration::from_secs(10)).expect("a thread");
        assert_eq!(worker.sample(Monotonic::START), NOTHING);
        assert_eq!(worker.sample(Monotonic::START), NOTHING);
    }
}
